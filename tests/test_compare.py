"""Two run folders, written by hand: every verdict of the table, what is not comparable, and that no verdict rests on false certainty."""

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from harness.compare import SuiteComparison, compare_runs
from harness.errors import RunError, UserError
from tests.run_folders import ENGINE, OPTIONS, only, paired, row, rows_of, write_run


def compared(
    tmp_path: Path, base: Sequence[dict[str, Any]], cand: Sequence[dict[str, Any]], *, margin: float = 0.05, **options: Any
) -> SuiteComparison:
    parts = {"arith": {"margin": margin}}
    return only(compare_runs(write_run(tmp_path / "base", base, parts), write_run(tmp_path / "cand", cand, parts), **options))


def compared_pairs(
    tmp_path: Path, both: int, gained: int, lost: int, neither: int, *, margin: float = 0.05, **fields: Any
) -> SuiteComparison:
    base, cand = paired(both, gained, lost, neither)
    return compared(tmp_path, rows_of(base, **fields), rows_of(cand, **fields), margin=margin)


# The table of verdicts.


def test_a_clear_gain_is_improved(tmp_path: Path) -> None:
    suite = compared_pairs(tmp_path, 20, 12, 1, 7)
    assert suite.verdict == "IMPROVED"
    assert suite.difference == pytest.approx(11 / 40)
    assert (suite.baseline, suite.candidate, suite.n) == (21 / 40, 32 / 40, 40)
    assert suite.low is not None
    assert suite.low > 0


def test_a_baseline_not_above_chance_is_inconclusive_floor(tmp_path: Path) -> None:
    suite = compared_pairs(tmp_path, 10, 0, 0, 30, margin=0.5, chance=0.25)
    assert suite.verdict == "INCONCLUSIVE (floor)"


def test_a_loss_within_the_margin_is_a_pass(tmp_path: Path) -> None:
    suite = compared_pairs(tmp_path, 150, 2, 2, 46)
    assert suite.verdict == "PASS"
    assert "small real loss" not in suite.reason


def test_a_real_loss_within_the_margin_is_a_pass_with_a_note(tmp_path: Path) -> None:
    suite = compared_pairs(tmp_path, 60, 0, 10, 30, margin=0.2)
    assert suite.verdict == "PASS"
    assert "small real loss" in suite.reason


def test_a_real_loss_that_may_exceed_the_margin_is_regressed(tmp_path: Path) -> None:
    suite = compared_pairs(tmp_path, 60, 0, 20, 20)
    assert suite.verdict == "REGRESSED"
    assert suite.pvalue is not None
    assert suite.pvalue < 0.001


def test_too_few_items_are_inconclusive_with_the_number_needed(tmp_path: Path) -> None:
    suite = compared_pairs(tmp_path, 12, 1, 2, 5)
    assert suite.verdict == "INCONCLUSIVE"
    needed = int(suite.reason.split()[1])
    assert "items are needed to rule out a loss of 0.05" in suite.reason
    assert 100 < needed < 1000  # 6.18 times a variance of about 0.15 over the squared margin


def test_what_would_be_needed_is_enough_when_it_is_there(tmp_path: Path) -> None:
    """With as many items as the reason asks for and no true difference, the verdict is PASS."""
    needed = int(compared_pairs(tmp_path / "few", 14, 1, 1, 4).reason.split()[1])
    changed = round(needed / 20)
    assert compared_pairs(tmp_path / "many", needed - 2 * changed, changed, changed, 0).verdict == "PASS"


def test_an_error_above_max_errors_is_an_error_and_no_lower_score(tmp_path: Path) -> None:
    base, cand = paired(20, 12, 1, 7)
    suite = compared(tmp_path, rows_of(base), [*rows_of(cand)[:-1], row("q0039", None)])
    assert suite.verdict == "ERROR"
    assert "candidate" in suite.reason
    assert "q0039: engine died" in suite.reason
    assert suite.difference is None


def test_an_error_of_the_baseline_is_an_error_too(tmp_path: Path) -> None:
    comparison = compare_runs(
        write_run(tmp_path / "base", [row("a", None), row("b", 1.0)]), write_run(tmp_path / "cand", rows_of([1.0, 1.0]))
    )
    assert only(comparison).verdict == "ERROR"
    assert comparison.has_error


def test_a_suite_that_is_only_measured_is_inconclusive_and_no_error(tmp_path: Path) -> None:
    rows = [row(f"q{number}", None, error=None, scores={"characters": 9.0}) for number in range(3)]
    write_run(tmp_path / "base", rows)
    write_run(tmp_path / "cand", rows)
    (suite,) = compare_runs(tmp_path / "base", tmp_path / "cand").suites
    assert (suite.verdict, suite.n) == ("INCONCLUSIVE", 0)
    assert "only measured" in suite.reason


def test_errors_up_to_max_errors_are_left_out_as_pairs(tmp_path: Path) -> None:
    base, cand = paired(100, 0, 0, 20)
    parts = {"arith": {"max_errors": 2}}
    first = write_run(tmp_path / "base", [row("q0000", None), *rows_of(base)[1:]], parts)
    suite = only(compare_runs(first, write_run(tmp_path / "cand", [*rows_of(cand)[:-1], row("q0119", None)], parts)))
    assert suite.verdict == "PASS"
    assert suite.n == 118
    assert suite.baseline == suite.candidate == 99 / 118


def test_max_errors_counts_items_not_their_samples(tmp_path: Path) -> None:
    parts, choice = {"arith": {"max_errors": 1}}, {"samples": 3, "seed": 0, "draw": 0}
    good = [row(f"q{item}", 1.0, sample=sample) for item in range(200) for sample in range(3)]
    bad = [line if line["item"] != "q7" else row("q7", None, sample=line["sample"]) for line in good]
    comparison = compare_runs(
        write_run(tmp_path / "base", good, parts, choice=choice), write_run(tmp_path / "cand", bad, parts, choice=choice)
    )
    assert only(comparison).verdict != "ERROR"


def test_an_output_that_is_missing_is_never_dropped_silently(tmp_path: Path) -> None:
    rows, parts = rows_of(paired(100, 0, 0, 20)[0]), {"arith": {"items": 120}}
    base, cand = write_run(tmp_path / "base", rows, parts), write_run(tmp_path / "cand", rows[:-1], parts)
    assert only(compare_runs(base, cand)).verdict == "ERROR"


# The order of verdicts.


def test_an_error_comes_before_not_comparable(tmp_path: Path) -> None:
    first = write_run(tmp_path / "base", rows_of([1.0]), {"arith": {"items_hash": "other"}})
    assert only(compare_runs(first, write_run(tmp_path / "cand", [row("q0000", None)]))).verdict == "ERROR"


def test_improved_comes_before_the_floor(tmp_path: Path) -> None:
    assert compared_pairs(tmp_path, 8, 25, 0, 7, chance=0.25).verdict == "IMPROVED"


def test_a_baseline_above_chance_is_not_at_the_floor(tmp_path: Path) -> None:
    assert compared_pairs(tmp_path, 100, 0, 0, 20, chance=0.25).verdict == "PASS"


def test_without_a_chance_level_there_is_no_floor(tmp_path: Path) -> None:
    assert compared_pairs(tmp_path, 0, 0, 0, 100).verdict == "PASS"


def test_a_loss_at_the_floor_is_no_regression(tmp_path: Path) -> None:
    assert compared_pairs(tmp_path, 0, 0, 12, 28, chance=0.25).verdict == "INCONCLUSIVE (floor)"


# Correction over suites.


def suites_of(folder: Path, counts: dict[str, tuple[int, int, int, int]]) -> tuple[Path, Path]:
    base, cand = [], []
    for name, numbers in counts.items():
        first, second = paired(*numbers)
        base += rows_of(first, suite=name)
        cand += rows_of(second, suite=name)
    return write_run(folder / "base", base), write_run(folder / "cand", cand)


def test_a_gain_that_one_suite_shows_is_not_enough_among_several(tmp_path: Path) -> None:
    gain, none = (20, 6, 1, 13), (150, 2, 2, 46)
    alone = only(compare_runs(*suites_of(tmp_path / "alone", {"a": gain})))
    first, second = compare_runs(*suites_of(tmp_path / "both", {"a": gain, "b": none})).suites
    assert alone.verdict == "IMPROVED"
    assert (first.verdict, second.verdict) == ("PASS", "PASS")
    assert alone.pvalue_improved is not None
    assert first.pvalue_improved == pytest.approx(2 * alone.pvalue_improved)
    assert first.pvalue == alone.pvalue


def test_a_gain_clear_enough_for_the_number_of_suites_is_improved(tmp_path: Path) -> None:
    counts = {"a": (20, 12, 1, 7), "b": (150, 2, 2, 46), "c": (150, 0, 0, 46)}
    assert [suite.verdict for suite in compare_runs(*suites_of(tmp_path, counts)).suites] == ["IMPROVED", "PASS", "PASS"]


def test_holms_second_step_is_milder_than_its_first(tmp_path: Path) -> None:
    """(6, 1) has p = 0.035: too much for the first of two, enough for the second."""
    counts = {"a": (20, 12, 1, 7), "b": (20, 6, 1, 13)}
    assert [suite.verdict for suite in compare_runs(*suites_of(tmp_path, counts)).suites] == ["IMPROVED", "IMPROVED"]


def test_suites_without_a_comparison_do_not_weigh_on_the_others(tmp_path: Path) -> None:
    base, cand = suites_of(tmp_path, {"a": (20, 6, 1, 13), "b": (150, 2, 2, 46)})
    lines = [json.loads(line) for line in (cand / "scores.jsonl").read_text().splitlines()]
    broken = [line | {"score": None, "error": "no"} if line["suite"] == "b" else line for line in lines]
    (cand / "scores.jsonl").write_text("".join(json.dumps(line) + "\n" for line in broken))
    assert [suite.verdict for suite in compare_runs(base, cand).suites] == ["IMPROVED", "ERROR"]


# Equal conditions.

PART_DIFFERENCES: dict[str, dict[str, Any]] = {
    "items": {"items_hash": "other"},
    "prompts": {"prompts_hash": "other"},
    "generation": {"generation": {"max_tokens": 9, "temperature": 0.0}},
}
RUN_DIFFERENCES: dict[str, dict[str, Any]] = {
    "scorers": {"scorers": {"arith": {"exact": 2}}},
    "library.sacrebleu": {"scorer_libraries": {"arith": {"exact": {"sacrebleu": "2.6.0"}}, "other": {"exact": {"langdetect": "1"}}}},
    "samples": {"choice": {"samples": 4, "seed": 0, "draw": 0}},
    "engine": {"engine": ENGINE | {"kind": "transformers"}},
    "engine.dtype": {"engine": ENGINE | {"conditions": {**ENGINE["conditions"], "dtype": "float16"}}},  # type: ignore[dict-item]
    "engine.device": {"engine": ENGINE | {"conditions": {**ENGINE["conditions"], "device": "cuda"}}},  # type: ignore[dict-item]
    "engine.vllm": {"engine": ENGINE | {"conditions": {"device": "cpu", "dtype": "bfloat16", "quantization": "none"}}},
    "quantization": {"model": {"identity": "x", "options": OPTIONS | {"quantization": "fp8"}}},
    "thinking": {"model": {"identity": "x", "options": OPTIONS | {"thinking": "on"}}},
}


def differing(tmp_path: Path, name: str) -> tuple[Path, Path]:
    base, cand = paired(100, 0, 0, 20)
    part, run = PART_DIFFERENCES.get(name, {}), RUN_DIFFERENCES.get(name, {})
    return write_run(tmp_path / "base", rows_of(base)), write_run(tmp_path / "cand", rows_of(cand), {"arith": part}, **run)


@pytest.mark.parametrize("name", [*PART_DIFFERENCES, *RUN_DIFFERENCES])
def test_a_difference_that_was_not_declared_is_named(tmp_path: Path, name: str) -> None:
    suite = only(compare_runs(*differing(tmp_path, name)))
    assert suite.verdict == "NOT COMPARABLE"
    assert suite.reason.startswith(f"{name}: ")
    assert suite.difference is None


@pytest.mark.parametrize("name", [name for name in [*PART_DIFFERENCES, *RUN_DIFFERENCES] if name != "items"])
def test_a_declared_or_forced_difference_is_compared_and_shown(tmp_path: Path, name: str) -> None:
    runs = differing(tmp_path, name)
    for suite in (only(compare_runs(*runs, declared=[name])), only(compare_runs(*runs, force=True))):
        assert suite.verdict == "PASS"
        assert [text.partition(":")[0] for text in suite.declared] == [name]


def test_other_items_are_not_comparable_whatever_is_declared_or_forced(tmp_path: Path) -> None:
    runs = differing(tmp_path, "items")
    for options in ({"declared": ["items"]}, {"force": True}, {"declared": ["items"], "force": True}):
        suite = only(compare_runs(*runs, **options))  # type: ignore[arg-type]
        assert suite.verdict == "NOT COMPARABLE"
        assert suite.reason == "items: i → other"


def test_all_that_differs_is_listed_and_declaring_one_leaves_the_others(tmp_path: Path) -> None:
    engine = ENGINE | {"conditions": {**ENGINE["conditions"], "dtype": "float16", "device": "cuda"}}  # type: ignore[dict-item]
    base = write_run(tmp_path / "base", rows_of([1.0, 0.0]))
    cand = write_run(tmp_path / "cand", rows_of([1.0, 0.0]), {"arith": {"prompts_hash": "q"}}, engine=engine)
    assert only(compare_runs(base, cand)).reason == "engine.device: cpu → cuda; engine.dtype: bfloat16 → float16; prompts: p → q"
    assert only(compare_runs(base, cand, declared=["prompts", "engine.dtype"])).reason == "engine.device: cpu → cuda"


def test_only_the_suite_that_differs_is_not_comparable(tmp_path: Path) -> None:
    base, cand = suites_of(tmp_path, {"a": (150, 2, 2, 46), "b": (150, 2, 2, 46)})
    manifest = json.loads((cand / "manifest.json").read_text())
    manifest["suites"]["a"]["prompts_hash"] = "other"
    (cand / "manifest.json").write_text(json.dumps(manifest))
    assert [suite.verdict for suite in compare_runs(base, cand).suites] == ["NOT COMPARABLE", "PASS"]


def test_a_suite_that_the_baseline_did_not_run_is_not_comparable(tmp_path: Path) -> None:
    base = write_run(tmp_path / "base", rows_of([1.0, 0.0]))
    cand = write_run(tmp_path / "cand", [*rows_of([1.0, 0.0]), *rows_of([1.0], suite="more")])
    verdicts = {suite.suite: (suite.verdict, suite.reason) for suite in compare_runs(base, cand).suites}
    assert verdicts["more"] == ("NOT COMPARABLE", "the baseline did not run this suite")


def test_another_model_seed_or_draw_is_no_difference_in_conditions(tmp_path: Path) -> None:
    base, cand = paired(100, 0, 0, 20)
    first = write_run(tmp_path / "base", rows_of(base))
    second = write_run(
        tmp_path / "cand", rows_of(cand, draw=1), choice={"samples": 1, "seed": 5, "draw": 1}, model={"identity": "x", "options": OPTIONS}
    )
    assert only(compare_runs(first, second)).verdict == "PASS"


@pytest.mark.parametrize("change", [{"primary_metric": "correct_per_byte"}, {"version": 2}])
def test_scores_of_another_metric_or_suite_version_are_not_comparable(tmp_path: Path, change: dict[str, Any]) -> None:
    base = write_run(tmp_path / "base", rows_of([1.0] * 100))
    assert only(compare_runs(base, write_run(tmp_path / "cand", rows_of([1.0] * 100), {"arith": change}))).verdict == "NOT COMPARABLE"


# Runs that are none.


def test_an_incomplete_run_is_a_run_error_that_names_its_folder(tmp_path: Path) -> None:
    complete = write_run(tmp_path / "base", rows_of([1.0]))
    half = tmp_path / "half"
    half.mkdir()
    (half / "plan.json").write_text("{}")
    (half / "scores.jsonl").write_text(json.dumps(row("q0000", 1.0)) + "\n")
    for pair in ((complete, half), (half, complete)):
        with pytest.raises(RunError, match=r"ERROR: the run in '.*half' is incomplete"):
            compare_runs(*pair)


def test_a_folder_that_holds_no_run_is_a_user_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere' is not a run folder"):
        compare_runs(write_run(tmp_path / "base", rows_of([1.0])), tmp_path / "nowhere")


# Uncertainty.


def test_no_flip_does_not_mean_no_uncertainty(tmp_path: Path) -> None:
    suite = compared_pairs(tmp_path, 8, 0, 0, 12)
    assert suite.difference == 0
    assert suite.low is not None
    assert suite.high is not None
    assert suite.low < -0.05 < 0.05 < suite.high
    assert suite.verdict == "INCONCLUSIVE"


def clustered(clusters: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    return [row(f"{c}.{i}", score, cluster=f"c{c}") for c, scores in enumerate(clusters) for i, score in enumerate(scores)]


def test_clusters_without_a_flip_do_not_give_an_interval_of_no_width(tmp_path: Path) -> None:
    rows = clustered([[1.0, 0.0, 1.0]] * 4)
    suite = compared(tmp_path, rows, rows)
    assert suite.verdict == "INCONCLUSIVE"
    assert suite.low is not None
    assert suite.high is not None
    assert suite.low < -0.3 < 0.3 < suite.high


def test_clusters_that_all_flip_count_as_one_pair_each(tmp_path: Path) -> None:
    suite = compared(tmp_path, clustered([[0.0] * 5] * 3), clustered([[1.0] * 5] * 3))
    items = compared(tmp_path / "items", rows_of([0.0] * 3), rows_of([1.0] * 3))
    assert suite.n == 15
    assert (suite.low, suite.high, suite.pvalue) == (items.low, items.high, items.pvalue)


@pytest.mark.parametrize(
    ("base", "cand"),
    [([[1.0, 0.0]] * 6, [[0.0, 1.0]] * 6), ([[0.0, 0.0]] * 6, [[1.0, 0.0]] * 6), ([[1.0, 1.0]] * 6, [[1.0, 0.0]] * 6)],
    ids=["a gain for a loss", "one gain each", "one loss each"],
)
def test_clusters_that_agree_do_not_give_an_interval_of_no_width(tmp_path: Path, base: list[list[float]], cand: list[list[float]]) -> None:
    suite = compared(tmp_path, clustered(base), clustered(cand))
    assert suite.low is not None
    assert suite.high is not None
    assert suite.high - suite.low > 0.1


@pytest.mark.parametrize("change", [0.5, -0.01])
def test_equal_graded_differences_do_not_give_an_interval_of_no_width(tmp_path: Path, change: float) -> None:
    suite = compared(tmp_path, rows_of([0.5, 0.25]), rows_of([0.5 + change, 0.25 + change]))
    assert suite.low is not None
    assert suite.high is not None
    assert suite.low < suite.high
    assert suite.verdict == "INCONCLUSIVE"


def test_equal_graded_scores_do_not_give_an_interval_of_no_width(tmp_path: Path) -> None:
    suite = compared(tmp_path, rows_of([0.5, 0.25]), rows_of([0.5, 0.25]))
    assert suite.low is not None
    assert suite.high is not None
    assert suite.low < -0.1 < 0.1 < suite.high


def test_paraphrases_count_less_than_items_of_their_own(tmp_path: Path) -> None:
    """Eighty paraphrases of eight questions are not eighty questions."""
    base = [[0.0] * 10, [0.0] * 10, [1.0] * 10, [0.0] * 10] * 2
    cand = [[1.0] * 10, [0.0] * 10, [1.0] * 10, [0.0] * 9 + [1.0]] * 2
    together = compared(tmp_path / "together", clustered(base), clustered(cand))
    apart = compared(tmp_path / "apart", rows_of([*chain(*base)]), rows_of([*chain(*cand)]))
    assert apart.verdict == "IMPROVED"
    assert together.verdict == "PASS"
    assert apart.pvalue is not None
    assert together.pvalue is not None
    assert apart.pvalue < 0.001 < 0.05 < together.pvalue
    assert together.difference == apart.difference


def test_one_cluster_alone_decides_nothing(tmp_path: Path) -> None:
    suite = compared(tmp_path, clustered([[0.0] * 9 + [1.0]]), clustered([[1.0] * 10]))
    assert suite.verdict == "INCONCLUSIVE"
    assert (suite.low, suite.high) == (None, None)


def test_samples_of_an_item_are_one_observation(tmp_path: Path) -> None:
    def rows(scores: Sequence[float]) -> list[dict[str, Any]]:
        return [row(f"q{item}", score, sample=sample) for item in range(10) for sample, score in enumerate(scores)]

    suite = compared(tmp_path, rows([1.0, 0.0, 1.0]), [*rows([1.0, 0.0, 1.0])[:-3], *rows([0.0, 0.0, 1.0])[-3:]])
    assert suite.n == 10
    assert suite.difference == pytest.approx(-1 / 30)
    assert suite.lost == ("q9",)


def test_without_a_flip_the_detectable_difference_is_as_wide_as_the_interval(tmp_path: Path) -> None:
    suite = compared_pairs(tmp_path, 20, 0, 0, 20)
    assert suite.high is not None
    assert suite.detectable is not None
    assert suite.detectable >= suite.high


@pytest.mark.slow
def test_the_detectable_difference_shrinks_with_the_square_root_of_the_items(tmp_path: Path) -> None:
    few, many = compared_pairs(tmp_path / "few", 280, 40, 40, 40), compared_pairs(tmp_path / "many", 280 * 16, 640, 640, 640)
    assert few.detectable is not None
    assert many.detectable == pytest.approx(few.detectable / 4, rel=0.05)
    assert few.detectable == pytest.approx(2.8 * (0.2 / 400) ** 0.5, rel=0.05)


def test_flips_are_named(tmp_path: Path) -> None:
    suite = compared(tmp_path, rows_of([1.0, 0.0, 1.0, 0.0]), rows_of([0.0, 1.0, 1.0, 0.0]))
    assert (suite.gained, suite.lost) == (("q0001",), ("q0000",))


def test_swapping_the_runs_mirrors_the_difference_and_its_limits(tmp_path: Path) -> None:
    base, cand = (rows_of(scores) for scores in paired(20, 6, 2, 12))
    there, back = compared(tmp_path / "there", base, cand), compared(tmp_path / "back", cand, base)
    assert there.low is not None
    assert there.high is not None
    assert (there.difference, there.pvalue) == (pytest.approx(-(back.difference or 0)), pytest.approx(back.pvalue))
    assert (there.low, there.high) == (pytest.approx(-(back.high or 0)), pytest.approx(-(back.low or 0)))


def test_items_are_paired_by_id_not_by_order(tmp_path: Path) -> None:
    base, cand = (rows_of(scores) for scores in paired(20, 12, 1, 7))
    assert compared(tmp_path / "a", base, cand) == compared(tmp_path / "b", base, list(reversed(cand)))


def test_a_comparison_can_be_written_as_json(tmp_path: Path) -> None:
    base, cand = suites_of(tmp_path, {"a": (20, 12, 1, 7), "b": (1, 0, 0, 0)})
    comparison = compare_runs(base, cand)
    assert json.loads(json.dumps(comparison.as_json(), allow_nan=False))["suites"][0]["verdict"] == "IMPROVED"
    assert comparison.baseline == "base (base-ide)"


# Conditions.

SHORT = {
    "prompts_hash": "p with it", "plain_prompts_hash": "p", "generation": {"max_tokens": 4},
    "plain_generation": {"max_tokens": 8, "temperature": 0.0}, "condition": {"name": "short", "hash": "abcd", "post_version": None},
}  # fmt: skip
SAME_MODEL = {"model": {"identity": "one", "options": OPTIONS}}


def compared_parts(tmp_path: Path, base: dict[str, Any], cand: dict[str, Any], *models: dict[str, Any], **options: Any) -> SuiteComparison:
    models = models or (SAME_MODEL, SAME_MODEL)
    rows = rows_of([1.0] * 100)
    runs = [
        write_run(tmp_path / name, rows, {"arith": part}, **model)
        for name, part, model in zip(("base", "cand"), (base, cand), models, strict=True)
    ]
    return only(compare_runs(*runs, **options))


def test_a_condition_declares_itself_against_the_plain_run_of_the_same_model(tmp_path: Path) -> None:
    suite = compared_parts(tmp_path, {}, SHORT)
    assert suite.verdict == "PASS"
    assert suite.declared == ("condition: none → short@abcd",)


@pytest.mark.parametrize(
    ("base", "cand", "models", "reason"),
    [
        ({}, SHORT, ({}, {}), "condition: none → short@abcd"),
        (SHORT, {}, (SAME_MODEL, SAME_MODEL), "condition: short@abcd → none"),
        (SHORT, SHORT | {"condition": {"name": "long", "hash": "ef", "post_version": 1}}, (SAME_MODEL, SAME_MODEL),
         "condition: short@abcd → long@ef+post.1"),
        ({}, SHORT | {"plain_prompts_hash": "q"}, (SAME_MODEL, SAME_MODEL), "prompts: p → q"),
        ({}, SHORT | {"plain_generation": {"max_tokens": 9}}, (SAME_MODEL, SAME_MODEL), "generation: "),
        ({}, SHORT | {"version": 2}, (SAME_MODEL, SAME_MODEL), "suite_version: 1 → 2"),
    ],
)  # fmt: skip
def test_whatever_a_condition_does_not_declare_keeps_runs_apart(
    tmp_path: Path, base: dict[str, Any], cand: dict[str, Any], models: tuple[dict[str, Any], dict[str, Any]], reason: str
) -> None:
    suite = compared_parts(tmp_path, base, cand, *models)
    assert suite.verdict == "NOT COMPARABLE"
    assert suite.reason.startswith(reason)
    assert ";" not in suite.reason


def test_two_models_under_one_condition_are_compared_and_two_conditions_if_that_is_declared(tmp_path: Path) -> None:
    assert compared_parts(tmp_path / "models", SHORT, SHORT, {}, {}).verdict == "PASS"
    other = SHORT | {"condition": {"name": "long", "hash": "ef", "post_version": 1}}
    assert compared_parts(tmp_path / "conditions", SHORT, other, declared=["condition"]).verdict == "PASS"
