"""The test of one difference: two runs' scores on the same items, whichever test fits them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from harness.compare.records import Difference
from harness.compare.runs import Row
from harness.scores import item_means, score_limits
from harness.stats.mcnemar import mcnemar_midp
from harness.stats.paired_graded import paired_t
from harness.stats.power import minimum_detectable
from harness.stats.result import Caution, Interval, Status

FEWEST_CLUSTERS = 6
"""Below it nothing is inferred: swapping whole clusters could show nothing at 5 %, and a variance of so few says little."""


def difference_of(baseline: Sequence[Row], candidate: Sequence[Row], without: Collection[str] = ()) -> Difference | None:
    """Compare two runs' rows of one suite, or of a part of it, over the items that both have a score of.

    `without`: items to leave out. None if no item is left.
    """
    base, cand = item_means(baseline), item_means(candidate)
    items = [item for item in base if item in cand and item not in without]
    if not items:
        return None
    cluster_of = {row["item"]: row["cluster"] for row in candidate}
    clusters = [cluster_of[item] for item in items]
    before, after = [base[item] for item in items], [cand[item] for item in items]
    changes = [new - old for new, old in zip(after, before, strict=True)]
    test = _test(changes, clusters, set(before) | set(after) <= {0.0, 1.0})
    sides = score_limits(before, clusters), score_limits(after, clusters)
    return Difference(
        n=len(items), clusters=len(set(clusters)),
        baseline=fmean(before), baseline_low=sides[0][0], baseline_high=sides[0][1],
        candidate=fmean(after), candidate_low=sides[1][0], candidate_high=sides[1][1],
        difference=fmean(changes), **_limits(test),
        pvalue=test.pvalue, pvalue_better=test.pvalue_better, pvalue_worse=test.pvalue_worse, method=test.method, variance=test.variance,
        detectable=minimum_detectable(test.variance, len(items)).effect,
        gained=tuple(item for item, change in zip(items, changes, strict=True) if change > 0),
        lost=tuple(item for item, change in zip(items, changes, strict=True) if change < 0),
        at_floor=at_floor({item: base[item] for item in items}, baseline),
        notes=_notes(test),
    )  # fmt: skip


def at_floor(scores: Mapping[str, float], rows: Sequence[Row]) -> bool:
    """Whether the one-sided 95 % lower limit of the items' mean score does not exceed the chance level that their rows declare."""
    about = {row["item"]: row for row in rows}
    chance = [about[item]["chance"] for item in scores]
    if any(level is None for level in chance):
        return False
    return score_limits([*scores.values()], [about[item]["cluster"] for item in scores], 0.90)[0] <= fmean(chance)


@dataclass(frozen=True)
class _Test:
    """A test of the mean difference; without limits and p-values if it has none."""

    limits: Interval | None
    bounds: Interval | None
    pvalue: float | None
    pvalue_better: float | None
    pvalue_worse: float | None
    method: str
    variance: float
    """Of one item's difference, clusters allowed for."""
    status: Status
    warnings: tuple[Caution, ...]


def _test(changes: Sequence[float], clusters: Sequence[str], zero_one: bool) -> _Test:
    # One gain and one loss more, as Bonett and Price add them: no flips among these items do not mean that there are none.
    variance = float(np.var([*changes, 1.0, -1.0]))
    kinds, count = set(changes), len(set(clusters))
    binary = zero_one and count == len(changes)
    if binary or (len(kinds) == 1 and kinds <= {-1.0, 0.0, 1.0}):
        # If all differences are the same, their variance over clusters says nothing, and each cluster counts as one pair.
        return _flips(changes, len(changes) if binary else count, variance, "" if binary else f" over {count} clusters")
    if 1 < count < min(FEWEST_CLUSTERS, len(changes)):
        return _Test(None, None, None, None, None, f"none, {count} clusters", variance, Status.FEW_CLUSTERS, ())
    result = paired_t(changes, clusters, reach=1.0)
    worse = None if result.pvalue_greater is None else 1 - result.pvalue_greater
    variance = max(variance, (result.standard_error or 0.0) ** 2 * len(changes))
    return _Test(
        result.interval, result.bounds, result.pvalue, result.pvalue_greater, worse, f"t, CR1 over {count} clusters", variance,
        result.status, result.warnings,
    )  # fmt: skip


def _flips(changes: Sequence[float], pairs: int, variance: float, over: str) -> _Test:
    gained, lost = (min(pairs, sum(change == flip for change in changes)) for flip in (1.0, -1.0))
    better, worse = mcnemar_midp(gained, lost, pairs), mcnemar_midp(lost, gained, pairs)
    return _Test(
        better.limits(0.95), better.limits(0.90), better.pvalue, better.pvalue_greater, worse.pvalue_greater,
        f"McNemar mid-p, Tango limits{over}", variance, better.status, better.warnings,
    )  # fmt: skip


def _limits(test: _Test) -> dict[str, float | None]:
    low, high = test.limits or (None, None)
    lower, upper = test.bounds or (None, None)
    return {"low": low, "high": high, "lower": lower, "upper": upper}


def _notes(test: _Test) -> tuple[str, ...]:
    if test.status == Status.IDENTICAL:
        return (f"{Status.IDENTICAL}: no item's score changed",)
    return tuple(map(str, test.warnings)) if test.status == Status.OK else (str(test.status),)
