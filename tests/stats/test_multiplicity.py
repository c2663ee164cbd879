"""Holm's correction against known numbers, its definition, and its promise on the family-wise error."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.multiplicity import holm

# The fifteen p-values of Benjamini and Hochberg (1995), JRSS B 57:289-300.
BH_1995 = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]

steady = settings(derandomize=True, deadline=None)
families = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_four_p_values_are_adjusted_as_computed_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_three_of_fifteen_published_p_values_are_rejected() -> None:
    assert [p <= 0.05 for p in holm(BH_1995)] == [True] * 3 + [False] * 12


def test_one_test_alone_needs_no_correction_and_none_gives_none() -> None:
    assert holm([0.03]) == [0.03]
    assert holm([]) == []


def test_equal_p_values_are_adjusted_equally() -> None:
    assert holm([0.02, 0.02, 0.5]) == pytest.approx([0.06, 0.06, 0.5])


@steady
@given(families, st.floats(0.001, 0.2))
def test_the_adjusted_values_reject_what_holms_procedure_rejects(pvalues: list[float], alpha: float) -> None:
    rejected: set[int] = set()
    for rank, index in enumerate(sorted(range(len(pvalues)), key=lambda position: pvalues[position])):
        if (len(pvalues) - rank) * pvalues[index] > alpha:
            break
        rejected.add(index)
    assert {index for index, p in enumerate(holm(pvalues)) if p <= alpha} == rejected


@steady
@given(families)
def test_adjusting_keeps_the_order_and_lies_between_no_correction_and_bonferroni(pvalues: list[float]) -> None:
    adjusted = holm(pvalues)
    assert all(p <= q <= min(1.0, len(pvalues) * p) for p, q in zip(pvalues, adjusted, strict=True))
    assert [q for _, q in sorted(zip(pvalues, adjusted, strict=True))] == sorted(adjusted)


@steady
@given(families)
def test_each_value_is_given_back_at_its_own_place(pvalues: list[float]) -> None:
    assert holm(pvalues[::-1]) == holm(pvalues)[::-1]


def test_ten_suites_without_a_change_alarm_together_in_at_most_five_of_a_hundred_nights() -> None:
    nights = np.random.default_rng(7).uniform(size=(4000, 10))
    rate = np.mean([min(holm(list(night))) <= 0.05 for night in nights])
    assert 0.03 < rate <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)
