"""Corrections over several tests against known numbers, their definitions, and their promises on errors."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from harness.stats.multiplicity import benjamini_hochberg, holm, simultaneous_confidence

# The fifteen p-values of Benjamini and Hochberg (1995), JRSS B 57:289-300.
BH_1995 = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]

steady = settings(derandomize=True, deadline=None)
families = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_four_p_values_are_adjusted_as_computed_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]).pvalues == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_three_of_fifteen_published_p_values_are_rejected() -> None:
    assert [p <= 0.05 for p in holm(BH_1995).pvalues] == [True] * 3 + [False] * 12


def test_one_test_alone_needs_no_correction_and_none_gives_none() -> None:
    assert holm([0.03]).pvalues == (0.03,)
    assert holm([]).pvalues == ()


def test_equal_p_values_are_adjusted_equally() -> None:
    assert holm([0.02, 0.02, 0.5]).pvalues == pytest.approx([0.06, 0.06, 0.5])


@steady
@given(families, st.floats(0.001, 0.2))
def test_the_adjusted_values_reject_what_holms_procedure_rejects(pvalues: list[float], alpha: float) -> None:
    rejected: set[int] = set()
    for rank, index in enumerate(sorted(range(len(pvalues)), key=lambda position: pvalues[position])):
        if (len(pvalues) - rank) * pvalues[index] > alpha:
            break
        rejected.add(index)
    assert {index for index, p in enumerate(holm(pvalues).pvalues) if p <= alpha} == rejected


@steady
@given(families)
def test_adjusting_keeps_the_order_and_lies_between_no_correction_and_bonferroni(pvalues: list[float]) -> None:
    adjusted = holm(pvalues).pvalues
    assert all(p <= q <= min(1.0, len(pvalues) * p) for p, q in zip(pvalues, adjusted, strict=True))
    assert [q for _, q in sorted(zip(pvalues, adjusted, strict=True))] == sorted(adjusted)


@steady
@given(families)
def test_each_value_is_given_back_at_its_own_place(pvalues: list[float]) -> None:
    assert holm(pvalues[::-1]).pvalues == holm(pvalues).pvalues[::-1]


def test_ten_suites_without_a_change_alarm_together_in_at_most_five_of_a_hundred_nights() -> None:
    nights = np.random.default_rng(7).uniform(size=(4000, 10))
    rate = np.mean([min(holm(list(night)).pvalues) <= 0.05 for night in nights])
    assert 0.03 < rate <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)


def test_four_of_fifteen_published_p_values_are_discoveries() -> None:
    # Benjamini and Hochberg (1995), section 4.2.
    adjusted = benjamini_hochberg(BH_1995).pvalues
    assert [p <= 0.05 for p in adjusted] == [True] * 4 + [False] * 11
    expected = [0.0015, 0.0030, 0.0095, 0.0356, 0.0603, 0.0639, 0.0639, 0.0645, 0.0765, 0.486]
    assert adjusted[:10] == pytest.approx(expected, abs=5.1e-5)
    bonferroni = 1 - simultaneous_confidence(15)
    assert sum(p <= bonferroni for p in BH_1995) == 3


@steady
@given(families)
def test_discoveries_are_adjusted_in_place_and_never_more_than_holms(pvalues: list[float]) -> None:
    adjusted = benjamini_hochberg(pvalues).pvalues
    assert benjamini_hochberg(pvalues[::-1]).pvalues == pytest.approx(adjusted[::-1])
    assert all(p <= q + 1e-15 and q <= worst + 1e-12 for p, q, worst in zip(pvalues, adjusted, holm(pvalues).pvalues, strict=True))
    assert benjamini_hochberg([]).pvalues == ()


@pytest.mark.slow
def test_of_discoveries_at_most_five_in_a_hundred_are_false() -> None:
    # Three of ten strata have changed.
    chance = np.random.default_rng(9)
    shares = []
    for scores in chance.standard_normal((3000, 10)) + np.array([3.0] * 3 + [0.0] * 7):
        found = np.array(benjamini_hochberg((2 * norm.sf(np.abs(scores))).tolist()).pvalues) <= 0.05
        shares.append(found[3:].sum() / max(1, found.sum()))
    assert 0.02 < np.mean(shares) <= 0.05 + 3 * np.std(shares) / np.sqrt(3000)


@pytest.mark.parametrize("method", ["bonferroni", "sidak"])
def test_simultaneous_intervals_hold_together(method: Literal["bonferroni", "sidak"]) -> None:
    each = simultaneous_confidence(10, 0.95, method)
    estimates = np.random.default_rng(8).standard_normal((20_000, 10))
    together = (np.abs(estimates) <= norm.ppf((1 + each) / 2)).all(axis=1).mean()
    assert 0.95 - 3 * 0.0016 <= together <= 0.96
    assert simultaneous_confidence(1, 0.9, method) == pytest.approx(0.9)


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_refused(adjust: Callable[[list[float]], list[float]], bad: float) -> None:
    with pytest.raises(ValueError, match=r"^pvalues\[1\]="):
        adjust([0.5, bad])


def test_levels_that_make_no_sense_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^count=0"):
        simultaneous_confidence(0)
    with pytest.raises(ValueError, match=r"^confidence"):
        simultaneous_confidence(3, 1.0)
    with pytest.raises(ValueError, match=r"^method='tukey'"):
        simultaneous_confidence(3, method="tukey")  # type: ignore[arg-type]
