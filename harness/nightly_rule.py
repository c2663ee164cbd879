"""The numbers of the nightly rule: at which level a second look confirms, and where a slow drift shows. Pure functions.

Over a month, one-sided tests at 5 % of ten suites would raise a false alarm in nearly every month, and Holm's correction within each
night still in every other. With two looks that are independent, a suite that did not change is flagged with probability `screen` and
then confirmed with the corrected level, so that all tests of the month together raise a false alarm with probability `rate` at most.
"""

from collections.abc import Sequence
from math import sqrt

_WEIGHT = 0.3
_SIGMAS = 3.0


def confirm_level(rate: float, tests: int, screen: float) -> float:
    """Level of the second look, so that `tests` pairs of looks raise a false alarm with probability `rate` at most.

    Parameters
    ----------
    rate : chance of at least one false alarm in all tests together, between 0 and 1
    tests : suites × models × baselines × nights, at least 1
    screen : level of the first look; the second is never more lenient

    Examples
    --------
    >>> round(confirm_level(0.05, tests=10 * 30, screen=0.05), 4)
    0.0033
    """
    if tests < 1 or not 0 < rate < 1 or not 0 < screen < 1:
        raise ValueError(f"rate={rate} and screen={screen} must lie between 0 and 1, and tests={tests} be at least 1")
    return min(screen, rate / (tests * screen))


def drift(differences: Sequence[float], variances: Sequence[float]) -> tuple[float, float]:
    """Exponentially weighted mean of the nights' differences, newest last, and three of its standard errors.

    Both sides of a difference are noisy, but the baseline is the same every night: its half of the variance does not average out.

    Parameters
    ----------
    differences : shape (nights,), candidate minus baseline
    variances : shape (nights,), squared standard error of each

    Examples
    --------
    >>> value, limit = drift([-0.02] * 20, [0.0002] * 20)
    >>> round(value, 3), round(limit, 3)
    (-0.02, 0.033)
    """
    if not differences or len(differences) != len(variances):
        raise ValueError(f"differences ({len(differences)}) and variances ({len(variances)}) must be equally long and not empty")
    value = own = shared = 0.0
    for difference, variance in zip(differences, variances, strict=True):
        value = (1 - _WEIGHT) * value + _WEIGHT * difference
        own = (1 - _WEIGHT) ** 2 * own + _WEIGHT**2 * variance / 2
        shared = (1 - _WEIGHT) * shared + _WEIGHT * sqrt(variance / 2)
    return value, _SIGMAS * sqrt(own + shared**2)
