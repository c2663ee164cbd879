"""The examples in docstrings do what they say."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def with_examples(package: str) -> list[str]:
    """Modules of a package, and of those within it, whose text holds examples."""
    files = sorted(path for path in ROOT.joinpath(package).rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for package in ("harness", "reports", "sft_train") for name in with_examples(package)])
def test_examples_run_as_written(name: str) -> None:
    result = doctest.testmod(import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
