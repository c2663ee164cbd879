"""The test of one difference: two runs' scores on the same items, whichever test fits them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean

import numpy as np

from harness.compare.records import Difference
from harness.compare.runs import Row
from harness.scores import item_means, score_limits
from harness.stats.clustered import bounded_mean
from harness.stats.mcnemar import mcnemar_midp

_FEW_CLUSTERS = 20
_FEWEST_FLIPS = 5
"""With fewer flips not even one-sided ones have a two-sided mid-p value of 0.05 or less."""


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
    (low, high), (lower, upper) = test.limits(0.95), test.limits(0.90)
    sides = score_limits(before, clusters), score_limits(after, clusters)
    return Difference(
        n=len(items), clusters=len(set(clusters)),
        baseline=fmean(before), baseline_low=sides[0][0], baseline_high=sides[0][1],
        candidate=fmean(after), candidate_low=sides[1][0], candidate_high=sides[1][1],
        difference=fmean(changes), low=_finite(low), high=_finite(high), lower=_finite(lower), upper=_finite(upper),
        pvalue=test.pvalue, pvalue_better=test.pvalue_better, pvalue_worse=test.pvalue_worse, method=test.method, variance=test.variance,
        detectable=2.802 * (test.variance / len(items)) ** 0.5,
        gained=tuple(item for item, change in zip(items, changes, strict=True) if change > 0),
        lost=tuple(item for item, change in zip(items, changes, strict=True) if change < 0),
        at_floor=_at_floor(baseline, before, clusters, items), notes=(*_notes(changes, clusters, test.exact),),
    )  # fmt: skip


@dataclass(frozen=True)
class _Test:
    """A test of the mean difference."""

    limits: Callable[[float], tuple[float, float]]
    pvalue: float
    pvalue_better: float
    pvalue_worse: float
    method: str
    variance: float
    exact: bool
    """Only flips count."""


def _test(changes: Sequence[float], clusters: Sequence[str], zero_one: bool) -> _Test:
    # One gain and one loss more, as Bonett and Price add them: no flips among these items do not mean that there are none.
    variance = float(np.var([*changes, 1.0, -1.0]))
    kinds, count = set(changes), len(set(clusters))
    binary = zero_one and count == len(changes)
    if binary or (len(kinds) == 1 and kinds <= {-1.0, 0.0, 1.0}):
        # If all differences are the same, their variance over clusters says nothing, and each cluster counts as one pair.
        pairs = len(changes) if binary else count
        gained, lost = (min(pairs, changes.count(flip)) for flip in (1.0, -1.0))
        better, worse = mcnemar_midp(gained, lost, pairs), mcnemar_midp(lost, gained, pairs)
        over = "" if binary else f" over {count} clusters"
        method = f"McNemar mid-p, Tango limits{over}"
        return _Test(better.limits, better.pvalue, better.pvalue_greater, worse.pvalue_greater, method, variance, True)
    mean = bounded_mean(changes, clusters, -1.0, 1.0)
    method, variance = f"t, CR1 over {count} clusters", max(variance, mean.standard_error**2 * len(changes))
    return _Test(mean.limits, mean.pvalue, mean.pvalue_greater, 1 - mean.pvalue_greater, method, variance, False)


def _at_floor(rows: Sequence[Row], scores: Sequence[float], clusters: Sequence[str], items: Sequence[str]) -> bool:
    levels = {row["item"]: row["chance"] for row in rows}
    chance = [levels[item] for item in items]
    if any(level is None for level in chance):
        return False
    return score_limits(scores, clusters, 0.90)[0] <= fmean(chance)


def _notes(changes: Sequence[float], clusters: Sequence[str], flips_only: bool) -> list[str]:
    count, flips = len(set(clusters)), sum(change != 0 for change in changes)
    notes = []
    if len(changes) == 1:
        notes.append("ONE ITEM: a single item decides nothing")
    elif count == 1:
        notes.append("ONE CLUSTER: all items belong together, so nothing can be inferred")
    elif count < _FEW_CLUSTERS and count < len(changes):
        notes.append(f"FEW CLUSTERS: {len(changes)} items in {count} clusters; the interval rests on {count - 1} degrees of freedom")
    if flips == 0:
        notes.append("IDENTICAL: no item's score changed")
    elif len(set(changes)) == 1:
        notes.append(f"NO VARIATION: every item changed by {changes[0]:+.3g}")
    elif flips_only and flips < _FEWEST_FLIPS:
        notes.append(f"FEW FLIPS: {flips} items changed; fewer than {_FEWEST_FLIPS} cannot be significant, whichever way they go")
    return notes


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
