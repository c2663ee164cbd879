"""What an evaluation would be, in numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SuiteForecast:
    """What a run asks of one suite."""

    suite: str
    items: int
    requests: int
    """What a scorer asks later depends on answers and is not among them."""
    known: int
    """Requests that were answered before."""
    prompt_tokens: int
    """Of the requests that are not known, as the two below."""
    most_tokens: int
    """Response tokens, if every response is as long as it may be."""
    likely_tokens: int | None
    """Response tokens by what earlier runs of the suite needed; None if there are none."""


@dataclass(frozen=True)
class RunForecast:
    """What one run would be."""

    label: str
    folder: str
    condition: str | None
    finished: bool
    """It would be answered from the folder, without an engine."""
    suites: tuple[SuiteForecast, ...]
    seconds: float | None
    """Estimate, the start of the engine left out; None if nothing tells."""


@dataclass(frozen=True)
class Forecast:
    """What the command would be."""

    runs: tuple[RunForecast, ...]
    start_seconds: float | None
    """Of the engine, once."""
    seconds: float | None
    """Estimate for everything; None if a part of it cannot be told."""
    basis: int
    """Earlier runs on this machine that the estimate of the time rests on."""
