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


def read_contamination(folder: Path) -> Contamination | None:
    """The record in a checkpoint's or adapter's folder; None if there is no manifest, or it says nothing of contamination.

    Raises UserError if what it says cannot be understood.
    """
    path = folder / CHECKPOINT_MANIFEST
    if not path.is_file():
        return None
    try:
        return _CheckpointManifest.model_validate(read_json(path)).contamination
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
