"""Means of graded or clustered values: Student's t with the CR1 cluster-robust variance.

References
----------
.. [1] Cameron, Miller (2015). A practitioner's guide to cluster-robust inference. Journal of Human Resources 50(2):317-372.
.. [2] Miller (2024). Adding error bars to evals. arXiv:2411.00640. Its formula lacks the factor G / (G - 1) for few clusters.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t

from harness.stats.arguments import cluster_index, finite_array, positive, share
from harness.stats.result import Caution, Estimate, Interval, Status


@dataclass(frozen=True)
class ClusteredMean:
    """Result of `clustered_mean`."""

    mean: float
    standard_error: float
    clusters: int
    n: int
    imagined: bool = False
    """Whether two of the clusters are imagined, as `bounded_mean` says."""

    @property
    def status(self) -> Status:
        """OK if there is a standard error to build on, or else why there is none."""
        if self.clusters < 2:
            return Status.ONE_CLUSTER if self.n > 1 else Status.FEW_VALUES
        return Status.OK if self.standard_error > 0 else Status.NO_VARIATION

    @property
    def warnings(self) -> tuple[Caution, ...]:
        """Why to read the interval with care: fewer than 20 clusters of more values, or limits that rest on imagined clusters."""
        few = (Caution.FEW_CLUSTERS,) if self.clusters < min(20, self.n) else ()
        return few + ((Caution.IMAGINED_CLUSTERS,) if self.imagined else ())

    @property
    def pvalue(self) -> float:
        """Two-sided p-value of "the true mean is 0"."""
        return min(1.0, 2 * min(self.pvalue_greater, self._tail(-1)))

    @property
    def pvalue_greater(self) -> float:
        """One-sided p-value of "the true mean is above 0"."""
        return self._tail(1)

    def _tail(self, sign: int) -> float:
        if self.clusters < 2:
            return 0.5
        if self.standard_error == 0:
            return 0.5 if self.mean == 0 else float(sign * self.mean < 0)
        return float(t.sf(sign * self.mean / self.standard_error, self.clusters - 1))

    def limits(self, confidence: float = 0.95) -> Interval:
        """Two-sided limits of the mean; without at least two clusters they are infinite."""
        share("confidence", confidence)
        if self.clusters < 2:
            return Interval(-inf, inf)
        reach = float(t.ppf((1 + confidence) / 2, self.clusters - 1)) * self.standard_error
        return Interval(self.mean - reach, self.mean + reach)


def clustered_mean(values: ArrayLike, clusters: Sequence[Hashable] | None = None) -> ClusteredMean:
    """Mean of `values` with a standard error that allows for dependence within clusters.

    Parameters
    ----------
    values : shape (n,), one value an item, such as the difference of two scores
    clusters : shape (n,), the cluster of each; with one item a cluster, or without, this is the ordinary t-test

    Examples
    --------
    >>> round(clustered_mean(range(20), [i % 4 for i in range(20)]).standard_error, 6)
    0.645497
    """
    data = finite_array("values", values)
    index, groups = cluster_index(clusters, data.size)
    mean = float(data.mean())
    sums = np.bincount(index, weights=data - mean)
    error = 0.0 if groups < 2 else sqrt(float((sums**2).sum()) * groups / (groups - 1)) / data.size
    # What rounding leaves of values that are all the same must not pass for a small variance.
    spread = 0.0 if error <= 1e-13 * float(np.abs(data).max()) else error
    return ClusteredMean(mean, spread, groups, int(data.size))


def bounded_mean(values: ArrayLike, clusters: Sequence[Hashable] | None, low: float, high: float) -> ClusteredMean:
    """As `clustered_mean`, for values that lie between `low` and `high`, where clusters may agree exactly.

    Their variance is then 0 and would prove anything; instead the cluster means are taken together with two imagined clusters,
    one at each bound. The limits then have a width that shrinks with the number of clusters.

    Examples
    --------
    >>> [round(limit, 2) for limit in bounded_mean([1.0] * 40, [i % 20 for i in range(40)], 0.0, 1.0).limits()]
    [0.86, 1.05]
    """
    mean = clustered_mean(values, clusters)
    if mean.standard_error > 1e-9 or mean.clusters < 2:
        return mean
    data = finite_array("values", values)
    index, _ = cluster_index(clusters, data.size)
    means = np.bincount(index, weights=data) / np.bincount(index)
    added = clustered_mean([*means, low, high])
    return ClusteredMean(added.mean, added.standard_error, added.clusters, added.n, imagined=True)


def mean_interval(
    values: ArrayLike, clusters: Sequence[Hashable] | None = None, *, confidence: float = 0.95, scale: tuple[float, float] | None = None
) -> Estimate:
    """A mean score with its two-sided t-limits; CR1 and G - 1 degrees of freedom where there are clusters.

    Parameters
    ----------
    values : shape (n,), one score an item
    clusters : shape (n,), the cluster of each
    scale : lowest and highest possible score; with it, clusters that agree exactly have limits too (`bounded_mean`)

    Examples
    --------
    >>> [round(limit, 4) for limit in mean_interval(range(20), [i % 4 for i in range(20)]).interval]
    [7.4457, 11.5543]
    """
    plain = clustered_mean(values, clusters)
    result = plain if scale is None else bounded_mean(values, clusters, *scale)
    method = "t" if plain.clusters == plain.n else f"t, CR1 over {plain.clusters} clusters"
    if result.status != Status.OK:
        return Estimate(plain.mean, None, confidence, method, plain.n, None, result.status, result.warnings)
    limits = result.limits(confidence)
    return Estimate(plain.mean, limits, confidence, method, plain.n, result.standard_error, Status.OK, result.warnings)


def design_effect(values: ArrayLike, clusters: Sequence[Hashable]) -> float | None:
    """How many times larger the variance of the mean is than if every item stood for itself; None if values do not vary.

    n items in these clusters tell as much as n / effect independent ones.

    Examples
    --------
    >>> design_effect([1, 1, 0, 0, 1, 1, 0, 0], ["a", "a", "b", "b", "c", "c", "d", "d"]).__round__(3)
    2.333
    """
    whole, plain = clustered_mean(values, clusters), clustered_mean(values)
    return None if plain.standard_error == 0 or whole.clusters < 2 else float((whole.standard_error / plain.standard_error) ** 2)


def kish_design_effect(size: float, correlation: float) -> float:
    """Design effect 1 + (size - 1) * correlation of clusters of `size` items that correlate by `correlation` (0 to 1).

    Examples
    --------
    >>> round(kish_design_effect(5, 0.2), 6)
    1.8
    """
    if not 0 <= correlation <= 1:
        raise ValueError(f"correlation={correlation} must lie between 0 and 1")
    if size < 1:
        raise ValueError(f"size={size} must be at least 1")
    return 1 + (positive("size", size) - 1) * correlation
