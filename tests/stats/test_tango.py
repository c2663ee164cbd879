"""Tango's statistic in the corners where its variance is 0; its test is McNemar's at no difference."""

from math import inf, log, sqrt

import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from harness.stats.tango import tango_limits, tango_statistic


def test_at_no_difference_it_is_the_published_asymptotic_mcnemar() -> None:
    # Cavo et al. 2012 and Bentur et al. 2009, as in the R package contingencytables.
    assert tango_statistic(0, 6, 16, 161) == pytest.approx(-2.132, abs=5e-4)
    assert 2 * norm.sf(abs(tango_statistic(0, 6, 16, 161))) == pytest.approx(0.033006, abs=5e-7)
    assert 2 * norm.sf(abs(tango_statistic(0, 1, 7, 21))) == pytest.approx(0.033895, abs=5e-7)


@pytest.mark.parametrize(
    ("difference", "gained", "lost", "n", "expected"),
    [
        (0.0, 0, 0, 9, 0.0),  # Nothing differs, and nothing should.
        (-1.0, 0, 9, 9, 0.0),  # Everything is lost, as the hypothesis says.
        (-1.0, 1, 3, 9, inf),  # Not everything is lost, so that the hypothesis is impossible.
        (1.0, 9, 0, 9, 0.0),
        (1.0, 3, 1, 9, -inf),
    ],
)
def test_where_the_variance_is_zero_the_data_fit_or_refute_the_hypothesis(
    difference: float, gained: int, lost: int, n: int, expected: float
) -> None:
    assert tango_statistic(difference, gained, lost, n) == expected


def likely_losses(difference: float, gained: int, lost: int, n: int) -> float:
    """The share of losses that makes the table likeliest under the hypothesis, by search instead of by the formula."""

    def surprise(loss: float) -> float:
        shares = ((gained, loss + difference), (lost, loss), (n - gained - lost, 1 - 2 * loss - difference))
        return -sum(count * log(max(share, 1e-300)) for count, share in shares if count)

    found = minimize_scalar(surprise, bounds=(max(0.0, -difference), (1 - difference) / 2), method="bounded", options={"xatol": 1e-12})
    return float(found.x)


@pytest.mark.parametrize(("gained", "lost", "n"), [(6, 16, 161), (1, 7, 21), (0, 5, 30), (5, 0, 30), (20, 25, 500)])
@pytest.mark.parametrize("difference", [-0.3, -0.05, 0.02, 0.1, 0.4])
def test_the_variance_is_that_of_the_likeliest_table_under_the_hypothesis(gained: int, lost: int, n: int, difference: float) -> None:
    loss = likely_losses(difference, gained, lost, n)
    variance = n * (2 * loss + difference - difference**2)
    assert tango_statistic(difference, gained, lost, n) == pytest.approx((gained - lost - n * difference) / sqrt(variance), rel=2e-4)


def test_a_hypothesis_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"difference=1\.5"):
        tango_statistic(1.5, 1, 1, 5)
    with pytest.raises(ValueError, match="exceed n=3"):
        tango_limits(2, 2, 3)
