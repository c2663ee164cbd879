"""New rows from old ones, by rule or by a model. All of them wait in a queue (`sft_train/data/queue.py`) until a person has passed them."""
