"""CONTRIBUTING.md's examples, as they stand on the page: written into a copy of the project, and run there."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pages import ROOT, Block, Command, blocks, commands

PAGE = "CONTRIBUTING.md"
# `make` runs the whole of the tests, this one too.
OF_EXAMPLES = [command for command in commands(PAGE) if command.words[0] != "make"]


def write(block: Block, project: Path) -> None:
    """Put a block's file into the project, or make its changes to one that is there."""
    path = project / block.about
    if block.language != "diff":
        assert not path.exists(), f"{block.about} is in the project already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        return
    before = "".join(line[1:].removesuffix("…\n") for line in block.text.splitlines(keepends=True) if line[0] in " -")
    after = "".join(line[1:].removesuffix("…\n") for line in block.text.splitlines(keepends=True) if line[0] in " +")
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{block.about} does not have once what {PAGE}:{block.line} changes"
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name in ("harness", "reports", "suites", "sft_train"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "tests/conftest.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    for block in blocks(PAGE):
        if block.about:
            write(block, folder)
    return folder


def run(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(project), "MYPYPATH": str(project), "PYTEST_ADDOPTS": "-p no:cacheprovider"}
    return subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.slow
@pytest.mark.parametrize("command", OF_EXAMPLES, ids=lambda command: command.text)
def test_the_commands_of_the_examples_do_what_they_should(command: Command, project: Path, tiny_model: Path) -> None:
    words = list(command.words)
    start = {"harness": ["-m", "harness"], "python": []}[words[0].rsplit("/", 1)[-1]]
    model = ["--model", str(tiny_model)] if "eval" in words else []  # Only its chat template is asked: the engines are of the examples.
    done = run(project, sys.executable, *start, *words[1:], *model)
    assert done.returncode == 0, done.stdout + done.stderr
    if "replay" in words:
        (summary,) = (json.loads(path.read_text(encoding="utf-8")) for path in project.glob("runs/*/summary.json"))
        assert (summary["greetings"]["n"], summary["greetings"]["score"]) == (2, 1.0)
    if "constant" in words:
        (found,) = (path for path in project.glob("runs/*/engine.json") if '"constant"' in path.read_text(encoding="utf-8"))
        summary = json.loads((found.parent / "summary.json").read_text(encoding="utf-8"))
        assert summary["greetings"]["score"] == 0.5  # It says goodbye in English only.
        assert summary["forgetting"]["errors"] == 0
        shutil.rmtree(found.parent)


@pytest.mark.slow
def test_the_examples_keep_the_house_rules(project: Path) -> None:
    files = [block.about for block in blocks(PAGE) if block.language == "python"]
    for words in (("ruff", "check"), ("ruff", "format", "--check", "--diff")):
        done = run(project, sys.executable, "-m", *words, *files)
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_examples_are_about_is_on_the_page() -> None:
    files = {block.about for block in blocks(PAGE) if block.about}
    assert {"greetings/suite.yaml", "harness/scorers/closing.py", "harness/engines/constant.py"} <= files
    assert len(OF_EXAMPLES) >= 4
