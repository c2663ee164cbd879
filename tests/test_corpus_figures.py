"""Figures of all answers of a suite together: each scorer is asked once, for all that it judged, and hinders no other."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import harness.scorers
from harness.formulas import mean_terms
from harness.item import Item
from harness.records import Answer, CorpusFigure, Response, Score
from harness.runner import Sample
from harness.scoring import corpus_figures, judge, stored_sample
from harness.suite import Suite, load_suite
from harness.summary import score_rows
from reports.terminal import print_scored
from tests.conftest import item_line, write_suite


class CountingScorer:
    """Judges by length, and counts the letters of all answers."""

    name = "counting"
    version = 1
    metrics = ("correct",)
    fails = False

    def check_target(self, item: Item) -> None:
        pass

    def score(self, item: Item, answer: Answer) -> Score:
        if answer.text == "broken":
            raise ValueError("cannot be judged")
        return Score({"correct": float(len(answer.text) > 1)})

    def corpus_figures(self, judged: Sequence[tuple[Item, Answer, Score]]) -> dict[str, CorpusFigure]:
        if self.fails:
            raise ZeroDivisionError("nothing to divide by")
        letters = sum(len(answer.text) for _, answer, _ in judged)
        right = sum(score.metrics["correct"] for _, _, score in judged)
        details = {"right": right, "ids": [item.id for item, _, _ in judged]}
        terms = {place: mean_terms(len(answer.text)) for place, (_, answer, _) in enumerate(judged)}
        return {"letters": CorpusFigure(letters, len(judged), "counting 1", "", details, "ratio", terms)}


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suite:
    monkeypatch.setitem(harness.scorers._CLASSES, "counting", f"{__name__}:CountingScorer")
    harness.scorers.load_scorer.cache_clear()
    lines = [item_line(f"c{n}", scorer="counting") for n in range(3)] + [item_line("q0")]
    return load_suite(write_suite(tmp_path / "s", lines))


def judged(suite: Suite, *texts: str) -> list[Sample]:
    samples = [
        stored_sample(suite, item, 0, [Response(f"{suite.name}/{item.id}/0/0", text)])
        for item, text in zip(suite.items, texts, strict=True)
    ]
    judge(samples, {})
    return samples


def test_a_scorer_has_figures_of_all_that_it_judged_and_of_nothing_else(suite: Suite) -> None:
    figures = corpus_figures(suite, judged(suite, "ab", "c", "def", "4"))
    terms = {0: mean_terms(2), 1: mean_terms(1), 2: mean_terms(3)}
    details = {"right": 2.0, "ids": ["c0", "c1", "c2"]}
    assert figures == {"letters": CorpusFigure(6, 3, "counting 1", details=details, formula="ratio", terms=terms)}
    assert "terms" not in figures["letters"].as_json()


def test_what_an_answer_adds_stands_in_its_own_row(suite: Suite) -> None:
    samples = judged(suite, "broken", "ab", "def", "4")
    rows = score_rows(samples, 0, {suite.name: corpus_figures(suite, samples)})
    assert [row.get("corpus") for row in rows] == [None, {"letters": mean_terms(2)}, {"letters": mean_terms(3)}, None]


def test_an_answer_with_an_error_is_no_part_of_the_figures(suite: Suite) -> None:
    assert corpus_figures(suite, judged(suite, "ab", "broken", "def", "4"))["letters"].n == 2


def test_samples_of_another_suite_are_no_part_of_them(suite: Suite, tmp_path: Path) -> None:
    other = load_suite(write_suite(tmp_path / "other", [item_line("c9", scorer="counting")], name="other"))
    assert corpus_figures(suite, [*judged(suite, "ab", "c", "def", "4"), *judged(other, "wxyz")])["letters"].value == 6


def test_a_figure_that_fails_says_why_and_takes_no_score_with_it(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = judged(suite, "ab", "c", "def", "4")
    monkeypatch.setattr(harness.scorers.load_scorer("counting"), "fails", True)
    figures = corpus_figures(suite, samples)
    assert figures["counting"].value is None
    assert figures["counting"].note == "unavailable: scorer 'counting' failed: ZeroDivisionError: nothing to divide by"
    assert [sample.score is not None for sample in samples] == [True] * 4


def test_the_terminal_shows_value_signature_and_note(capsys: pytest.CaptureFixture[str]) -> None:
    empty: dict[str, Any] = {"primary_metric": "correct", "truncated": None, "n": 0, "score": None, "low": None, "high": None, "errors": 0}
    figures = {
        "BLEU": {"value": 12.3456, "n": 3, "signature": "v1", "note": "", "details": {}},
        "BERTScore": {"value": None, "n": 3, "signature": "", "note": "no model folder", "details": {}},
    }
    print_scored("summaries", {**empty, "metrics": {}, "corpus": figures}, "all items", to_stderr=False)
    shown = capsys.readouterr().out
    assert "summaries: BLEU 12.3456 (v1)" in shown
    assert "summaries: BERTScore unavailable (no model folder)" in shown
