"""Paired graded scores without a normal distribution: the sign-flip test, exact where scores are whole steps, else by drawing.

If neither side is better, each difference might as well have had the other sign. For 0/1 scores this is McNemar's test.

References
----------
.. [1] Fisher (1935). The design of experiments, section 21. Oliver and Boyd.
.. [2] Pagano, Tritchler (1983). On obtaining permutation distributions in polynomial time. JASA 78(382):435-440.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.signal import convolve
from scipy.stats import binom

from harness.stats.arguments import Floats, Whole, at_least, cluster_index, finite_array, positive
from harness.stats.resampling import signed_sums
from harness.stats.result import Caution, Status

_LARGEST = 50_000_000
"""Most places times different sizes for which the distribution is worked out, about a second."""


@dataclass(frozen=True)
class SignFlip:
    """Result of `sign_flip`."""

    difference: float
    """Mean of the differences."""
    pvalue: float | None
    """Two-sided: the share of sign choices with a sum as large in size as the one seen."""
    midp: float | None
    """Two-sided, with those of the same size as the one seen counting half; the better calibrated one. None where signs were drawn."""
    pvalue_greater: float | None
    """One-sided, of "the candidate is better"."""
    midp_greater: float | None
    method: str
    n: int
    clusters: int
    status: Status = Status.OK
    warnings: tuple[Caution, ...] = ()


def sign_flip(
    differences: ArrayLike, clusters: Sequence[Hashable] | None = None, *, step: float = 1.0, draws: int = 10_000, seed: int = 0
) -> SignFlip:
    """Test whether differences are as likely to be negative as positive.

    Parameters
    ----------
    differences : shape (n,), candidate less baseline of each item
    clusters : shape (n,), the cluster of each item; the signs of a whole cluster are flipped together. Fewer than 6 clusters could never
        show anything at 5 %, and have no p-value
    step : differences that are whole multiples of it are tested exactly: 1 for ratings, 1 / r for means of r ratings
    draws, seed : of random signs, for all other differences; p is then (x + 1) / (draws + 1)

    If all differences are 0, p is 1 and the status IDENTICAL.

    Examples
    --------
    >>> darwin = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]
    >>> result = sign_flip(darwin)
    >>> round(result.pvalue * 2**15), round(result.midp, 7)
    (1726, 0.0518188)
    """
    data = finite_array("differences", differences)
    positive("step", step)
    at_least("draws", draws, 1)
    index, groups = cluster_index(clusters, data.size)
    mean = float(data.mean())
    warnings = (Caution.FEW_CLUSTERS,) if clusters is not None and groups < 20 else ()
    if not data.any():
        return SignFlip(mean, 1.0, 1.0, 1.0, 1.0, "sign flip, exact", data.size, groups, Status.IDENTICAL, warnings)
    if clusters is not None and groups < 6:
        return SignFlip(mean, None, None, None, None, "sign flip", data.size, groups, Status.FEW_CLUSTERS, warnings)
    sums: Floats = np.bincount(index, weights=data, minlength=groups).astype(np.float64)
    steps = np.rint(sums / step)
    sizes, counts = np.unique(np.abs(steps[steps != 0]).astype(np.int64), return_counts=True)
    if np.allclose(steps * step, sums, rtol=0, atol=1e-9 * step) and int((sizes * counts).sum()) * max(1, len(sizes)) <= _LARGEST:
        (p, midp), (p_greater, midp_greater) = _exact(sizes, counts, int(steps.sum()))
        return SignFlip(mean, p, midp, p_greater, midp_greater, "sign flip, exact", data.size, groups, Status.OK, warnings)
    pvalue, greater = _drawn(sums, draws, seed)
    return SignFlip(mean, pvalue, None, greater, None, f"sign flip, {draws} draws", data.size, groups, Status.OK, warnings)


def _exact(sizes: Whole, counts: Whole, seen: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Two-sided p and mid-p, then one-sided, of a sum of `counts` numbers of each of `sizes` with random signs."""
    chances = np.ones(1)
    for size, count in zip(sizes, counts, strict=True):
        # The sum of `count` signs is binomial; it stands at every second multiple of the size.
        spread = np.zeros(2 * int(size * count) + 1)
        spread[:: 2 * int(size)] = binom.pmf(np.arange(count + 1), count, 0.5)
        chances = np.maximum(convolve(chances, spread), 0.0)  # Fast convolution leaves dust on either side of 0.
    places = np.arange(len(chances)) - len(chances) // 2
    return _tails(chances, np.abs(places), abs(seen)), _tails(chances, places, seen)


def _tails(chances: Floats, places: Whole, seen: int) -> tuple[float, float]:
    beyond, at = float(chances[places > seen].sum()), float(chances[places == seen].sum())
    return min(1.0, beyond + at), min(1.0, beyond + at / 2)


def _drawn(sums: Floats, draws: int, seed: int) -> tuple[float, float]:
    # Sizes in order, so that neither the order of items nor the names of the sides change what is drawn.
    sizes = np.sort(np.abs(sums[sums != 0]))
    drawn = signed_sums(sizes[:, None], draws, seed)[:, 0]
    seen, rounding = float(sums.sum()), 1e-12 * float(sizes.sum())
    extreme, toward = (np.abs(drawn) >= abs(seen) - rounding).sum(), (drawn >= seen - rounding).sum()
    return (int(extreme) + 1) / (draws + 1), (int(toward) + 1) / (draws + 1)
