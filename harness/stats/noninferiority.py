"""No loss beyond a margin, and no difference beyond it in either direction.

"Not significant" does not mean "no loss". Here the hypothesis to be refuted is that the candidate is worse by the margin or more.

References
----------
.. [1] Tango (1998). Statistics in Medicine 17:891-908.
.. [2] Schuirmann (1987). A comparison of the two one-sided tests procedure. Journal of Pharmacokinetics and Biopharmaceutics 15:657-680.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike
from scipy.stats import norm, t

from harness.stats.arguments import discordant_counts, positive, share
from harness.stats.clustered import ClusteredMean, bounded_mean, clustered_mean
from harness.stats.result import Caution, Interval, Status
from harness.stats.tango import tango_limits, tango_statistic


@dataclass(frozen=True)
class MarginResult:
    """Both one-sided tests against a margin m > 0, for the difference candidate - baseline, counted so that more is better."""

    difference: float
    margin: float
    alpha: float
    """Level of each one-sided test."""
    bounds: Interval | None
    """A lower and an upper limit, each one-sided at 1 - alpha: together the two-sided interval at 1 - 2 alpha."""
    pvalue_noninferior: float | None
    """Of "the difference is above -m"."""
    pvalue_nonsuperior: float | None
    """Of "the difference is below m"."""
    method: str
    n: int
    status: Status = Status.OK
    warnings: tuple[Caution, ...] = ()

    @property
    def pvalue_equivalent(self) -> float | None:
        """Of "the difference is less than m in size": the larger of the two."""
        if self.pvalue_noninferior is None or self.pvalue_nonsuperior is None:
            return None
        return max(self.pvalue_noninferior, self.pvalue_nonsuperior)

    @property
    def noninferior(self) -> bool:
        """Shown to lose less than the margin; False also where nothing can be said."""
        return self.bounds is not None and self.bounds.low > -self.margin

    @property
    def equivalent(self) -> bool:
        """Shown to differ by less than the margin; False also where nothing can be said."""
        return self.noninferior and self.bounds is not None and self.bounds.high < self.margin


def margin_binary(gained: int, lost: int, n: int, margin: float, *, alpha: float = 0.05) -> MarginResult:
    """Non-inferiority and equivalence of paired 0/1 scores, by Tango's score test.

    Parameters
    ----------
    gained, lost : pairs that went from wrong to right, from right to wrong
    n : all pairs
    margin : the largest loss that is no loss, above 0 and at most 1

    Examples
    --------
    >>> result = margin_binary(20, 25, 500, margin=0.05)
    >>> result.noninferior, round(result.pvalue_noninferior, 4)
    (True, 0.0028)
    """
    discordant_counts(gained, lost, n)
    positive("margin", margin, most=1)
    bounds = tango_limits(gained, lost, n, 1 - 2 * _level(alpha)).interval
    below = float(norm.sf(tango_statistic(-margin, gained, lost, n)))
    above = float(norm.cdf(tango_statistic(margin, gained, lost, n)))
    return MarginResult((gained - lost) / n, margin, alpha, bounds, below, above, "Tango", n)


def margin_graded(
    differences: ArrayLike, margin: float, clusters: Sequence[Hashable] | None = None, *, alpha: float = 0.05, reach: float | None = None
) -> MarginResult:
    """Non-inferiority and equivalence of paired graded scores, by t, with the CR1 variance where items share clusters.

    Parameters
    ----------
    differences : shape (n,), candidate less baseline of each item
    margin : above 0, in the units of the differences
    clusters : shape (n,), the cluster of each item
    reach : the largest possible difference, as in `harness.stats.paired_graded.paired_t`; a margin above it is refused

    Examples
    --------
    >>> sleep = [-1.2, -2.4, -1.3, -1.3, 0.0, -1.0, -1.8, -0.8, -4.6, -1.4]
    >>> round(margin_graded(sleep, 2.0).pvalue_equivalent, 6)
    0.154157
    """
    positive("margin", margin, most=float("inf") if reach is None else positive("reach", reach))
    plain = clustered_mean(differences, clusters)
    result = plain if reach is None else bounded_mean(differences, clusters, -reach, reach)
    method = "t" if plain.clusters == plain.n else f"t, CR1 over {plain.clusters} clusters"
    level = _level(alpha)
    if result.status != Status.OK:
        return MarginResult(plain.mean, margin, alpha, None, None, None, method, plain.n, result.status, result.warnings)
    return MarginResult(
        plain.mean, margin, alpha, result.limits(1 - 2 * level), _t_tail(result, -margin), 1 - _t_tail(result, margin), method, plain.n,
        Status.OK, result.warnings,
    )  # fmt: skip


def _t_tail(mean: ClusteredMean, hypothesis: float) -> float:
    return float(t.sf((mean.mean - hypothesis) / mean.standard_error, mean.clusters - 1))


def _level(alpha: float) -> float:
    if share("alpha", alpha) >= 0.5:
        raise ValueError(f"alpha={alpha} must be below 0.5")
    return alpha
