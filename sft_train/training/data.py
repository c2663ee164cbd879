"""The rows that a training starts from: a built folder as it is, or data files, which are built first."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.checkpoint import read_json
from harness.errors import UserError
from sft_train.build import MANIFEST, build
from sft_train.config import DataConfig, Source, Split, locate
from sft_train.data.reading import read_rows, read_sources
from sft_train.data.record import Row
from sft_train.data.splitting import refuse_overlap
from sft_train.data.versions import data_hash
from sft_train.settings import read_settings
from sft_train.training.config import TrainConfig

Say = Callable[[str], None]
_FEWEST = 40
"""Rows below which nothing is held out of data files."""


@dataclass(frozen=True)
class TrainingData:
    """The rows that a training starts from."""

    train: list[Row]
    validation: list[Row]
    hash: str
    """Of the training rows, general ones included."""
    manifest: dict[str, Any]
    """data.json of what was built."""
    contamination: dict[str, list[str]]
    """Items of suites that the training rows hold, by suite."""


def prepare_data(config: TrainConfig, work: Path, say: Say) -> TrainingData:
    """Read what `config.data` names, building it into `work`/data first if it is not built, and mix general rows in.

    Raises UserError if the data have errors, or a built folder was changed since.
    """
    folder = _built(config.data, config, work / "data", say)
    manifest = read_json(folder / MANIFEST)
    train = read_rows(str(folder / "train.jsonl"))
    held_out = folder / "validation.jsonl"
    validation = read_rows(str(held_out)) if held_out.is_file() else []
    for name, rows in (("train", train), ("validation", validation)):
        if rows and data_hash(rows) != manifest["parts"][name]["hash"]:
            raise UserError(f"{folder}/{name}.jsonl was changed after it was built; build it again, so that its checks hold.")
    if validation:
        refuse_overlap(train, validation, float(manifest["config"]["split"]["similar"]), "validation")
    if config.data_share < 1:
        order = np.random.default_rng(config.seed).permutation(len(train))
        train = [train[at] for at in sorted(order[: max(1, round(config.data_share * len(train)))])]
    contamination = {suite: list(items) for suite, items in manifest["contamination"]["suites"].items()}
    if config.general is not None:
        rows, more = _general(config, work, len(train), say)
        train = [*train, *rows]
        for suite, items in more.items():
            contamination[suite] = sorted({*contamination.get(suite, []), *items})
    return TrainingData(train, validation, data_hash(train), manifest, contamination)


def _built(data: str | tuple[str, ...], config: TrainConfig, out: Path, say: Say) -> Path:
    """The folder itself if one was built, otherwise `out`, into which the files are built unless that was done before."""
    named = (data,) if isinstance(data, str) else data
    if len(named) == 1 and Path(named[0]).is_dir():
        if not (Path(named[0]) / MANIFEST).is_file():
            raise UserError(f"{named[0]}: is no folder of `sft-train build`, it has no {MANIFEST}; give data files, or build them first.")
        return Path(named[0])
    if not (out / MANIFEST).is_file():
        checked = build(_data_config(named, config, say), out, say)
        if checked.errors:
            first = checked.errors[0]
            raise UserError(
                f"The data have {len(checked.errors)} errors, nothing was trained: {first.text}. `sft-train check` shows them all; the "
                f"report is in {out}."
            )
    return out


def _data_config(named: tuple[str, ...], config: TrainConfig, say: Say) -> DataConfig:
    if len(named) == 1 and Path(named[0]).suffix in (".yaml", ".yml"):
        return locate(read_settings(Path(named[0]), DataConfig), Path(named[0]).parent)
    sources = tuple(Source(path=name) for name in named)
    held_out = config.validation
    if held_out and len(read_sources(sources).rows) < _FEWEST:
        say(f"fewer than {_FEWEST} rows: none is held out, so there is no early stopping")
        held_out = 0.0
    return DataConfig(sources=sources, suites=config.suites, split=Split(validation=held_out, seed=config.seed))


def _general(config: TrainConfig, work: Path, rows: int, say: Say) -> tuple[list[Row], dict[str, list[str]]]:
    """General rows, so many that they make up `general_share` of all, drawn without repeating any."""
    assert config.general is not None
    whole = config.model_copy(update={"validation": 0.0})
    folder = _built(config.general, whole, work / "general", say)
    pool = read_rows(str(folder / "train.jsonl"))
    wanted = round(rows * config.general_share / (1 - config.general_share))
    if wanted > len(pool):
        say(f"{len(pool)} general rows are there, {wanted} would be needed for a share of {config.general_share:.0%}; all are taken")
    chosen = np.random.default_rng(config.seed).permutation(len(pool))[:wanted]
    items = read_json(folder / MANIFEST)["contamination"]["suites"]
    return [replace(pool[at], task="general") for at in sorted(chosen)], {suite: list(found) for suite, found in items.items()}
