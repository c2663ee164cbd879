"""Finished runs over recorded answers: the whole pipeline but for a model."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.engines.base import EngineSettings
from harness.evaluate import evaluate
from harness.model import parse_model, resolve_model
from harness.plan import Choice, RunPlan, plan_suites
from harness.records import Response
from harness.screen import Screen
from harness.store import JOURNAL, Journal
from harness.suite import load_suite
from tests.conftest import item_line, make_tiny_model, write_suite
from tests.needs import missing

Answers = dict[str, str | Sequence[str]]
"""By item, its answer; of a dialogue, all of them."""
MakeRun = Callable[..., Path]


@pytest.fixture
def libreoffice() -> None:
    """Leave the test where LibreOffice is missing."""
    if shutil.which("soffice") is None:
        missing("libreoffice-calc", "LibreOffice (soffice) is not installed (make setup-system)")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three models: runs of different models have different names."""
    parent = tmp_path_factory.mktemp("review-models")
    return [make_tiny_model(parent / name, seed) for seed, name in enumerate(("qz-base", "qz-sft-v1", "qz-sft-v2"))]


@pytest.fixture
def make_run(models: list[Path], tmp_path: Path) -> MakeRun:
    """Make a finished run of model `number` in which items were answered as given; items without an answer end in an error."""

    def make(number: int, suites: Sequence[Path], answers: Answers, label: str | None = None, out: Path = tmp_path / "runs") -> Path:
        recorded = tmp_path / f"recorded-{number}-{len(list(tmp_path.iterdir()))}"
        recorded.mkdir()
        journal = Journal(recorded / JOURNAL)
        loaded = [load_suite(folder) for folder in suites]
        for suite in loaded:
            for item in suite.items:
                texts = answers.get(item.id, ())
                for turn, text in enumerate([texts] if isinstance(texts, str) else texts):
                    journal.append(Response(f"{suite.name}/{item.id}/0/{turn}", text, 1))
        journal.close()
        choice = Choice(size="full")
        plan = RunPlan(
            resolve_model(parse_model(str(models[number]))), plan_suites(loaded, choice), choice,
            EngineSettings("replay", replay=str(recorded)), None,
        )  # fmt: skip
        return evaluate(plan, out, label or models[number].name, Screen()).folder

    return make


def question_lines(count: int, strata: Sequence[str] = ("easy", "hard"), **changes: Any) -> list[dict[str, Any]]:
    return [item_line(f"q{number:03}", stratum=strata[number % len(strata)], **changes) for number in range(count)]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """A suite of 60 items in two strata, three of them core."""
    return write_suite(tmp_path / "arith", question_lines(60), strata=["easy", "hard"], core_items=["q000", "q001", "q002"])


def answers_of(suite: Path, style: str) -> Answers:
    """An answer to each item that is this run's own."""
    return {
        item.id: f"{style} thinks about {item.id}: the answer is {len(style) + number % 3}."
        for number, item in enumerate(load_suite(suite).items)
    }


@pytest.fixture
def two_runs(make_run: MakeRun, questions: Path) -> list[Path]:
    return [make_run(number, [questions], answers_of(questions, style)) for number, style in enumerate(("ann", "boris"))]
