"""Limits of one proportion against published numbers and the equations that define them."""

from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm

from harness.stats.proportion import clopper_pearson_interval, wilson_interval

steady = settings(derandomize=True, deadline=None)
counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_limits_are_the_published_ones(successes: int, n: int, low: float, high: float) -> None:
    # Newcombe (1998), Statistics in Medicine 17:857-872.
    assert wilson_interval(successes, n).interval == pytest.approx((low, high), abs=5e-5)


@steady
@given(counts, st.sampled_from([0.8, 0.95, 0.99]))
def test_each_limit_is_a_proportion_that_is_just_not_rejected(count: tuple[int, int], confidence: float) -> None:
    successes, n = count
    low, high = wilson_interval(successes, n, confidence).interval
    quantile = norm.ppf((1 + confidence) / 2)
    assert successes == 0 or (successes / n - low) / sqrt(low * (1 - low) / n) == pytest.approx(quantile)
    assert successes == n or (high - successes / n) / sqrt(high * (1 - high) / n) == pytest.approx(quantile)


@steady
@given(counts)
def test_the_proportion_lies_inside_limits_that_mirror_when_failures_are_counted(count: tuple[int, int]) -> None:
    successes, n = count
    low, high = wilson_interval(successes, n).interval
    assert 0 <= low <= high <= 1
    assert low < high
    assert low <= successes / n + 1e-12
    assert high >= successes / n - 1e-12
    assert wilson_interval(n - successes, n).interval == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_counts_that_cannot_be_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and"):
        wilson_interval(successes, n)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776), (13, 16, 0.5435, 0.9595), (0, 10, 0.0, 0.3085)],
)
def test_the_exact_limits_are_the_published_ones(successes: int, n: int, low: float, high: float) -> None:
    # Newcombe (1998) by way of the R package ratesci, and the R package contingencytables.
    assert clopper_pearson_interval(successes, n).interval == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("n", "high"), [(50, 0.0582), (100, 0.0295), (300, 0.0099)])
def test_no_failure_is_no_proof_of_none(n: int, high: float) -> None:
    assert clopper_pearson_interval(0, n, side="upper").interval == pytest.approx((0, high), abs=1e-4)
    assert clopper_pearson_interval(0, n, side="upper").interval.high == pytest.approx(1 - 0.05 ** (1 / n))
    assert clopper_pearson_interval(n, n, side="lower").interval == pytest.approx((0.05 ** (1 / n), 1))


@pytest.mark.slow
@steady
@given(counts, st.sampled_from([0.8, 0.95]))
def test_one_limit_alone_is_an_end_of_the_wider_pair(count: tuple[int, int], confidence: float) -> None:
    both = clopper_pearson_interval(*count, 2 * confidence - 1).interval
    assert clopper_pearson_interval(*count, confidence, "lower").interval == pytest.approx((both.low, 1), abs=1e-9)
    assert clopper_pearson_interval(*count, confidence, "upper").interval == pytest.approx((0, both.high), abs=1e-9)


@pytest.mark.parametrize("true", [0.01, 0.05, 0.3, 0.5])
@pytest.mark.parametrize("n", [10, 50])
def test_the_exact_limits_never_cover_less_often_than_they_say(n: int, true: float) -> None:
    covered = sum(
        float(binom.pmf(k, n, true)) for k in range(n + 1) if (i := clopper_pearson_interval(k, n).interval).low <= true <= i.high
    )
    assert covered >= 0.95


def test_exact_limits_refuse_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="successes=6"):
        clopper_pearson_interval(6, 5)
    with pytest.raises(ValueError, match=r"^confidence"):
        clopper_pearson_interval(1, 5, 95)
    with pytest.raises(ValueError, match=r"^side='left'"):
        clopper_pearson_interval(1, 5, side="left")  # type: ignore[arg-type]
