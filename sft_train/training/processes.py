"""One training in several processes, as torchrun or accelerate start them: one of them writes."""

import contextlib
import os
from collections.abc import Iterator


def count() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_main() -> bool:
    """Whether this is the process that writes."""
    return int(os.environ.get("RANK", "0")) == 0


@contextlib.contextmanager
def main_first() -> Iterator[None]:
    """The main process goes first and writes; the others then find what it wrote."""
    if count() == 1:
        yield
        return
    import torch
    from accelerate import PartialState  # type: ignore[import-untyped]

    with PartialState(cpu=not torch.cuda.is_available()).main_process_first():
        yield


def sharded() -> bool:
    """Whether each process holds a part of the weights, as the launcher was told."""
    return os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"


def wait_for_all() -> None:
    """Return once every process has come here."""
    with main_first():
        pass


def settle_precision(bf16: bool) -> None:
    """What the training computes in is its own setting, also where the file of a launcher names another."""
    os.environ["ACCELERATE_MIXED_PRECISION"] = "bf16" if bf16 else "no"
