"""The examples in docstrings do what they say."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "name",
    ["stats.mcnemar", "stats.clustered", "stats.proportion", "stats.multiplicity", "sandbox", "units", "consistency", "scorers.numerals"],
)
def test_examples_run_as_written(name: str) -> None:
    result = doctest.testmod(import_module(f"harness.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
