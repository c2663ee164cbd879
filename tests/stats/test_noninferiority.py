"""Margins: the published equivalence test, the limits' verdict, errors at the boundary, and margins that make no sense."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multinomial

from harness.stats.noninferiority import margin_binary, margin_graded
from harness.stats.result import Caution, Status
from harness.stats.tango import tango_limits, tango_statistic

# R's dataset `sleep`: extra hours under drug 1 less those under drug 2.
SLEEP = [-1.2, -2.4, -1.3, -1.3, 0.0, -1.0, -1.8, -0.8, -4.6, -1.4]
steady = settings(derandomize=True, deadline=None)


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, int]:
    n = draw(st.integers(1, 800))
    gained = draw(st.integers(0, n))
    return gained, draw(st.integers(0, n - gained)), n


@pytest.mark.parametrize(("margin", "pvalue"), [(2.0, 0.154157), (0.5, 0.989241)])
def test_sleep_has_the_published_equivalence_p_value(margin: float, pvalue: float) -> None:
    result = margin_graded(SLEEP, margin)
    assert result.pvalue_equivalent == pytest.approx(pvalue, abs=5e-7)
    assert not result.equivalent


@steady
@given(tables(), st.sampled_from([0.01, 0.05, 0.2, 1.0]), st.sampled_from([0.025, 0.05, 0.1]))
def test_limit_and_p_value_say_the_same(table: tuple[int, int, int], margin: float, alpha: float) -> None:
    result = margin_binary(*table, margin, alpha=alpha)
    assert result.bounds == tango_limits(*table, 1 - 2 * alpha).interval
    for p, shown in ((result.pvalue_noninferior, result.noninferior), (result.pvalue_equivalent, result.equivalent)):
        assert p is not None
        assert 0 <= p <= 1
        assert (p < alpha) == shown or abs(p - alpha) < 1e-6


@steady
@given(tables(), st.sampled_from([0.02, 0.1]))
def test_swapping_the_sides_swaps_the_two_tests(table: tuple[int, int, int], margin: float) -> None:
    gained, lost, n = table
    here, there = margin_binary(gained, lost, n, margin), margin_binary(lost, gained, n, margin)
    assert here.pvalue_noninferior == pytest.approx(there.pvalue_nonsuperior, abs=1e-9)
    assert here.pvalue_equivalent == pytest.approx(there.pvalue_equivalent, abs=1e-9)


@steady
@given(st.lists(st.integers(-9, 9), min_size=3, max_size=30).filter(lambda values: len(set(values)) > 1), st.sampled_from([0.5, 2.0, 6.0]))
def test_graded_limit_and_p_value_say_the_same_and_mirror(values: list[int], margin: float) -> None:
    result, mirrored = margin_graded(values, margin), margin_graded([-v for v in values], margin)
    assert result.pvalue_noninferior is not None
    assert (result.pvalue_noninferior < 0.05) == result.noninferior
    assert result.pvalue_noninferior == pytest.approx(mirrored.pvalue_nonsuperior, abs=1e-12)
    assert result.equivalent == mirrored.equivalent


def test_no_flip_at_all_is_no_proof_for_few_items_and_one_for_many() -> None:
    assert not margin_binary(0, 0, 30, 0.02).noninferior
    assert margin_binary(0, 0, 3000, 0.02).noninferior


def test_a_true_loss_of_the_margin_passes_in_at_most_five_of_a_hundred_cases() -> None:
    n, margin = 50, 0.05
    tables = [(b, c) for b in range(n + 1) for c in range(n + 1 - b)]
    passed = np.array([margin_binary(b, c, n, margin).noninferior for b, c in tables])
    errors = []
    for discordance in (0.06, 0.1, 0.2, 0.4):
        gain, loss = (discordance - margin) / 2, (discordance + margin) / 2
        weights = multinomial.pmf([[b, c, n - b - c] for b, c in tables], n, [gain, loss, 1 - gain - loss])
        errors.append(float(weights[passed].sum()))
    assert errors[0] == pytest.approx(0.0142, abs=5e-5)
    assert max(errors) <= 0.0505


def test_clusters_widen_the_limits_and_equal_ones_need_the_scale() -> None:
    values, clusters = [0.2, 0.2, 0.2, -0.2, -0.2, -0.2, 0.1, 0.1, 0.1, 0.0, 0.0, 0.0], [i // 3 for i in range(12)]
    apart, together = margin_graded(values, 0.1), margin_graded(values, 0.1, clusters)
    assert apart.bounds is not None
    assert together.bounds is not None
    assert together.bounds.low < apart.bounds.low
    same = margin_graded([0.0] * 12, 0.1)
    assert (same.status, same.bounds, same.pvalue_equivalent, same.noninferior) == (Status.NO_VARIATION, None, None, False)
    scaled = margin_graded([0.0] * 400, 0.1, reach=1.0)
    assert (scaled.noninferior, scaled.equivalent, scaled.warnings) == (True, True, (Caution.IMAGINED_CLUSTERS,))
    assert margin_graded([0.5], 0.1, reach=1.0).status == Status.FEW_VALUES


def test_the_margin_of_the_whole_scale_only_excludes_total_loss() -> None:
    assert margin_binary(0, 4, 4, 1.0).noninferior is False
    assert margin_binary(0, 3, 4, 1.0).pvalue_noninferior == 0.0
    assert tango_statistic(-1.0, 0, 4, 4) == 0.0


@pytest.mark.parametrize("margin", [0, -0.1, 1.5, float("nan"), float("inf")])
def test_margins_that_make_no_sense_are_refused_by_name(margin: float) -> None:
    with pytest.raises(ValueError, match=r"^margin=.* must be above 0 and at most 1"):
        margin_binary(1, 2, 10, margin)
    with pytest.raises(ValueError, match=r"^margin="):
        margin_graded([0.1, 0.2], margin, reach=1.0)


def test_a_graded_margin_has_no_upper_end_without_a_scale_and_levels_are_shares() -> None:
    assert margin_graded(SLEEP, 20.0).equivalent
    with pytest.raises(ValueError, match=r"^alpha=0\.5"):
        margin_graded(SLEEP, 2.0, alpha=0.5)
    with pytest.raises(ValueError, match=r"^alpha=0"):
        margin_binary(1, 2, 10, 0.1, alpha=0)
