"""Statistics of pairs shown in both orders, and the published ones of LLMBar from its stored verdicts."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.kappa import cohen_kappa
from harness.stats.result import Status
from harness.stats.swaps import Verdict, gold_agreement, swap_statistics

SIDES: dict[str, Verdict] = {"1": "a", "2": "b"}
VERDICTS = st.lists(st.tuples(*[st.sampled_from(["a", "b", "tie"])] * 3), min_size=1, max_size=40)
OTHER = {"a": "b", "b": "a", "tie": "tie"}


def test_each_pair_is_in_one_class() -> None:
    swaps = swap_statistics(["a", "b", "tie", "a", "b", "a", "tie"], ["a", "b", "tie", "b", "a", "tie", "b"])
    assert (swaps.n, swaps.a, swaps.b, swaps.tie, swaps.first, swaps.second) == (7, 1, 1, 1, 1, 1)
    assert swaps.consistency == pytest.approx(3 / 7)


def test_a_judge_that_always_takes_the_first_is_never_consistent_and_found_out() -> None:
    swaps = swap_statistics(["a"] * 10, ["b"] * 10)
    assert (swaps.consistency, swaps.first, swaps.second, swaps.kappa.estimate) == (0.0, 10, 0, 0.0)
    assert swaps.position_pvalue == pytest.approx(2 / 2**10)


def test_without_a_pair_that_went_with_the_place_nothing_is_found() -> None:
    assert swap_statistics(["a", "tie"], ["a", "tie"]).position_pvalue == 1.0


@pytest.mark.slow
@given(VERDICTS)
@settings(deadline=None)
def test_calling_the_sides_the_other_way_round_changes_nothing_but_the_names(rows: list[tuple[Verdict, Verdict, Verdict]]) -> None:
    one, other, gold = (list(column) for column in zip(*rows, strict=True))
    flipped = [[OTHER[verdict] for verdict in column] for column in (one, other, gold)]
    # The roles change too: with b called a, the order in which b stands first is the given one.
    mine, theirs = swap_statistics(one, other), swap_statistics(flipped[1], flipped[0])  # type: ignore[arg-type]
    assert (mine.a, mine.b, mine.tie, mine.first, mine.second) == (theirs.b, theirs.a, theirs.tie, theirs.first, theirs.second)
    assert mine.consistent + mine.first + mine.second <= mine.n
    ours, swapped = gold_agreement(one, other, gold), gold_agreement(flipped[1], flipped[0], flipped[2])  # type: ignore[arg-type]
    assert (ours.as_given, ours.swapped, ours.both) == (swapped.swapped, swapped.as_given, swapped.both)
    assert ours.both <= min(ours.as_given, ours.swapped)


def test_a_kappa_that_chance_alone_would_give_is_undefined() -> None:
    assert swap_statistics(["a", "a"], ["a", "a"]).kappa.status == Status.NO_VARIATION
    assert swap_statistics(["a", "a"], ["b", "b"]).kappa.estimate == 0.0
    assert swap_statistics(["a", "a", "b", "b"], ["a", "a", "b", "a"]).kappa.estimate == 0.5


@pytest.mark.parametrize("columns", [([], []), (["a"], ["a", "b"])])
def test_columns_that_do_not_fit_are_refused(columns: tuple[list[Verdict], list[Verdict]]) -> None:
    with pytest.raises(ValueError, match="must be equally long and not empty"):
        swap_statistics(*columns)
    with pytest.raises(ValueError, match=r"gold \(1\) and as_given \(2\)"):
        gold_agreement(["a", "b"], ["a", "b"], ["a"])


@pytest.mark.skipif("HARNESS_DATA" not in os.environ, reason="HARNESS_DATA is not set: no stored verdicts to agree with")
def test_llmbars_published_statistics_come_out_of_its_stored_verdicts() -> None:
    """GPT-4 with both orders on the 100 natural pairs; the last round of each pair counts.

    The published kappas with gold (0.264, 0.263) are not those of the verdicts (0.878, 0.897): the authors' script keeps only the
    labels "0" and "1" of a winner, so that "2" becomes 0 on one side while gold's stays 2. With that reading they come out to
    the last digit; the kappa between the orders does not suffer from it.
    """
    folder = Path(os.environ["HARNESS_DATA"]) / "llmbar" / "Natural"
    rows: list[dict[str, Any]] = json.loads((folder / "GPT-4_Swap_result.json").read_text(encoding="utf-8"))
    published = json.loads((folder / "GPT-4_Swap_statistics.json").read_text(encoding="utf-8"))
    one, other = ([SIDES[row["results"][-1][f"swap = {order}"]["winner"]] for row in rows] for order in (False, True))
    gold = [SIDES[str(row["label"])] for row in rows]
    swaps, agreement = swap_statistics(one, other), gold_agreement(one, other, gold)
    for name, share in (("correct_False", agreement.as_given), ("correct_True", agreement.swapped), ("correct_average", agreement.average),
                        ("correct_both", agreement.both), ("equal", swaps.consistency)):  # fmt: skip
        assert published[name].rpartition("= ")[2] == f"{share:.1%}", name
    assert swaps.kappa.estimate == pytest.approx(published["kappa_agreement"], abs=1e-12)
    assert (agreement.kappa_as_given.estimate, agreement.kappa_swapped.estimate) == pytest.approx((0.8777, 0.8970), abs=1e-4)
    for name, verdicts in (("kappa_False", one), ("kappa_True", other)):
        as_scripted = ["a" if verdict == "a" else "zero" for verdict in verdicts]
        assert cohen_kappa([as_scripted, gold], levels=["a", "b", "zero"]).estimate == pytest.approx(published[name], abs=1e-12), name
    # Their sum of pairs that went with the place: 97 of 100 did not.
    assert swaps.first + swaps.second == 3
