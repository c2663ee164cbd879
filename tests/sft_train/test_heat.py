"""Temperatures are read where there are sensors, and told once where they are too high."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from sft_train.training.heat import hottest
from sft_train.training.watching import Watch

STATE = SimpleNamespace(is_world_process_zero=True, global_step=1, max_steps=9)
LOGS = {"loss": 1.0, "learning_rate": 0.1, "grad_norm": 1.0}


def sensors(monkeypatch: pytest.MonkeyPatch, *temperatures: float) -> None:
    readings = {f"chip{number}": [SimpleNamespace(current=value)] for number, value in enumerate(temperatures)}
    monkeypatch.setattr(psutil, "sensors_temperatures", lambda: readings, raising=False)


def log(watch: Watch) -> None:
    watch.on_log(None, STATE, None, logs=LOGS)


def test_the_hottest_sensor_is_in_the_metrics_and_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    watch = Watch(tmp_path / "metrics.jsonl", said.append, lambda: 1)
    for temperatures in ((), (40.0, 61.5), (96.0, 50.0), (97.0,)):
        sensors(monkeypatch, *temperatures)
        log(watch)
    rows: list[dict[str, Any]] = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [row.get("temperature") for row in rows] == [None, 61.5, 96.0, 97.0]
    assert len([text for text in said if "96 °C" in text]) == 1
    assert not [text for text in said if "97 °C" in text]


def test_a_system_that_has_no_such_function_has_no_temperature(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(psutil, "sensors_temperatures", raising=False)
    assert hottest() is None
