"""`python -m harness` is the command `harness`."""

from harness.cli import main

# Guarded: an engine that starts processes of its own imports this file again in each of them.
if __name__ == "__main__":
    main()
