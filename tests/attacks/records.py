"""What an attack is, and how its source is aimed at the surroundings of a run."""

from dataclasses import dataclass
from typing import Protocol

DEFAULT_TESTS = "assert add(19, 23) == 42\nassert add(-8, 3) == -5\nassert add(700001, 299999) == 1000000\n"

# The sets of verdicts that attacks share. `passed` is in none of them: it would mean that the attack worked.
WRONG = frozenset({"failed"})
"""The program lives, and what it answers is simply wrong."""
STOPPED = frozenset({"failed", "crashed"})
"""The forbidden deed fails and the program answers wrongly, or it is killed for trying."""
UNHEARD = frozenset({"failed", "error", "crashed"})
"""The program dies, raises, breaks the protocol or answers wrongly, all of it soon."""
CPU = frozenset({"timeout_cpu"})
WALL = frozenset({"timeout_wall"})
DISBELIEVED = frozenset({"failed", "error"})
"""The program lives and answers, but what it answers is wrong or cannot be used."""
STALLED = frozenset({"timeout_cpu", "timeout_wall", "failed", "error", "crashed"})
"""As `UNHEARD`, but the program may also use up its time."""
HUNGRY = frozenset({"memory", "failed", "error", "crashed", "timeout_cpu"})
"""The program asks for more than it may have; whether memory or time runs out first depends on the limits."""
FLOOD = frozenset({"output", "timeout_cpu", "timeout_wall"})
LIMITED = STALLED | HUNGRY | FLOOD
"""Every verdict but `passed`."""
PASSED = frozenset({"passed"})

PREVIOUS = "WORD = 'previous-' + 'program'\n# zebrafish-previous-program-zebrafish\ndef add(a, b):\n    return a + b\n"
"""A harmless program. Attacks that need "previous" look for what it left in the memory of a fork server."""


@dataclass(frozen=True)
class Attack:
    name: str
    """Short, unique over all families, in kebab case."""
    source: str
    """Candidate code for `def add(a, b)`, with placeholders such as @CANARY@; `fill` puts the real things in."""
    expect: frozenset[str]
    """The verdicts that a sound sandbox may give."""
    harms: bool = False
    """Must never run without a layer that bounds it: it would harm the machine or the harness."""
    tests: str = DEFAULT_TESTS
    """The trusted tests, which call `add`."""
    needs: frozenset[str] = frozenset()
    """What it takes: "x86_64", "root", "numpy", "pandas"; "previous" runs `PREVIOUS` in the same slot before, "twice" runs the
    attack itself before (only the second run counts); "live-objects" wants objects that stay in the worker and answer there;
    "two-seconds" wants a limit of at least 2 s of CPU time."""
    why: str = ""
    """What it tries, in one line."""
    prelude: str = ""
    """Trusted code, such as the task's prompt, that candidate and tests share."""
    entry_points: tuple[str, ...] = ("add",)
    """What the candidate must define; a class if its name begins with a capital letter."""


class Aims(Protocol):
    """What `fill` wants to know; `surroundings.Surroundings` knows it."""

    @property
    def placeholders(self) -> dict[str, str]: ...


def fill(source: str, surroundings: Aims) -> str:
    """The source with every placeholder replaced: @CANARY@, @VICTIM@, @PORT@, @UDP@, @ABSTRACT@, @KEY@ and @MARK@."""
    for placeholder, value in surroundings.placeholders.items():
        source = source.replace(placeholder, value)
    return source
