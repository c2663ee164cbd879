"""Paired 0/1 scores: Tango's score test and limits for the difference of two paired proportions.

References
----------
.. [1] Tango (1998). Equivalence test and confidence interval for the difference in proportions for the paired-sample design.
   Statistics in Medicine 17:891-908.
"""

from math import copysign, inf, sqrt

from scipy.optimize import brentq
from scipy.stats import norm

from harness.stats.arguments import discordant_counts, share
from harness.stats.result import Interval, Limits

_EDGE = 1e-12


def tango_statistic(difference: float, gained: int, lost: int, n: int) -> float:
    """Score statistic of the hypothesis that the true difference is `difference`; standard normal under it.

    At a difference of 0 it is McNemar's z. Where its variance is 0 it is 0 if the data are just what the hypothesis says, else
    infinite with the sign of their distance from it.

    Parameters
    ----------
    difference : -1 to 1, share of pairs
    gained, lost : pairs that went from wrong to right, from right to wrong
    n : all pairs

    Examples
    --------
    >>> round(tango_statistic(0.0, 6, 16, 161), 3)
    -2.132
    """
    discordant_counts(gained, lost, n)
    if not -1 <= difference <= 1:
        raise ValueError(f"difference={difference} must lie between -1 and 1")
    a = 2 * n
    b = -gained - lost + (2 * n - gained + lost) * difference
    c = -lost * difference * (1 - difference)
    q = (sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)  # The likeliest share of losses under the hypothesis.
    variance = n * (2 * q + difference * (1 - difference))
    distance = gained - lost - n * difference
    if abs(distance) <= _EDGE * n:
        return 0.0
    return distance / sqrt(variance) if variance > 0 else copysign(inf, distance)


def tango_limits(gained: int, lost: int, n: int, confidence: float = 0.95) -> Limits:
    """Two-sided limits of the difference, by inverting the score test; each alone is a one-sided limit of (1 + confidence) / 2.

    Never of zero width, also with no discordant pair.

    Examples
    --------
    >>> [round(limit, 3) for limit in tango_limits(1, 7, 21).interval]
    [-0.517, -0.026]
    """
    discordant_counts(gained, lost, n)
    quantile = float(norm.ppf((1 + share("confidence", confidence)) / 2))
    estimate = (gained - lost) / n
    # The statistic falls as the hypothesised difference rises; its square has a pole at -1 and 1.
    low, high = -1.0, 1.0
    if estimate > -1 + _EDGE:
        low = float(brentq(lambda d: tango_statistic(d, gained, lost, n) - quantile, -1 + _EDGE, estimate))
    if estimate < 1 - _EDGE:
        high = float(brentq(lambda d: tango_statistic(d, gained, lost, n) + quantile, estimate, 1 - _EDGE))
    return Limits(estimate, Interval(low, high), confidence, "Tango", n)
