"""Several trainings that differ in one thing: settings varied one after the other, or growing shares of the data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from harness.checkpoint import read_json
from harness.errors import UserError
from harness.settings import first_error
from sft_train.data.writing import write_json
from sft_train.training.config import TrainConfig
from sft_train.training.run import train

Say = Callable[[str], None]
RESULTS = "sweep.json"


@dataclass(frozen=True, slots=True)
class Trial:
    """One training of a sweep."""

    key: str
    value: Any
    folder: str
    validation_loss: float
    best_step: int
    best: bool = False
    """Whether it is the best of its key's trials, and kept for those after it."""


def parse_factor(text: str) -> tuple[str, list[Any]]:
    """A setting and its values; raises UserError if it is not of that form.

    >>> parse_factor("lora.rank=8,16")
    ('lora.rank', [8, 16])
    """
    key, found, values = text.partition("=")
    listed = [yaml.safe_load(value) for value in values.split(",") if value.strip()]
    if not found or not key or len(listed) < 2:
        raise UserError(f"'{text}': give a setting with at least two values, such as learning_rate=5e-5,1e-4.")
    # YAML takes 1e-4 for a text, since it has no point.
    return key.strip(), [_number(value) for value in listed]


def sweep(config: TrainConfig, factors: Sequence[tuple[str, list[Any]]], say: Say) -> list[Trial]:
    """Vary each setting in turn, the others fixed; the best value by validation loss is kept for the settings after it.

    Learning rate and epochs matter most and should come first. Trials lie in `out`/KEY=VALUE and continue as trainings do; all are
    listed in `out`/sweep.json. Raises UserError if a setting is not one, or there is nothing to validate on.
    """
    trials: list[Trial] = []
    for key, values in factors:
        changed = {str(value): _changed(config, key, value) for value in values}
        done = [_trial(each, key, value, say) for (value, each) in zip(values, changed.values(), strict=True)]
        best = min(done, key=lambda trial: trial.validation_loss)
        trials += [Trial(each.key, each.value, each.folder, each.validation_loss, each.best_step, each is best) for each in done]
        config = changed[str(best.value)].model_copy(update={"out": config.out})
    return _written(trials, config)


def sizes(config: TrainConfig, shares: Sequence[float], say: Say) -> list[Trial]:
    """Train on growing shares of the rows, each holding the smaller ones; the validation rows are the same: whether more data help."""
    trials = [_trial(_changed(config, "data_share", share), "data_share", share, say) for share in sorted(shares)]
    return _written(trials, config)


def _written(trials: list[Trial], config: TrainConfig) -> list[Trial]:
    fields = ("key", "value", "folder", "validation_loss", "best_step", "best")
    write_json(Path(config.out) / RESULTS, [{name: getattr(trial, name) for name in fields} for trial in trials])
    return trials


def _trial(config: TrainConfig, key: str, value: Any, say: Say) -> Trial:
    folder = Path(config.out).expanduser() / f"{key}={value}"
    say(f"{key} = {value}")
    manifest = read_json(train(config.model_copy(update={"out": str(folder)}), say) / "manifest.json")
    if manifest["best_validation_loss"] is None:
        raise UserError("There are no validation rows, so trials cannot be compared; set validation, or build with some held out.")
    return Trial(key, value, folder.name, manifest["best_validation_loss"], manifest["best_step"])


def _changed(config: TrainConfig, key: str, value: Any) -> TrainConfig:
    content: dict[str, Any] = config.model_dump()
    at = content
    *outer, last = key.split(".")
    for part in outer:
        at = at.setdefault(part, {})
    at[last] = value
    try:
        return TrainConfig.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{key}={value}: {first_error(error)}") from error


def _number(value: Any) -> Any:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
