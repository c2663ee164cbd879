"""Paired graded scores: Student's t on the differences, with the CR1 variance where items share clusters.

Sources: `harness.stats.clustered`.
"""

from collections.abc import Hashable, Sequence

from numpy.typing import ArrayLike

from harness.stats.arguments import positive, two_sided
from harness.stats.clustered import bounded_mean, clustered_mean
from harness.stats.result import Interval, PairedResult, Status


def paired_t(
    differences: ArrayLike, clusters: Sequence[Hashable] | None = None, *, confidence: float = 0.95, reach: float | None = None
) -> PairedResult:
    """Test whether the mean of `differences` is 0.

    Parameters
    ----------
    differences : shape (n,), candidate less baseline of each item
    clusters : shape (n,), the cluster of each item; degrees of freedom are then their number less 1
    reach : the largest difference that is possible, such as 1 for scores of 0 to 1. With it, differences that are the same in all
        clusters get limits and a p-value from two imagined clusters at either end; without, they are ``UNDEFINED: no variation``

    If all differences are 0, p is 1 and the status IDENTICAL; its limits are those of the imagined clusters, or None without `reach`.

    Examples
    --------
    >>> darwin = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]
    >>> round(paired_t(darwin).pvalue, 7)
    0.0497029
    """
    both = two_sided(confidence)
    plain = clustered_mean(differences, clusters)
    result = plain if reach is None else bounded_mean(differences, clusters, -positive("reach", reach), reach)
    method = "t" if plain.clusters == plain.n else f"t, CR1 over {plain.clusters} clusters"
    identical = plain.mean == 0 and plain.status == Status.NO_VARIATION
    if result.status == Status.OK:
        pvalues: tuple[float | None, float | None] = (result.pvalue, result.pvalue_greater)
        limits: tuple[Interval | None, Interval | None] = (result.limits(confidence), result.limits(both))
    else:
        pvalues, limits = ((1.0, 1.0) if identical else (None, None)), (None, None)
    return PairedResult(
        plain.mean, *pvalues, *limits, confidence, method, method, plain.n, plain.clusters,
        result.standard_error if result.status == Status.OK else None, Status.IDENTICAL if identical else result.status, result.warnings,
    )  # fmt: skip
