"""One proportion: Wilson's interval.

References
----------
.. [1] Wilson (1927). Probable inference, the law of succession, and statistical inference. JASA 22:209-212.
"""

from scipy.stats import binomtest


def wilson_interval(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided limits of a proportion; never of zero width.

    Examples
    --------
    >>> [round(limit, 4) for limit in wilson_interval(15, 148)]
    [0.0624, 0.1605]
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"successes={successes} must lie between 0 and n={n}, and n must be at least 1")
    interval = binomtest(successes, n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)
