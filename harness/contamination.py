"""What a checkpoint's `manifest.json` says of evaluation items that were found in its training data.

    {"contamination": {"suites": {"forgetting": ["fg-en-001"]}, "data_hash": "…"}}

Training writes it, an evaluation copies it into the run's manifest, and comparisons read it there: they read run folders only.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.checkpoint import read_json
from harness.errors import UserError

CHECKPOINT_MANIFEST = "manifest.json"


class Contamination(BaseModel):
    """Items found in training data, by suite."""

    model_config = ConfigDict(frozen=True)

    suites: dict[str, tuple[str, ...]] = {}
    """Item ids by suite; a suite that was looked for and not found may have an empty list."""
    data_hash: str | None = None
    """Of the training data that were searched."""


class _CheckpointManifest(BaseModel):
    contamination: Contamination | None = None


def read_contamination(*folders: Path) -> Contamination | None:
    """The records in the folders of a checkpoint and of an adapter on it, taken together.

    None if no folder has a manifest that speaks of contamination. Raises UserError if what one says cannot be understood.
    """
    found = [record for folder in folders if (record := _read(folder / CHECKPOINT_MANIFEST)) is not None]
    if not found:
        return None
    names = dict.fromkeys(name for record in found for name in record.suites)
    suites = {name: tuple(dict.fromkeys(item for record in found for item in record.suites.get(name, ()))) for name in names}
    hashes = [record.data_hash for record in found if record.data_hash is not None]
    return Contamination(suites=suites, data_hash="+".join(hashes) or None)


def _read(path: Path) -> Contamination | None:
    if not path.is_file():
        return None
    try:
        return _CheckpointManifest.model_validate(read_json(path)).contamination
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
