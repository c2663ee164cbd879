"""Figures of all answers in two runs: their difference is tested on what answers add to them, or it is said why not."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.compare import compare_runs
from harness.compare.records import CorpusChange
from harness.formulas import Formula, Terms, class_terms, mean_terms, score_of, tables
from harness.stats.corpus import paired_bootstrap, randomisation_test
from reports.remarks import remarks
from tests.run_folders import only, row, summary_part, write_run

FIGURE = {"value": 0.0, "n": 1, "signature": "s", "note": "", "details": {}, "formula": "ratio"}


def change_of(
    tmp_path: Path, sides: Sequence[Sequence[Terms | None]], clusters: Sequence[str] | None = None,
    figures: Sequence[dict[str, Any]] = ({}, {}), errors: Sequence[str] = (),
) -> CorpusChange:  # fmt: skip
    """The one figure of two runs whose items add these terms; items in `errors` have one in the candidate."""
    folders = []
    for name, terms, figure in zip(("base", "cand"), sides, figures, strict=True):
        rows = []
        for number, own in enumerate(terms):
            item = f"q{number:03}"
            score = None if name == "cand" and item in errors else 1.0
            added = {} if own is None else {"corpus": {"f1": own}}
            rows.append(row(item, score, cluster=item if clusters is None else clusters[number], **added))
        folders.append(write_run(tmp_path / name, rows, {"arith": {"max_errors": 99}}))
        (folders[-1] / "summary.json").write_text(json.dumps({"arith": summary_part(corpus={"f1": FIGURE | figure})}))
    (change,) = only(compare_runs(*folders)).corpus
    return change


def classes(n: int, right: float, seed: int) -> list[Terms]:
    chance = np.random.default_rng(seed)
    true = np.random.default_rng(0).choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    return [class_terms(own, own if chance.random() < right else chance.choice(["a", "b", "c"])) for own in true.tolist()]


def test_macro_f1_is_tested_by_swapping_and_drawing_what_answers_add(tmp_path: Path) -> None:
    sides = [classes(150, 0.4, 1), classes(150, 0.8, 2)]
    kind: Formula = "macro_f1"
    change = change_of(tmp_path, sides, figures=({"formula": kind}, {"formula": kind}))
    names, (old, new) = tables(sides)
    score = score_of(kind, names)
    swapped, drawn = randomisation_test(old, new, score), paired_bootstrap(old, new, score)
    assert (change.n, change.clusters, change.pvalue, change.note) == (150, 150, swapped.pvalue, "")
    assert change.difference == pytest.approx(swapped.difference)
    assert (change.low, change.high) == drawn.interval
    assert change.pvalue is not None
    assert change.pvalue < 0.01
    assert change.low is not None
    assert change.low > 0


def test_items_of_a_cluster_are_swapped_together(tmp_path: Path) -> None:
    # Ten documents of ten segments; within a document every segment moves alike.
    shift = np.repeat([1, -1, 1, 1, -1, 1, 1, 1, -1, 1], 10).tolist()
    sides = [[mean_terms(5, 10)] * 100, [mean_terms(5 + step, 10) for step in shift]]
    apart = change_of(tmp_path / "apart", sides)
    together = change_of(tmp_path / "together", sides, [f"d{n // 10}" for n in range(100)])
    assert (apart.clusters, together.clusters) == (100, 10)
    assert apart.pvalue is not None
    assert together.pvalue is not None
    assert apart.pvalue < 0.01 < 0.2 < together.pvalue
    assert "fewer than 100 segments" in together.note


def test_equal_outputs_have_p_one_and_say_so(tmp_path: Path) -> None:
    change = change_of(tmp_path, [[mean_terms(n % 2) for n in range(40)]] * 2)
    assert (change.difference, change.pvalue, change.low) == (0.0, 1.0, None)
    assert change.note.startswith("IDENTICAL")


def test_samples_of_an_item_are_summed_and_are_no_items(tmp_path: Path) -> None:
    folders = []
    for name, shift in (("base", 0.0), ("cand", 0.5)):
        rows = [row(f"q{n}", 1.0, sample=k, corpus={"f1": mean_terms((n + k) % 2 * 0.5 + shift)}) for n in range(20) for k in range(3)]
        folders.append(write_run(tmp_path / name, rows))
        (folders[-1] / "summary.json").write_text(json.dumps({"arith": summary_part(corpus={"f1": FIGURE})}))
    (change,) = only(compare_runs(*folders)).corpus
    assert (change.n, change.difference) == (20, pytest.approx(0.5))


@pytest.mark.parametrize(
    ("clusters", "figures", "reason"),
    [
        (3, ({"formula": "ratio"},) * 2, "UNDEFINED: fewer than 6 clusters; not tested"),
        (30, ({"value": None, "note": "unavailable: no model"}, {}), "baseline: unavailable: no model; not tested"),
        (30, ({"value": float("nan")}, {}), "baseline: ; not tested"),
        (30, ({"signature": "old"}, {}), "computed differently: old → s; not tested"),
        (30, ({"formula": None},) * 2, "it is not made of what single answers add to it; not tested"),
    ],
)  # fmt: skip
def test_where_nothing_can_be_tested_it_is_said_why(
    tmp_path: Path, clusters: int, figures: tuple[dict[str, Any], dict[str, Any]], reason: str
) -> None:
    sides = [[mean_terms(n % 2) for n in range(30)], [mean_terms(n % 3 > 0) for n in range(30)]]
    change = change_of(tmp_path, sides, [f"c{n % clusters}" for n in range(30)], figures)
    assert (change.pvalue, change.low, change.note) == (None, None, reason)


def test_a_run_from_before_answers_kept_their_terms_says_how_to_add_them(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / name, [row(f"q{n}", 1.0) for n in range(9)]) for name in ("base", "cand")]
    old = {key: value for key, value in FIGURE.items() if key != "formula"}
    for run, figure in zip(runs, (old, FIGURE), strict=True):
        (run / "summary.json").write_text(json.dumps({"arith": summary_part(corpus={"f1": figure})}))
    suite = only(compare_runs(*runs))
    assert suite.corpus[0].note == "the baseline does not hold what each answer adds to it (`harness rescore RUN` adds that); not tested"
    assert any("f1: 0.000 → 0.000 (the baseline does not hold" in line for line in remarks(suite))


def test_a_cluster_with_an_answer_that_a_run_lacks_is_left_out_whole(tmp_path: Path) -> None:
    sides = [[mean_terms(n % 2) for n in range(40)], [mean_terms(1.0) if n < 38 else mean_terms(-50.0) for n in range(40)]]
    clusters = [f"c{n // 2}" for n in range(40)]
    change = change_of(tmp_path, sides, clusters, errors=["q038"])
    assert (change.n, change.clusters, change.candidate) == (38, 19, 1.0)


def test_no_answer_or_an_undefined_figure_is_a_sentence(tmp_path: Path) -> None:
    assert change_of(tmp_path / "none", [[None] * 9] * 2).note == "no answer in both runs adds to it; not tested"
    nothing = change_of(tmp_path / "zero", [[mean_terms(0, 0)] * 9] * 2)
    assert (nothing.difference, nothing.note) == (None, "it is undefined over the answers that both runs have; not tested")


def test_the_remarks_show_difference_limits_and_p(tmp_path: Path) -> None:
    suite_line = change_of(tmp_path, [[mean_terms(n % 4 == 0) for n in range(200)], [mean_terms(n % 2 == 0) for n in range(200)]])
    assert suite_line.note == ""
    folders = [tmp_path / "base", tmp_path / "cand"]
    (line,) = [line for line in remarks(only(compare_runs(*folders))) if "f1" in line]
    assert line.startswith("  f1: 0.250 → 0.500, change +0.250 (+0.1")
    assert line.endswith("; n 200)")
