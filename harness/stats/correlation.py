"""Does a metric order items as people do: Spearman's rho, Kendall's tau-b, and the share of pairs ordered alike.

References
----------
.. [1] Bonett, Wright (2000). Sample size requirements for estimating Pearson, Kendall and Spearman correlations. Psychometrika 65:23-28.
.. [2] Fieller, Hartley, Pearson (1957). Tests for rank correlation coefficients I. Biometrika 44:470-481.
"""

from dataclasses import replace
from math import atanh, sqrt, tanh

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import kendalltau, norm, spearmanr

from harness.stats.arguments import Floats, finite_array, share
from harness.stats.result import Estimate, Interval, Status

_LEAST = 5
"""Items below which there are no limits: their formulas have n - 3 and n - 4 below the line."""


def spearman(metric: ArrayLike, human: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """Spearman's rank correlation, its two-sided p-value and Bonett and Wright's limits (none below 5 items, nor at 1 and -1).

    Parameters
    ----------
    metric, human : shape (n,), two scores of each item

    Where one of them is the same for all items it is ``UNDEFINED: no variation``; below two items, ``UNDEFINED: fewer than 2 values``.

    Examples
    --------
    >>> round(spearman([0.1, 0.4, 0.3, 0.9, 0.7, 0.8], [1, 2, 2, 3, 2, 3]).estimate, 3)
    0.926
    """
    x, y = _pairs(metric, human)
    if (status := _status(x, y)) != Status.OK:
        return Estimate(None, None, confidence, "none", len(x), None, status)
    found = spearmanr(x, y)
    value = float(found.statistic)
    variance = (1 + value**2 / 2) / max(1, len(x) - 3)
    return _limited(value, _defined(float(found.pvalue)), len(x), confidence, variance, "Fisher z, Bonett-Wright")


def kendall(metric: ArrayLike, human: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """Kendall's tau-b, its two-sided p-value and Fieller's limits (none below 5 items). Arguments as in `spearman`.

    Examples
    --------
    >>> round(kendall([0.1, 0.4, 0.3, 0.9, 0.7, 0.8], [1, 2, 2, 3, 2, 3]).estimate, 3)
    0.856
    """
    x, y = _pairs(metric, human)
    if (status := _status(x, y)) != Status.OK:
        return Estimate(None, None, confidence, "none", len(x), None, status)
    found = kendalltau(x, y)
    variance = 0.437 / max(1, len(x) - 4)
    return _limited(float(found.statistic), _defined(float(found.pvalue)), len(x), confidence, variance, "Fisher z, Fieller")


def pairwise_agreement(metric: ArrayLike, human: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """Share of pairs of items that people rate differently which the metric puts in the same order; its ties count half.

    0.5 is chance. Limits are those of Kendall's tau, carried over. Arguments as in `spearman`; if people rate no two items differently
    it is ``UNDEFINED: no overlap``.

    Examples
    --------
    >>> round(pairwise_agreement([0.1, 0.4, 0.4, 0.9], [1, 2, 3, 3]).estimate, 3)
    0.9
    """
    x, y = _pairs(metric, human)
    if len(x) < 2 or np.ptp(y) == 0:
        status = Status.FEW_VALUES if len(x) < 2 else Status.NO_OVERLAP
        return Estimate(None, None, confidence, "none", len(x), None, status)
    share("confidence", confidence)
    if np.ptp(x) == 0:
        return Estimate(0.5, None, confidence, "none", len(x))
    # tau-b = (alike - unlike) / sqrt(pairs untied in x * pairs untied in y), found without looking at every pair.
    factor = sqrt(_untied(x) / _untied(y))
    tau = float(kendalltau(x, y).statistic)
    carried = _limited(tau, None, len(x), confidence, 0.437 / max(1, len(x) - 4), "Fieller's limits of tau-b, carried over")
    interval = None if carried.interval is None else Interval(*(min(1.0, max(0.0, (1 + factor * end) / 2)) for end in carried.interval))
    return replace(carried, estimate=(1 + factor * tau) / 2, interval=interval)


def _limited(value: float, pvalue: float | None, n: int, confidence: float, variance: float, method: str) -> Estimate:
    """Limits of a correlation of which Fisher's z has this variance."""
    quantile = float(norm.ppf((1 + share("confidence", confidence)) / 2))
    if n < _LEAST or abs(value) >= 1 - 1e-12:
        return Estimate(value, None, confidence, "none", n, pvalue=pvalue)
    reach = quantile * sqrt(variance)
    return Estimate(value, Interval(tanh(atanh(value) - reach), tanh(atanh(value) + reach)), confidence, method, n, pvalue=pvalue)


def _pairs(metric: ArrayLike, human: ArrayLike) -> tuple[Floats, Floats]:
    x, y = finite_array("metric", metric), finite_array("human", human)
    if len(x) != len(y):
        raise ValueError(f"human ({len(y)}) must be as many as metric ({len(x)})")
    return x, y


def _status(x: Floats, y: Floats) -> Status:
    if len(x) < 2:
        return Status.FEW_VALUES
    return Status.NO_VARIATION if np.ptp(x) == 0 or np.ptp(y) == 0 else Status.OK


def _defined(pvalue: float) -> float | None:
    """scipy has no p-value for two items."""
    return pvalue if np.isfinite(pvalue) else None


def _untied(values: Floats) -> float:
    counts = np.unique(values, return_counts=True)[1].astype(np.float64)
    n = float(len(values))
    return n * (n - 1) / 2 - float((counts * (counts - 1)).sum()) / 2
