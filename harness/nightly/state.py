"""The folder of nights: one file a night, written whole at each step, and a lock so that two nights never overlap."""

import datetime
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import ValidationError

from harness.errors import RunError, UserError
from harness.nightly.records import FORMAT_VERSION, Night
from harness.settings import first_error
from harness.sole import InUse, sole
from harness.store import write_atomic

NIGHTS, NIGHT, LOCK = "nights", "night.json", "nightly.lock"


@contextmanager
def sole_night(out: Path) -> Iterator[None]:
    """Hold the lock of `out`; raises RunError if another night is at work there, UserError if the folder cannot be written.

    A process that dies lets go of it.
    """
    with ExitStack() as held:
        try:
            (out / NIGHTS).mkdir(parents=True, exist_ok=True)
            held.enter_context(sole(out / LOCK))
        except InUse as error:
            raise RunError(f"ERROR: another night is at work in '{out}' ({error}); this one was not begun.") from error
        except OSError as error:
            raise UserError(f"'{out}' cannot be written ({error.strerror}); name another folder as `out` in nightly.yaml.") from error
        yield


def now() -> str:
    """The time, UTC, to the second, in ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def folder_of(out: Path, night: str) -> Path:
    """The folder of a night within the folder of all of them."""
    return out / NIGHTS / night


def write_night(out: Path, night: Night) -> None:
    """Put a night's file in the place of the one before, whole or not at all; raises RunError if the disk is full."""
    folder = folder_of(out, night.night)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / NIGHT, [night.model_dump_json(indent=1)], "the same command continues the night")


def read_nights(out: Path) -> list[Night]:
    """All nights of `out` in the order in which they began; raises RunError if one cannot be read."""
    nights = [read_night(path) for path in (out / NIGHTS).glob(f"*/{NIGHT}")]
    return sorted(nights, key=lambda night: night.number)


def read_night(path: Path) -> Night:
    """Read a night's file; raises RunError if it is damaged or of a later version."""
    try:
        night = Night.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise RunError(
            f"{path} is damaged or of a later version ({first_error(error)}) Move its folder away to go on without it."
        ) from error
    if night.format_version > FORMAT_VERSION:
        raise RunError(f"{path} has format version {night.format_version}; this harness reads up to {FORMAT_VERSION}: update it.")
    return night
