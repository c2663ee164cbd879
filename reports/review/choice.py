"""Which runs and which items people are asked about.

Runs: of many, those with the best mean of the suites' primary scores. Items: core items always; of the others those that pass the filters,
a random sample of each stratum, in all never fewer than a tenth of the suite, and enough to find the difference that is wanted. A filter
looks at all runs alike: an item stays if its condition holds for any of them, so that no run decides alone what is seen of the others.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from operator import eq, ge, gt, le, lt, ne
from statistics import fmean

from scipy.stats import norm

from harness.errors import UserError
from reports.review.draws import Draws
from reports.review.reviewable import Reviewable, Run
from reports.review.rubric import Text

SHARE = 0.10
"""Least share of the items of a suite that is reviewed."""
PER_STRATUM = 2
"""Least number of items of a stratum, where it has them."""
SPREAD = 0.8
"""Standard deviation, in levels, that is assumed of an item's difference in the primary dimension, averaged over raters."""
_WHERE_RE = re.compile(r"\s*([A-Za-z_][\w.:-]*?)\s*(<=|>=|==|!=|<|>)\s*([-+]?\d*\.?\d+)\s*")
_OPERATORS: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq, "!=": ne}


Unit = tuple[Reviewable, ...]
"""One item, or all items of a paraphrase group."""


@dataclass(frozen=True)
class Where:
    """A condition on an automatic metric."""

    metric: str
    operator: str
    value: float

    def holds(self, scores: dict[str, float]) -> bool:
        """Whether these scores, by metric, meet the condition; False if the metric is missing."""
        return self.metric in scores and _OPERATORS[self.operator](scores[self.metric], self.value)


def parse_where(text: str) -> Where:
    """Read a condition; raises UserError.

    >>> parse_where("prompt_strict<1")
    Where(metric='prompt_strict', operator='<', value=1.0)
    """
    if (found := _WHERE_RE.fullmatch(text)) is None:
        raise UserError(f"--where '{text}' is no condition on a metric; write it like 'prompt_strict<1'.")
    return Where(found[1], found[2], float(found[3]))


@dataclass(frozen=True)
class Filters:
    """What takes items out before the sample is drawn; core items are never taken out by them, but for language and stratum."""

    where: tuple[Where, ...] = ()
    only_different: bool = False
    strata: tuple[str, ...] = ()
    lang: str | None = None


@dataclass(frozen=True, eq=False)
class Chosen:
    """An item, or a group of items, that people are asked about."""

    items: Unit
    incl_prob: float

    @property
    def first(self) -> Reviewable:
        """The item that stands for the group where one must."""
        return self.items[0]

    @property
    def is_group(self) -> bool:
        """Whether these are several items, to be judged together."""
        return len(self.items) > 1

    @property
    def place(self) -> str:
        """The part of the sample that it is drawn for; groups have parts of their own."""
        return _place(self.items)


@dataclass(frozen=True)
class Sampled:
    """The items that were chosen, and what was left out."""

    chosen: tuple[Chosen, ...]
    dropped: dict[str, dict[str, int]]
    """By suite and reason: items (of groups: groups) that filters took out."""
    population: dict[str, dict[str, int]]
    """By suite and stratum: items or groups that passed."""


def shortlist(runs: Sequence[Run], suites: Sequence[str], count: int) -> tuple[list[Run], list[Text]]:
    """The `count` runs with the best mean over suites of the primary score, in the order given, and a line about each run."""
    if not 2 <= count <= len(runs):
        raise UserError(f"--shortlist {count}: give a number from 2 to the number of runs ({len(runs)}).")
    means = []
    for run in runs:
        by_suite = [[part["score"] for key, part in run.scores.items() if key[0] == name and "score" in part] for name in suites]
        means.append(fmean([fmean(values) for values in by_suite if values] or [0.0]))
    best = sorted(sorted(range(len(runs)), key=lambda number: -means[number])[:count])
    kept, out = Text(en="kept", zh="保留"), Text(en="left out", zh="未选")
    lines = [
        Text(en=f"{word.en}: {run.label}, {means[number]:.3f}", zh=f"{word.zh}：{run.label}，{means[number]:.3f}")
        for number, run in enumerate(runs)
        for word in [kept if number in best else out]
    ]
    return [runs[number] for number in best], lines


def items_needed(detect: float, spread: float = SPREAD, alpha: float = 0.05, power: float = 0.8) -> int:
    """Items with which a two-sided test finds a true difference of `detect` levels.

    >>> items_needed(0.25)
    81
    """
    return ceil((norm.ppf(1 - alpha / 2) + norm.ppf(power)) ** 2 * spread**2 / detect**2)


def detectable(items: int, spread: float = SPREAD, alpha: float = 0.05, power: float = 0.8) -> float:
    """The difference, in levels, that a two-sided test finds with so many items.

    >>> round(detectable(81), 2)
    0.25
    """
    return float((norm.ppf(1 - alpha / 2) + norm.ppf(power)) * spread / sqrt(items))


def choose_items(items: Sequence[Reviewable], runs: Sequence[Run], filters: Filters, wanted: int, draws: Draws) -> Sampled:
    """Filter and sample. `wanted`: items in all, groups not counted; a tenth of each suite and `PER_STRATUM` a stratum are taken anyway.

    Raises UserError if a filter names what no suite has, or nothing is left.
    """
    _check_filters(items, filters)
    everything = _units(items)
    sizes = Counter(unit[0].suite for unit in everything)
    units = [
        unit for unit in everything if filters.lang in (None, unit[0].lang) and (not filters.strata or unit[0].stratum in filters.strata)
    ]
    kept: dict[str, list[Unit]] = {}
    core: list[Unit] = []
    dropped: dict[str, Counter[str]] = {}
    for unit in units:
        if any(item.core for item in unit):
            core.append(unit)
        elif (reason := _reason(unit, runs, filters)) is not None:
            dropped.setdefault(unit[0].suite, Counter())[reason] += 1
        else:
            kept.setdefault(_place(unit), []).append(unit)
    share = _shares(kept, core, sizes, wanted)
    chosen = [Chosen(unit, 1.0) for unit in core]
    for place, there in kept.items():
        chosen += [Chosen(unit, share[place] / len(there)) for unit in draws.sample(there, share[place])]
    if all(part.is_group for part in chosen):
        raise UserError("No item is left to be rated one by one; filter less (--where, --only-different, --stratum), or name other suites.")
    population: dict[str, dict[str, int]] = {name: {} for name in sizes}
    for place, there in kept.items():
        name, stratum = place.split("/", 1)
        population[name][stratum] = len(there)
    return Sampled(tuple(chosen), {name: dict(counts) for name, counts in dropped.items()}, population)


def _shares(kept: dict[str, list[Unit]], core: Sequence[Unit], sizes: Counter[str], wanted: int) -> dict[str, int]:
    """How many of each place are drawn: what must be, then what is wanted beyond that, in proportion to what is left."""
    taken = Counter(unit[0].suite for unit in core)
    share = {place: _least(there, kept, sizes, taken) for place, there in kept.items()}
    free = {place: len(there) - share[place] for place, there in kept.items() if len(there[0]) == 1}
    rest = wanted - sum(1 for unit in core if len(unit) == 1) - sum(share[place] for place in free)
    for place, more in _proportional(rest, free).items():
        share[place] += more
    return share


def _units(items: Iterable[Reviewable]) -> list[Unit]:
    """Items one by one, paraphrase groups as one unit each."""
    made: dict[tuple[str, str], list[Reviewable]] = {}
    for item in items:
        made.setdefault((item.suite, f"group {item.cluster}" if item.grouped else item.id), []).append(item)
    return [tuple(unit) for unit in made.values()]


def _place(unit: Unit) -> str:
    return unit[0].place + (" (groups)" if len(unit) > 1 else "")


def _check_filters(items: Sequence[Reviewable], filters: Filters) -> None:
    known = {item.stratum for item in items}
    if stray := [name for name in filters.strata if name not in known]:
        raise UserError(f"--stratum {stray[0]}: no item of these suites is in it; there are {', '.join(sorted(known))}.")
    metrics = {name for item in items for answer in item.answers for name in answer.scores}
    for where in filters.where:
        if where.metric not in metrics:
            raise UserError(f"--where: no suite has a metric '{where.metric}'; there are {', '.join(sorted(metrics))}.")


def _reason(unit: Unit, runs: Sequence[Run], filters: Filters) -> str | None:
    """Why a unit is taken out, or None; counts for each run what it alone would have taken out."""
    reason = None
    for where in filters.where:
        if not any(where.metric in answer.scores for item in unit for answer in item.answers):
            continue  # The suite does not have this metric.
        holding = [any(where.holds(item.answers[number].scores) for item in unit) for number in range(len(runs))]
        name = f"{where.metric}{where.operator}{where.value:g}"
        for run, holds in zip(runs, holding, strict=True):
            run.dropped.update([] if holds else [f"{unit[0].suite}: not {name}"])
        if not any(holding):
            reason = reason or f"not {name}"
    if reason is None and filters.only_different and all(_same(item) for item in unit):
        reason = "same answers"
    return reason


def _same(item: Reviewable) -> bool:
    return len({answer.text for answer in item.answers}) == 1


def _least(there: Sequence[Unit], kept: dict[str, list[Unit]], sizes: Counter[str], taken: Counter[str]) -> int:
    """How many of a place are taken whatever is wanted: its part of a tenth of the suite, and at least `PER_STRATUM`."""
    name = there[0][0].suite
    passing = sum(len(part) for part in kept.values() if part[0][0].suite == name)
    tenth = max(0, ceil(SHARE * sizes[name]) - taken[name])
    return min(len(there), max(PER_STRATUM, ceil(tenth * len(there) / passing)))


def _proportional(count: int, room: dict[str, int]) -> dict[str, int]:
    """Spread `count` over places in proportion to their room, rounded so that the sum is right and no place overflows."""
    total = sum(room.values())
    count = max(0, min(count, total))
    exact = {place: count * size / total for place, size in room.items()} if total else {}
    given = {place: int(value) for place, value in exact.items()}
    for place in sorted(exact, key=lambda name: given[name] - exact[name])[: count - sum(given.values())]:
        given[place] += 1
    return given
