"""Trials differ in one thing, the best value is kept, and larger shares of the data hold the smaller ones."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from harness.errors import UserError
from sft_train.cli import app
from sft_train.config import DataConfig
from sft_train.training import sweep as sweeping
from sft_train.training.config import TrainConfig
from sft_train.training.data import prepare_data
from sft_train.training.rounds import next_shares
from sft_train.training.run import train
from sft_train.training.sweep import parse_factor, sizes, sweep
from tests.sft_train.training import built, config, records


def test_a_factor_is_a_setting_with_values() -> None:
    assert parse_factor("learning_rate=5e-5, 1e-4") == ("learning_rate", [5e-5, 1e-4])
    for text in ("learning_rate", "learning_rate=1e-4", "=1,2"):
        with pytest.raises(UserError, match="at least two values"):
            parse_factor(text)


def test_each_setting_is_varied_from_the_best_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[float | None, int | None]] = []

    def pretend(given: TrainConfig, say: Any) -> Path:
        """A training whose validation loss is least at a rate of 2e-4 and rank 16."""
        seen.append((given.learning_rate, given.lora.rank))
        loss = abs((given.learning_rate or 0) - 2e-4) * 1e3 + abs((given.lora.rank or 0) - 16)
        Path(given.out).mkdir(parents=True)
        (Path(given.out) / "manifest.json").write_text(json.dumps({"best_validation_loss": loss, "best_step": 3}))
        return Path(given.out)

    monkeypatch.setattr(sweeping, "train", pretend)
    start = TrainConfig.model_validate({"data": "d", "out": str(tmp_path), "lora": {"rank": 4}})
    trials = sweep(start, [("learning_rate", [1e-4, 2e-4, 4e-4]), ("lora.rank", [8, 16])], lambda text: None)
    assert seen == [(1e-4, 4), (2e-4, 4), (4e-4, 4), (2e-4, 8), (2e-4, 16)]
    assert [trial.value for trial in trials if trial.best] == [2e-4, 16]
    assert len(json.loads((tmp_path / "sweep.json").read_text())) == 5


def test_a_setting_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="learning_rat=1"):
        sweep(TrainConfig(data="d", out=str(tmp_path)), [("learning_rat", [1, 2])], lambda text: None)


def test_larger_shares_hold_the_smaller_ones(tmp_path: Path) -> None:
    data = built(tmp_path / "data", records(20))
    parts = []
    for share in (0.25, 0.5, 1.0):
        found = prepare_data(config(tmp_path, data, tmp_path / "out", data_share=share), tmp_path, lambda text: None)
        parts.append({row.question for row in found.train})
    assert [len(part) for part in parts] == [5, 10, 20]
    assert parts[0] < parts[1] < parts[2]


def test_weak_tasks_get_larger_shares_within_bounds() -> None:
    shares = next_shares({"easy": 0.6, "hard": 0.3, "unknown": 0.1}, {"easy": 0.5, "hard": 9.0})
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
    assert shares["hard"] > shares["easy"] > shares["unknown"]
    assert shares["hard"] == pytest.approx(0.6, abs=1e-4)  # Twice its share, and no more, of what makes 1.
    assert next_shares({"a": 1.0}, {}) == {"a": 1.0}


@pytest.mark.slow
def test_the_command_prints_shares_for_the_next_build(tiny_model: Path, tmp_path: Path) -> None:
    rows = records(32)
    out = train(config(tiny_model, built(tmp_path / "data", rows[:24], rows[24:]), tmp_path / "out", steps=2))
    result = CliRunner().invoke(app, ["shares", str(out)])
    assert result.exit_code == 0
    sampling = DataConfig.model_validate({"sources": [{"path": "x"}]} | yaml.safe_load(result.output)).sampling
    assert sampling is not None
    assert set(sampling.shares) == {"a", "b"}


@pytest.mark.slow
def test_more_data_are_compared_on_the_same_validation_rows(tiny_model: Path, tmp_path: Path) -> None:
    rows = records(32)
    data = built(tmp_path / "data", rows[:24], rows[24:])
    trials = sizes(config(tiny_model, data, tmp_path / "out", steps=3), [1.0, 0.25], lambda text: None)
    assert [trial.value for trial in trials] == [0.25, 1.0]
    starts = [json.loads((tmp_path / "out" / trial.folder / "manifest.json").read_text())["curves"][0]["eval_loss"] for trial in trials]
    assert starts[0] == starts[1]
