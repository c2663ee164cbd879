"""How small a difference would have been found, and how many items would find it.

One formula for all scores: effect = (z of the level + z of the power) * sqrt(variance * design effect / n), where the variance is that
of one item's difference: the share of discordant pairs for paired 0/1 scores (`harness.stats.power.discordance_variance` guards it
against zero), the sample variance for graded ones.

References
----------
.. [1] Miller (2024). Adding error bars to evals. arXiv:2411.00640, on sample sizes.
"""

from dataclasses import dataclass
from math import ceil, inf, sqrt
from typing import Literal

from scipy.stats import norm, t

from harness.stats.arguments import at_least, discordant_counts, positive, share
from harness.stats.result import Caution


@dataclass(frozen=True)
class Power:
    """Items and the smallest true difference that they show with the power given."""

    effect: float
    """In the units of the scores."""
    n: int
    """Items, on both sides the same."""
    variance: float
    """Of one item's difference."""
    design_effect: float
    alpha: float
    power: float
    sides: int
    warnings: tuple[Caution, ...] = ()


def minimum_detectable(
    variance: float, n: int, *, alpha: float = 0.05, power: float = 0.8, sides: Literal[1, 2] = 2, design_effect: float = 1.0,
    clusters: int | None = None, reach: float = inf,
) -> Power:  # fmt: skip
    """The smallest true difference that n items show with `power`.

    Parameters
    ----------
    variance : of one item's difference, at least 0
    n : items, at least 1
    sides : 2 for "differs", 1 for "is better" or "no loss beyond a margin"
    design_effect : how many times clusters make the variance of the mean larger (`harness.stats.clustered.design_effect`)
    clusters : how many independent clusters; with it, t with clusters - 1 degrees of freedom takes the place of z
    reach : the largest difference that is possible; a larger effect carries the caution BEYOND_SCALE

    Examples
    --------
    >>> round(minimum_detectable(0.10, 500).effect, 3)
    0.04
    """
    at_least("n", n, 1)
    factor = _factor(alpha, power, sides, clusters)
    effect = factor * sqrt(_variance(variance) * _design(design_effect) / n)
    warnings = (Caution.BEYOND_SCALE,) if effect > reach else ()
    return Power(effect, n, variance, design_effect, alpha, power, sides, warnings)


def needed_items(
    variance: float, effect: float, *, alpha: float = 0.05, power: float = 0.8, sides: Literal[1, 2] = 2, design_effect: float = 1.0
) -> Power:
    """How many items show a true difference of `effect` with `power`; parameters as in `minimum_detectable`.

    For "no loss beyond a margin" where there is none, `effect` is the margin and `sides` is 1.

    Examples
    --------
    >>> needed_items(1 / 9, 0.03).n
    969
    >>> needed_items(0.10, 0.03, sides=1).n
    687
    """
    factor = _factor(alpha, power, sides, None)
    exact = factor**2 * _variance(variance) * _design(design_effect) / positive("effect", effect) ** 2
    return Power(effect, max(1, ceil(exact * (1 - 1e-12))), variance, design_effect, alpha, power, sides)


def discordance_variance(gained: int, lost: int, n: int) -> float:
    """Variance of one item's difference of 0/1 scores if there is no true difference, with one gain and one loss imagined.

    Without them, a sample that happens to hold no flip would promise that every difference is found.

    Examples
    --------
    >>> round(discordance_variance(20, 25, 500), 4)
    0.0936
    """
    discordant_counts(gained, lost, n)
    return (gained + lost + 2) / (n + 2)


def resampled_variance(between: float, noise: tuple[float, float], samples: tuple[int, int]) -> float:
    """Variance of one item's difference of means over samples: between items, plus each side's noise over its samples.

    Parameters
    ----------
    between : variance over items of the true difference
    noise : mean variance of one sample around its item's true score, baseline and candidate
    samples : samples an item, baseline and candidate

    More samples shrink the second part only.

    Examples
    --------
    >>> needed_items(resampled_variance(1 / 9, (1 / 6, 1 / 6), (1, 1)), 0.03).n
    3876
    """
    for part in (between, *noise):
        _variance(part)
    return between + sum(part / at_least("samples", count, 1) for part, count in zip(noise, samples, strict=True))


def _factor(alpha: float, power: float, sides: int, clusters: int | None) -> float:
    if sides not in (1, 2):
        raise ValueError(f"sides={sides} must be 1 or 2")
    levels = (1 - share("alpha", alpha) / sides, share("power", power))
    if clusters is None:
        return float(sum(norm.ppf(level) for level in levels))
    return float(sum(t.ppf(level, at_least("clusters", clusters, 2) - 1) for level in levels))


def _variance(variance: float) -> float:
    if not 0 <= variance < inf:
        raise ValueError(f"variance={variance} must be at least 0 and finite")
    return variance


def _design(effect: float) -> float:
    return positive("design_effect", effect)
