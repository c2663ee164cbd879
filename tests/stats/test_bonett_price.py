"""Bonett and Price's limits against published numbers, and their coverage by full enumeration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multinomial, norm, t

from harness.stats.bonett_price import bonett_price_limits


@pytest.mark.parametrize(("table", "expected", "digits"), [((6, 16, 161), [-0.1195, -0.0032], 4), ((1, 7, 21), [-0.508, -0.013], 3)])
def test_the_limits_are_the_published_ones(table: tuple[int, int, int], expected: list[float], digits: int) -> None:
    # Cavo et al. 2012 and Bentur et al. 2009, as in the R package contingencytables.
    assert [round(limit, digits) for limit in bonett_price_limits(*table).interval] == expected


@settings(derandomize=True, deadline=None)
@given(st.integers(1, 2000), st.data())
def test_they_have_a_width_lie_on_the_scale_and_mirror(n: int, data: st.DataObject) -> None:
    gained = data.draw(st.integers(0, n))
    lost = data.draw(st.integers(0, n - gained))
    low, high = bonett_price_limits(gained, lost, n).interval
    assert -1 <= low < high <= 1
    assert bonett_price_limits(lost, gained, n).interval == pytest.approx((-high, -low))


CONFIGURATIONS = [(0.05, 0.0), (0.1, 0.0), (0.1, 0.05), (0.2, 0.1), (0.4, 0.0), (0.4, 0.2)]


def every_table(n: int) -> list[tuple[int, int]]:
    return [(gained, lost) for gained in range(n + 1) for lost in range(n + 1 - gained)]


def chances(tables: list[tuple[int, int]], n: int, discordance: float, difference: float) -> np.ndarray:
    """How likely each table of gains and losses is."""
    gain, loss = (discordance + difference) / 2, (discordance - difference) / 2
    weights: np.ndarray = multinomial.pmf([[b, c, n - b - c] for b, c in tables], n, [gain, loss, 1 - gain - loss])
    return weights


@pytest.mark.slow
@pytest.mark.parametrize("n", [20, 50, 100, 200])
def test_they_cover_the_true_difference_as_often_as_they_say(n: int) -> None:
    tables = every_table(n)
    low, high = np.array([bonett_price_limits(b, c, n).interval for b, c in tables]).T
    rates = [chances(tables, n, *pair)[(low <= pair[1]) & (pair[1] <= high)].sum() for pair in CONFIGURATIONS]
    # The promise is .948 over these four times six; what comes out is .9509 at the least, with 200 items.
    assert min(rates) >= 0.9505
    # Wald's limits, of the same tables, promise too much: the negative control.
    share, spread = np.array([((b - c) / n, (b + c) / n - ((b - c) / n) ** 2) for b, c in tables]).T
    reach = norm.ppf(0.975) * np.sqrt(spread / n)
    walds = [chances(tables, n, *pair)[np.abs(share - pair[1]) <= reach].sum() for pair in CONFIGURATIONS]
    assert min(walds) < min(0.947, min(rates))


@pytest.mark.parametrize(
    ("n", "discordance", "bonett_price", "wald", "student"),
    [(50, 0.06, 0.0595, 0.0985, 0.0985), (50, 0.2, 0.0433, 0.0581, 0.0514), (200, 0.06, 0.0646, 0.0919, 0.0919)],
)
def test_at_a_margin_they_err_less_than_wald_and_more_than_promised(
    n: int, discordance: float, bonett_price: float, wald: float, student: float
) -> None:
    margin, tables = 0.05, every_table(n)
    weights = chances(tables, n, discordance, -margin)
    low = np.array([bonett_price_limits(b, c, n, 0.90).interval.low for b, c in tables])
    share, spread = np.array([((b - c) / n, (b + c) / n - ((b - c) / n) ** 2) for b, c in tables]).T
    walds, students = norm.ppf(0.95) * np.sqrt(spread / n), t.ppf(0.95, n - 1) * np.sqrt(spread / (n - 1))
    sizes = [weights[limit > -margin].sum() for limit in (low, share - walds, share - students)]
    assert sizes == pytest.approx([bonett_price, wald, student], abs=5e-5)
