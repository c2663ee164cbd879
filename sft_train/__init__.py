"""Fine-tuning that ends in a checkpoint the harness can score."""
