"""What a self-check found."""

from dataclasses import dataclass, field
from typing import Literal

SelfCheckLevel = Literal["auto", "off", "full"]
"""auto: what takes seconds; full: the reference also for weights whose loading takes minutes; off: no check of the engine."""


@dataclass(frozen=True)
class SelfCheck:
    """A check that did not end the run. One that fails has no record: there is no finished run that could hold it."""

    name: str
    status: Literal["passed", "warned", "not checked"]
    said: str
    """One sentence: what was found, or why nothing was looked at."""
    figures: dict[str, float] = field(default_factory=dict)
