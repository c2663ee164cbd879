"""Programs that do not solve the task and want to be told that they do.

None of them knows the answers (those that find them on the way use them).
"""

from tests.attacks import downgrading, forging, leaving, lying
from tests.attacks.records import Attack
from tests.attacks.writing import program

_ERROR = frozenset({"error"})
_UNDEFINED = frozenset({"error", "failed"})

# fmt: off
_NOTHING_THERE = (
    program("missing-function", "defines something else", "def subtract(a, b):\n    return a - b", expect=_UNDEFINED),
    program("syntax-error", "cannot be compiled", "def add(a, b:\n    return a + b", expect=_ERROR),
    program("empty", "is empty", "", expect=_UNDEFINED),
    program("no-function", "defines the name, but no function", "add = 42", expect=_UNDEFINED),
)
# fmt: on

ATTACKS: tuple[Attack, ...] = (*leaving.ATTACKS, *lying.ATTACKS, *forging.ATTACKS, *downgrading.ATTACKS, *_NOTHING_THERE)
