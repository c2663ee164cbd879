"""Cohen's kappa for two raters, weighted or not, and Fleiss' kappa for several, through statsmodels.

References
----------
.. [1] Cohen (1968). Weighted kappa. Psychological Bulletin 70(4):213-220.
.. [2] Fleiss (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin 76(5):378-382.
"""

from typing import Literal

import numpy as np

from harness.stats.arguments import Floats, chosen
from harness.stats.gwet import agreement_weights
from harness.stats.ratings import Levels, Ratings, count_ratings, rating_codes, with_bootstrap
from harness.stats.result import Estimate, Status

Weights = Literal["identity", "linear", "quadratic"]


def cohen_kappa(
    ratings: Ratings, levels: Levels, weights: Weights = "identity", *, confidence: float = 0.95, draws: int = 2000, seed: int = 0
) -> Estimate:
    """Agreement of two raters beyond what their own use of the levels would give; units that one left out do not count.

    Parameters
    ----------
    ratings : shape (2, units); None or NaN where a rater did not rate a unit
    levels : all levels that could be given, in their order; weights go by their places in it
    weights : how far two levels agree

    If both raters give all units one and the same level, kappa is ``UNDEFINED: no variation``. The standard error is asymptotic, the
    limits come from bootstrapping units.

    Examples
    --------
    >>> round(cohen_kappa([["a", "a", "b", "b"], ["a", "b", "b", "b"]], levels=["a", "b"]).estimate, 3)
    0.5
    """
    from statsmodels.stats.inter_rater import cohens_kappa  # Takes half a second, which only those pay who need it.

    chosen("weights", weights, ("identity", "linear", "quadratic"))
    codes = rating_codes(ratings, levels)
    if len(codes) != 2:
        raise ValueError(f"ratings ({len(codes)} raters) must be those of 2")
    size = len(levels)
    both = (codes >= 0).all(axis=0)
    cells = (codes[0] * size + codes[1])[both].astype(np.int64)
    if len(cells) == 0:
        return Estimate(None, None, confidence, "none", 0, None, Status.NO_OVERLAP)
    matrix = agreement_weights(size, weights)
    table = np.bincount(cells, minlength=size * size).reshape(size, size)
    if (table.sum(axis=0) * table.sum(axis=1)).sum() == len(cells) ** 2:
        return Estimate(None, None, confidence, "none", len(cells), None, Status.NO_VARIATION)
    with np.errstate(all="ignore"):  # It also works out a z-value, which may not exist.
        found = cohens_kappa(table) if weights == "identity" else cohens_kappa(table, wt=weights)
    error = float(found.std_kappa) if np.isfinite(found.std_kappa) else None  # Rounding can make its variance negative.
    point = Estimate(float(found.kappa), None, confidence, "none", len(cells), error)
    return with_bootstrap(point, np.eye(size * size)[cells], lambda sums: _cohen(sums, matrix), confidence, draws, seed)


def _cohen(sums: Floats, matrix: Floats) -> Floats:
    shares = sums.reshape(len(sums), *matrix.shape) / sums.sum(axis=1)[:, None, None]
    chance = ((shares.sum(axis=2) @ matrix) * shares.sum(axis=1)).sum(axis=1)
    values: Floats = ((shares * matrix).sum(axis=(1, 2)) - chance) / (1 - chance)
    return values


def fleiss_kappa(ratings: Ratings, levels: Levels, *, confidence: float = 0.95, draws: int = 2000, seed: int = 0) -> Estimate:
    """Agreement of several raters beyond what the overall use of the levels would give.

    Every unit needs the same number of ratings, at least two, by whichever raters; else the status says so. Parameters as in
    `cohen_kappa`, with any number of raters.

    Examples
    --------
    >>> round(fleiss_kappa([[1, 2, 2, 1], [1, 2, 1, 1], [1, 2, 2, 1]], levels=[1, 2]).estimate, 3)
    0.657
    """
    from statsmodels.stats import inter_rater  # Takes half a second, which only those pay who need it.

    counts = count_ratings(ratings, levels)
    raters = counts.sum(axis=1)
    status = Status.OK
    if raters.max() < 2:
        status = Status.NO_OVERLAP
    elif (raters != raters[0]).any():
        status = Status.UNEQUAL_RATERS
    elif (counts.sum(axis=0) > 0).sum() < 2:
        status = Status.NO_VARIATION
    if status != Status.OK:
        return Estimate(None, None, confidence, "none", int((raters >= 2).sum()), None, status)
    point = Estimate(float(inter_rater.fleiss_kappa(counts)), None, confidence, "none", len(counts))
    agreement = (counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1))
    return with_bootstrap(point, np.column_stack([agreement, np.ones(len(counts)), counts]), _fleiss, confidence, draws, seed)


def _fleiss(sums: Floats) -> Floats:
    chance = ((sums[:, 2:] / sums[:, 2:].sum(axis=1)[:, None]) ** 2).sum(axis=1)
    values: Floats = (sums[:, 0] / sums[:, 1] - chance) / (1 - chance)
    return values
