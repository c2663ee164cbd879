"""What the functions of this package give back: limits, named states and named cautions.

An undefined figure is None, and the status says why; NaN is never given back.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Interval(NamedTuple):
    """Limits of an estimate, in its units."""

    low: float
    high: float


class Status(StrEnum):
    """Whether a result is defined; its text is fit to be shown."""

    OK = "OK"
    IDENTICAL = "IDENTICAL"
    """Both sides are the same everywhere: p is 1 by rule, without any resampling."""
    NO_VARIATION = "UNDEFINED: no variation"
    NO_OVERLAP = "UNDEFINED: no overlap"
    """No unit has the two ratings, or no pair of items the two different scores, that are needed."""
    UNEQUAL_RATERS = "UNDEFINED: units differ in their number of raters"
    ONE_CLUSTER = "UNDEFINED: fewer than 2 clusters"
    FEW_CLUSTERS = "UNDEFINED: fewer than 6 clusters"
    FEW_VALUES = "UNDEFINED: fewer than 2 values"
    SEPARATED = "UNDEFINED: a side wins or loses everything"
    DISCONNECTED = "UNDEFINED: not all sides are linked by comparisons"
    FEWER_THAN_SIDES = "UNDEFINED: fewer items than sides"
    NO_VARIANCE = "UNDEFINED: the variance is not positive"
    BEYOND_DATA = "UNDEFINED: a limit lies beyond the resampled values"


class Caution(StrEnum):
    """Something to know beside a result that is defined; its text is fit to be shown."""

    FEW_DISCORDANT = "fewer than 5 discordant pairs cannot reach p < .05"
    FEW_DISCORDANT_EXACT = "fewer than 6 discordant pairs cannot reach p < .05"
    FEW_CLUSTERS = "fewer than 20 clusters"
    IMAGINED_CLUSTERS = "all clusters agree, so two imagined ones at the ends of the scale give the limits"
    FEW_SEGMENTS = "fewer than 100 segments"
    FEW_SAMPLES = "fewer than 2k samples for an item"
    ONE_SAMPLE = "an item with a single sample says nothing of the noise between samples"
    UNDEFINED_RESAMPLES = "some resamples had no defined value and were left out"
    ZERO_WIDTH = "every resample gives the same value, so the interval has no width and promises too much"
    BEYOND_SCALE = "no difference that large can be seen on this scale"


@dataclass(frozen=True)
class Estimate:
    """One figure with its limits."""

    estimate: float | None
    interval: Interval | None
    """Two-sided limits, unless the method says one-sided."""
    confidence: float
    method: str
    """Of the interval."""
    n: int
    """Items."""
    standard_error: float | None = None
    status: Status = Status.OK
    warnings: tuple[Caution, ...] = ()
    pvalue: float | None = None
    """Two-sided, of "it is 0", for figures that are tested."""


@dataclass(frozen=True)
class Limits:
    """One figure whose limits are always defined."""

    estimate: float
    interval: Interval
    """Two-sided limits, unless the method says one-sided."""
    confidence: float
    method: str
    """Of the interval."""
    n: int
    """Items."""
    status: Status = Status.OK
    warnings: tuple[Caution, ...] = ()


@dataclass(frozen=True)
class AdjustedPvalues:
    """P-values of several tests, adjusted together; comparing each with a level keeps what the method promises."""

    pvalues: tuple[float, ...]
    """In the order given."""
    method: str
    n: int
    """Tests."""
    status: Status = Status.OK
    warnings: tuple[Caution, ...] = ()


@dataclass(frozen=True)
class PairedResult:
    """A test of "no difference" between two sides that met the same items, with limits of the difference."""

    difference: float
    """Candidate less baseline, in the units of the scores."""
    pvalue: float | None
    """Two-sided."""
    pvalue_greater: float | None
    """One-sided, of "the candidate is better"."""
    interval: Interval | None
    """Two-sided limits at `confidence`; None where the test has none or they are undefined."""
    bounds: Interval | None
    """A lower and an upper limit, each one-sided at `confidence`."""
    confidence: float
    test: str
    interval_method: str
    n: int
    """Items."""
    clusters: int
    """Independent units: equal to `n` where every item stands for itself."""
    standard_error: float | None = None
    status: Status = Status.OK
    warnings: tuple[Caution, ...] = ()
