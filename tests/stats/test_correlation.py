"""Metric against people: scipy's coefficients, all pairs counted one by one, coverage, and what is undefined."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from harness.stats.correlation import kendall, pairwise_agreement, spearman
from harness.stats.result import Status

steady = settings(derandomize=True, deadline=None)
scores = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), min_size=5, max_size=20).filter(
    lambda rows: len({a for a, _ in rows}) > 1 and len({b for _, b in rows}) > 1
)


@pytest.mark.slow
@steady
@given(scores)
def test_the_coefficients_are_scipys_and_turn_with_the_metric(rows: list[tuple[int, int]]) -> None:
    metric, human = [a for a, _ in rows], [b for _, b in rows]
    for ours, theirs in ((spearman, spearmanr), (kendall, kendalltau)):
        result, expected, turned = ours(metric, human), theirs(metric, human), ours([-v for v in metric], human)
        assert (result.estimate, result.pvalue) == pytest.approx((float(expected.statistic), float(expected.pvalue)))
        assert turned.estimate == pytest.approx(-float(expected.statistic))
        if result.interval is not None:
            assert -1 <= result.interval.low < result.estimate < result.interval.high <= 1
            assert turned.interval == pytest.approx((-result.interval.high, -result.interval.low))


@steady
@given(scores)
def test_pairwise_agreement_counts_every_pair(rows: list[tuple[int, int]]) -> None:
    pairs = [(a, b) for a, b in combinations(rows, 2) if a[1] != b[1]]
    alike = sum(0.5 if a[0] == b[0] else (a[0] < b[0]) == (a[1] < b[1]) for a, b in pairs)
    result = pairwise_agreement([a for a, _ in rows], [b for _, b in rows])
    assert result.estimate == pytest.approx(alike / len(pairs))
    if result.interval is not None:
        assert 0 <= result.interval.low <= result.estimate <= result.interval.high <= 1


@pytest.mark.parametrize(("measure", "truth"), [(spearman, 0.5819), (kendall, 0.4097), (pairwise_agreement, 0.7048)])
def test_limits_cover_the_truth_of_two_normal_scores(measure: object, truth: float) -> None:
    # Correlated by .6: rho_S = 6/pi asin(.3), tau = 2/pi asin(.6), and (1 + tau) / 2 of the pairs.
    chance = np.random.default_rng(17)
    hits = 0
    for _ in range(500):
        x = chance.standard_normal(60)
        low, high = measure(x, 0.6 * x + 0.8 * chance.standard_normal(60)).interval  # type: ignore[operator]
        hits += low <= truth <= high
    assert hits / 500 == pytest.approx(0.95, abs=3 * (0.05 * 0.95 / 500) ** 0.5)


def test_limits_are_those_of_the_published_formulas() -> None:
    metric, human = [0.1, 0.4, 0.3, 0.9, 0.7, 0.8, 0.2, 0.6], [1, 2, 2, 3, 2, 3, 2, 1]
    for measure, variance in ((spearman, lambda rho: (1 + rho**2 / 2) / 5), (kendall, lambda _: 0.437 / 4)):
        result = measure(metric, human, confidence=0.9)
        assert result.estimate is not None
        reach = 1.6448536 * variance(result.estimate) ** 0.5
        assert result.interval == pytest.approx([np.tanh(np.arctanh(result.estimate) + side * reach) for side in (-1, 1)])


@pytest.mark.parametrize("measure", [spearman, kendall])
def test_scores_that_do_not_vary_have_no_correlation(measure: object) -> None:
    for metric, human in (([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [2, 2, 2])):
        result = measure(metric, human)  # type: ignore[operator]
        assert (result.estimate, result.pvalue, result.interval, result.status) == (None, None, None, Status.NO_VARIATION)
    assert measure([1.0], [2.0]).status == Status.FEW_VALUES  # type: ignore[operator]
    two = measure([1.0, 2.0], [2.0, 3.0])  # type: ignore[operator]
    assert (two.estimate, two.interval) == (pytest.approx(1), None)
    assert two.pvalue is None or 0 <= two.pvalue <= 1


def test_pairs_need_people_who_tell_items_apart() -> None:
    assert pairwise_agreement([1, 2, 3], [2, 2, 2]).status == Status.NO_OVERLAP
    assert pairwise_agreement([1.0], [2.0]).status == Status.FEW_VALUES
    assert pairwise_agreement([1, 1, 1], [1, 2, 3]).estimate == 0.5


@pytest.mark.parametrize("measure", [spearman, kendall, pairwise_agreement])
def test_what_makes_no_sense_is_refused_by_name(measure: object) -> None:
    with pytest.raises(ValueError, match=r"^metric must be finite"):
        measure([1.0, float("nan")], [1.0, 2.0])  # type: ignore[operator]
    with pytest.raises(ValueError, match=r"^human \(1\)"):
        measure([1.0, 2.0], [1.0])  # type: ignore[operator]
    with pytest.raises(ValueError, match=r"^confidence"):
        measure([1.0, 2.0, 4.0, 3.0, 5.0], [1.0, 2.0, 3.0, 4.0, 5.0], confidence=2.0)  # type: ignore[operator]
