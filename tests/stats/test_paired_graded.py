"""t on paired differences: published numbers, scipy, what is undefined, and clusters that all agree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from harness.stats.clustered import bounded_mean, design_effect, kish_design_effect, mean_interval
from harness.stats.paired_graded import paired_t
from harness.stats.result import Caution, Status

# R's dataset `sleep`: extra hours under drug 1 less those under drug 2.
SLEEP = [-1.2, -2.4, -1.3, -1.3, 0.0, -1.0, -1.8, -0.8, -4.6, -1.4]
steady = settings(derandomize=True, deadline=None)


def test_sleep_has_the_published_p_value() -> None:
    result = paired_t(SLEEP)
    assert result.difference == pytest.approx(-1.58)
    assert result.standard_error is not None
    assert result.difference / result.standard_error == pytest.approx(-4.0621, abs=5e-5)
    assert result.pvalue == pytest.approx(0.0028329, abs=5e-8)
    assert result.pvalue_greater == pytest.approx(1 - 0.0028329 / 2, abs=5e-8)


@steady
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=2, max_size=30))
def test_without_clusters_it_is_scipys_paired_t(pairs: list[tuple[int, int]]) -> None:
    old, new = [a for a, _ in pairs], [b for _, b in pairs]
    differences = [b - a for a, b in pairs]
    if len(set(differences)) == 1:
        return
    result, expected = paired_t(differences, confidence=0.9), ttest_rel(new, old)
    assert result.pvalue == pytest.approx(float(expected.pvalue))
    assert result.interval == pytest.approx(tuple(expected.confidence_interval(0.9)))
    assert result.bounds == pytest.approx(tuple(expected.confidence_interval(0.8)))
    alone = paired_t(differences, [f"item {n}" for n in range(len(pairs))], confidence=0.9)
    assert (alone.pvalue, alone.interval) == (result.pvalue, result.interval)


def test_a_small_p_value_keeps_its_digits() -> None:
    result = paired_t([1.0, 1.1, 0.9, 1.05, 0.95] * 20)
    assert result.pvalue is not None
    assert 0 < result.pvalue < 1e-60
    mirrored = paired_t([-1.0, -1.1, -0.9, -1.05, -0.95] * 20)
    assert mirrored.pvalue == pytest.approx(result.pvalue, rel=1e-9, abs=0)


def test_what_is_undefined_has_a_name_and_no_figures() -> None:
    same = paired_t([0.1] * 3)  # 0.1 three times has a mean that is not quite 0.1.
    assert (same.status, same.pvalue, same.interval, same.bounds, same.standard_error) == (Status.NO_VARIATION, None, None, None, None)
    assert paired_t([0.3]).status == Status.FEW_VALUES
    assert paired_t([0.3, 0.1], ["a", "a"]).status == Status.ONE_CLUSTER
    nothing = paired_t([0.0, 0.0, 0.0])
    assert (nothing.status, nothing.pvalue, nothing.interval) == (Status.IDENTICAL, 1.0, None)


def test_clusters_that_agree_get_limits_from_the_ends_of_the_scale() -> None:
    result = paired_t([0.5] * 30, reach=1.0)
    assert result.warnings == (Caution.IMAGINED_CLUSTERS,)
    assert result.difference == 0.5
    assert result.interval is not None
    assert result.interval == bounded_mean([0.5] * 30, None, -1, 1).limits()
    assert 0 < result.interval.low < 0.5 < result.interval.high
    identical = paired_t([0.0] * 30, reach=1.0)
    assert (identical.status, identical.pvalue) == (Status.IDENTICAL, 1.0)
    assert identical.interval is not None


def test_few_clusters_carry_a_caution() -> None:
    values = [float(i % 3) for i in range(40)]
    assert paired_t(values, [i % 19 for i in range(40)]).warnings == (Caution.FEW_CLUSTERS,)
    assert paired_t(values, [i % 20 for i in range(40)]).warnings == ()
    assert paired_t(values[:10]).warnings == ()


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_scores_that_are_no_numbers_are_refused_by_name(bad: float) -> None:
    with pytest.raises(ValueError, match=r"values must be finite; position \[1\] is not"):
        paired_t([0.0, bad])


def test_the_mean_of_one_side_has_the_published_limits() -> None:
    result = mean_interval(range(20), [i % 4 for i in range(20)])
    assert result.interval == pytest.approx((7.4457, 11.5543), abs=5e-5)
    assert (result.estimate, result.method, result.warnings) == (9.5, "t, CR1 over 4 clusters", (Caution.FEW_CLUSTERS,))
    assert mean_interval([1.0, 1.0, 1.0]).status == Status.NO_VARIATION
    bounded = mean_interval([1.0] * 40, scale=(0, 1))
    assert (bounded.status, bounded.warnings) == (Status.OK, (Caution.IMAGINED_CLUSTERS,))


def test_the_design_effect_is_kishs_where_clusters_are_alike() -> None:
    # Pairs that agree wholly: two items tell what one does, up to the factor for few clusters.
    values = [float(i % 7 == 0) for i in range(700)]
    effect = design_effect([value for value in values for _ in range(2)], [i // 2 for i in range(1400)])
    assert effect == pytest.approx(kish_design_effect(2, 1.0), rel=0.01)
    assert kish_design_effect(10, 0) == 1
    assert design_effect([1.0, 1.0], ["a", "b"]) is None
    with pytest.raises(ValueError, match="correlation"):
        kish_design_effect(10, 1.5)
    with pytest.raises(ValueError, match="size"):
        kish_design_effect(0.5, 0.5)
