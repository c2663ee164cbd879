"""How a checkpoint was trained, where its own manifest.json has curves; nothing where it has none."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from harness.checkpoint import read_json
from harness.contamination import CHECKPOINT_MANIFEST
from harness.errors import UserError


@dataclass(frozen=True)
class Curve:
    figure: str
    """Such as "loss"."""
    steps: tuple[float, ...]
    values: tuple[float, ...]


class _Manifest(BaseModel):
    curves: list[dict[str, float]] = []
    """A record a logged step: "step", and by name what was measured there."""


def curves(model: dict[str, Any]) -> list[Curve]:
    """The curves of the checkpoint or adapter that a run's manifest names, if it is still there; figures seen once are left out.

    Raises UserError if its manifest.json cannot be understood.
    """
    return [
        curve for folder in (model.get("adapter"), model.get("folder")) if folder for curve in _read(Path(folder) / CHECKPOINT_MANIFEST)
    ]


def _read(path: Path) -> Iterator[Curve]:
    if not path.is_file():
        return
    try:
        rows = _Manifest.model_validate(read_json(path)).curves
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
    for figure in dict.fromkeys(name for row in rows for name in row if name not in ("step", "epoch")):
        seen = [(row["step"], row[figure]) for row in rows if "step" in row and isfinite(row.get(figure, float("nan")))]
        if len(seen) > 1:
            steps, values = zip(*seen, strict=True)
            yield Curve(figure, steps, values)
