"""One proportion: Wilson's interval for reporting, Clopper and Pearson's where a guarantee is needed.

References
----------
.. [1] Wilson (1927). Probable inference, the law of succession, and statistical inference. JASA 22:209-212.
.. [2] Clopper, Pearson (1934). The use of confidence or fiducial limits illustrated in the case of the binomial. Biometrika 26:404-413.
"""

from typing import Literal

from scipy.stats import binomtest

from harness.stats.arguments import chosen, share
from harness.stats.result import Interval, Limits

Side = Literal["both", "upper", "lower"]


def wilson_interval(successes: int, n: int, confidence: float = 0.95) -> Limits:
    """Two-sided limits of a proportion; never of zero width.

    Examples
    --------
    >>> [round(limit, 4) for limit in wilson_interval(15, 148).interval]
    [0.0624, 0.1605]
    """
    _check(successes, n)
    interval = binomtest(successes, n).proportion_ci(share("confidence", confidence), method="wilson")
    return Limits(successes / n, Interval(float(interval.low), float(interval.high)), confidence, "Wilson", n)


def clopper_pearson_interval(successes: int, n: int, confidence: float = 0.95, side: Side = "both") -> Limits:
    """Limits that hold at least as often as `confidence` says, whatever the true proportion.

    Parameters
    ----------
    side : "both", or the one limit that is wanted, "upper" or "lower", with all of the error on its side; the other limit is 0 or 1

    No failure among n is no proof of none: its one-sided upper limit is 1 - (1 - confidence) ** (1 / n).

    Examples
    --------
    >>> round(clopper_pearson_interval(0, 100, side="upper").interval.high, 4)
    0.0295
    """
    _check(successes, n)
    chosen("side", side, ("both", "upper", "lower"))
    alternative: Literal["two-sided", "less", "greater"] = "two-sided" if side == "both" else "less" if side == "upper" else "greater"
    interval = binomtest(successes, n, alternative=alternative).proportion_ci(share("confidence", confidence), method="exact")
    method = "Clopper-Pearson" + ("" if side == "both" else f", one-sided {side}")
    return Limits(successes / n, Interval(float(interval.low), float(interval.high)), confidence, method, n)


def _check(successes: int, n: int) -> None:
    if any(int(count) != count for count in (successes, n)) or n < 1 or not 0 <= successes <= n:
        raise ValueError(f"successes={successes} must lie between 0 and n={n}, and n must be at least 1")
