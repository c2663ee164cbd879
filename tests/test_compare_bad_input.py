"""Comparisons of bad input: a named status and a sentence, no NaN, no traceback."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.compare import Comparison, Report, compare_all, compare_runs
from harness.errors import RunError
from tests.run_folders import both, measured, only, paired, row, rows_of, write_run


def finite(report: Report | Comparison) -> None:
    json.dumps(report.as_json(), allow_nan=False)


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -0.5, 1.5, "1"])
def test_a_score_that_is_none_is_an_error_that_names_its_item(tmp_path: Path, score: Any) -> None:
    base, cand = rows_of([1.0, 0.0, 1.0]), rows_of([1.0, score, 1.0])
    for name, pair in (("there", (base, cand)), ("back", (cand, base))):
        suite = both(tmp_path / name, *pair)
        assert suite.verdict == "ERROR"
        assert "q0001" in suite.reason
        assert suite.difference is None


def test_a_measured_value_that_is_no_number_is_an_error(tmp_path: Path) -> None:
    suite = both(tmp_path, measured([1.0, 1.1]), measured([1.0, float("nan")]))
    assert suite.verdict == "ERROR"
    assert "m1" in suite.reason


@pytest.mark.parametrize("margin", [0, -0.1, 1, 1.5, float("nan")])
def test_a_margin_that_is_none_is_an_error_that_says_so(tmp_path: Path, margin: float) -> None:
    part = {"arith": {"margin": margin}}
    runs = [write_run(tmp_path / name, rows_of([1.0] * 9), part) for name in ("base", "cand")]
    comparison = compare_runs(*runs)
    assert only(comparison).verdict == "ERROR"
    assert "margin" in only(comparison).reason
    finite(comparison)
    finite(compare_all(runs[0], [], {"two": [runs[1], write_run(tmp_path / "third", rows_of([1.0] * 9), part)]}))


def test_runs_without_a_common_item_are_an_error(tmp_path: Path) -> None:
    suite = both(tmp_path, rows_of([1.0, 0.0]), [row("other1", 1.0), row("other2", 0.0)])
    assert (suite.verdict, suite.reason) == ("ERROR", "the runs have no item in common")


def test_items_that_only_one_run_has_are_named(tmp_path: Path) -> None:
    base = write_run(tmp_path / "base", rows_of([1.0, 0.0]))
    cand = write_run(tmp_path / "cand", [row("q0000", 1.0), row("new", 1.0)], {"arith": {"items_hash": "other"}})
    suite = only(compare_runs(base, cand, force=True))
    assert suite.verdict == "NOT COMPARABLE"
    assert suite.notes == ("1 items only in the baseline: q0001", "1 items only in the candidate: new")


def test_one_item_decides_nothing(tmp_path: Path) -> None:
    for name, before, after in (("flip", 0.0, 1.0), ("tie", 1.0, 1.0), ("graded", 0.25, 0.5)):
        suite = both(tmp_path / name, rows_of([before]), rows_of([after]))
        assert (suite.verdict, suite.n) == ("INCONCLUSIVE", 1)
        assert suite.notes


@pytest.mark.parametrize("scores", [[1.0] * 30, [0.0] * 30, [1.0, 0.0] * 15])
def test_all_ties_are_identical_and_still_uncertain(tmp_path: Path, scores: list[float]) -> None:
    suite = both(tmp_path, rows_of(scores), rows_of(scores))
    assert suite.pvalue == 1
    assert suite.notes == ("IDENTICAL: no item's score changed",)
    assert suite.low is not None
    assert suite.low < -0.05


@pytest.mark.parametrize(("clusters", "note"), [(5, "UNDEFINED: fewer than 6 clusters"), (6, "fewer than 20 clusters")])
def test_of_five_clusters_nothing_is_inferred_and_six_are_warned_of(tmp_path: Path, clusters: int, note: str) -> None:
    before = [row(f"q{n}", float(n % 3 == 0), cluster=f"c{n % clusters}") for n in range(40)]
    after = [row(f"q{n}", float(n % 3 != 1), cluster=f"c{n % clusters}") for n in range(40)]
    suite = both(tmp_path, before, after)
    assert (suite.clusters, suite.notes) == (clusters, (note,))
    assert suite.difference == pytest.approx(13 / 40)
    inferred = (suite.low, suite.high, suite.lower, suite.upper, suite.pvalue, suite.pvalue_better, suite.pvalue_worse)
    if clusters == 5:
        assert inferred == (None,) * 7
        assert suite.verdict == "INCONCLUSIVE"
    else:
        assert None not in inferred


def test_few_flips_are_warned_of(tmp_path: Path) -> None:
    suite = both(tmp_path, *map(rows_of, paired(20, 4, 0, 10)))
    assert "fewer than 5 discordant pairs cannot reach p < .05" in suite.notes
    assert not both(tmp_path / "more", *map(rows_of, paired(20, 5, 0, 10))).notes


def test_a_damaged_file_of_scores_is_an_error_that_names_it(tmp_path: Path) -> None:
    base, cand = (write_run(tmp_path / name, rows_of([1.0])) for name in ("base", "cand"))
    for text in ('{"suite": "arith", "ite', "[1]\n", '{"item": "q"}\n', '{"suite": "arith", "item": "q"}\n'):
        (cand / "scores.jsonl").write_text(text)
        with pytest.raises(RunError, match=r"scores\.jsonl cannot be read"):
            compare_runs(base, cand)


def test_no_number_of_any_of_these_is_nan(tmp_path: Path) -> None:
    shapes: dict[str, list[tuple[float, float]]] = {
        "one": [(0.0, 1.0)], "graded": [(0.25, 0.5)], "ties": [(1.0, 1.0)] * 3, "all": [(0.0, 1.0)] * 3, "equal": [(0.1, 0.4)] * 3,
    }  # fmt: skip
    for name, pairs in shapes.items():
        for clusters in (1, 2, 5):
            sides = [[row(f"q{n}", pair[side], cluster=f"c{n % clusters}", lang=("zh", "en")[n % 2]) for n, pair in enumerate(pairs)]
                     for side in (0, 1)]  # fmt: skip
            folder = tmp_path / f"{name}-{clusters}"
            runs = [write_run(folder / part, rows) for part, rows in zip(("base", "cand", "more"), (*sides, sides[1]), strict=True)]
            finite(compare_all(runs[0], runs[1:], {"two": runs[1:]}, previous=runs[2]))
