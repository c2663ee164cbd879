"""Slow drift over many nights: the exponentially weighted moving average with its control limits.

References
----------
.. [1] Roberts (1959). Control chart tests based on geometric moving averages. Technometrics 1(3):239-250.
.. [2] Lucas, Saccucci (1990). Exponentially weighted moving average control schemes. Technometrics 32(1):1-12.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.stats.arguments import finite_array, positive


@dataclass(frozen=True)
class EwmaChart:
    """Result of `ewma`, one entry a night."""

    values: tuple[float, ...]
    """The moving average of the differences from the baseline."""
    lower: tuple[float, ...]
    upper: tuple[float, ...]

    @property
    def outside(self) -> tuple[int, ...]:
        """Places of the nights outside the limits."""
        nights = zip(self.values, self.lower, self.upper, strict=True)
        return tuple(place for place, (value, low, high) in enumerate(nights) if not low <= value <= high)


def ewma(
    differences: ArrayLike, standard_errors: ArrayLike, baseline_error: float, *, weight: float = 0.3, width: float = 3.0
) -> EwmaChart:
    """Moving average of nightly differences from one fixed baseline.

    Parameters
    ----------
    differences : shape (nights,), each night's score less the baseline's, oldest first
    standard_errors : shape (nights,), of each night's score alone, 0 or more
    baseline_error : standard error of the baseline's score. It is the same error every night, so that averaging does not shrink it:
        limits without it sound false alarms that repeat
    weight : of the newest night, above 0 and at most 1
    width : of the limits, in standard deviations

    Examples
    --------
    >>> chart = ewma([0.0, -0.01, -0.06, -0.07, -0.08], [0.02] * 5, baseline_error=0.01)
    >>> [round(value, 3) for value in chart.values], chart.outside
    ([0.0, -0.003, -0.02, -0.035, -0.049], (3, 4))
    """
    nights, errors = finite_array("differences", differences), finite_array("standard_errors", standard_errors)
    if len(errors) != len(nights):
        raise ValueError(f"standard_errors ({len(errors)}) must be as many as differences ({len(nights)})")
    if (errors < 0).any():
        raise ValueError("standard_errors must not be negative")
    if not 0 <= baseline_error < np.inf:
        raise ValueError(f"baseline_error={baseline_error} must be at least 0 and finite")
    positive("weight", weight, most=1)
    positive("width", width)
    value = own = shared = 0.0
    rows = []
    for difference, error in zip(nights.tolist(), errors.tolist(), strict=True):
        value += weight * (difference - value)
        own = (weight * error) ** 2 + (1 - weight) ** 2 * own
        shared = weight + (1 - weight) * shared
        rows.append((value, width * (own + (shared * baseline_error) ** 2) ** 0.5))
    return EwmaChart(tuple(v for v, _ in rows), tuple(-reach for _, reach in rows), tuple(reach for _, reach in rows))
