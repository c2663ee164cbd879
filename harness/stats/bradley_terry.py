"""Preferences among several models: Bradley and Terry's strengths, by a logistic fit with errors clustered by item.

References
----------
.. [1] Bradley, Terry (1952). Rank analysis of incomplete block designs: I. Biometrika 39:324-345.
.. [2] Ford (1957). Solution of a ranking problem from binary comparisons. American Mathematical Monthly 64(8):28-33, for when it exists.
"""

import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import norm, t

from harness.stats.arguments import Floats, Whole, cluster_index, finite_array, share
from harness.stats.result import Caution, Interval, Status


@dataclass(frozen=True)
class BradleyTerry:
    """Result of `bradley_terry`, one entry a side, in the order in which sides first appear."""

    sides: tuple[Hashable, ...]
    strengths: tuple[float, ...] | None
    """Log-odds of winning against the first side, whose own strength is 0."""
    standard_errors: tuple[float, ...] | None
    """Of the strengths; that of the first side is 0."""
    intervals: tuple[Interval, ...] | None
    confidence: float
    method: str
    n: int
    """Comparisons."""
    clusters: int
    status: Status = Status.OK
    warnings: tuple[Caution, ...] = ()


def bradley_terry(
    first: Sequence[Hashable], second: Sequence[Hashable], outcomes: ArrayLike, items: Sequence[Hashable] | None = None, *,
    confidence: float = 0.95,
) -> BradleyTerry:  # fmt: skip
    """Strengths of sides that were compared in pairs.

    Parameters
    ----------
    first, second : shape (n,), the two sides of each comparison. Each comparison is given once, either way round: given both ways
        round, standard errors would come out too small by the square root of 2
    outcomes : shape (n,), 1 where the first side won, 0 where the second, 0.5 for a tie
    items : shape (n,), what was compared; comparisons of one item, by several raters or among several sides, are not independent. The
        variance is then clustered, with items - 1 degrees of freedom; without, every comparison stands for itself

    There is no finite answer where a side, or a group of them, wins or loses all its comparisons with the others (status SEPARATED), or
    was never compared with them (DISCONNECTED); none of its error where there are fewer items than sides, or where every item speaks
    exactly as the strengths do, as when all are ties.

    Examples
    --------
    >>> first, second = ["A"] * 20, ["B"] * 12 + ["C"] * 8
    >>> result = bradley_terry(first, second, [1] * 8 + [0] * 4 + [1] * 3 + [0] * 5)
    >>> [round(x, 4) for x in result.strengths], [round(x, 3) for x in result.standard_errors]
    ([0.0, -0.6931, 0.5108], [0.0, 0.612, 0.73])
    """
    share("confidence", confidence)
    results = finite_array("outcomes", outcomes)
    if not np.isin(results, (0.0, 0.5, 1.0)).all():
        raise ValueError("outcomes must hold 0, 0.5 and 1 only")
    for name, labels in (("first", first), ("second", second)):
        if len(labels) != len(results):
            raise ValueError(f"{name} ({len(labels)}) must be as many as outcomes ({len(results)})")
    mixed = [side for pair in zip(first, second, strict=True) for side in pair]
    codes, count = cluster_index(mixed, len(mixed))
    pairs = codes.reshape(-1, 2)
    if (pairs[:, 0] == pairs[:, 1]).any():
        raise ValueError("first and second must differ: a side was compared with itself")
    groups, clusters = cluster_index(items, len(results))
    method = "logistic, every comparison for itself" if items is None else f"logistic, CR1 over {clusters} items"
    few = (Caution.FEW_CLUSTERS,) if items is not None and clusters < 20 else ()
    status = _linked(pairs, results, count)
    if status == Status.OK and items is not None and clusters < count:
        status = Status.FEWER_THAN_SIDES
    sides = tuple(dict.fromkeys(mixed))
    strengths, errors = _fit(pairs, results, count, None if items is None else groups) if status == Status.OK else ([], [])
    if status == Status.OK and min(errors[1:]) < 1e-9:
        status = Status.NO_VARIATION
    if status != Status.OK:
        return BradleyTerry(sides, None, None, None, confidence, method, len(results), clusters, status, few)
    level = (1 + confidence) / 2
    quantile = float(norm.ppf(level) if items is None else t.ppf(level, clusters - 1))
    intervals = tuple(Interval(s - quantile * e, s + quantile * e) for s, e in zip(strengths, errors, strict=True))
    return BradleyTerry(sides, tuple(strengths), tuple(errors), intervals, confidence, method, len(results), clusters, status, few)


def _linked(pairs: Whole, results: Floats, count: int) -> Status:
    """Every side must be reached from every other along wins; a tie counts as a win of both."""
    winners = np.concatenate([pairs[results > 0, 0], pairs[results < 1, 1]])
    losers = np.concatenate([pairs[results > 0, 1], pairs[results < 1, 0]])
    graph = coo_array((np.ones(len(winners)), (winners, losers)), shape=(count, count)).tocsr()
    if connected_components(graph, directed=False)[0] > 1:
        return Status.DISCONNECTED
    return Status.SEPARATED if connected_components(graph, connection="strong")[0] > 1 else Status.OK


def _fit(pairs: Whole, results: Floats, count: int, groups: Whole | None) -> tuple[list[float], list[float]]:
    from statsmodels.genmod.families import Binomial  # Takes a second, which only those pay who need it.
    from statsmodels.genmod.generalized_linear_model import GLM

    design = np.zeros((len(results), count))
    rows = np.arange(len(results))
    design[rows, pairs[:, 0]], design[rows, pairs[:, 1]] = 1.0, -1.0
    model = GLM(results, design[:, 1:], family=Binomial())
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # It takes ties that are fitted exactly for separation, which has been looked for already.
        warnings.simplefilter("ignore")
        fitted = model.fit() if groups is None else model.fit(cov_type="cluster", cov_kwds={"groups": groups})
    return [0.0, *(float(value) for value in fitted.params)], [0.0, *(float(value) for value in fitted.bse)]
