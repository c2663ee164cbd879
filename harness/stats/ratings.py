"""Ratings of units by several raters, as agreement coefficients need them: counted by level, missing ones left out."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from harness.stats.arguments import Floats, at_least, share
from harness.stats.resampling import bootstrap_sums
from harness.stats.result import Caution, Estimate, Interval, Status

Rating = str | int | float | None
Ratings = Sequence[Sequence[Rating]]
Levels = Sequence[str] | Sequence[int] | Sequence[float]


def count_ratings(ratings: Ratings, levels: Levels) -> Floats:
    """How many raters gave each unit each level, shape (units, levels).

    Parameters
    ----------
    ratings : shape (raters, units); None or NaN where a rater did not rate a unit
    levels : all levels that could be given, in their order, whether or not they were

    Raises ValueError for ratings that are not among `levels`, rows of different length, fewer than two levels.

    Examples
    --------
    >>> count_ratings([[1, 2, None], [1, 1, 2]], levels=[1, 2])
    array([[2., 0.],
           [1., 1.],
           [0., 1.]])
    """
    codes = rating_codes(ratings, levels)
    return np.stack([(codes == level).sum(axis=0) for level in range(len(levels))], axis=1).astype(np.float64)


def rating_codes(ratings: Ratings, levels: Levels) -> Floats:
    """Position of each rating in `levels`, -1 where there is none; shape (raters, units). Arguments as in `count_ratings`."""
    places = {level: place for place, level in enumerate(levels)}
    if len(places) != len(levels) or len(levels) < 2:
        raise ValueError(f"levels={list(levels)} must be at least two, each once")
    rows = [list(row) for row in ratings]
    if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise ValueError("ratings must hold one row for each rater, all of them as long as there are units, and not be empty")
    codes = np.full((len(rows), len(rows[0])), -1.0)
    for rater, row in enumerate(rows):
        for unit, rating in enumerate(row):
            if rating is None or rating != rating:
                continue
            if rating not in places:
                raise ValueError(f"ratings[{rater}][{unit}]={rating!r} is not among levels={list(levels)}")
            codes[rater, unit] = places[rating]
    return codes


def with_bootstrap(
    point: Estimate, rows: Floats, coefficient: Callable[[Floats], Floats], confidence: float, draws: int, seed: int
) -> Estimate:
    """`point` with percentile limits from units drawn with replacement.

    `rows`, shape (units, k), holds figures of each unit of which `coefficient` takes the sums, shape (draws, k).
    """
    share("confidence", confidence)
    at_least("draws", draws, 1)
    if point.status != Status.OK:
        return point
    with np.errstate(all="ignore"):
        values = coefficient(bootstrap_sums(rows, draws, seed))
    defined = values[np.isfinite(values)]
    method = f"percentile bootstrap over {len(rows)} units, {draws} draws"
    if len(defined) == 0:
        return replace(point, method=method, warnings=(*point.warnings, Caution.UNDEFINED_RESAMPLES))
    low, high = (float(q) for q in np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2]))
    found = {Caution.UNDEFINED_RESAMPLES: len(defined) < draws, Caution.ZERO_WIDTH: low == high}
    warnings = (*point.warnings, *(caution for caution, holds in found.items() if holds))
    return replace(point, interval=Interval(low, high), method=method, warnings=warnings)
