"""How a checkpoint was trained, as its own files say: manifest.json, training/diagnosis.json, and the report of its data.

Nothing is computed anew and nothing of the training's code is needed; a checkpoint that has none of these files has no training here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from harness.checkpoint import read_json
from harness.contamination import CHECKPOINT_MANIFEST
from harness.errors import UserError

_DIAGNOSIS = Path("training", "diagnosis.json")
_DATA_REPORT = "data_report.json"
_BUILT = (Path("training", "data"), Path("training", "general"))
"""Where a training keeps the data that it built itself."""
_SHARED = {"loss": "loss", "eval_loss": "loss", "eval_end_loss": "eval_end_loss"}
_FAMILIES = ("probe_bits_per_byte", "probe_choice", "eval_loss")
"""Figures that have one for each language or task, whose names begin alike."""
PROBES = ("probe_bits_per_byte", "probe_choice")
_MOST_LINES = 4


@dataclass(frozen=True)
class Curve:
    """A figure along the steps of a training."""

    figure: str
    """Such as "loss"."""
    steps: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Panel:
    """Curves that are read together."""

    name: str
    """Of the first figure, or of the family."""
    curves: tuple[Curve, ...]


class Cause(BaseModel):
    """A likely cause of a finding and what to do about it, in both languages."""

    en: dict[Literal["cause", "fix"], str]
    zh: dict[Literal["cause", "fix"], str]


class Finding(BaseModel):
    """One line of diagnosis.json: what went wrong, on which figures that rests, what to do."""

    kind: str
    evidence: dict[str, Any]
    causes: list[Cause]
    title: dict[Literal["en", "zh"], str] = {}
    """The finding alone; earlier diagnoses have only `kind`."""


class Pair(BaseModel):
    """A row of training data that holds what an item asks or answers."""

    place: str
    number: int
    suite: str
    item: str
    part: str
    kind: str
    score: float
    row_text: str
    item_text: str


class _Base(BaseModel):
    given: str = ""


class _Manifest(BaseModel):
    curves: list[dict[str, float]] = []
    """A record a logged step: "step", and by name what was measured there."""
    base: _Base = _Base()
    config: dict[str, Any] = {}
    steps: int | None = None
    planned_steps: int | None = None
    best_step: int | None = None
    best_validation_loss: float | None = None
    seconds: float | None = None
    tokens_per_second: float | None = None
    peak_memory_gib: float | None = None
    warnings: list[str] = []


class _Diagnosis(BaseModel):
    findings: list[Finding]


class _Matches(BaseModel):
    matches: list[Pair] = []


class _DataReport(BaseModel):
    contamination: _Matches = _Matches()


_Read = TypeVar("_Read", bound=BaseModel)


@dataclass(frozen=True)
class Training:
    """What the folder of one checkpoint or adapter says."""

    facts: tuple[tuple[str, str], ...]
    """A word of the page, and what it says."""
    warnings: tuple[str, ...]
    """English, as the training said them."""
    panels: tuple[Panel, ...]
    findings: tuple[Finding, ...] | None
    """None if nobody looked."""

    @property
    def curves(self) -> list[Panel]:
        """Panels of what training itself logs, without the probes."""
        return [panel for panel in self.panels if panel.name not in PROBES]

    @property
    def probes(self) -> list[Panel]:
        """Panels of what was measured on held-out questions meanwhile."""
        return [panel for panel in self.panels if panel.name in PROBES]


def trainings(model: dict[str, Any]) -> list[Training]:
    """Of the adapter and the checkpoint that a run's manifest names, those that are still there and say how they were trained.

    Raises UserError, naming the file, if one cannot be understood.
    """
    found = []
    for folder in _folders(model):
        manifest = _parsed(_Manifest, folder / CHECKPOINT_MANIFEST)
        if manifest is not None and manifest.curves:
            diagnosis = _parsed(_Diagnosis, folder / _DIAGNOSIS)
            panels = tuple(_panels(manifest.curves))
            findings = None if diagnosis is None else tuple(diagnosis.findings)
            found.append(Training(tuple(_facts(manifest)), tuple(manifest.warnings), panels, findings))
    return found


def pairs(model: dict[str, Any]) -> list[Pair]:
    """Rows of training data that were found to hold items, from the reports of the data, the closest first. Raises as `trainings` does."""
    found: dict[tuple[Any, ...], Pair] = {}
    for folder in _folders(model):
        manifest = _parsed(_Manifest, folder / CHECKPOINT_MANIFEST)
        named = [manifest.config.get(name) for name in ("data", "general")] if manifest is not None else []
        built = [Path(name) for given in named for name in ([given] if isinstance(given, str) else given or ())]
        for place in (*(folder / part for part in _BUILT), *built):
            report = _parsed(_DataReport, place / _DATA_REPORT)
            for pair in () if report is None else report.contamination.matches:
                found[pair.place, pair.number, pair.suite, pair.item, pair.part] = pair
    return sorted(found.values(), key=lambda pair: -pair.score)


def _folders(model: dict[str, Any]) -> list[Path]:
    return [Path(folder) for folder in (model.get("adapter"), model.get("folder")) if folder]


def _parsed(kind: type[_Read], path: Path) -> _Read | None:
    if not path.is_file():
        return None
    try:
        return kind.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error


def _panels(rows: list[dict[str, float]]) -> Iterator[Panel]:
    """Curves by what they belong to; figures seen once are left out."""
    groups: dict[str, list[Curve]] = {}
    for figure in dict.fromkeys(name for row in rows for name in row if name not in ("step", "epoch")):
        seen = [(row["step"], row[figure]) for row in rows if "step" in row and isfinite(row.get(figure, float("nan")))]
        if len(seen) > 1:
            steps, values = zip(*seen, strict=True)
            groups.setdefault(_group(figure), []).append(Curve(figure, steps, values))
    for name, group in groups.items():
        for start in range(0, len(group), _MOST_LINES):
            yield Panel(name, tuple(group[start : start + _MOST_LINES]))


def _group(figure: str) -> str:
    """
    >>> _group("probe_choice_zh"), _group("eval_loss"), _group("eval_loss_code"), _group("grad_norm")
    ('probe_choice', 'loss', 'eval_loss', 'grad_norm')
    """
    return _SHARED.get(figure) or next((family for family in _FAMILIES if figure.startswith(family)), figure)


def _facts(manifest: _Manifest) -> Iterator[tuple[str, str]]:
    config = manifest.config
    if manifest.base.given:
        yield "base", manifest.base.given
    if "method" in config:
        rank = config.get("lora", {}).get("rank") if config["method"] == "lora" else None
        yield "method", f"{config['method']}" + ("" if rank is None else f", rank {rank}")
    if "learning_rate" in config:
        yield "learning_rate", f"{config['learning_rate']:g}" if config["learning_rate"] is not None else "–"
    if manifest.steps is not None:
        yield "steps", f"{manifest.steps}" + (f" / {manifest.planned_steps}" if manifest.planned_steps is not None else "")
    if manifest.best_validation_loss is not None:
        yield "best", f"{manifest.best_validation_loss:.4f}" + (f" ({manifest.best_step})" if manifest.best_step is not None else "")
    if manifest.seconds is not None:
        yield (
            "duration",
            f"{manifest.seconds / 60:.1f} min"
            + ("" if manifest.tokens_per_second is None else f", {manifest.tokens_per_second:.0f} tokens/s"),
        )
    if manifest.peak_memory_gib is not None:
        yield "memory", f"{manifest.peak_memory_gib:.2f} GiB"
