"""Bradley-Terry strengths: closed forms, planted strengths, errors by item, and the cases without a finite answer."""

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.bradley_terry import bradley_terry
from harness.stats.result import Caution, Status

FIRST, SECOND = ["A"] * 20, ["B"] * 12 + ["C"] * 8
OUTCOMES = [1] * 8 + [0] * 4 + [1] * 3 + [0] * 5


def test_strengths_and_errors_are_those_of_the_closed_form() -> None:
    # A beats B 8:4 and loses to C 3:5. A tutorial that lists each comparison both ways round reports errors of .433 and .516.
    result = bradley_terry(FIRST, SECOND, OUTCOMES)
    assert result.sides == ("A", "B", "C")
    assert result.strengths == pytest.approx((0, log(4 / 8), log(5 / 3)), abs=1e-8)
    assert result.standard_errors == pytest.approx((0, sqrt(1 / 8 + 1 / 4), sqrt(1 / 3 + 1 / 5)), abs=1e-6)
    twice = bradley_terry(FIRST + SECOND, SECOND + FIRST, OUTCOMES + [1 - o for o in OUTCOMES])
    assert twice.standard_errors == pytest.approx([e / sqrt(2) for e in result.standard_errors or ()], abs=1e-6)


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.lists(st.booleans(), min_size=20, max_size=20), st.permutations(range(20)))
def test_neither_the_way_round_nor_the_order_counts(turned: list[bool], order: list[int]) -> None:
    rows = [(SECOND[i], FIRST[i], 1 - OUTCOMES[i]) if turned[i] else (FIRST[i], SECOND[i], OUTCOMES[i]) for i in order]
    result, plain = bradley_terry(*map(list, zip(*rows, strict=True))), bradley_terry(FIRST, SECOND, OUTCOMES)
    strengths, expected = (dict(zip(r.sides, r.strengths or (), strict=True)) for r in (result, plain))
    for side in "BC":
        assert strengths[side] - strengths["A"] == pytest.approx(expected[side], abs=1e-6)


def test_ties_count_half() -> None:
    halves = bradley_terry(["A"] * 12, ["B"] * 12, [1] * 6 + [0] * 2 + [0.5] * 4)
    assert halves.strengths == pytest.approx((0, log(4 / 8)), abs=1e-8)


@pytest.mark.slow
def test_planted_strengths_are_found_and_lie_within_their_limits() -> None:
    chance = np.random.default_rng(5)
    true = np.array([0.0, 0.8, -0.5, 0.3])
    hits = 0
    for _ in range(200):
        left = chance.integers(0, 4, 600)
        right = (left + chance.integers(1, 4, 600)) % 4
        wins = chance.random(600) < 1 / (1 + np.exp(true[right] - true[left]))
        result = bradley_terry(left.tolist(), right.tolist(), wins.astype(float))
        assert result.strengths is not None
        assert result.intervals is not None
        base = true[result.sides[0]]  # type: ignore[call-overload]
        limits = dict(zip(result.sides, result.intervals, strict=True))
        side = next(s for s in range(4) if s != result.sides[0])
        hits += limits[side].low <= true[side] - base <= limits[side].high
    assert hits / 200 == pytest.approx(0.95, abs=3 * sqrt(0.05 * 0.95 / 200))


@pytest.mark.slow
def test_votes_on_one_item_are_not_independent() -> None:
    chance = np.random.default_rng(15)
    alarms = {"item": 0, "vote": 0}
    for _ in range(300):
        # Forty items, ten voters each, who all see the same item: no side is better, but on each item one is.
        leaning = chance.normal(0, 1.5, 40).repeat(10)
        wins = (chance.random(400) < 1 / (1 + np.exp(-leaning))).astype(float)
        for name, items in (("item", np.arange(40).repeat(10).tolist()), ("vote", None)):
            result = bradley_terry(["A"] * 400, ["B"] * 400, wins, items)
            assert result.intervals is not None
            alarms[name] += not result.intervals[1].low <= 0 <= result.intervals[1].high
    assert alarms["item"] / 300 == pytest.approx(0.05, abs=3 * sqrt(0.05 * 0.95 / 300))
    assert alarms["vote"] / 300 > 0.2


def test_one_comparison_an_item_needs_no_clusters() -> None:
    plain, alone = bradley_terry(FIRST, SECOND, OUTCOMES), bradley_terry(FIRST, SECOND, OUTCOMES, list(range(20)))
    factor = sqrt(20 / 19 * 19 / 18)  # Of few clusters and few comparisons.
    assert alone.strengths == pytest.approx(plain.strengths)
    assert alone.standard_errors == pytest.approx([factor * e for e in plain.standard_errors or ()])
    assert (alone.clusters, alone.warnings) == (20, ())
    assert bradley_terry(FIRST, SECOND, OUTCOMES, [i % 9 for i in range(20)]).warnings == (Caution.FEW_CLUSTERS,)


@pytest.mark.parametrize(
    ("first", "second", "outcomes", "status"),
    [
        (["A", "A", "A"], ["B", "B", "B"], [1, 1, 1], Status.SEPARATED),
        (["A", "B", "A"], ["B", "C", "C"], [1, 1, 1], Status.SEPARATED),
        (["A", "A", "C", "C"], ["B", "B", "D", "D"], [1, 0, 1, 0], Status.DISCONNECTED),
        (["A", "A", "C", "C", "A"], ["B", "B", "D", "D", "C"], [1, 0, 1, 0, 1], Status.SEPARATED),
    ],
)
def test_without_a_finite_answer_there_is_a_name(first: list[str], second: list[str], outcomes: list[float], status: Status) -> None:
    result = bradley_terry(first, second, outcomes)
    assert (result.status, result.strengths, result.standard_errors, result.intervals) == (status, None, None, None)


def test_a_tie_or_a_circle_of_wins_gives_one() -> None:
    assert bradley_terry(["A", "A"], ["B", "B"], [1, 0.5]).status == Status.OK
    circle = bradley_terry(["A", "B", "C"], ["B", "C", "A"], [1, 1, 1])
    assert circle.strengths == pytest.approx((0, 0, 0), abs=1e-8)
    assert bradley_terry(["A", "A"], ["B", "B"], [1, 0], ["x", "x"]).status == Status.FEWER_THAN_SIDES
    assert bradley_terry(["A", "A"], ["B", "B"], [0.5, 0.5], ["x", "y"]).status == Status.NO_VARIATION


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((["A"], ["B"], [0.3]), "outcomes"), ((["A"], ["B"], [float("nan")]), "outcomes"), ((["A", "B"], ["B"], [1]), "first"),
     ((["A"], ["A"], [1]), "first and second"), ((["A"], ["B"], [1], ["x", "y"]), "clusters|items")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(arguments: tuple[object, ...], name: str) -> None:
    with pytest.raises(ValueError, match=f"^({name})"):
        bradley_terry(*arguments)  # type: ignore[arg-type]
