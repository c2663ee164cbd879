"""mean@n: the mean score over items with several samples each, and where its variance comes from.

References
----------
.. [1] Miller (2024). Adding error bars to evals. arXiv:2411.00640.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.stats.arguments import finite_array
from harness.stats.clustered import mean_interval
from harness.stats.result import Caution, Estimate


@dataclass(frozen=True)
class MeanAtN:
    """Result of `mean_at_n`; the two parts add up to the squared standard error of the mean where items stand for themselves."""

    mean: Estimate
    """Over item means, whose spread holds both parts."""
    samples: int
    """All samples of all items."""
    items_part: float | None
    """Var(x) / n, of the items' true scores; more items shrink it, more samples do not. Can come out a little below 0."""
    samples_part: float | None
    """E[sigma^2 / K] / n, of the noise between an item's samples; None without an item of two samples."""
    warnings: tuple[Caution, ...] = ()


def mean_at_n(
    scores: Sequence[ArrayLike], clusters: Sequence[Hashable] | None = None, *, confidence: float = 0.95,
    scale: tuple[float, float] | None = None,
) -> MeanAtN:  # fmt: skip
    """Mean over items of their samples' mean score. K samples of an item are not K items: the item stays the unit.

    Parameters
    ----------
    scores : n items, each with the scores of its samples, shape (K,); K may differ
    clusters, confidence, scale : as in `harness.stats.clustered.mean_interval`

    The noise of items with a single sample is taken to be that of the others.

    Examples
    --------
    >>> result = mean_at_n([[1, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]])
    >>> result.mean.estimate, round(result.items_part, 4), round(result.samples_part, 4)
    (0.5625, 0.0365, 0.0091)
    """
    if len(scores) == 0:
        raise ValueError("scores must hold at least one item")
    items = [finite_array(f"scores[{place}]", item) for place, item in enumerate(scores)]
    means, sizes = np.array([item.mean() for item in items]), np.array([item.size for item in items])
    mean = mean_interval(means, clusters, confidence=confidence, scale=scale)
    noises = [float(item.var(ddof=1)) for item in items if item.size > 1]
    warnings = (Caution.ONE_SAMPLE,) if (sizes == 1).any() else ()
    if not noises or len(items) < 2:
        return MeanAtN(mean, int(sizes.sum()), None, None, warnings)
    within = np.array([item.var(ddof=1) if item.size > 1 else np.mean(noises) for item in items])
    samples_part = float((within / sizes).mean()) / len(items)
    return MeanAtN(mean, int(sizes.sum()), float(means.var(ddof=1)) / len(items) - samples_part, samples_part, warnings)
