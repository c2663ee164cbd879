"""Which items stand on the page: the most telling first, as many as a page that opens at once can hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

ONE_PAGE = 5_000
"""Most items that are all put on the report's own page, as far as they fit; more are split over pages of their own."""
CHANGED = 2
"""Outcomes before this place are those of items that changed."""
BUDGET = 4_000_000
"""Bytes of items on one page."""


@dataclass(frozen=True)
class Card:
    """One item as HTML."""

    order: int
    """Place of its outcome among all outcomes: what is cut first is what did not change."""
    html: Markup
    size: int
    """In bytes."""


@dataclass(frozen=True)
class Placed:
    """Where the items of a suite are."""

    cards: list[Card]
    """On the report's own page."""
    pages: list[str]
    """Files that hold all of them; none if they have no pages of their own."""


def fitting(groups: Sequence[Sequence[Card]], budget: int) -> list[list[Card]]:
    """Of each group (a suite) the cards that fit together: by outcome first, and suites take turns, so that none takes all the room."""
    taken: list[list[Card]] = [[] for _ in groups]
    left = budget
    for _, at, card in sorted(_turns(groups), key=lambda turn: (turn[2].order, turn[0], turn[1])):
        if card.size <= left:
            taken[at].append(card)
            left -= card.size
    return taken


def _turns(groups: Sequence[Sequence[Card]]) -> Iterable[tuple[int, int, Card]]:
    return ((turn, at, card) for at, group in enumerate(groups) for turn, card in enumerate(group))


def chunks(cards: Iterable[Card], budget: int) -> list[list[Card]]:
    """The cards in order, in parts of at most `budget` bytes, or of one card that is larger."""
    parts: list[list[Card]] = []
    size = budget
    for card in cards:
        if size + card.size > budget:
            parts.append([])
            size = 0
        parts[-1].append(card)
        size += card.size
    return parts
