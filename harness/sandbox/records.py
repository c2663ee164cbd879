"""What goes into the sandbox and what comes out."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["passed", "failed", "error", "timeout_cpu", "timeout_wall", "memory", "crashed", "infra_error"]


@dataclass(frozen=True, slots=True)
class Program:
    prelude: str
    """Trusted code that runs first, such as helpers that the tests use."""
    candidate: str
    """The untrusted code."""
    tests: str
    """Code that raises AssertionError if the candidate is wrong."""
    entry_points: tuple[str, ...]
    """Names that the candidate must define."""


@dataclass(frozen=True, slots=True)
class Limits:
    cpu_s: float = 5.0
    wall_s: float = 20.0
    memory_mb: int = 1024


@dataclass(frozen=True, slots=True)
class Verdict:
    status: Status
    """`infra_error` is the sandbox's own failure and says nothing about the program."""
    reason: str
    cpu_s: float
    wall_s: float
    level: str
    """What kept the program in, such as "process+nonet"."""
    integrity: str
    """"shared-process": tests and candidate ran in one process, so a hostile candidate could forge the verdict."""
