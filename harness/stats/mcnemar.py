"""Paired 0/1 scores: McNemar's mid-p test and Tango's score limits for the difference.

References
----------
.. [1] Fagerland, Lydersen, Laake (2013). The McNemar test for binary matched-pairs data: mid-p and asymptotic are better than exact
   conditional. BMC Medical Research Methodology 13:91.
.. [2] Tango (1998). Equivalence test and confidence interval for the difference in proportions for the paired-sample design.
   Statistics in Medicine 17:891-908.
"""

from dataclasses import dataclass
from math import sqrt

from scipy.optimize import brentq
from scipy.stats import binom, norm


@dataclass(frozen=True)
class McNemarResult:
    """Result of `mcnemar_midp`."""

    gained: int
    """Pairs that went from wrong to right."""
    lost: int
    """Pairs that went from right to wrong."""
    n: int
    pvalue: float
    """Two-sided mid-p value."""
    pvalue_greater: float
    """One-sided mid-p value of "the candidate is better"."""

    @property
    def difference(self) -> float:
        return (self.gained - self.lost) / self.n

    def limits(self, confidence: float = 0.95) -> tuple[float, float]:
        """Tango's two-sided limits of the difference; each alone is a one-sided limit of (1 + confidence) / 2."""
        return tango_limits(self.gained, self.lost, self.n, confidence)


def mcnemar_midp(gained: int, lost: int, n: int) -> McNemarResult:
    """Test whether gains and losses are equally likely.

    Parameters
    ----------
    gained, lost : numbers of discordant pairs
    n : number of all pairs, at least ``gained + lost`` and at least 1

    Examples
    --------
    >>> round(mcnemar_midp(6, 16, 161).pvalue, 5)
    0.03469
    """
    if min(gained, lost) < 0 or n < 1 or gained + lost > n:
        raise ValueError(f"gained={gained} and lost={lost} must not be negative or exceed n={n}, and n must be at least 1")
    discordant = gained + lost
    if discordant == 0:
        return McNemarResult(gained, lost, n, 1.0, 1.0)
    point = float(binom.pmf(gained, discordant, 0.5))
    greater = float(binom.sf(gained, discordant, 0.5)) + 0.5 * point
    less = float(binom.cdf(gained, discordant, 0.5)) - 0.5 * point
    two_sided = 1 - 0.5 * point if gained == lost else 2 * min(greater, less)
    return McNemarResult(gained, lost, n, two_sided, greater)


def tango_limits(gained: int, lost: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Limits of the difference of two paired proportions, by inverting Tango's score test.

    Never of zero width, also with no discordant pair.

    Examples
    --------
    >>> [round(limit, 3) for limit in tango_limits(1, 7, 21)]
    [-0.517, -0.026]
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence} must lie between 0 and 1")
    quantile = float(norm.ppf((1 + confidence) / 2))
    estimate = (gained - lost) / n
    edge = 1e-12
    # The statistic falls as the hypothesised difference rises; its square has a pole at -1 and 1.
    lower = -1.0 if estimate <= -1 + edge else float(brentq(lambda d: tango_statistic(d, gained, lost, n) - quantile, -1 + edge, estimate))
    upper = 1.0 if estimate >= 1 - edge else float(brentq(lambda d: tango_statistic(d, gained, lost, n) + quantile, estimate, 1 - edge))
    return lower, upper


def tango_statistic(difference: float, gained: int, lost: int, n: int) -> float:
    """Tango's score statistic for the hypothesis that the true difference is `difference`; standard normal under it."""
    a = 2 * n
    b = -gained - lost + (2 * n - gained + lost) * difference
    c = -lost * difference * (1 - difference)
    q = (sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    variance = n * (2 * q + difference * (1 - difference))
    distance = gained - lost - n * difference
    if variance <= 0:
        return 0.0 if distance == 0 else float("inf") * distance
    return distance / sqrt(variance)
