"""How far raters agree: raw agreement, positive agreement, and Krippendorff's alpha, with limits from bootstrapping units.

Report several: on skewed labels raw agreement and AC1 are high where alpha and kappa are low, and each is right about something else.

References
----------
.. [1] Krippendorff (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania. Through the package `krippendorff`.
.. [2] Cicchetti, Feinstein (1990). High agreement but low kappa: II. Journal of Clinical Epidemiology 43(6):551-558.
"""

from typing import Literal

import numpy as np

from harness.stats.arguments import Floats, chosen
from harness.stats.ratings import Levels, Ratings, count_ratings, with_bootstrap
from harness.stats.result import Estimate, Status

Scale = Literal["nominal", "ordinal", "interval", "ratio"]


def raw_agreement(ratings: Ratings, levels: Levels, *, confidence: float = 0.95, draws: int = 2000, seed: int = 0) -> Estimate:
    """Share of pairs of raters that gave a unit the same level, averaged over units with two ratings or more.

    Parameters
    ----------
    ratings : shape (raters, units); None or NaN where a rater did not rate a unit
    levels : all levels that could be given

    Examples
    --------
    >>> raw_agreement([[1, 2, 2, 1], [1, 2, 1, 1]], levels=[1, 2]).estimate
    0.75
    """
    counts = _paired_units(count_ratings(ratings, levels))
    if len(counts) == 0:
        return _undefined(Status.NO_OVERLAP, 0, confidence)
    raters = counts.sum(axis=1)
    rows = np.stack([(counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1)), np.ones(len(counts))], axis=1)
    return _estimate(rows, confidence, draws, seed)


def positive_agreement(
    ratings: Ratings, levels: Levels, positive: str | int | float, *, confidence: float = 0.95, draws: int = 2000, seed: int = 0
) -> Estimate:
    """Of the ratings that say `positive`, the share with which another rater of the unit agrees; 2a / (2a + b + c) for two raters.

    For rare findings, such as failures of safety, where agreement on their absence says little. Parameters as in `raw_agreement`; without
    any positive rating it is ``UNDEFINED: no variation``.

    Examples
    --------
    >>> positive_agreement([[1, 1, 0, 0], [1, 0, 0, 0]], levels=[0, 1], positive=1).estimate.__round__(3)
    0.667
    """
    if positive not in levels:
        raise ValueError(f"positive={positive!r} is not among levels={list(levels)}")
    counts = _paired_units(count_ratings(ratings, levels))
    if len(counts) == 0:
        return _undefined(Status.NO_OVERLAP, 0, confidence)
    said = counts[:, list(levels).index(positive)]
    if not said.any():
        return _undefined(Status.NO_VARIATION, len(counts), confidence)
    rows = np.stack([said * (said - 1) / (counts.sum(axis=1) - 1), said], axis=1)
    return _estimate(rows, confidence, draws, seed)


def krippendorff_alpha(
    ratings: Ratings, levels: Levels, scale: Scale, *, confidence: float = 0.95, draws: int = 2000, seed: int = 0
) -> Estimate:
    """Krippendorff's alpha: 1 less the ratio of disagreement seen to disagreement by chance.

    Parameters
    ----------
    ratings : shape (raters, units); None or NaN where a rater did not rate a unit
    levels : all levels that could be given, in their order; numbers for the scales "interval" and "ratio". The ordinal distance depends
        on them, so they are never guessed from what was given
    scale : what distance means. Ordinal is Krippendorff's own, which is not Gwet's ordinal weighting

    If all ratings are the same, alpha is ``UNDEFINED: no variation``; without a unit that two rated, ``UNDEFINED: no overlap``.

    Examples
    --------
    >>> first, second = [1, 2, 3, 3, 2, 1, 2], [1, 2, 3, 3, 2, 2, 1]
    >>> round(krippendorff_alpha([first, second], [1, 2, 3], "ordinal").estimate, 3)
    0.768
    """
    import krippendorff  # Costs nothing to those who need no agreement.

    chosen("scale", scale, ("nominal", "ordinal", "interval", "ratio"))
    domain = np.arange(len(levels), dtype=np.float64)
    if scale in ("interval", "ratio"):
        if any(isinstance(level, str) for level in levels):
            raise ValueError(f"levels={list(levels)} must be numbers for scale={scale!r}")
        domain = np.array(levels, dtype=np.float64)
    counts = _paired_units(count_ratings(ratings, levels))
    if len(counts) == 0:
        return _undefined(Status.NO_OVERLAP, 0, confidence)
    if (counts.sum(axis=0) > 0).sum() < 2:
        return _undefined(Status.NO_VARIATION, len(counts), confidence)
    alpha = krippendorff.alpha(value_counts=counts.astype(np.int64), value_domain=domain, level_of_measurement=scale)
    point = Estimate(float(alpha), None, confidence, "none", len(counts))
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(len(levels))
    rows = (pairs / (counts.sum(axis=1) - 1)[:, None, None]).reshape(len(counts), -1)
    return with_bootstrap(point, rows, lambda sums: _alphas(sums, domain, scale), confidence, draws, seed)


def _alphas(sums: Floats, domain: Floats, scale: Scale) -> Floats:
    """Alpha of each row of summed coincidences, shape (draws, levels squared); NaN where nothing varies."""
    seen = sums.reshape(len(sums), len(domain), len(domain))
    margins = seen.sum(axis=2)
    if scale == "ordinal":
        # Ranks with ties: the ratings up to the middle of a level.
        middle = np.cumsum(margins, axis=1) - margins / 2
        distance = (middle[:, :, None] - middle[:, None, :]) ** 2
    elif scale == "nominal":
        distance = np.broadcast_to(1 - np.eye(len(domain)), seen.shape)
    else:
        apart, total = domain[:, None] - domain[None, :], domain[:, None] + domain[None, :]
        ratio = np.divide(apart, total, out=np.zeros_like(apart), where=total != 0)
        distance = np.broadcast_to((apart if scale == "interval" else ratio) ** 2, seen.shape)
    chance = margins[:, :, None] * margins[:, None, :] / (margins.sum(axis=1) - 1)[:, None, None]
    ratios: Floats = 1 - (seen * distance).sum(axis=(1, 2)) / (chance * distance).sum(axis=(1, 2))
    return ratios


def _paired_units(counts: Floats) -> Floats:
    paired: Floats = counts[counts.sum(axis=1) >= 2]
    return paired


def _estimate(rows: Floats, confidence: float, draws: int, seed: int) -> Estimate:
    """A ratio of two sums over units."""
    point = Estimate(float(rows[:, 0].sum() / rows[:, 1].sum()), None, confidence, "none", len(rows))
    return with_bootstrap(point, rows, lambda sums: sums[:, 0] / sums[:, 1], confidence, draws, seed)


def _undefined(status: Status, n: int, confidence: float) -> Estimate:
    return Estimate(None, None, confidence, "none", n, None, status)
