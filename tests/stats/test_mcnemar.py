"""McNemar's mid-p test and Tango's limits against published numbers, exact enumeration and their symmetries."""

from functools import cache
from itertools import product
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, multinomial, norm

from harness.stats.mcnemar import mcnemar_exact, mcnemar_midp
from harness.stats.result import Caution, Status
from harness.stats.tango import tango_limits, tango_statistic

steady = settings(derandomize=True, deadline=None)


@st.composite
def tables(draw: st.DrawFn, largest: int = 3000) -> tuple[int, int, int]:
    """Pairs gained, pairs lost, and all pairs."""
    n = draw(st.integers(1, largest))
    gained = draw(st.integers(0, n))
    return gained, draw(st.integers(0, n - gained)), n


@cache
def midp(gained: int, lost: int) -> float:
    return mcnemar_midp(gained, lost, max(1, gained + lost)).pvalue


@cache
def limits(gained: int, lost: int, n: int, confidence: float) -> tuple[float, float]:
    return tango_limits(gained, lost, n, confidence).interval


# Published numbers


@pytest.mark.parametrize(
    ("gained", "lost", "n", "pvalue"),
    [
        (6, 16, 161, 0.034690),  # Cavo et al. 2012, [[59, 6], [16, 80]], as in the R package contingencytables
        (1, 7, 21, 0.0390625),  # Bentur et al. 2009, [[1, 1], [7, 12]], same source
        (4, 0, 10, 0.0625),  # all discordant on one side: 2 * 0.5**k - 0.5**k
        (0, 5, 10, 0.03125),
        (6, 0, 6, 0.015625),
        (3, 3, 9, 1 - 0.5 * 20 / 64),
        (1, 1, 2, 0.75),
    ],
)
def test_the_midp_value_is_the_published_one(gained: int, lost: int, n: int, pvalue: float) -> None:
    result = mcnemar_midp(gained, lost, n)
    assert result.pvalue == pytest.approx(pvalue, abs=5e-7)
    assert result.difference == (gained - lost) / n


@pytest.mark.parametrize(
    ("gained", "lost", "n", "low", "high", "digits"),
    [
        (6, 16, 161, -0.1240, -0.0054, 4),  # Cavo et al. 2012, Tango's interval in contingencytables
        (1, 7, 21, -0.517, -0.026, 3),  # Bentur et al. 2009, Tango's interval in the R package ratesci
    ],
)
def test_the_score_limits_are_the_published_ones(gained: int, lost: int, n: int, low: float, high: float, digits: int) -> None:
    found = mcnemar_midp(gained, lost, n).limits()
    assert found == tango_limits(gained, lost, n).interval
    assert [round(limit, digits) for limit in found] == [low, high]


def test_without_a_discordant_pair_nothing_is_shown_and_the_limits_are_not_of_zero_width() -> None:
    result = mcnemar_midp(0, 0, 50)
    assert (result.pvalue, result.pvalue_greater, result.difference) == (1.0, 1.0, 0.0)
    low, high = result.limits()
    assert low < 0 < high
    assert low == pytest.approx(-high)


@pytest.mark.parametrize(("gained", "lost", "n"), [(-1, 0, 5), (0, -1, 5), (3, 3, 5), (0, 0, 0)])
def test_counts_that_cannot_be_are_refused(gained: int, lost: int, n: int) -> None:
    with pytest.raises(ValueError, match="must not be negative or exceed"):
        mcnemar_midp(gained, lost, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, -0.5])
def test_a_confidence_that_is_no_share_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        tango_limits(1, 2, 9, confidence)


# The test against all sign flips


@pytest.mark.parametrize(("gained", "lost"), [(b, c) for b in range(8) for c in range(8 - b) if b + c])
def test_the_midp_value_is_that_of_all_sign_flips(gained: int, lost: int) -> None:
    sums = [sum(signs) for signs in product((-1, 1), repeat=gained + lost)]
    seen = gained - lost
    two_sided = sum((abs(s) > abs(seen)) + 0.5 * (abs(s) == abs(seen)) for s in sums) / len(sums)
    one_sided = sum((s > seen) + 0.5 * (s == seen) for s in sums) / len(sums)
    result = mcnemar_midp(gained, lost, 20)
    assert result.pvalue == pytest.approx(two_sided)
    assert result.pvalue_greater == pytest.approx(one_sided)


@steady
@given(tables())
def test_swapping_the_models_keeps_the_two_sided_p_and_turns_the_one_sided(table: tuple[int, int, int]) -> None:
    gained, lost, n = table
    here, there = mcnemar_midp(gained, lost, n), mcnemar_midp(lost, gained, n)
    assert here.pvalue == pytest.approx(there.pvalue, rel=1e-9)
    assert 0 <= here.pvalue <= 1
    assert here.difference == -there.difference
    if gained + lost:
        assert here.pvalue_greater + there.pvalue_greater == pytest.approx(1)


@steady
@given(tables(), st.integers(0, 1000))
def test_pairs_that_agree_do_not_change_the_p_value(table: tuple[int, int, int], more: int) -> None:
    gained, lost, n = table
    assert mcnemar_midp(gained, lost, n + more).pvalue == mcnemar_midp(gained, lost, n).pvalue


# The limits


@steady
@given(tables(), st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999]))
def test_the_limits_mirror_when_gains_and_losses_are_swapped(table: tuple[int, int, int], confidence: float) -> None:
    gained, lost, n = table
    low, high = tango_limits(gained, lost, n, confidence).interval
    assert tango_limits(lost, gained, n, confidence).interval == pytest.approx((-high, -low), abs=1e-9)


@steady
@given(tables(), st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999]))
def test_the_estimate_lies_inside_limits_that_lie_between_minus_one_and_one(table: tuple[int, int, int], confidence: float) -> None:
    gained, lost, n = table
    low, high = tango_limits(gained, lost, n, confidence).interval
    assert -1 <= low <= (gained - lost) / n <= high <= 1
    assert low < high


@steady
@given(tables(), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_limits_are_where_the_score_statistic_reaches_the_quantile(table: tuple[int, int, int], confidence: float) -> None:
    gained, lost, n = table
    low, high = tango_limits(gained, lost, n, confidence).interval
    quantile = norm.ppf((1 + confidence) / 2)
    assert low == -1 or tango_statistic(low, gained, lost, n) == pytest.approx(quantile, rel=1e-4)
    assert high == 1 or tango_statistic(high, gained, lost, n) == pytest.approx(-quantile, rel=1e-4)


@steady
@given(tables())
def test_more_confidence_needs_wider_limits(table: tuple[int, int, int]) -> None:
    lows, highs = zip(*(tango_limits(*table, confidence).interval for confidence in (0.5, 0.8, 0.9, 0.95, 0.99)), strict=True)
    assert list(lows) == sorted(lows, reverse=True)
    assert list(highs) == sorted(highs)


@steady
@given(tables())
def test_at_no_difference_the_statistic_is_mcnemars(table: tuple[int, int, int]) -> None:
    gained, lost, n = table
    expected = (gained - lost) / sqrt(gained + lost) if gained + lost else 0.0
    assert tango_statistic(0.0, gained, lost, n) == pytest.approx(expected)


@pytest.mark.parametrize(("gained", "lost"), [(9, 0), (0, 9), (1, 8), (8, 1), (9, 1), (0, 0)])
@pytest.mark.parametrize("n", [10, 100_000])
def test_tables_at_the_edge_have_limits(gained: int, lost: int, n: int) -> None:
    low, high = tango_limits(gained, lost, n).interval
    assert -1 <= low < (gained - lost) / n < high <= 1


def test_a_model_that_gains_every_pair_has_the_upper_limit_one() -> None:
    low, high = tango_limits(12, 0, 12).interval
    assert high == 1
    assert 0 < low < 1


# Calibration by full enumeration: no randomness, so the figures are exact


def rejection_rate(n: int, discordance: float) -> float:
    """Probability of p <= .05 when gains and losses are equally likely."""
    likely = [m for m in range(n + 1) if binom.pmf(m, n, discordance) > 1e-12]
    return sum(
        float(binom.pmf(m, n, discordance)) * sum(float(w) for g, w in enumerate(binom.pmf(range(m + 1), m, 0.5)) if midp(g, m - g) <= 0.05)
        for m in likely
    )


@pytest.mark.parametrize(
    ("n", "discordance", "rate"), [(30, 0.2, 0.0314), (50, 0.1, 0.0247), (50, 0.4, 0.0457), (100, 0.2, 0.0457), (200, 0.2, 0.0483)]
)
def test_the_type_one_error_of_the_midp_test_is_the_tabulated_one(n: int, discordance: float, rate: float) -> None:
    assert rejection_rate(n, discordance) == pytest.approx(rate, abs=5e-5)


@pytest.mark.slow
@pytest.mark.parametrize("n", [20, 30, 50, 100, 200])
@pytest.mark.parametrize("discordance", [0.05, 0.1, 0.2, 0.4])
def test_the_midp_test_never_rejects_more_often_than_it_says(n: int, discordance: float) -> None:
    assert rejection_rate(n, discordance) <= 0.05


def weigh(n: int, gain: float, loss: float) -> list[tuple[int, int, float]]:
    """All tables of n pairs with their probabilities, leaving out those that do not happen."""
    tables = [(b, c) for b in range(n + 1) for c in range(n + 1 - b)]
    weights = multinomial.pmf([[b, c, n - b - c] for b, c in tables], n, [gain, loss, 1 - gain - loss])
    return [(b, c, float(weight)) for (b, c), weight in zip(tables, weights, strict=True) if weight > 1e-12]


@pytest.mark.parametrize("n", [20, 50, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("discordance", "difference"), [(0.05, 0), (0.1, 0), (0.1, 0.05), (0.2, 0), (0.2, 0.1), (0.4, 0), (0.4, 0.2)])
def test_the_limits_cover_the_true_difference_as_often_as_they_say(n: int, discordance: float, difference: float) -> None:
    rows = weigh(n, (discordance + difference) / 2, (discordance - difference) / 2)
    covered = sum(weight for b, c, weight in rows if limits(b, c, n, 0.95)[0] <= difference <= limits(b, c, n, 0.95)[1])
    assert covered >= 0.939


@pytest.mark.parametrize(("discordance", "size"), [(0.06, 0.0142), (0.1, 0.0341), (0.2, 0.0497), (0.4, 0.0493)])
def test_one_lower_limit_is_a_test_of_no_loss_beyond_a_margin(discordance: float, size: float) -> None:
    # The true loss is the margin itself, so passing is an error; each limit of 90 % is a one-sided limit of 95 %.
    n, margin = 50, 0.05
    rows = weigh(n, (discordance - margin) / 2, (discordance + margin) / 2)
    passed = sum(weight for b, c, weight in rows if limits(b, c, n, 0.9)[0] > -margin)
    assert passed == pytest.approx(size, abs=5e-5)
    assert passed <= 0.0505


# The exact test


@pytest.mark.parametrize(
    ("gained", "lost", "n", "pvalue"),
    [(6, 16, 161, 0.05247879), (1, 7, 21, 0.0703125), (4, 0, 9, 0.125), (0, 5, 9, 0.0625), (6, 0, 9, 0.03125), (3, 3, 9, 1.0)],
)
def test_the_exact_p_value_is_the_published_one(gained: int, lost: int, n: int, pvalue: float) -> None:
    result = mcnemar_exact(gained, lost, n)
    assert result.pvalue == pytest.approx(pvalue, abs=5e-9)
    assert result.limits() == mcnemar_midp(gained, lost, n).limits()
    assert result.pvalue_greater + mcnemar_exact(lost, gained, n).pvalue_greater >= 1


def test_too_few_flips_to_show_anything_are_told_and_none_is_identical() -> None:
    assert [mcnemar_midp(k, 0, 9).warnings for k in (4, 5)] == [(Caution.FEW_DISCORDANT,), ()]
    assert [mcnemar_exact(k, 0, 9).warnings for k in (5, 6)] == [(Caution.FEW_DISCORDANT_EXACT,), ()]
    assert mcnemar_midp(4, 0, 9).pvalue > 0.05 > mcnemar_midp(5, 0, 9).pvalue
    assert mcnemar_exact(5, 0, 9).pvalue > 0.05 > mcnemar_exact(6, 0, 9).pvalue
    for result in (mcnemar_midp(0, 0, 9), mcnemar_exact(0, 0, 9)):
        assert (result.status, result.pvalue) == (Status.IDENTICAL, 1.0)


@pytest.mark.parametrize(("n", "discordance", "rate"), [(30, 0.2, 0.0128), (50, 0.1, 0.0088), (50, 0.4, 0.0296), (100, 0.2, 0.0294)])
def test_the_type_one_error_of_the_exact_test_is_the_tabulated_one(n: int, discordance: float, rate: float) -> None:
    found = sum(
        float(binom.pmf(m, n, discordance))
        * sum(float(binom.pmf(g, m, 0.5)) for g in range(m + 1) if mcnemar_exact(g, m - g, n).pvalue <= 0.05)
        for m in range(n + 1)
        if binom.pmf(m, n, discordance) > 1e-9
    )
    assert found == pytest.approx(rate, abs=5e-5)
