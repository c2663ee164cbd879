"""Gwet's agreement coefficients AC1 and AC2, which stay near raw agreement where one level prevails.

References
----------
.. [1] Gwet (2008). Computing inter-rater reliability and its variance in the presence of high agreement. British Journal of
   Mathematical and Statistical Psychology 61:29-48.
.. [2] Gwet (2014). Handbook of inter-rater reliability, 4th edition, for weights and missing ratings.
"""

from math import sqrt
from typing import Literal

import numpy as np

from harness.stats.arguments import Floats, chosen
from harness.stats.ratings import Levels, Ratings, count_ratings, with_bootstrap
from harness.stats.result import Estimate, Status

Weights = Literal["identity", "linear", "quadratic", "ordinal"]


def gwet_ac(
    ratings: Ratings, levels: Levels, weights: Weights = "identity", *, confidence: float = 0.95, draws: int = 2000, seed: int = 0
) -> Estimate:
    """AC1 (weights "identity") or AC2 (any other).

    Parameters
    ----------
    ratings : shape (raters, units); None or NaN where a rater did not rate a unit
    levels : all levels that could be given, in their order; weights go by their places in it
    weights : how far two levels agree. "ordinal" counts the pairs of levels between; it is not Krippendorff's ordinal distance

    Limits come from bootstrapping units, the standard error from Gwet's formula (units as a sample, raters fixed).

    Examples
    --------
    >>> first, second = [1, 1, 1, 1, 1, 1, 1, 2], [1, 1, 1, 1, 1, 1, 1, 1]
    >>> round(gwet_ac([first, second], levels=[1, 2]).estimate, 3)
    0.858
    """
    matrix = agreement_weights(len(levels), weights)
    counts = count_ratings(ratings, levels)
    counts = counts[counts.sum(axis=1) > 0]
    paired = int((counts.sum(axis=1) >= 2).sum())
    if paired == 0:
        return Estimate(None, None, confidence, "none", 0, None, Status.NO_OVERLAP)
    rows = _unit_figures(counts, matrix)
    value = float(_coefficients(rows.sum(axis=0)[None, :], matrix)[0])
    point = Estimate(value, None, confidence, "none", paired, _standard_error(rows, matrix, value))
    return with_bootstrap(point, rows, lambda sums: _coefficients(sums, matrix), confidence, draws, seed)


def agreement_weights(levels: int, kind: Weights) -> Floats:
    """How far each two of `levels` agree, 0 to 1, shape (levels, levels).

    Examples
    --------
    >>> agreement_weights(3, "quadratic")[0]
    array([1.  , 0.75, 0.  ])
    """
    chosen("weights", kind, ("identity", "linear", "quadratic", "ordinal"))
    apart = np.abs(np.subtract.outer(np.arange(levels), np.arange(levels))).astype(np.float64)
    if kind == "identity":
        return np.eye(levels)
    if kind == "ordinal":
        apart = apart * (apart + 1) / 2
    share = apart / apart.max()
    matrix: Floats = 1 - (share**2 if kind == "quadratic" else share)
    return matrix


def _unit_figures(counts: Floats, matrix: Floats) -> Floats:
    """Of each unit its agreement (0 where one rated it), whether two rated it, its share of each level, and 1."""
    raters = counts.sum(axis=1)
    pairs = raters * (raters - 1)
    agreeing = (counts * (counts @ matrix - 1)).sum(axis=1)
    agreement = np.divide(agreeing, pairs, out=np.zeros_like(pairs), where=pairs > 0)
    return np.column_stack([agreement, pairs > 0, counts / raters[:, None], np.ones(len(counts))])


def _coefficients(sums: Floats, matrix: Floats) -> Floats:
    """The coefficient from sums of unit figures, shape (draws, levels + 3)."""
    seen = sums[:, 0] / sums[:, 1]
    shares = sums[:, 2:-1] / sums[:, -1:]
    chance = _chance(shares, 1 - shares, matrix)
    values: Floats = (seen - chance) / (1 - chance)
    return values


def _chance(shares: Floats, others: Floats, matrix: Floats) -> Floats:
    levels = len(matrix)
    chance: Floats = matrix.sum() / (levels * (levels - 1)) * (shares * others).sum(axis=1)
    return chance


def _standard_error(rows: Floats, matrix: Floats, value: float) -> float | None:
    n = len(rows)
    if n < 2:
        return None
    shares = rows[:, 2:-1].mean(axis=0)[None, :]
    chance = float(_chance(shares, 1 - shares, matrix)[0])
    # A unit with one rating tells of the levels' shares only.
    seen = (rows[:, 0] - chance * rows[:, 1]) * n / rows[:, 1].sum()
    by_chance = _chance(rows[:, 2:-1], 1 - shares, matrix)
    influence = seen / (1 - chance) - 2 * (1 - value) * (by_chance - chance) / (1 - chance)
    return sqrt(float(((influence - value) ** 2).sum()) / (n * (n - 1)))
