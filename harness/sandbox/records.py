"""What goes into the sandbox and what comes out."""

from dataclasses import dataclass, field
from typing import Literal

Status = Literal["passed", "failed", "error", "timeout_cpu", "timeout_wall", "memory", "output", "crashed", "infra_error"]
Level = Literal["A", "B", "C", "D", "E"]
Integrity = Literal["split", "shared-process"]
Compare = Literal["lines", "exact", "tokens"]


@dataclass(frozen=True, slots=True)
class Program:
    """A candidate that is judged by tests which call it."""

    prelude: str
    """Trusted code that runs before the candidate and before the tests, such as helpers or classes that both use."""
    candidate: str
    """The untrusted code."""
    tests: str
    """Trusted code that calls the entry points and raises AssertionError if they are wrong."""
    entry_points: tuple[str, ...]
    """Names that the candidate must define. A name with a capital first letter is a class; see docs/sandbox.md."""


@dataclass(frozen=True, slots=True)
class Case:
    """One run of a program that reads standard input and writes standard output."""

    stdin: str
    stdout: str
    """What must come out."""


@dataclass(frozen=True, slots=True)
class StdioProgram:
    """A candidate that is judged by what it writes; the output is compared outside the sandbox."""

    candidate: str
    cases: tuple[Case, ...]
    compare: Compare = "lines"
    """lines: blanks at the ends of lines and empty last lines do not count; exact: every character; tokens: only words."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one program may use. Per case for programs with several."""

    cpu_s: float = 5.0
    """CPU seconds of the candidate's process, all its threads."""
    wall_s: float = 20.0
    """Seconds from start to verdict; meant for programs that sleep, so well above `cpu_s`."""
    memory_mb: int = 1024
    """Address space of the process in MiB, about 40 of which the interpreter takes."""
    output_kb: int = 4096
    """KiB that may be written to stdout and stderr together."""

    def __post_init__(self) -> None:
        for name in ("cpu_s", "wall_s", "memory_mb", "output_kb"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: must be more than 0, not {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happened to one program."""

    status: Status
    """`failed`: a test said no; `error`: the program raised; `infra_error`: the sandbox itself failed, which says nothing
    about the program; the others name the limit that was reached or that the process died."""
    reason: str
    cpu_s: float
    """CPU seconds of the candidate's process."""
    wall_s: float
    level: Level
    """What kept the program in; see docs/sandbox.md."""
    integrity: Integrity
    """"split": the verdict was made in a process that the candidate cannot reach. "shared-process": these tests had to run
    in the candidate's own process, so a hostile candidate could forge the verdict."""
    memory_mb: float = 0.0
    """Largest resident memory of the candidate's process in MiB."""
    attempts: int = 1
    """2 if the verdict is from a second run."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """What surrounds the programs of one sandbox."""

    level: Level
    layers: dict[str, str]
    """Layers in force, such as {"bubblewrap": "0.8.0", "landlock": "ABI 7", "seccomp": "strict-1"}."""
    contained: tuple[str, ...]
    """Probes that tried to get out and could not."""
    escaped: tuple[str, ...]
    """Probes that got out; empty at levels A and B."""
    kernel: str
    python: str
    better: dict[str, str] = field(default_factory=dict)
    """Why each better level is not in use."""

    def describe(self) -> str:
        """One line for a person."""
        layers = ", ".join(f"{name} {version}".strip() for name, version in self.layers.items()) or "no layer"
        total = len(self.contained) + len(self.escaped)
        return f"level {self.level} ({layers}; {len(self.contained)} of {total} probes contained)"


class SandboxRefused(Exception):
    """No level of isolation that is accepted can be had here. The message names what failed and what to do."""
