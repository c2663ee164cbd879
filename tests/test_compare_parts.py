"""What stands beside a suite's verdict: strata and languages, measured figures, corpus figures, items that were trained on."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import ttest_1samp

from harness.compare import SuiteComparison, compare_runs
from harness.stats.multiplicity import benjamini_hochberg
from tests.run_folders import both, measured, only, row, rows_of, summary_part, write_run


def strata_rows(scores: dict[tuple[str, str], Sequence[float]], **changes: Any) -> list[dict[str, Any]]:
    """Rows of a suite with so many items in each stratum and language."""
    return [
        row(f"{stratum}-{lang}-{number}", score, stratum=stratum, lang=lang, **changes)
        for (stratum, lang), values in scores.items()
        for number, score in enumerate(values)
    ]


# Strata and languages.


def parts(suite: SuiteComparison) -> dict[tuple[str, str], Any]:
    return {(part.stratum, part.lang): part for part in suite.strata}


def test_every_stratum_and_language_has_numbers_of_its_own(tmp_path: Path) -> None:
    scores = {("a", "zh"): ([0.0] * 10, [1.0] * 10), ("a", "en"): ([1.0] * 10, [1.0] * 10), ("b", "en"): ([1.0] * 5, [0.0] * 5)}
    suite = both(tmp_path, *(strata_rows({key: pair[side] for key, pair in scores.items()}) for side in (0, 1)))
    found = parts(suite)
    assert [*found] == [("all", "zh"), ("all", "en"), ("a", "all"), ("a", "zh"), ("a", "en"), ("b", "all")]
    assert {key: (part.n, part.baseline, part.candidate) for key, part in found.items()} == {
        ("all", "zh"): (10, 0.0, 1.0), ("all", "en"): (15, 1.0, 10 / 15), ("a", "all"): (20, 0.5, 1.0), ("a", "zh"): (10, 0.0, 1.0),
        ("a", "en"): (10, 1.0, 1.0), ("b", "all"): (5, 1.0, 0.0),
    }  # fmt: skip
    assert found["b", "all"].lost == tuple(f"b-en-{number}" for number in range(5))
    assert found["a", "zh"].baseline_high < 0.5 < found["a", "zh"].candidate_low


def test_strata_are_corrected_by_benjamini_and_hochberg_over_all_suites(tmp_path: Path) -> None:
    base, cand = [], []
    for suite in ("one", "two"):
        scores = {("a", "zh"): ([0.0] * 10, [1.0] * 10), ("b", "en"): ([1.0, 0.0] * 5, [1.0, 1.0] + [1.0, 0.0] * 4)}
        base += strata_rows({key: pair[0] for key, pair in scores.items()}, suite=suite)
        cand += strata_rows({key: pair[1] for key, pair in scores.items()}, suite=suite)
    suites = compare_runs(write_run(tmp_path / "base", base), write_run(tmp_path / "cand", cand)).suites
    every = [part for suite in suites for part in suite.strata]
    assert len(every) == 8
    pvalues = [part.pvalue for part in every if part.pvalue is not None]
    assert [part.pvalue_adjusted for part in every] == pytest.approx(benjamini_hochberg(pvalues).pvalues)
    assert any(part.pvalue_adjusted != part.pvalue for part in every)


def test_a_suite_of_one_stratum_and_one_language_has_no_parts(tmp_path: Path) -> None:
    assert both(tmp_path, rows_of([1.0] * 5), rows_of([1.0] * 5)).strata == ()


def test_a_stratum_whose_baseline_is_not_above_chance_is_at_the_floor_and_never_a_pass(tmp_path: Path) -> None:
    levels = {"guessed": 0.5, "known": 0.25}
    scores = {"guessed": [1.0, 0.0] * 200, "known": [1.0] * 100}
    rows = [row(f"{s}-{n}", score, stratum=s, chance=levels[s]) for s, values in scores.items() for n, score in enumerate(values)]
    suite = both(tmp_path, rows, rows)
    assert suite.verdict == "PASS"  # As a whole it is well above chance.
    assert {key: part.verdict for key, part in parts(suite).items()} == {
        ("guessed", "all"): "INCONCLUSIVE (floor)", ("known", "all"): "PASS",
    }  # fmt: skip


def test_a_stratum_that_is_the_worst_of_many_is_not_said_to_have_lost(tmp_path: Path) -> None:
    same = {(f"s{number}", "en"): [1.0] * 20 for number in range(12)}
    worse = {**same, ("s0", "en"): [0.0] * 3 + [1.0] * 17}
    part = parts(both(tmp_path, strata_rows(same), strata_rows(worse)))["s0", "all"]
    assert part.upper < 0
    assert part.verdict == "INCONCLUSIVE"
    assert "before the correction" in part.reason
    alone = parts(both(tmp_path / "two", *(strata_rows({("s0", "en"): s, ("s1", "en"): [1.0] * 20}) for s in ([1.0] * 20, [0.0] * 20))))
    assert alone["s0", "all"].verdict == "REGRESSED"


# Figures that are no scores.


def test_what_is_measured_has_a_paired_drift_with_an_interval(tmp_path: Path) -> None:
    before, after = [1.0, 1.1, 0.9, 1.3], [1.1, 1.15, 1.05, 1.32]
    suite = both(tmp_path, [*rows_of([1.0] * 9), *measured(before)], [*rows_of([1.0] * 9), *measured(after)])
    drift = {part.lang: part for part in suite.measured}
    expected = ttest_1samp([new - old for new, old in zip(after, before, strict=True)], 0)
    assert [*drift] == ["all", "zh", "en"]
    assert (drift["all"].low, drift["all"].high) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert drift["all"].pvalue == pytest.approx(expected.pvalue)
    assert drift["all"].difference == pytest.approx(0.08)
    assert drift["zh"].difference == pytest.approx(0.125)
    assert suite.n == 9


def test_a_drift_that_does_not_vary_has_a_sentence_and_no_interval(tmp_path: Path) -> None:
    for name, before, after in (("same", [1.0, 2.0], [1.0, 2.0]), ("one", [1.0], [1.2])):
        drift = both(tmp_path / name, measured(before), measured(after)).measured[0]
        assert (drift.low, drift.high, drift.pvalue) == (None, None, None)
        assert "no interval" in drift.note


def test_corpus_figures_are_shown_and_said_to_be_untested(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / name, rows_of([1.0] * 9)) for name in ("base", "cand")]
    figures = [{"bleu_zh": {"value": 0.2, "signature": "s", "note": ""}, "gone": {"value": None, "note": "unavailable: no model"}},
               {"bleu_zh": {"value": 0.25, "signature": "t", "note": ""}}]  # fmt: skip
    for run, corpus in zip(runs, figures, strict=True):
        (run / "summary.json").write_text(json.dumps({"arith": summary_part(corpus=corpus)}))
    found = {change.figure: change for change in only(compare_runs(*runs)).corpus}
    assert (found["bleu_zh"].baseline, found["bleu_zh"].candidate) == (0.2, 0.25)
    assert "computed differently: s → t" in found["bleu_zh"].note
    assert found["bleu_zh"].note.endswith("; not tested")
    assert found["gone"].baseline is None
    assert "no model" in found["gone"].note


# Items that were trained on.


def test_contaminated_items_are_named_and_left_out_once(tmp_path: Path) -> None:
    base, cand = rows_of([0.0] * 10 + [1.0] * 10), rows_of([1.0] * 10 + [1.0] * 10)
    record = {"suites": {"arith": ["q0000", "q0001", "elsewhere"], "other": ["q0005"]}, "data_hash": "d"}
    found = both(tmp_path, base, cand, contamination=record).contaminated
    assert found is not None
    assert (found.baseline, found.candidate) == ((), ("q0000", "q0001"))
    assert found.without is not None
    assert (found.without.n, found.without.baseline, found.without.candidate) == (18, 10 / 18, 1.0)


def test_what_either_checkpoint_was_trained_on_is_left_out(tmp_path: Path) -> None:
    runs = [
        write_run(tmp_path / name, rows_of([1.0, 0.0, 1.0]), contamination={"suites": {"arith": [item]}})
        for name, item in (("base", "q0000"), ("cand", "q0002"))
    ]
    found = only(compare_runs(*runs)).contaminated
    assert found is not None
    assert (found.baseline, found.candidate) == (("q0000",), ("q0002",))
    assert found.without is not None
    assert (found.without.n, found.without.baseline) == (1, 0.0)


@pytest.mark.parametrize("record", [None, {"suites": {"arith": [], "other": ["q0000"]}}])
def test_without_a_find_nothing_is_contaminated(tmp_path: Path, record: Any) -> None:
    assert both(tmp_path, rows_of([1.0] * 4), rows_of([1.0] * 4), contamination=record).contaminated is None


def test_if_all_items_were_trained_on_none_is_left(tmp_path: Path) -> None:
    found = both(tmp_path, rows_of([1.0]), rows_of([1.0]), contamination={"suites": {"arith": ["q0000"]}}).contaminated
    assert found is not None
    assert found.without is None
