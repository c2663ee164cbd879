"""Checks of arguments: each raises ValueError with the name of the argument and what it was."""

from collections.abc import Hashable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]


def finite_array(name: str, values: ArrayLike, ndim: int = 1) -> Floats:
    """`values` as floats: not empty, of `ndim` dimensions, without NaN and infinities."""
    try:
        data = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must hold numbers only") from None
    if data.ndim != ndim or data.size == 0:
        raise ValueError(f"{name} (shape {data.shape}) must have {ndim} dimension{'s' * (ndim > 1)} and not be empty")
    if not np.isfinite(data).all():
        raise ValueError(f"{name} must be finite; position {np.argwhere(~np.isfinite(data))[0].tolist()} is not")
    return data


def cluster_index(clusters: Sequence[Hashable] | None, n: int) -> tuple[Whole, int]:
    """A number for each item's cluster, 0 to G - 1, and G; without clusters every item is its own."""
    if clusters is None:
        return np.arange(n), n
    if len(clusters) != n:
        raise ValueError(f"clusters ({len(clusters)}) must be as many as values ({n})")
    numbers: dict[Hashable, int] = {}
    index = [numbers.setdefault(cluster, len(numbers)) for cluster in clusters]
    return np.array(index, dtype=np.int64), len(numbers)


def share(name: str, value: float) -> float:
    """A number between 0 and 1, both excluded."""
    if not 0 < value < 1:
        raise ValueError(f"{name}={value} must lie between 0 and 1")
    return float(value)


def positive(name: str, value: float, most: float = float("inf")) -> float:
    """A finite number above 0, and at most `most`."""
    if not (0 < value <= most and np.isfinite(value)):
        raise ValueError(f"{name}={value} must be above 0" + (f" and at most {most:g}" if np.isfinite(most) else " and finite"))
    return float(value)


def at_least(name: str, value: int, least: int) -> int:
    """A whole number that is not below `least`."""
    if int(value) != value or value < least:
        raise ValueError(f"{name}={value} must be a whole number of at least {least}")
    return int(value)


def discordant_counts(gained: int, lost: int, n: int) -> None:
    """Pairs that went from wrong to right, from right to wrong, and all pairs."""
    if any(int(count) != count for count in (gained, lost, n)) or min(gained, lost) < 0 or n < 1 or gained + lost > n:
        raise ValueError(f"gained={gained} and lost={lost} must not be negative or exceed n={n}, and n must be at least 1")


def chosen(name: str, value: str, allowed: Sequence[str]) -> str:
    """Return a word that must be one of a few; raises ValueError naming the argument otherwise."""
    if value not in allowed:
        raise ValueError(f"{name}={value!r} must be one of {', '.join(allowed)}")
    return value


def two_sided(confidence: float) -> float:
    """`confidence` of a two-sided interval whose ends are one-sided limits at `confidence`."""
    if not 0.5 < confidence < 1:
        raise ValueError(f"confidence={confidence} must lie between 0.5 and 1")
    return 2 * confidence - 1
