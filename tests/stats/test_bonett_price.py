"""Bonett and Price's limits against published numbers, and their coverage by full enumeration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multinomial

from harness.stats.bonett_price import bonett_price_limits


@pytest.mark.parametrize(("table", "expected", "digits"), [((6, 16, 161), [-0.1195, -0.0032], 4), ((1, 7, 21), [-0.508, -0.013], 3)])
def test_the_limits_are_the_published_ones(table: tuple[int, int, int], expected: list[float], digits: int) -> None:
    # Cavo et al. 2012 and Bentur et al. 2009, as in the R package contingencytables.
    assert [round(limit, digits) for limit in bonett_price_limits(*table)] == expected


@settings(derandomize=True, deadline=None)
@given(st.integers(1, 2000), st.data())
def test_they_have_a_width_lie_on_the_scale_and_mirror(n: int, data: st.DataObject) -> None:
    gained = data.draw(st.integers(0, n))
    lost = data.draw(st.integers(0, n - gained))
    low, high = bonett_price_limits(gained, lost, n)
    assert -1 <= low < high <= 1
    assert bonett_price_limits(lost, gained, n) == pytest.approx((-high, -low))


@pytest.mark.parametrize("n", [20, 50, 100, pytest.param(200, marks=pytest.mark.slow)])
def test_they_cover_the_true_difference_nearly_as_often_as_they_say(n: int) -> None:
    tables = [(b, c) for b in range(n + 1) for c in range(n + 1 - b)]
    limits = np.array([bonett_price_limits(b, c, n) for b, c in tables])
    for discordance, difference in [(0.05, 0.0), (0.1, 0.0), (0.1, 0.05), (0.2, 0.1), (0.4, 0.0), (0.4, 0.2)]:
        gain, loss = (discordance + difference) / 2, (discordance - difference) / 2
        weights = multinomial.pmf([[b, c, n - b - c] for b, c in tables], n, [gain, loss, 1 - gain - loss])
        covered = weights[(limits[:, 0] <= difference) & (difference <= limits[:, 1])].sum()
        assert covered >= 0.945
