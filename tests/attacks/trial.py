"""One attack on one sandbox: what went wrong, in sentences. As a program it tries them all at one level, for a user without pytest."""

import json
import os
import sys
from importlib.util import find_spec

from harness.sandbox import Limits, Program, Sandbox, Verdict
from tests.attacks import benign, confinement, resources, spoofs, values
from tests.attacks.records import DEFAULT_TESTS, PREVIOUS, Attack, fill
from tests.attacks.surroundings import Surroundings, surroundings

ATTACKS = [*confinement.ATTACKS, *resources.ATTACKS, *values.ATTACKS, *spoofs.ATTACKS, *benign.ATTACKS]
RIGHT = "def add(a, b): return a + b"
FORGED_WHERE_SHARED = {"frame-liar"}
"""Attacks on tests that must share the program's process, and succeed there."""


def foreign(attack: Attack) -> bool:
    """Whether it is written in another machine's instructions or system calls."""
    return "x86_64" in attack.needs and os.uname().machine != "x86_64"


def faults(sandbox: Sandbox, aims: Surroundings, attack: Attack) -> list[str]:
    """What the attack achieved that it should not have: a wrong verdict, damage, a slot that is not as before; empty if nothing."""
    program = Program(attack.prelude, fill(attack.source, aims), attack.tests, attack.entry_points)
    found = []
    if "previous" in attack.needs:
        before = _judge(sandbox, Program("", PREVIOUS, "assert add(1, 2) == 3", ("add",)))
        found += [] if before.status == "passed" else [f"the program before it: {before.status}: {before.reason}"]
    # A program that waits for ever is tried twice; there is no need to wait long for it.
    wall_s = 1.0 if "timeout_wall" in attack.expect else 20.0
    if "twice" in attack.needs:
        _judge(sandbox, program, wall_s)
    verdict = _judge(sandbox, program, wall_s)
    # A pass in a shared process can be forged, and says so.
    forged = verdict.integrity != "split" and verdict.status == "passed" and attack.name in FORGED_WHERE_SHARED
    if verdict.status not in attack.expect and not forged:
        found.append(f"{verdict.status} ({verdict.integrity}): {verdict.reason}; {attack.why}")
    found += aims.damage()
    after = _judge(sandbox, Program("", RIGHT, DEFAULT_TESTS, ("add",)))
    if (after.status, after.attempts) != ("passed", 1):
        found.append(f"the slot is not as before: {after.status} at attempt {after.attempts}: {after.reason}")
    return found


def _judge(sandbox: Sandbox, program: Program, wall_s: float = 20.0) -> Verdict:
    return sandbox.run(program, Limits(cpu_s=2.0, wall_s=wall_s, memory_mb=1024, output_kb=4096))


def main(level: str) -> None:
    """Try every attack at `level`; prints what was tried, what was left out and what succeeded, as JSON."""
    tried, left_out, succeeded = 0, dict[str, str](), dict[str, list[str]]()
    with surroundings() as aims, Sandbox(level, slots=1) as sandbox:
        for attack in ATTACKS:
            lacking = [name for name in ("numpy", "pandas") if name in attack.needs and find_spec(name) is None]
            if lacking or foreign(attack):
                left_out[attack.name] = f"needs {', '.join(lacking) or 'another machine'}"
                continue
            tried += 1
            if found := faults(sandbox, aims, attack):
                succeeded[attack.name] = found
    print(json.dumps({"user": os.getuid(), "level": level, "tried": tried, "left_out": left_out, "succeeded": succeeded}))


if __name__ == "__main__":
    main(sys.argv[1])
