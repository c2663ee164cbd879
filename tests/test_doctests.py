"""The examples in docstrings do what they say."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STATS = [f"stats.{path.stem}" for path in sorted((ROOT / "harness" / "stats").glob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]
MODULES = [
    *STATS, "thinking", "sandbox", "units",
    "consistency", "strict", "suite_similar", "suite_skeleton", "scorers.numerals",
    "scorers.text", "postprocess",
]  # fmt: skip


TRAINING = [
    "data.record", "data.tagged", "data.near", "data.privacy", "data.templates", "data.facts", "augment.mutations",
    "training.config", "training.batches", "training.examples", "training.rounds",
    "training.row_weights", "training.probes", "training.sweep", "training.run",
]  # fmt: skip


@pytest.mark.parametrize("name", [*(f"harness.{name}" for name in MODULES), *(f"sft_train.{name}" for name in TRAINING)])
def test_examples_run_as_written(name: str) -> None:
    result = doctest.testmod(import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
