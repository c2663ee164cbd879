"""From built data to a checkpoint: configuration, masks, batches, losses, the loop, export."""
