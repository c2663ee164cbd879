"""One training in several processes, as torchrun or accelerate start them: one of them writes."""

import contextlib
import os
from collections.abc import Iterator


def is_main() -> bool:
    """Whether this is the process that writes."""
    return int(os.environ.get("RANK", "0")) == 0


@contextlib.contextmanager
def main_first() -> Iterator[None]:
    """The main process goes first and writes; the others then find what it wrote."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    import torch
    from accelerate import PartialState  # type: ignore[import-untyped]

    with PartialState(cpu=not torch.cuda.is_available()).main_process_first():
        yield
