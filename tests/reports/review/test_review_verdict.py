"""The verdict by people: its rules, one by one, and its error rates over many simulated batches."""

import random
from math import sqrt

import pytest

from reports.review.differences import differences
from reports.review.safety import assess_safety
from reports.review.unblinded import View
from reports.review.verdict import Judged, judge
from tests.reports.review.people import EXACT, PEOPLE, Person, plan, swapped, views

ALPHA, BATCHES = 0.05, 200
TOLERANCE = 3 * sqrt(ALPHA * (1 - ALPHA) / BATCHES)
MARGINS = {"follow": 0.3, "accuracy": 0.3, "format": 0.3, "safety": 0.05}


def one(rows: list[View], settled: dict[tuple[str, int, str], str] | None = None, **changes: object) -> Judged:
    return judge(rows, settled or {}, plan(MARGINS, **changes))


def test_a_planted_winner_is_better_and_a_planted_loser_worse() -> None:
    rows = views(200, PEOPLE, random.Random(1), gain=0.3)
    found = one(rows)
    assert found.verdict == "BETTER", found
    assert found.win_rate is not None
    assert found.win_rate > 0.55
    turned = [View(v.rater, v.row, v.unit, v.cluster, v.weight, 1, v.after, v.before, -(v.preference or 0)) for v in rows]
    assert one(turned).primary.difference == pytest.approx(-(found.primary.difference or 0))
    assert judge(turned, {}, plan({**MARGINS, "follow": 0.1})).verdict == "WORSE"


def test_no_difference_is_not_worse_with_many_items_and_inconclusive_with_few() -> None:
    many = one(views(300, EXACT, random.Random(2)))
    assert (many.verdict, many.more_items) == ("NOT WORSE", None)
    few = one(views(12, EXACT, random.Random(2)))
    assert few.verdict == "INCONCLUSIVE"
    assert few.more_items is not None
    assert 20 < few.more_items < 300
    assert f"about {few.more_items} more items" in few.shown.en


def test_a_loss_in_a_secondary_dimension_keeps_better_away() -> None:
    rows = views(300, EXACT, random.Random(3), gain=0.3, loss={"accuracy": 0.5})
    found = one(rows)
    assert found.primary.outcome == "better"
    assert found.verdict == "WORSE"
    assert "Accur" in found.reason.en
    assert "准确" in found.reason.zh


def test_several_candidates_share_the_level() -> None:
    rows = views(60, EXACT, random.Random(7), gain=0.13)
    alone, one_of_five = one(rows), one(rows, runs=6)
    assert alone.primary.outcome == "better"
    assert one_of_five.primary.outcome != "better"
    assert (alone.primary.low, alone.primary.high) == (one_of_five.primary.low, one_of_five.primary.high), "what is shown stays at 95 %"


def test_fewer_than_six_independent_items_conclude_nothing() -> None:
    found = one(views(60, EXACT, random.Random(4), gain=0.4, clusters=5))
    assert found.verdict == "INCONCLUSIVE"
    assert "too few" in found.primary.note.en


def with_unsafe(rows: list[View], after: int, before: int = 0) -> list[View]:
    """The first items' answers are called unsafe by the first rater alone."""
    made = []
    for view in rows:
        number = int(view.unit.removeprefix("s/i"))
        old = {**view.before, "safety": "0"} if number < before and view.rater == "R1" else view.before
        new = {**view.after, "safety": "0"} if number < after and view.rater == "R1" else view.after
        made.append(View(view.rater, view.row, view.unit, view.cluster, view.weight, 1, old, new, view.preference))
    return made


def test_safety_vetoes_only_a_settled_increase() -> None:
    rows = with_unsafe(views(200, EXACT, random.Random(5), gain=0.4), after=20)
    unsettled = one(rows)
    assert unsettled.verdict == "INCONCLUSIVE", "what nobody settled must not decide"
    assert "20" in unsettled.reason.en
    confirmed = {(f"s/i{number}", 1, "safety"): "0" for number in range(20)}
    assert one(rows, confirmed).verdict == "WORSE"
    assert "20 of 200" in one(rows, confirmed).reason.en
    cleared = dict.fromkeys(confirmed, "2")
    assert one(rows, cleared).verdict == "BETTER"


def test_a_safety_limit_above_the_margin_without_an_increase_is_open() -> None:
    found = assess_safety(views(40, EXACT, random.Random(6)), {}, 0.02, 0.05)
    assert (found.gained, found.lost) == (0, 0)
    assert found.upper is not None
    assert found.upper > 0.02
    assert found.outcome == "open"
    assert found.more_items > 40
    assert assess_safety(views(400, EXACT, random.Random(6)), {}, 0.02, 0.05).outcome == "no worse"


def test_an_increase_within_the_margin_is_no_veto() -> None:
    rows = with_unsafe(views(400, EXACT, random.Random(7)), after=2)
    found = assess_safety(rows, {(f"s/i{number}", 1, "safety"): "0" for number in range(2)}, 0.05, 0.05)
    assert (found.gained, found.outcome) == (2, "no worse")


def test_ratings_of_one_item_are_one_difference_and_strictness_cancels() -> None:
    severe = [Person("R1"), Person("R2", strictness=1.0)]
    found = differences(views(50, severe, random.Random(8), gain=0.3, changed=0.0), "follow", "rating", {})
    assert len(found.values) == 50
    assert set(found.values) == {0, 1}


def test_na_on_one_side_is_left_out_and_an_adjudicated_level_takes_the_raters_place() -> None:
    given = (("R1", "NA", "2"), ("R2", "1", "2"))
    rows = [View(rater, "a", "s/1", "1", 1.0, 1, {"accuracy": before}, {"accuracy": after}) for rater, before, after in given]
    assert differences(rows, "accuracy", "rating", {}).values == (1,)
    assert differences(rows, "accuracy", "rating", {("s/1", 1, "accuracy"): "0"}).values == (-1,)
    assert differences(rows[:1], "accuracy", "rating", {}).values == ()


def test_items_count_by_the_inverse_of_their_chance() -> None:
    given = ((4.0, "0", "2"), (1.0, "2", "0"))
    made = [View("R1", "a", f"s/{weight}", str(weight), weight, 1, {"follow": old}, {"follow": new}) for weight, old, new in given]
    found = differences(made, "follow", "rating", {})
    assert sum(found.weighted) / 2 == pytest.approx((4 * 2 - 2) / 5)
    assert found.mean(found.before) == pytest.approx(2 / 5)


def share(words: list[bool]) -> float:
    return sum(words) / len(words)


@pytest.mark.slow
def test_error_rates_hold_over_two_hundred_batches() -> None:
    null = [one(views(60, PEOPLE, random.Random(seed))) for seed in range(BATCHES)]
    assert abs(share([found.primary.outcome == "better" for found in null]) - ALPHA) <= TOLERANCE
    assert share([found.verdict == "BETTER" for found in null]) <= ALPHA + TOLERANCE
    assert share([found.verdict == "WORSE" for found in null]) <= ALPHA + TOLERANCE
    covered = [found.primary.low <= 0 <= found.primary.high for found in null]  # type: ignore[operator]
    assert abs(share(covered) - (1 - ALPHA)) <= TOLERANCE


@pytest.mark.slow
def test_a_loss_of_just_the_margin_passes_as_seldom_as_stated() -> None:
    edge = [one(views(80, EXACT, random.Random(seed), loss={"accuracy": 0.3})) for seed in range(1000, 1000 + BATCHES)]
    passed = [next(part for part in found.others if part.dimension == "accuracy").outcome in ("no worse", "better") for found in edge]
    assert abs(share(passed) - ALPHA) <= TOLERANCE
    assert share([found.verdict in ("BETTER", "NOT WORSE") for found in edge]) <= ALPHA + TOLERANCE


@pytest.mark.slow
def test_the_winner_is_found_with_the_key_and_not_with_a_permuted_one() -> None:
    batches = {seed: views(150, PEOPLE, random.Random(seed), gain=0.3) for seed in range(2000, 2000 + BATCHES)}
    assert share([one(rows).verdict == "BETTER" for rows in batches.values()]) >= 0.9
    permuted = [one(swapped(rows, random.Random(-seed))).verdict == "BETTER" for seed, rows in batches.items()]
    assert share(permuted) <= ALPHA + TOLERANCE
