"""Training data: reading, cleaning, describing, splitting. Each file is one idea; `sft_train/check.py` and `build.py` join them."""
