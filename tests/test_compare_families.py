"""More than two runs: several candidates, the checkpoint before, groups of training seeds."""

from pathlib import Path
from typing import Any

import pytest
from scipy.stats import ttest_1samp, ttest_ind

from harness.compare import compare_all, compare_family, compare_runs
from harness.errors import UserError
from harness.stats.multiplicity import holm
from tests.run_folders import OPTIONS, only, paired, rows_of, write_run

# Several candidates.


def gains(tmp_path: Path, counts: dict[str, tuple[int, int, int, int]]) -> tuple[Path, list[Path]]:
    """A baseline and candidates that share it; every count must have the same baseline."""
    first = next(iter(counts.values()))
    base = write_run(tmp_path / "base", rows_of(paired(*first)[0]))
    for counted in counts.values():
        assert paired(*counted)[0] == paired(*first)[0]
    return base, [write_run(tmp_path / name, rows_of(paired(*counted)[1])) for name, counted in counts.items()]


def test_candidates_of_one_baseline_are_corrected_together(tmp_path: Path) -> None:
    """One gain of (6, 1) is enough alone, with p = 0.035, and not as one of three candidates."""
    base, (first, second) = gains(tmp_path, {"a": (20, 6, 1, 13), "b": (20, 6, 1, 13)})
    candidates = [first, second, write_run(tmp_path / "same", rows_of(paired(20, 6, 1, 13)[0]))]
    alone = [only(compare_runs(base, candidate)) for candidate in candidates]
    family = [only(comparison) for comparison in compare_family(base, candidates)]
    assert [suite.verdict for suite in alone] == ["IMPROVED", "IMPROVED", "INCONCLUSIVE"]
    assert [suite.verdict for suite in family] == ["PASS", "PASS", "INCONCLUSIVE"]
    better, both_ways = ([getattr(suite, name) for suite in alone] for name in ("pvalue_better", "pvalue"))
    assert [suite.pvalue_improved for suite in family] == pytest.approx(holm(better).pvalues)
    assert [suite.pvalue_adjusted for suite in family] == pytest.approx(holm(both_ways).pvalues)


def test_losses_are_not_corrected_away_by_more_candidates(tmp_path: Path) -> None:
    base, candidates = gains(tmp_path, dict.fromkeys("abcdefgh", (60, 0, 20, 20)))
    assert [only(comparison).verdict for comparison in compare_family(base, candidates)] == ["REGRESSED"] * 8


def test_the_previous_checkpoint_is_compared_with_each_candidate(tmp_path: Path) -> None:
    base, (previous, candidate) = gains(tmp_path, {"previous": (60, 0, 20, 20), "candidate": (60, 0, 20, 20)})
    report = compare_all(base, [candidate], previous=previous)
    assert [only(comparison).verdict for comparison in report.comparisons] == ["REGRESSED"]
    assert [(comparison.baseline, only(comparison).difference) for comparison in report.previous] == [("previous (previous)", 0.0)]


def test_margins_that_are_given_take_the_place_of_the_suites(tmp_path: Path) -> None:
    base, (candidate,) = gains(tmp_path, {"a": (60, 0, 10, 30)})
    assert only(compare_runs(base, candidate)).verdict == "REGRESSED"
    assert only(compare_runs(base, candidate, margins={"arith": 0.3, "other": 0.1})).verdict == "PASS"


# Training seeds.


def seeds(tmp_path: Path, scores: dict[str, float], n: int = 100, **changes: Any) -> list[Path]:
    """Runs of different checkpoints with these shares of right answers."""
    return [
        write_run(tmp_path / name, rows_of([1.0] * round(share * n) + [0.0] * (n - round(share * n)), **changes))
        for name, share in scores.items()
    ]


def test_the_seed_is_the_unit(tmp_path: Path) -> None:
    (base,) = seeds(tmp_path, {"base": 0.5})
    group = seeds(tmp_path, {"a": 0.55, "b": 0.6, "c": 0.68})
    (comparison,) = compare_all(base, [], {"tuned": group}).groups
    suite, expected = only(comparison), ttest_1samp([0.55, 0.6, 0.68], 0.5)
    assert suite.seeds == pytest.approx((0.55, 0.6, 0.68))
    assert suite.pvalue == pytest.approx(expected.pvalue)
    assert (suite.low, suite.high) == pytest.approx(tuple(limit - 0.5 for limit in expected.confidence_interval(0.95)))
    assert suite.method == "t over 3 seeds"
    assert comparison.candidate.startswith("tuned: a (a-identi)")


def test_two_groups_are_compared_by_welchs_test(tmp_path: Path) -> None:
    first, second = seeds(tmp_path, {"a": 0.5, "b": 0.54}), seeds(tmp_path, {"c": 0.6, "d": 0.7, "e": 0.66})
    (comparison,) = compare_all(None, [], {"old": first, "new": second}).groups
    suite, expected = only(comparison), ttest_ind([0.6, 0.7, 0.66], [0.5, 0.54], equal_var=False)
    assert suite.pvalue == pytest.approx(expected.pvalue)
    assert (suite.low, suite.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert (suite.lower, suite.upper) == pytest.approx(tuple(expected.confidence_interval(0.90)))
    assert suite.baseline_seeds == pytest.approx((0.5, 0.54))


@pytest.mark.slow
def test_many_items_do_not_make_up_for_few_seeds(tmp_path: Path) -> None:
    """Two seeds that differ by a point decide nothing about a third, however many items each was asked."""
    (base,) = seeds(tmp_path, {"base": 0.5}, n=4000)
    group = seeds(tmp_path, {"a": 0.60, "b": 0.70}, n=4000)
    report = compare_all(base, group, {"tuned": group})
    assert [only(comparison).verdict for comparison in report.comparisons] == ["IMPROVED", "IMPROVED"]
    assert only(report.groups[0]).verdict == "INCONCLUSIVE"
    assert "seeds are needed" in only(report.groups[0]).reason


def test_seeds_that_do_not_vary_are_undefined_and_not_certain(tmp_path: Path) -> None:
    (base,) = seeds(tmp_path, {"base": 0.5})
    suite = only(compare_all(base, [], {"tuned": seeds(tmp_path, {"a": 0.6, "b": 0.6})}).groups[0])
    assert (suite.verdict, suite.low, suite.pvalue, suite.pvalue_adjusted) == ("INCONCLUSIVE", None, None, None)
    assert "no variation" in suite.notes[0]


def test_a_group_at_the_floor_could_lose_nothing(tmp_path: Path) -> None:
    base, *group = seeds(tmp_path, {"base": 0.25, "a": 0.2, "b": 0.21}, chance=0.25)
    assert only(compare_all(base, [], {"tuned": group}).groups[0]).verdict == "INCONCLUSIVE (floor)"


def test_conditions_of_every_seed_must_be_equal(tmp_path: Path) -> None:
    base, first = seeds(tmp_path, {"base": 0.5, "a": 0.5})
    other = write_run(tmp_path / "b", rows_of([1.0] * 50 + [0.0] * 50), {"arith": {"prompts_hash": "q"}})
    suite = only(compare_all(base, [], {"tuned": [first, other]}).groups[0])
    assert (suite.verdict, suite.reason) == ("NOT COMPARABLE", "prompts: p → q")
    declared = only(compare_all(base, [], {"tuned": [first, other]}, declared=["prompts"]).groups[0])
    assert declared.declared == ("prompts: p → q",)


@pytest.mark.parametrize("names", [["a"], []])
def test_fewer_than_two_seeds_are_refused(tmp_path: Path, names: list[str]) -> None:
    base, *group = seeds(tmp_path, {"base": 0.5, **dict.fromkeys(names, 0.6)})
    with pytest.raises(UserError, match=r"'tuned' has . run; .* at least 2"):
        compare_all(base, [], {"tuned": group})


def test_a_group_as_the_reference_needs_two_seeds_as_well(tmp_path: Path) -> None:
    first, second, third = seeds(tmp_path, {"a": 0.5, "b": 0.5, "c": 0.6})
    with pytest.raises(UserError, match="'old' has 1 run"):
        compare_all(None, [], {"old": [first], "new": [second, third]})


def test_another_run_of_a_checkpoint_is_no_other_seed(tmp_path: Path) -> None:
    (base,) = seeds(tmp_path, {"base": 0.5})
    model = {"identity": "one", "options": OPTIONS}
    group = [write_run(tmp_path / name, rows_of([1.0] * 100), model=model) for name in ("a", "b")]
    with pytest.raises(UserError, match=r"the checkpoint b .* twice"):
        compare_all(base, [], {"tuned": group})


def test_nothing_to_compare_is_said(tmp_path: Path) -> None:
    (base,) = seeds(tmp_path, {"base": 0.5})
    for arguments in ((None, [], {}), (base, [], {}), (None, [], {"a": seeds(tmp_path, {"x": 0.5, "y": 0.6})})):
        with pytest.raises(UserError, match="Nothing to compare"):
            compare_all(*arguments)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="--previous"):
        compare_all(base, [], {"a": [tmp_path / "x", tmp_path / "y"]}, previous=base)
