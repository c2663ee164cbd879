"""Several tests at once: Holm's step-down correction, Benjamini and Hochberg's, and levels of simultaneous intervals.

References
----------
.. [1] Holm (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6:65-70.
.. [2] Benjamini, Hochberg (1995). Controlling the false discovery rate. JRSS B 57:289-300.
.. [3] Sidak (1967). Rectangular confidence regions for the means of multivariate normal distributions. JASA 62:626-633.
"""

from collections.abc import Sequence
from typing import Literal

from scipy.stats import false_discovery_control

from harness.stats.arguments import at_least, chosen, share
from harness.stats.result import AdjustedPvalues


def holm(pvalues: Sequence[float]) -> AdjustedPvalues:
    """Adjusted p-values, in the order given; comparing each with alpha keeps the family-wise error at alpha.

    For the few suites that a verdict stands on. Raises ValueError for what is no p-value.

    Examples
    --------
    >>> [round(p, 2) for p in holm([0.01, 0.04, 0.03, 0.005]).pvalues]
    [0.03, 0.06, 0.06, 0.02]
    """
    _check(pvalues)
    adjusted = [0.0] * len(pvalues)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(pvalues)), key=pvalues.__getitem__)):
        highest = max(highest, min(1.0, (len(pvalues) - rank) * pvalues[index]))
        adjusted[index] = highest
    return AdjustedPvalues(tuple(adjusted), "Holm", len(adjusted))


def benjamini_hochberg(pvalues: Sequence[float]) -> AdjustedPvalues:
    """Adjusted p-values, in the order given; of those at or below alpha, at most the share alpha is expected to be false.

    For the many strata that people look through. It holds for independent tests and those that depend positively.

    Examples
    --------
    >>> [round(p, 3) for p in benjamini_hochberg([0.01, 0.04, 0.03, 0.005]).pvalues]
    [0.02, 0.04, 0.04, 0.02]
    """
    _check(pvalues)
    adjusted = map(float, false_discovery_control(pvalues, method="bh")) if len(pvalues) else ()
    return AdjustedPvalues(tuple(adjusted), "Benjamini-Hochberg", len(pvalues))


def simultaneous_confidence(count: int, confidence: float = 0.95, method: Literal["bonferroni", "sidak"] = "bonferroni") -> float:
    """The confidence of each of `count` intervals with which all of them together hold with `confidence`.

    Bonferroni's holds whatever the intervals; Sidak's, a little wider in level, if they are independent (or two-sided and normal).

    Examples
    --------
    >>> round(simultaneous_confidence(10), 4), round(simultaneous_confidence(10, method="sidak"), 4)
    (0.995, 0.9949)
    """
    at_least("count", count, 1)
    share("confidence", confidence)
    if chosen("method", method, ("bonferroni", "sidak")) == "sidak":
        return float(confidence ** (1 / count))
    return 1 - (1 - confidence) / count


def _check(pvalues: Sequence[float]) -> None:
    for position, p in enumerate(pvalues):
        if not 0 <= p <= 1:
            raise ValueError(f"pvalues[{position}]={p} must lie between 0 and 1")
