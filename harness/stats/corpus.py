"""Corpus metrics (BLEU, chrF, macro F1, perplexity): approximate randomisation and the paired bootstrap on sufficient statistics.

A corpus metric is no mean over items. It is given here as each item's figures, such as matches and lengths, shape (n, k), and a function
from their sums, shape (draws, k), to scores, shape (draws,).

References
----------
.. [1] Noreen (1989). Computer-intensive methods for testing hypotheses. Wiley. Outputs that are the same count as "as extreme", and the
   outcome that was seen counts as one of the draws, so that p is never 0.
.. [2] Davison, Hinkley (1997). Bootstrap methods and their application. Cambridge University Press. The test recentres the differences
   before it takes their size.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.stats.arguments import Floats, at_least, cluster_index, finite_array, two_sided
from harness.stats.resampling import bootstrap_sums, cluster_sums, swapped_sums
from harness.stats.result import Caution, Interval, PairedResult, Status

Score = Callable[[Floats], Floats]


def randomisation_test(
    baseline: ArrayLike,
    candidate: ArrayLike,
    score: Score,
    clusters: Sequence[Hashable] | None = None,
    *,
    draws: int = 10_000,
    seed: int = 0,
) -> PairedResult:
    """Approximate randomisation: how often swapping the two outputs of items at random gives a difference as large as the one seen.

    Parameters
    ----------
    baseline, candidate : shape (n, k), the figures of each item, in the same order
    score : from sums of shape (draws, k) to scores of shape (draws,)
    clusters : shape (n,), such as the document of each segment; whole clusters are swapped together

    p is (x + 1) / (draws + 1), so at least that of one draw; outputs that are the same everywhere have p = 1 without any. There are no
    limits: `paired_bootstrap` has them.

    Examples
    --------
    >>> accuracy = lambda sums: sums[:, 0] / sums[:, 1]
    >>> old, new = [[0, 1]] * 30, [[1, 1]] * 9 + [[0, 1]] * 21
    >>> result = randomisation_test(old, new, accuracy)
    >>> round(result.difference, 2), result.pvalue < 0.01
    (0.3, True)
    """
    both = _read(baseline, candidate, score, clusters, draws)
    method = f"approximate randomisation, {draws} draws"
    if both.identical:
        return both.result(1.0, 1.0, None, None, 0.95, method, "none")
    left, right = swapped_sums(both.baseline, both.candidate, draws, seed)
    with np.errstate(all="ignore"):
        deltas = score(right) - score(left)
    # "Not less" counts a draw without a defined score as extreme.
    extreme = ~(np.abs(deltas) < abs(both.difference) - both.rounding)
    toward = ~(deltas < both.difference - both.rounding)
    return both.result(_counted(extreme), _counted(toward), None, None, 0.95, method, "none")


def paired_bootstrap(
    baseline: ArrayLike, candidate: ArrayLike, score: Score, clusters: Sequence[Hashable] | None = None, *, draws: int = 10_000,
    seed: int = 0, confidence: float = 0.95,
) -> PairedResult:  # fmt: skip
    """Percentile limits of the difference of a corpus metric, from items (whole clusters) drawn with replacement.

    Parameters as in `randomisation_test`. The p-value is that of the recentred differences, |d* - d| >= |d|; taking the size first and
    centring afterwards, as is often seen, rejects two to three times too often. Draws in which the score is undefined are left out.

    Examples
    --------
    >>> accuracy = lambda sums: sums[:, 0] / sums[:, 1]
    >>> old, new = [[0, 1]] * 30, [[1, 1]] * 9 + [[0, 1]] * 21
    >>> paired_bootstrap(old, new, accuracy).interval.low > 0
    True
    """
    both_sides = two_sided(confidence)
    both = _read(baseline, candidate, score, clusters, draws)
    method = f"paired bootstrap, {draws} draws"
    if both.identical:
        return both.result(1.0, 1.0, None, None, confidence, method, method)
    k = both.baseline.shape[1]
    sums = bootstrap_sums(np.hstack([both.baseline, both.candidate]), draws, seed)
    with np.errstate(all="ignore"):
        deltas = score(sums[:, k:]) - score(sums[:, :k])
    defined = deltas[np.isfinite(deltas)]
    if len(defined) == 0:
        return both.result(None, None, None, None, confidence, method, method, Status.BEYOND_DATA)
    interval, bounds = (_percentiles(defined, level) for level in (confidence, both_sides))
    moved = defined - both.difference
    pvalue = _counted(np.abs(moved) >= abs(both.difference) - both.rounding)
    greater = _counted(moved >= both.difference - both.rounding)
    found = {Caution.UNDEFINED_RESAMPLES: len(defined) < draws, Caution.ZERO_WIDTH: interval.low == interval.high}
    warnings = tuple(caution for caution, holds in found.items() if holds)
    error = float(defined.std(ddof=1)) if len(defined) > 1 else None
    return both.result(pvalue, greater, interval, bounds, confidence, method, f"percentile, {method}", Status.OK, warnings, error)


@dataclass(frozen=True)
class _Both:
    """Both sides' figures, summed by cluster."""

    baseline: Floats
    candidate: Floats
    difference: float
    rounding: float
    """Differences of scores that are this near are the same."""
    n: int
    identical: bool
    """Whether every item has the same figures on both sides."""

    def result(
        self, pvalue: float | None, greater: float | None, interval: Interval | None, bounds: Interval | None, confidence: float, test: str,
        interval_method: str, status: Status = Status.OK, warnings: tuple[Caution, ...] = (), error: float | None = None,
    ) -> PairedResult:  # fmt: skip
        clusters = len(self.baseline)
        few = (Caution.FEW_SEGMENTS,) if clusters < 100 else ()
        return PairedResult(
            self.difference, pvalue, greater, interval, bounds, confidence, test, interval_method, self.n, clusters, error,
            Status.IDENTICAL if self.identical else status, few + warnings,
        )  # fmt: skip


def _read(baseline: ArrayLike, candidate: ArrayLike, score: Score, clusters: Sequence[Hashable] | None, draws: int) -> _Both:
    at_least("draws", draws, 1)
    old, new = finite_array("baseline", baseline, 2), finite_array("candidate", candidate, 2)
    if old.shape != new.shape:
        raise ValueError(f"candidate (shape {new.shape}) must have the shape of baseline {old.shape}")
    with np.errstate(all="ignore"):
        scores = np.asarray(score(np.stack([old.sum(axis=0), new.sum(axis=0)])), dtype=np.float64)
    if scores.shape != (2,) or not np.isfinite(scores).all():
        raise ValueError("score must give one finite number for the sums of each side")
    index, count = cluster_index(clusters, len(old))
    identical = bool((old == new).all())
    if count < len(old):
        old, new = cluster_sums(old, index, count), cluster_sums(new, index, count)
    rounding = 1e-12 * float(np.abs(scores).max())
    return _Both(old, new, float(scores[1] - scores[0]), rounding, len(index), identical)


def _percentiles(values: Floats, confidence: float) -> Interval:
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def _counted(hits: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    return (int(hits.sum()) + 1) / (len(hits) + 1)
