"""The examples in docstrings do what they say."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def with_examples(package: str) -> list[str]:
    """Modules of a package whose docstrings hold examples."""
    folder = ROOT.joinpath(*package.split("."))
    return [f"{package}.{path.stem}" for path in sorted(folder.glob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]


MODULES = [
    "thinking", "sandbox", "units",
    "consistency", "strict", "suite_similar", "suite_skeleton", "scorers.numerals",
    "scorers.text", "postprocess",
]  # fmt: skip


@pytest.mark.parametrize(
    "name", [*with_examples("harness.stats"), *with_examples("reports.review"), *(f"harness.{name}" for name in MODULES)]
)
def test_examples_run_as_written(name: str) -> None:
    result = doctest.testmod(import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
