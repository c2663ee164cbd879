"""The second look at flagged suites: which items are asked how, so that it does not repeat the first.

Where responses are drawn, the same items are answered again with fresh draws on both sides. A greedy response or the likelihood of a
choice would only come again: there the items that the screening left out (its reserve) are asked instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.item import Item
from harness.plan import Choice, SuitePlan

How = Literal["fresh draws", "reserve items", "impossible"]


@dataclass(frozen=True)
class Second:
    """How one suite is looked at again."""

    how: How
    plan: SuitePlan | None
    reason: str


def second_look(part: SuitePlan, choice: Choice) -> Second:
    """How to confirm what the screening of `part` under `choice` flagged."""
    if _is_drawn(part, choice):
        return Second("fresh draws", part, f"all {len(part.items)} items again with fresh draws on both sides")
    kind = "greedy" if not any(item.is_scored for item in part.items) else "not drawn"
    if reserve := reserve_items(part, choice):
        return Second(
            "reserve items", replace(part, items=reserve), f"{len(reserve)} items that the screening left out, as responses are {kind}"
        )
    return Second(
        "impossible", None,
        f"responses of suite '{part.suite.name}' are {kind} and the screening takes all of its items, so that a second look would repeat the "
        "first: give samples above 1, or screen fewer items (size: quick, limit)",
    )  # fmt: skip


def reserve_items(part: SuitePlan, choice: Choice) -> tuple[Item, ...]:
    """Items of the suite, in the language of the run, that the screening did not take."""
    taken = {item.id for item in part.items}
    return tuple(item for item in part.suite.items if item.id not in taken and choice.lang in (None, item.lang))


def _is_drawn(part: SuitePlan, choice: Choice) -> bool:
    """Whether another draw gives other responses to every item."""
    return not any(item.is_scored for item in part.items) and (choice.samples > 1 or part.suite.config.generation.temperature > 0)


def by_choice(looks: Sequence[tuple[str, Second]], choice: Choice, draws: int, fresh: int) -> list[tuple[Choice, tuple[SuitePlan, ...]]]:
    """The runs that looks at several suites need: one with fresh draws and one of reserve items, as far as there are any."""
    plans = {how: tuple(look.plan for _, look in looks if look.how == how and look.plan) for how in ("fresh draws", "reserve items")}
    runs = [(replace(choice, samples=draws, draw=fresh), plans["fresh draws"]), (choice, plans["reserve items"])]
    return [(chosen, parts) for chosen, parts in runs if parts]
