"""pass@k: the chance that at least one of k responses is right, from n >= k responses of which c are right.

References
----------
.. [1] Chen et al. (2021). Evaluating Large Language Models Trained on Code. arXiv:2107.03374, section 2.1.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from math import comb

from harness.stats.clustered import mean_interval
from harness.stats.result import Caution, Estimate

USUAL_K = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def pass_at_k(n: int, c: int, k: int) -> float:
    """Unbiased estimate 1 - C(n - c, k) / C(n, k) for one item.

    1 - (1 - c / n)**k, which is often seen, is too low: draws without replacement are not independent.

    Parameters
    ----------
    n : responses, at least 1
    c : right ones among them, 0 to n
    k : how many tries are granted, 1 to n

    Raises ValueError, naming the argument, for anything else.

    Examples
    --------
    >>> pass_at_k(6, 3, 1)
    0.5
    >>> pass_at_k(5, 2, 2)
    0.7
    """
    if n < 1:
        raise ValueError(f"n={n} must be at least 1")
    if not 0 <= c <= n:
        raise ValueError(f"c={c} must lie between 0 and n={n}")
    if not 1 <= k <= n:
        raise ValueError(f"k={k} must lie between 1 and n={n}")
    # One division of whole numbers, so that c = n gives 1 and the rest is rounded once.
    return (comb(n, k) - comb(n - c, k)) / comb(n, k)


def mean_pass_at_k(counts: list[tuple[int, int]]) -> dict[int, float]:
    """Mean pass@k over items, for the usual k and the largest that every item has responses for.

    `counts` holds (n, c) of each item. Empty if there is no item.

    Examples
    --------
    >>> mean_pass_at_k([(3, 3), (3, 0)])
    {1: 0.5, 2: 0.5, 3: 0.5}
    """
    if not counts:
        return {}
    most = min(n for n, _ in counts)
    wanted = sorted({*(k for k in USUAL_K if k <= most), most})
    return {k: sum(pass_at_k(n, c, k) for n, c in counts) / len(counts) for k in wanted}


def pass_at_k_interval(
    counts: Sequence[tuple[int, int]], k: int, clusters: Sequence[Hashable] | None = None, *, confidence: float = 0.95
) -> Estimate:
    """Mean pass@k over items with its t-limits. The item is the unit; samples of all items are never pooled.

    The spread of the items' estimates holds both that items differ and that samples do. To compare two models, subtract the estimates of
    each item and use `harness.stats.paired_graded.paired_t`.

    Parameters
    ----------
    counts : (n, c) of each item: its responses and the right ones among them; every n at least k
    clusters : the cluster of each item

    Examples
    --------
    >>> round(pass_at_k_interval([(10, 3), (10, 10), (10, 0), (10, 5)], 5).estimate, 4)
    0.7282
    """
    result = mean_interval([pass_at_k(n, c, k) for n, c in counts], clusters, confidence=confidence, scale=(0.0, 1.0))
    few = (Caution.FEW_SAMPLES,) if any(n < 2 * k for n, _ in counts) else ()
    return replace(result, warnings=result.warnings + few)
