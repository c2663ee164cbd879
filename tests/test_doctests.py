"""The examples in docstrings do what they say."""

import doctest
from importlib import import_module

import pytest

MODULES = [
    "stats.mcnemar", "stats.clustered", "stats.proportion", "stats.multiplicity", "stats.pass_at_k", "thinking", "sandbox", "units",
    "consistency", "strict", "suite_similar", "suite_skeleton", "scorers.numerals",
    "scorers.text", "postprocess",
]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_examples_run_as_written(name: str) -> None:
    result = doctest.testmod(import_module(f"harness.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
