"""Who rates what, on which side each answer stands, in which order: designs that treat all alike, drawn at random.

- Raters: every set of r raters in turn, in shuffled cycles. Loads and the number of items that two raters share are equal where that can
  be; within an unfinished cycle the sets that even them out come first.
- Sides: of each rater and stratum, as many items have the first answer on the left as on the right, and so have the raters of each item,
  both to within one. That is a two-colouring of the edges between raters and items, equal at every node; along a closed walk over all
  edges, colours that alternate are one.
- Order: shuffled, but what belongs together (the wordings of a question, an item and its repetition) stands apart.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from itertools import combinations
from math import comb
from typing import TypeVar

from reports.review.draws import Draws

_MOST_SETS = 300
"""Sets of raters looked at in one cycle; where there are more, as many random ones."""
_Node = tuple[str, Hashable]
_T = TypeVar("_T")


def assign_raters(count: int, raters: Sequence[str], per_item: int, draws: Draws) -> list[tuple[str, ...]]:
    """Of each of `count` items its raters.

    >>> made = assign_raters(100, ["R1", "R2", "R3", "R4", "R5"], 2, Draws(bytes(32), "raters"))
    >>> {sum(rater in raters for raters in made) for rater in ("R1", "R2", "R3", "R4", "R5")}
    {40}
    """
    loads: Counter[str] = Counter()
    shared: Counter[frozenset[str]] = Counter()
    cycle: list[tuple[str, ...]] = []
    made = []
    for _ in range(count):
        cycle = cycle or _cycle(raters, per_item, draws)
        best = min(
            range(len(cycle)),
            key=lambda at: (
                sum(loads[rater] for rater in cycle[at]),
                sum(shared[frozenset(pair)] for pair in combinations(cycle[at], 2)),
            ),
        )
        chosen = cycle.pop(best)
        loads.update(chosen)
        shared.update(frozenset(pair) for pair in combinations(chosen, 2))
        made.append(chosen)
    return draws.shuffled(made)


def _cycle(raters: Sequence[str], per_item: int, draws: Draws) -> list[tuple[str, ...]]:
    if comb(len(raters), per_item) <= _MOST_SETS:
        return draws.shuffled([*combinations(raters, per_item)])
    return [tuple(sorted(draws.sample(raters, per_item))) for _ in range(_MOST_SETS)]


def colour_sides(raters_of: Sequence[tuple[str, ...]], strata: Sequence[str], draws: Draws) -> list[dict[str, int]]:
    """Of each item and rater the side, 0 or 1, of the item's first answer.

    Among the items of each (rater, stratum), and among the raters of each item, zeros and ones differ by one at most.
    """
    sides: list[dict[str, int]] = [{} for _ in raters_of]
    edges = [(("item", item), ("rater", (rater, strata[item]))) for item, raters in enumerate(raters_of) for rater in raters]
    for (item_node, rater_node), colour in zip(edges, _two_colours(edges, draws), strict=True):
        sides[item_node[1]][rater_node[1][0]] = colour
    return sides


def _two_colours(edges: Sequence[tuple[_Node, _Node]], draws: Draws) -> list[int]:
    """Colour edges of a bipartite graph so that at each node the colours differ by one at most."""
    degree: Counter[_Node] = Counter(node for edge in edges for node in edge)
    # Odd nodes are joined to a helper on the other side, and the helpers to each other: then every walk can be closed.
    helpers: tuple[_Node, _Node] = (("helper", "right"), ("helper", "left"))
    odd = [sorted({edge[side] for edge in edges if degree[edge[side]] % 2}, key=repr) for side in (0, 1)]
    extra = [(node, helpers[0]) for node in odd[0]] + [(helpers[1], node) for node in odd[1]]
    if len(odd[0]) % 2:
        extra.append((helpers[1], helpers[0]))
    every = [*edges, *extra]
    at: dict[_Node, list[int]] = defaultdict(list)
    for number, edge in enumerate(every):
        for node in edge:
            at[node].append(number)
    for around in at.values():
        draws.shuffle(around)
    colours = [-1] * len(every)
    for start in list(at):
        walk = _closed_walk(start, at, every, colours)
        first = draws.getrandbits(1)  # Either colouring of a walk is as likely as its opposite.
        for step, number in enumerate(walk):
            colours[number] = (first + step) % 2
    return colours[: len(edges)]


def _closed_walk(start: _Node, at: dict[_Node, list[int]], every: Sequence[tuple[_Node, _Node]], colours: list[int]) -> list[int]:
    """Edges of a closed walk over all that can be reached from `start` and was not walked yet (Hierholzer). Its length is even."""
    walk: list[int] = []
    stack: list[tuple[_Node, int | None]] = [(start, None)]
    while stack:
        node, came_by = stack[-1]
        around = at[node]
        while around and colours[around[-1]] != -1:
            around.pop()
        if around:
            number = around.pop()
            colours[number] = -2  # Walked; the colour follows when the walk is known.
            left, right = every[number]
            stack.append((right if node == left else left, number))
        else:
            stack.pop()
            if came_by is not None:
                walk.append(came_by)
    return walk


def spread_order(labels: Sequence[_T], gap: int, draws: Draws) -> list[int]:
    """A random order of positions in which equal labels are at least `gap` apart, or as far as can be where they are too many.

    >>> order = spread_order(["a", "a", "b", "c", "d"], 3, Draws(bytes(32), "order"))
    >>> places = [order.index(0), order.index(1)]
    >>> abs(places[0] - places[1]) >= 3
    True
    """
    order = _spread(labels, gap, draws, rounds=False)
    return order if _apart(labels, order, gap) else _spread(labels, gap, draws, rounds=True)


def _spread(labels: Sequence[_T], gap: int, draws: Draws, rounds: bool) -> list[int]:
    """Take labels at random from those that may come; `rounds`: first those with the most left, which leaves no two alike for the end."""
    waiting: dict[_T, list[int]] = defaultdict(list)
    for position in draws.shuffled(range(len(labels))):
        waiting[labels[position]].append(position)
    pool = draws.shuffled(labels)
    last: dict[_T, int] = {}
    order: list[int] = []
    several = [label for label, positions in waiting.items() if len(positions) > 1]
    for place in range(len(labels)):
        left = len(labels) - place - 1
        urgent = [label for label in several if waiting[label] and (rounds or (len(waiting[label]) - 1) * gap >= max(left, 1))]
        ready = [label for label in urgent if place - last.get(label, -gap) >= gap]
        if ready:
            index = pool.index(max(ready, key=lambda label: (len(waiting[label]), -last.get(label, -gap))))
        else:
            apart = (index for index, label in enumerate(pool) if place - last.get(label, -gap) >= gap)
            found = next(apart, None)
            index = min(range(len(pool)), key=lambda index: last.get(pool[index], -gap)) if found is None else found
        label = pool.pop(index)
        order.append(waiting[label].pop())
        last[label] = place
    return order


def _apart(labels: Sequence[_T], order: Sequence[int], gap: int) -> bool:
    last: dict[_T, int] = {}
    for place, position in enumerate(order):
        if place - last.get(labels[position], -gap) < gap:
            return False
        last[labels[position]] = place
    return True
