"""Who rates what, on which side, in which order; how many, and which, items."""

from collections import Counter
from itertools import combinations, product
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import UserError
from reports.review.balance import assign_raters, colour_sides, spread_order
from reports.review.catch import catch_rule, degrade
from reports.review.choice import Filters, choose_items, detectable, items_needed, parse_where, shortlist
from reports.review.draws import Draws, Ids
from tests.reports.review.made import item_of, run_of

SALTS = st.binary(min_size=32, max_size=32)


# Raters and sides.


@pytest.mark.parametrize(
    ("raters", "per_item", "items", "loads", "overlaps"),
    [(5, 2, 100, {40}, {10}), (6, 3, 100, {50}, {20}), (4, 3, 50, {37, 38}, {24, 25, 26}), (3, 3, 20, {20}, {20}), (3, 1, 10, {3, 4}, {0})],
)
def test_loads_and_overlaps_are_equal(raters: int, per_item: int, items: int, loads: set[int], overlaps: set[int]) -> None:
    names = [f"R{number}" for number in range(raters)]
    made = assign_raters(items, names, per_item, Draws(bytes(32), "raters"))
    assert all(len(set(chosen)) == per_item for chosen in made)
    assert {sum(name in chosen for chosen in made) for name in names} <= loads
    assert {sum({one, other} <= set(chosen) for chosen in made) for one, other in combinations(names, 2)} <= overlaps


def test_loads_differ_by_one_at_most_however_many_items_there_are() -> None:
    for raters in range(3, 9):
        names = [f"R{number}" for number in range(raters)]
        for per_item, items in product(range(1, raters + 1), (5, 11, 23, 37)):
            made = assign_raters(items, names, per_item, Draws(bytes(32), f"{raters} {per_item} {items}"))
            loads = [sum(name in chosen for chosen in made) for name in names]
            assert max(loads) - min(loads) <= 1, (raters, per_item, items)


@settings(max_examples=60, deadline=None)
@given(salt=SALTS, raters=st.integers(1, 6), items=st.integers(1, 40), strata=st.integers(1, 4), data=st.data())
def test_sides_are_balanced_for_each_rater_and_stratum_and_each_item(
    salt: bytes, raters: int, items: int, strata: int, data: st.DataObject
) -> None:
    names = [f"R{number}" for number in range(raters)]
    per_item = data.draw(st.integers(1, raters))
    of_items = assign_raters(items, names, per_item, Draws(salt, "raters"))
    places = [f"s{number % strata}" for number in range(items)]
    sides = colour_sides(of_items, places, Draws(salt, "sides"))
    for name in names:
        for place in set(places):
            there = [part[name] for part, where in zip(sides, places, strict=True) if where == place and name in part]
            assert abs(2 * sum(there) - len(there)) <= 1
    for part, chosen in zip(sides, of_items, strict=True):
        assert set(part) == set(chosen)
        assert abs(2 * sum(part.values()) - len(part)) <= 1


def test_sides_of_an_item_are_a_fair_coin() -> None:
    """Over many salts, the first answer of one item is on the left of one rater half of the time."""
    lefts = 0
    for number in range(400):
        draws = Draws(number.to_bytes(32, "big"), "sides")
        lefts += colour_sides([("R1", "R2")] * 5, ["s"] * 5, draws)[0]["R1"]
    assert 150 < lefts < 250


@settings(max_examples=40, deadline=None)
@given(salt=SALTS, groups=st.integers(12, 30), each=st.integers(1, 3))
def test_what_belongs_together_stands_apart(salt: bytes, groups: int, each: int) -> None:
    labels = [f"c{number}" for number in range(groups) for _ in range(each)]
    order = spread_order(labels, 10, Draws(salt, "order"))
    assert sorted(order) == list(range(len(labels)))
    places: dict[str, int] = {}
    for place, position in enumerate(order):
        assert place - places.get(labels[position], -10) >= 10
        places[labels[position]] = place


def test_too_many_of_one_kind_are_put_as_far_apart_as_can_be_and_none_is_lost() -> None:
    order = spread_order(["a"] * 4 + ["b"] * 2, 10, Draws(bytes(32), "order"))
    assert sorted(order) == list(range(6))


def test_draws_depend_on_salt_and_purpose_only() -> None:
    salt = bytes(range(32))
    assert Draws(salt, "sides").sample(range(1000), 5) == Draws(salt, "sides").sample(range(1000), 5)
    assert Draws(salt, "sides").sample(range(1000), 5) != Draws(salt, "order").sample(range(1000), 5)
    assert Draws(salt, "sides").sample(range(1000), 5) != Draws(bytes(32), "sides").sample(range(1000), 5)
    with pytest.raises(ValueError, match="32 bytes"):
        Draws(b"short", "sides")


def test_draws_are_uniform() -> None:
    draws = Draws(bytes(32), "uniform")
    counts = Counter(draws.randrange(6) for _ in range(6000))
    assert all(880 < counts[value] < 1120 for value in range(6))
    assert 0.48 < sum(draws.random() for _ in range(4000)) / 4000 < 0.52


def test_ids_are_words_that_no_program_reads_as_anything_else_and_come_from_no_seed() -> None:
    ids, others = Ids(), Ids()
    made = [ids.new() for _ in range(500)]
    assert len(set(made)) == 500
    assert all(len(name) == 10 and set(name) <= set("BCDFGHJKLMNPQRSTVWXZ") for name in made)
    assert not set(made) & {others.new() for _ in range(500)}


# Rows that check.


@pytest.mark.parametrize(("load", "count"), [(1, 0), (9, 3), (24, 8), (100, 8), (250, 20)])
def test_rows_that_check_are_a_twelfth_and_eight_at_least_where_the_batch_allows(load: int, count: int) -> None:
    rule = catch_rule(load, "pairwise", 0, 0.8)
    assert sum(rule.kinds.values()) == count
    assert rule.needed == ceil(0.8 * count)
    assert "same" not in catch_rule(load, "single", 0, 0.8).kinds


def test_a_long_answer_is_made_worse_by_cutting_and_a_short_one_by_another_answer() -> None:
    draws = Draws(bytes(32), "catch")
    long = "A sentence about the cabin and its temperature. " * 8
    worse = degrade(long, ["elsewhere"], draws)
    assert long.startswith(worse)
    assert len(worse) < 0.55 * len(long)
    assert degrade("Four.", ["Four.", "Paris."], draws) == "Paris."
    assert degrade("Four.", ["Four."], draws) != "Four."
    assert degrade("4", ["4"], draws) == "[EMPTY]"


# Items and runs.


def test_core_items_a_tenth_of_the_suite_and_what_is_wanted_are_taken() -> None:
    items = [item_of(f"q{number}", stratum=("a", "b")[number % 4 == 0], core=number < 3) for number in range(400)]
    sampled = choose_items(items, [run_of(), run_of()], Filters(), 0, Draws(bytes(32), "sample"))
    ids = {unit.first.id for unit in sampled.chosen}
    assert {"q0", "q1", "q2"} <= ids
    assert len(ids) >= 40
    more = choose_items(items, [run_of(), run_of()], Filters(), 120, Draws(bytes(32), "sample"))
    assert len(more.chosen) == 120
    strata = Counter(unit.first.stratum for unit in more.chosen)
    assert strata["b"] == pytest.approx(30, abs=3)


def test_inclusion_probabilities_weigh_a_sample_back_to_what_passed() -> None:
    items = [item_of(f"q{number}", stratum=("a", "b")[number < 10]) for number in range(300)]
    sampled = choose_items(items, [run_of(), run_of()], Filters(), 50, Draws(bytes(32), "sample"))
    by_stratum = {name: sum(1 / unit.incl_prob for unit in sampled.chosen if unit.first.stratum == name) for name in ("a", "b")}
    assert by_stratum == pytest.approx({"a": 290, "b": 10})
    assert sampled.population == {"s": {"a": 290, "b": 10}}


def test_a_filter_takes_the_union_over_runs_and_counts_what_each_alone_would_drop() -> None:
    # Run 0 passes items 0–9, run 1 items 5–14: a filter on failures keeps what either failed.
    items = [
        item_of(f"q{number}", scores=[{"strict": float(number < 10)}, {"strict": float(5 <= number < 15)}], core=number == 6)
        for number in range(20)
    ]
    runs = [run_of(), run_of()]
    sampled = choose_items(items, runs, Filters(where=(parse_where("strict<1"),)), 100, Draws(bytes(32), "sample"))
    assert {unit.first.id for unit in sampled.chosen} == {f"q{number}" for number in range(20) if number == 6 or not 5 <= number < 10}
    assert sampled.dropped == {"s": {"not strict<1": 4}}
    assert [run.dropped["s: not strict<1"] for run in runs] == [9, 9]  # The core item is filtered for nobody.


def test_only_different_language_and_stratum_filter_too() -> None:
    items = [item_of(f"q{number}", texts=["x", "x" if number < 30 else "y"], lang="zh" if number % 2 else "en") for number in range(40)]
    sampled = choose_items(items, [run_of(), run_of()], Filters(only_different=True, lang="en"), 100, Draws(bytes(32), "sample"))
    assert {unit.first.id for unit in sampled.chosen} == {"q30", "q32", "q34", "q36", "q38"}
    with pytest.raises(UserError, match="--stratum none"):
        choose_items(items, [run_of(), run_of()], Filters(strata=("none",)), 5, Draws(bytes(32), "sample"))


def test_paraphrase_groups_are_chosen_whole() -> None:
    items = [item_of(f"g{number}", cluster=f"c{number // 4}", grouped=True) for number in range(400)] + [item_of("q")]
    sampled = choose_items(items, [run_of(), run_of()], Filters(), 1, Draws(bytes(32), "sample"))
    groups = [unit for unit in sampled.chosen if unit.is_group]
    assert len(groups) == 11  # A tenth of 101 units.
    assert all(len(unit.items) == 4 and len({item.cluster for item in unit.items}) == 1 for unit in groups)


@pytest.mark.parametrize("text", ["strict", "strict<", "<1", "strict ~ 1", "strict<one"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is no condition"):
        parse_where(text)


def test_an_unknown_metric_is_refused_with_those_there_are() -> None:
    with pytest.raises(UserError, match="no suite has a metric 'other'; there are strict"):
        choose_items(
            [item_of("q", scores=[{"strict": 1.0}] * 2)], [run_of()] * 2, Filters(where=(parse_where("other<1"),)), 1, Draws(bytes(32), "s")
        )


def test_a_shortlist_keeps_the_best_by_their_primary_scores_in_the_order_given() -> None:
    runs = [run_of(label, {("s", "q"): {"score": score}}) for label, score in (("a", 0.5), ("b", 0.9), ("c", 0.1), ("d", 0.7))]
    best, lines = shortlist(runs, ["s"], 2)
    assert [run.label for run in best] == ["b", "d"]
    assert (lines[2].en, lines[2].zh) == ("left out: c, 0.100", "未选：c，0.100")
    with pytest.raises(UserError, match="from 2 to the number of runs"):
        shortlist(runs, ["s"], 5)


@pytest.mark.parametrize("detect", [0.1, 0.25, 0.5])
def test_needed_items_detect_what_they_are_for(detect: float) -> None:
    assert detectable(items_needed(detect)) <= detect < detectable(items_needed(detect) - 1)
