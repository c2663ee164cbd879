"""Means of graded or clustered values: Student's t with the CR1 cluster-robust variance.

References
----------
.. [1] Cameron, Miller (2015). A practitioner's guide to cluster-robust inference. Journal of Human Resources 50(2):317-372.
.. [2] Miller (2024). Adding error bars to evals. arXiv:2411.00640.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy.stats import t


@dataclass(frozen=True)
class ClusteredMean:
    """Result of `clustered_mean`."""

    mean: float
    standard_error: float
    clusters: int
    n: int

    @property
    def pvalue(self) -> float:
        """Two-sided p-value of "the true mean is 0"."""
        return min(1.0, 2 * min(self.pvalue_greater, 1 - self.pvalue_greater))

    @property
    def pvalue_greater(self) -> float:
        """One-sided p-value of "the true mean is above 0"."""
        if self.clusters < 2:
            return 0.5
        if self.standard_error == 0:
            return 0.5 if self.mean == 0 else float(self.mean < 0)
        return float(t.sf(self.mean / self.standard_error, self.clusters - 1))

    def limits(self, confidence: float = 0.95) -> tuple[float, float]:
        """Two-sided limits of the mean; without at least two clusters they are infinite."""
        if self.clusters < 2:
            return -inf, inf
        reach = float(t.ppf((1 + confidence) / 2, self.clusters - 1)) * self.standard_error
        return self.mean - reach, self.mean + reach


def clustered_mean(values: Sequence[float], clusters: Sequence[Hashable]) -> ClusteredMean:
    """Mean of `values` with a standard error that allows for dependence within clusters.

    Parameters
    ----------
    values : shape (n,), one value an item, such as the difference of two scores
    clusters : shape (n,), the cluster of each; with one item a cluster this is the ordinary t-test

    Examples
    --------
    >>> round(clustered_mean(range(20), [i % 4 for i in range(20)]).standard_error, 6)
    0.645497
    """
    data = np.asarray(values, dtype=float)
    if data.ndim != 1 or data.size == 0 or len(clusters) != data.size:
        raise ValueError(f"values (shape {data.shape}) and clusters ({len(clusters)}) must be equally long and not empty")
    mean = float(data.mean())
    numbers: dict[Hashable, int] = {}
    index = [numbers.setdefault(cluster, len(numbers)) for cluster in clusters]
    sums = np.bincount(index, weights=data - mean)
    groups = len(sums)
    error = 0.0 if groups < 2 else sqrt(float((sums**2).sum()) * groups / (groups - 1)) / data.size
    return ClusteredMean(mean, error, groups, int(data.size))


def bounded_mean(values: Sequence[float], clusters: Sequence[Hashable], low: float, high: float) -> ClusteredMean:
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
    grouped: dict[Hashable, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        grouped.setdefault(cluster, []).append(value)
    means = [sum(group) / len(group) for group in grouped.values()]
    return clustered_mean([*means, low, high], range(len(means) + 2))
