"""Do the samples of an item agree with each other? Their agreement is the share of samples in the largest group of equivalent answers.

Two answers are equivalent if both withhold the answer; otherwise if they hold the same quantities, whatever the units and words around
them ("28 min", "about twenty-eight minutes"); otherwise, without a number in either, if they are the same after normalising or one is part
of the other, both with a denial or neither ("Padlock." and "It is a small padlock."). A model that makes things up tends to make up
something else each time, so a low figure is a warning; a high one is no proof, since the same mistake can be made every time.
"""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any

from harness.scorers.mentions import DENIAL_RE
from harness.scorers.quantities import quantities
from harness.scorers.text import comparable, contains_phrase, normalise
from harness.scorers.withheld import abstains

_Figures = frozenset[tuple[str, float]] | None
_Answer = tuple[_Figures, str]


def agreement(answers: Sequence[str]) -> float:
    """Share of `answers` in the largest group of equivalent ones: 1/n to 1. The group is formed around one of its answers.

    >>> agreement(["28 minutes.", "It takes 28 min.", "Half an hour."])
    0.6666666666666666
    """
    if not answers:
        raise ValueError("answers: at least one is needed")
    keys: list[_Answer] = [(_figures(answer), answer) for answer in answers]
    return max(sum(_equivalent(one, other) for other in keys) for one in keys) / len(answers)


def equivalent(one: str, other: str) -> bool:
    """Whether two answers say the same by the rule of this module."""
    return _equivalent((_figures(one), one), (_figures(other), other))


def consistency(responses: Iterable[dict[str, Any]]) -> float | None:
    """Mean agreement over items, from rows of responses.jsonl; None if no item has two samples.

    Items of which a sample has an error, and items that are not answered freely, are left out.
    """
    texts: dict[str, list[str]] = {}
    broken = set()
    for row in responses:
        if row["error"] is not None or row["response"] is None:
            broken.add(row["item"])
        else:
            texts.setdefault(row["item"], []).append(row["response"])
    found = [agreement(answers) for item, answers in texts.items() if item not in broken and len(answers) > 1]
    return fmean(found) if found else None


def _figures(answer: str) -> _Figures:
    """All quantities in base units, or None if the answer is withheld."""
    if abstains(answer):
        return None
    figures = set()
    for line in answer.splitlines():
        for quantity in quantities(comparable(line)):
            unit = quantity.units[0] if quantity.units else None
            for end in (quantity.low, quantity.high):
                value = end if unit is None else end * unit.factor + unit.offset
                figures.add(("" if unit is None else unit.dimension, round(value, 6)))
    return frozenset(figures)


def _equivalent(one: _Answer, other: _Answer) -> bool:
    if one[0] != other[0]:
        return False
    if one[0] is None or one[0]:
        return True
    first, second = normalise(one[1]), normalise(other[1])
    if first == second or not first or not second:
        return first == second
    if (DENIAL_RE.search(comparable(one[1])) is None) != (DENIAL_RE.search(comparable(other[1])) is None):
        return False
    return contains_phrase(first, second) or contains_phrase(second, first)
