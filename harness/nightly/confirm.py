"""The second look at flagged suites, the same night: which items are asked how, so that it does not repeat the first.

Where responses are drawn, the same items are answered again with fresh draws on both sides. A greedy response or the likelihood of a
choice would only come again: there the items that the screening left out (its reserve) are asked instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.compare import compare_runs
from harness.errors import RunError
from harness.gate import Judged, judge_suites
from harness.item import Item
from harness.nightly.records import Against, Confirmation, Night, Row
from harness.nightly.sides import Member, Workshop
from harness.plan import Choice, SuitePlan

How = Literal["fresh draws", "reserve items", "impossible"]
_FRESH = 1000
"""Draws that are used once are counted from here; those below are screenings'."""
_FLIPS = 10


def fresh_draw(night: Night, use: Literal["confirm", "repeat"]) -> int:
    """A draw that no other night and no other use has."""
    return _FRESH + 2 * night.number + (use == "repeat")


@dataclass(frozen=True)
class Second:
    """How one suite is looked at again."""

    how: How
    plan: SuitePlan | None
    reason: str


def second_look(part: SuitePlan, choice: Choice) -> Second:
    """How to confirm what the screening of `part` under `choice` flagged."""
    if is_drawn(part, choice):
        return Second("fresh draws", part, f"the same {len(part.items)} items, with fresh draws on both sides")
    kind = "likelihoods" if any(item.is_scored for item in part.items) else "greedy"
    if reserve := reserve_items(part, choice):
        reason = f"{len(reserve)} items that the screening left out, since its responses ({kind}) would only come again"
        return Second("reserve items", replace(part, items=reserve), reason)
    return Second(
        "impossible", None,
        f"the screening takes all items of suite '{part.suite.name}', whose responses ({kind}) would only come again; screen fewer "
        "items (size: quick, limit)" + ("" if kind == "likelihoods" else ", or take samples above 1"),
    )  # fmt: skip


def is_drawn(part: SuitePlan, choice: Choice) -> bool:
    """Whether another draw gives another response to every item."""
    return not any(item.is_scored for item in part.items) and (choice.samples > 1 or part.suite.config.generation.temperature > 0)


def reserve_items(part: SuitePlan, choice: Choice) -> tuple[Item, ...]:
    """Items of the suite, in the language of the run, that the screening did not take."""
    taken = {item.id for item in part.items}
    return tuple(item for item in part.suite.items if item.id not in taken and choice.lang in (None, item.lang))


def confirm(workshop: Workshop, night: Night, member: Member, base: Member, against: Against) -> Against:
    """Look again at the flagged rows of one model against one baseline."""
    flagged = {row.suite for row in against.rows if row.flagged}
    parts = [part for part in workshop.parts if part.suite.name in flagged]
    looks = {part.suite.name: second_look(part, workshop.choice) for part in parts}
    if base.model is None or member.model is None:
        gone = "the baseline's weights were overwritten or removed, so that it cannot be asked again"
        looks = {name: Second("impossible", None, gone) for name in looks}
    found = {name: Confirmation(how="impossible", reason=look.reason) for name, look in looks.items() if look.how == "impossible"}
    broken: dict[str, str] = {}
    for choice, plans in _runs(list(looks.values()), workshop.choice, workshop.settings.config.confirm.draws, fresh_draw(night, "confirm")):
        names = [plan.suite.name for plan in plans]
        try:
            judged, runs = _ask(workshop, member, base, plans, choice)
        except RunError as error:
            broken |= dict.fromkeys(names, str(error))
            continue
        for part in judged:
            if part.verdict in ("ERROR", "NOT COMPARABLE"):
                broken[part.suite] = part.reason
            else:
                found[part.suite] = _confirmation(looks[part.suite], part, runs, choice, night.confirm_level)
    return against.model_copy(update={"rows": tuple(_looked_at(row, found, broken) for row in against.rows)})


def _runs(looks: Sequence[Second], choice: Choice, draws: int, fresh: int) -> list[tuple[Choice, tuple[SuitePlan, ...]]]:
    """The runs that the looks need: one with fresh draws and one of reserve items, as far as there are any."""
    plans = {how: tuple(look.plan for look in looks if look.how == how and look.plan) for how in ("fresh draws", "reserve items")}
    runs = [(replace(choice, samples=draws, draw=fresh), plans["fresh draws"]), (choice, plans["reserve items"])]
    return [(chosen, parts) for chosen, parts in runs if parts]


def _ask(
    workshop: Workshop, member: Member, base: Member, plans: tuple[SuitePlan, ...], choice: Choice
) -> tuple[tuple[Judged, ...], tuple[str, str]]:
    """Evaluate both sides, and judge; raises RunError if a run cannot be finished."""
    assert base.model is not None
    assert member.model is not None
    old = workshop.evaluate(base.model, base.side.name, plans, choice)
    new = workshop.evaluate(member.model, member.side.name, plans, choice)
    gate = workshop.settings.gate
    return judge_suites(gate, compare_runs(old, new, declared=gate.declared)), (old.name, new.name)


def _confirmation(look: Second, part: Judged, runs: tuple[str, str], choice: Choice, level: float) -> Confirmation:
    """Confirmed: worse at the corrected level, and a loss beyond the margin is not ruled out."""
    found = part.found
    worse = found.pvalue_worse is not None and found.pvalue_worse <= level
    small = part.margin is not None and found.lower is not None and found.lower > -part.margin
    if worse and not small:
        reason = f"confirmed at {level:.2g} on {look.reason}"
    elif worse:
        reason = f"the loss is real, but within the margin, on {look.reason}"
    else:
        reason = f"not confirmed at {level:.2g} on {look.reason}"
    return Confirmation(
        how=look.how, reason=reason, confirmed=worse and not small, n=found.n, draws=choice.samples, difference=found.difference,
        low=found.low, high=found.high, pvalue=found.pvalue_worse, lost=found.lost[:_FLIPS], runs=runs,
    )  # fmt: skip


def _looked_at(row: Row, found: dict[str, Confirmation], broken: dict[str, str]) -> Row:
    """The row with its second look; one that failed is an error, for what was flagged was not cleared."""
    if row.suite in broken:
        return row.model_copy(update={"verdict": "ERROR", "reason": f"flagged, and the second look failed: {broken[row.suite]}"})
    return row.model_copy(update={"confirmation": found.get(row.suite)}) if row.flagged else row
