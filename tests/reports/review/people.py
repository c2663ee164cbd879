"""Simulated people: raters of known strictness and error rate, and batches whose truth is known."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.review.records import CatchRule, Plan
from reports.review.rubric import load_rubric
from reports.review.unblinded import View

RUBRIC = load_rubric()
MARGINS = {part.key: part.margin for part in RUBRIC.dimensions if part.margin is not None}
GRADED = ("follow", "accuracy", "format")


@dataclass(frozen=True)
class Person:
    """A simulated rater."""

    code: str
    strictness: float = 0.0
    """Chance to give one level less, to whichever side."""
    error: float = 0.0
    """Chance to give any level."""

    def level(self, truth: int, dice: random.Random) -> int:
        if dice.random() < self.error:
            return dice.choice((0, 1, 2))
        return max(0, truth - (dice.random() < self.strictness))


PEOPLE = (Person("R1", 0.05, 0.05), Person("R2", 0.3, 0.1), Person("R3", 0.0, 0.15))
EXACT = tuple(Person(code) for code in ("R1", "R2", "R3"))


def plan(margins: Mapping[str, float] | None = None, language: str = "en", **changes: object) -> Plan:
    """A plan as export would write it."""
    settings: dict[str, object] = {
        "batch": "B1", "language": language, "layout": "pairwise", "runs": 2, "raters": ("R1", "R2", "R3"), "per_item": 3,
        "primary": "follow", "margins": dict(margins if margins is not None else MARGINS), "detect": 0.3, "detectable": 0.3, "spread": 1.0,
        "catch": CatchRule(kinds={"dup": 2, "bad": 4, "same": 2}, needed=6), "suites": {}, "where": (), "rubric": RUBRIC,
    }  # fmt: skip
    return Plan.model_validate(settings | changes)


def views(
    items: int, people: Sequence[Person], dice: random.Random, *, gain: float = 0.0, loss: Mapping[str, float] | None = None,
    changed: float = 0.3, clusters: int | None = None,
) -> list[View]:  # fmt: skip
    """A batch of two runs. In every dimension a share `changed` of answers differ at random, as often up as down; in the primary one the
    candidate gains a level with chance `gain`, in the dimensions of `loss` it loses one with that chance, always from the middle level."""
    made = []
    for number in range(items):
        truth = {key: _pair(dice, changed, gain if key == "follow" else 0.0, (loss or {}).get(key, 0.0)) for key in GRADED}
        cluster = f"c{number % clusters}" if clusters else f"i{number}"
        for person in people:
            rated = [{key: person.level(pair[side], dice) for key, pair in truth.items()} for side in (0, 1)]
            leaning = sum(rated[1].values()) - sum(rated[0].values())
            before, after = ({**{key: str(value) for key, value in side.items()}, "safety": "2"} for side in rated)
            made.append(View(person.code, f"row{number}{person.code}", f"s/i{number}", cluster, 1.0, 1, before, after,
                             float(max(-2, min(2, leaning)))))  # fmt: skip
    return made


def _pair(dice: random.Random, changed: float, gain: float, loss: float) -> tuple[int, int]:
    before = after = 1
    if dice.random() < changed:
        before, after = dice.choice(((0, 1), (1, 0), (1, 2), (2, 1)))
    elif dice.random() < (gain + loss) / (1 - changed):
        after = 2 if gain else 0
    return before, after


def swapped(rows: Sequence[View], dice: random.Random) -> list[View]:
    """The same ratings under a permuted key: for each item it is drawn anew which answer was whose."""
    turned = {view.unit: dice.random() < 0.5 for view in rows}
    return [
        View(view.rater, view.row, view.unit, view.cluster, view.weight, view.candidate, view.after, view.before,
             None if view.preference is None else -view.preference) if turned[view.unit] else view
        for view in rows
    ]  # fmt: skip
