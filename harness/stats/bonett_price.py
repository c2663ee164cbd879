"""Paired 0/1 scores: Bonett and Price's limits for the difference, in closed form.

References
----------
.. [1] Bonett, Price (2012). Adjusted Wald confidence interval for a difference of binomial proportions based on paired data.
   Journal of Educational and Behavioral Statistics 37(4):479-488.
"""

from math import sqrt

from scipy.stats import norm

from harness.stats.arguments import discordant_counts, share
from harness.stats.result import Interval


def bonett_price_limits(gained: int, lost: int, n: int, confidence: float = 0.95) -> Interval:
    """Two-sided limits of the difference (gained - lost) / n, with one gain and one loss imagined; never of zero width.

    As a test of a margin it may err in 6 of 100 cases where 5 are promised: `harness.stats.tango` is for that.

    Parameters
    ----------
    gained, lost : pairs that went from wrong to right, from right to wrong
    n : all pairs

    Examples
    --------
    >>> [round(limit, 4) for limit in bonett_price_limits(6, 16, 161)]
    [-0.1195, -0.0032]
    """
    discordant_counts(gained, lost, n)
    quantile = float(norm.ppf((1 + share("confidence", confidence)) / 2))
    gain, loss = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    reach = quantile * sqrt((gain + loss - (gain - loss) ** 2) / (n + 2))
    return Interval(max(-1.0, gain - loss - reach), min(1.0, gain - loss + reach))
