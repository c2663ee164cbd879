"""`harness gate plan`: margins that earlier runs' items and flips can reach, as a gate.yaml with the reasons beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt

from harness.compare.paired import difference_of
from harness.compare.runs import Run
from harness.errors import UserError
from harness.gate_config import MOST_CRITICAL
from harness.stats.power import minimum_detectable

_USEFUL = 0.1
"""Margins above this say nothing that people would act on."""
_STEP = 0.005


@dataclass(frozen=True)
class Proposal:
    """What the earlier runs say of one suite, and the tier and margin that follow from it."""

    suite: str
    n: int
    flipped: float
    """Share of items whose score differed, mean over pairs of runs."""
    variance: float
    """Of an item's difference, mean over pairs of runs."""
    reachable: float
    """Smallest margin that is met in 80 % of cases where nothing changed."""

    @property
    def margin(self) -> float:
        """`reachable`, rounded up to a step of 0.005."""
        return round(ceil(round(self.reachable / _STEP, 6)) * _STEP, 4)


def propose(runs: Sequence[Run]) -> str:
    """The text of a gate.yaml, from each run and the one before it in the order given.

    Raises UserError if no two runs that follow each other have a suite's items in common.
    """
    found = sorted(_proposals(runs), key=lambda part: part.reachable)
    if not found:
        raise UserError("Nothing to plan from: give at least two finished runs of the same items, such as those of two checkpoints.")
    useful = [part for part in found if part.margin <= _USEFUL]
    critical = useful[:MOST_CRITICAL]
    return "\n".join([*_head(runs), *_undecided(useful), *_suites(found, critical, useful), *_composite(useful)]) + "\n"


def _proposals(runs: Sequence[Run]) -> list[Proposal]:
    made = []
    for suite in dict.fromkeys(name for run in runs for name in run.suites):
        pairs = [
            found
            for before, after in pairwise(runs)
            if suite in before.rows and suite in after.rows and (found := difference_of(before.rows[suite], after.rows[suite])) is not None
        ]
        if pairs:
            n = pairs[-1].n
            variance = sum(pair.variance or 0.0 for pair in pairs) / len(pairs)
            flipped = sum((len(pair.gained) + len(pair.lost)) / pair.n for pair in pairs) / len(pairs)
            reachable = minimum_detectable(variance, n, sides=1).effect
            made.append(Proposal(suite, n, flipped, variance, reachable))
    return made


def _head(runs: Sequence[Run]) -> list[str]:
    return [
        "# A proposal of `harness gate plan`. Margins are what the items can show: the loss that is ruled out in 80 % of cases",
        "# where nothing changed. What a loss would cost is yours to weigh: set tiers and margins before the runs they judge.",
        f"# From {', '.join(run.name for run in runs)}.",
    ]


def _undecided(useful: Sequence[Proposal]) -> list[str]:
    if useful:
        return []
    return [
        f"# Nothing decides here, and a gate that decides nothing is refused: no suite can show a margin of {_USEFUL:g} or less. Take more",
        "# items (--size full), or make a suite critical with the margin that it can show.",
    ]


def _suites(found: Sequence[Proposal], critical: Sequence[Proposal], useful: Sequence[Proposal]) -> list[str]:
    lines = ["suites:"]
    for part in found:
        tier = "critical" if part in critical else "supporting" if part in useful else "report-only"
        what = f"{part.n} items, {part.flipped:.0%} changed between runs: {part.reachable:.3f} can be reached"
        margin = f", margin: {part.margin:g}" if part.margin < 1 else ""
        lines.append(f"  {part.suite}: {{tier: {tier}{margin}}}  # {what}")
    return lines


def _composite(useful: Sequence[Proposal]) -> list[str]:
    """Equal weights; the last takes what rounding leaves."""
    if len(useful) < 2:
        return ["# No composite: fewer than two suites have a useful margin."]
    share = round(1 / len(useful), 4)
    weights = [share] * (len(useful) - 1)
    weights.append(round(1 - sum(weights), 4))
    error = sqrt(sum((weight * part.reachable) ** 2 for weight, part in zip(weights, useful, strict=True)))
    margin = round(ceil(round(error / _STEP, 6)) * _STEP, 4)
    named = ", ".join(f"{part.suite}: {weight:g}" for part, weight in zip(useful, weights, strict=True))
    return ["composite:", f"  margin: {margin:g}  # {error:.4f} can be reached", f"  weights: {{{named}}}"]
