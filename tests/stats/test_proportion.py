"""Wilson's interval against published numbers and its defining equation."""

from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from harness.stats.proportion import wilson_interval

steady = settings(derandomize=True, deadline=None)
counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_limits_are_the_published_ones(successes: int, n: int, low: float, high: float) -> None:
    # Newcombe (1998), Statistics in Medicine 17:857-872.
    assert wilson_interval(successes, n) == pytest.approx((low, high), abs=5e-5)


@steady
@given(counts, st.sampled_from([0.8, 0.95, 0.99]))
def test_each_limit_is_a_proportion_that_is_just_not_rejected(count: tuple[int, int], confidence: float) -> None:
    successes, n = count
    low, high = wilson_interval(successes, n, confidence)
    quantile = norm.ppf((1 + confidence) / 2)
    assert successes == 0 or (successes / n - low) / sqrt(low * (1 - low) / n) == pytest.approx(quantile)
    assert successes == n or (high - successes / n) / sqrt(high * (1 - high) / n) == pytest.approx(quantile)


@steady
@given(counts)
def test_the_proportion_lies_inside_limits_that_mirror_when_failures_are_counted(count: tuple[int, int]) -> None:
    successes, n = count
    low, high = wilson_interval(successes, n)
    assert 0 <= low <= high <= 1
    assert low < high
    assert low <= successes / n + 1e-12
    assert high >= successes / n - 1e-12
    assert wilson_interval(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_counts_that_cannot_be_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and"):
        wilson_interval(successes, n)
