"""Differences rated by several people: is one side better to these raters, or to raters like these?

Ratings of one item are no independent items. Means over an item's raters generalise over items, for these raters; only with the spread
between raters in the variance does the result speak for others, and that takes more than three of them.

References
----------
.. [1] Cameron, Gelbach, Miller (2011). Robust inference with multiway clustering. Journal of Business & Economic Statistics 29(2):238-249.
"""

from collections.abc import Hashable, Sequence
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t

from harness.stats.arguments import Floats, cluster_index, finite_array, two_sided
from harness.stats.paired_graded import paired_t
from harness.stats.result import Caution, Interval, PairedResult, Status


def item_mean_t(
    differences: ArrayLike, items: Sequence[Hashable], clusters: Sequence[Hashable] | None = None, *, confidence: float = 0.95,
    reach: float | None = None,
) -> PairedResult:  # fmt: skip
    """`paired_t` on the mean difference of each item: the scope is these raters.

    Parameters
    ----------
    differences : shape (ratings,), candidate less baseline as one rater saw one item
    items : shape (ratings,), the item of each
    clusters : shape (ratings,), the cluster of its item; an item lies in one cluster
    reach : as in `harness.stats.paired_graded.paired_t`

    Examples
    --------
    >>> result = item_mean_t([1, 0, 1, 1, 0, 0], ["a", "a", "b", "b", "c", "c"])
    >>> result.n, result.difference
    (3, 0.5)
    """
    data = finite_array("differences", differences)
    index, count = cluster_index(items, data.size)
    means = np.bincount(index, weights=data) / np.bincount(index)
    if clusters is None:
        return paired_t(means, confidence=confidence, reach=reach)
    if len(clusters) != data.size:
        raise ValueError(f"clusters ({len(clusters)}) must be as many as differences ({data.size})")
    of_item: dict[int, Hashable] = {}
    for item, cluster in zip(index.tolist(), clusters, strict=True):
        if of_item.setdefault(item, cluster) != cluster:
            raise ValueError(f"clusters puts one item into two clusters, {of_item[item]!r} and {cluster!r}")
    return paired_t(means, [of_item[item] for item in range(count)], confidence=confidence, reach=reach)


def two_way_t(differences: ArrayLike, items: Sequence[Hashable], raters: Sequence[Hashable], *, confidence: float = 0.95) -> PairedResult:
    """t with the variance over items plus that over raters less that of single ratings: the scope is raters like these.

    Degrees of freedom are the smaller number of items or raters, less 1: with three raters it hardly ever finds anything.

    Parameters
    ----------
    differences, items, raters : shape (ratings,)

    If the variance does not come out positive, as it may with few raters, the status says so and there is no p-value.

    Examples
    --------
    >>> differences = [1, 0, 1, 1, 2, 1, 0, 0, 1, 0, 1, 0]
    >>> result = two_way_t(differences, [i // 3 for i in range(12)], ["ann", "bo", "cy"] * 4)
    >>> result.clusters, round(result.pvalue, 3)
    (3, 0.056)
    """
    both = two_sided(confidence)
    data = finite_array("differences", differences)
    for name, labels in (("items", items), ("raters", raters)):
        if len(labels) != data.size:
            raise ValueError(f"{name} ({len(labels)}) must be as many as differences ({data.size})")
    mean = float(data.mean())
    rest = data - mean
    parts = [_part(rest, labels) for labels in (items, raters, list(zip(items, raters, strict=True)))]
    (by_item, item_count), (by_rater, rater_count), (by_cell, _) = parts
    few = min(item_count, rater_count)
    method = f"t, two-way over {item_count} items and {rater_count} raters"
    cautions = (Caution.FEW_CLUSTERS,) if few < 20 else ()
    variance = by_item + by_rater - by_cell
    identical = not data.any()
    if few < 2 or variance <= 1e-24 * float((data**2).max()) or identical:
        status = Status.IDENTICAL if identical else Status.ONE_CLUSTER if few < 2 else Status.NO_VARIANCE
        p = 1.0 if identical else None
        return PairedResult(mean, p, p, None, None, confidence, method, method, item_count, few, None, status, cautions)
    error = sqrt(variance)
    greater, less = (float(t.sf(sign * mean / error, few - 1)) for sign in (1, -1))
    intervals = []
    for level in (confidence, both):
        reach = float(t.ppf((1 + level) / 2, few - 1)) * error
        intervals.append(Interval(mean - reach, mean + reach))
    return PairedResult(
        mean, min(1.0, 2 * min(greater, less)), greater, intervals[0], intervals[1], confidence, method, method, item_count, few, error,
        Status.OK, cautions,
    )  # fmt: skip


def _part(rest: Floats, labels: Sequence[Hashable]) -> tuple[float, int]:
    """CR1 variance of the mean of `rest` with these clusters, and their number."""
    index, count = cluster_index(labels, rest.size)
    sums = np.bincount(index, weights=rest)
    return float((sums**2).sum()) * count / max(1, count - 1) / rest.size**2, count
