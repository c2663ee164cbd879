"""Paired 0/1 scores as arrays: what is counted, what is refused, and the symmetries."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.mcnemar import mcnemar_midp
from harness.stats.paired_binary import paired_binary
from harness.stats.result import Caution, Status
from harness.stats.signflip import sign_flip

steady = settings(derandomize=True, deadline=None)
pairs = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=60)


def split(rows: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [old for old, _ in rows], [new for _, new in rows]


def test_gains_and_losses_are_counted_the_right_way_round() -> None:
    old, new = [0] * 6 + [1] * 16 + [1] * 59 + [0] * 80, [1] * 6 + [0] * 16 + [1] * 59 + [0] * 80
    result = paired_binary(old, new)
    assert result.difference == pytest.approx(-10 / 161)
    assert result.pvalue == pytest.approx(0.034690, abs=5e-7)
    assert result.interval == pytest.approx((-0.1240, -0.0054), abs=5e-5)
    assert (result.n, result.clusters, result.test, result.interval_method) == (161, 161, "McNemar mid-p", "Tango")
    # One-sided limits at 95 % are the ends of the interval of 90 %.
    assert result.bounds == mcnemar_midp(6, 16, 161).limits(0.9)


@steady
@given(pairs)
def test_swapping_the_sides_mirrors(rows: list[tuple[int, int]]) -> None:
    old, new = split(rows)
    here, there = paired_binary(old, new), paired_binary(new, old)
    assert here.difference == -there.difference
    assert here.pvalue == pytest.approx(there.pvalue)
    assert here.interval is not None
    assert there.interval == pytest.approx((-here.interval.high, -here.interval.low), abs=1e-9)


@pytest.mark.slow
@steady
@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_items_does_not_count(rows: list[tuple[int, int]], chance: random.Random) -> None:
    assert paired_binary(*split(rows)) == paired_binary(*split(chance.sample(rows, len(rows))))


@steady
@given(pairs)
def test_the_p_value_is_that_of_the_sign_flip_test(rows: list[tuple[int, int]]) -> None:
    old, new = split(rows)
    result, flipped = paired_binary(old, new), sign_flip([b - a for a, b in rows])
    assert result.pvalue == pytest.approx(flipped.midp)
    assert result.status == flipped.status


def test_equal_outputs_have_p_one_by_name_and_few_flips_a_caution() -> None:
    same = paired_binary([1, 0, 1], [1, 0, 1])
    assert (same.pvalue, same.status) == (1.0, Status.IDENTICAL)
    assert paired_binary([0] * 4 + [1] * 9, [1] * 13).warnings == (Caution.FEW_DISCORDANT,)
    assert paired_binary([0] * 5 + [1] * 9, [1] * 14).warnings == ()


@pytest.mark.parametrize(
    ("baseline", "candidate", "name"),
    [([0.5, 1], [1, 1], "baseline"), ([0, 1], [1, 2], "candidate"), ([0, 1], [1], "candidate"), ([], [], "baseline"),
     ([0, float("nan")], [0, 1], "baseline"), ([0, 1], ["a", "b"], "candidate")],
)  # fmt: skip
def test_other_scores_are_refused_by_name(baseline: list[float], candidate: list[float], name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        paired_binary(baseline, candidate)


@pytest.mark.parametrize("confidence", [0.5, 1.0, 95])
def test_a_confidence_without_one_sided_limits_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        paired_binary([0, 1], [1, 1], confidence=confidence)
