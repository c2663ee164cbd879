"""Every attack at every accepted level: judged as it should be, nothing damaged, and the next program in the slot runs."""

import os
from collections.abc import Iterator

import pytest

from harness.sandbox import Limits, Program, Sandbox, Verdict
from tests.attacks import benign, confinement, resources, spoofs, values
from tests.attacks.records import DEFAULT_TESTS, PREVIOUS, Attack, fill
from tests.attacks.surroundings import Surroundings, surroundings

ATTACKS = [*confinement.ATTACKS, *resources.ATTACKS, *values.ATTACKS, *spoofs.ATTACKS, *benign.ATTACKS]
RIGHT = "def add(a, b): return a + b"
FORGED_WHERE_SHARED = {"frame-liar"}
"""Attacks on tests that must share the program's process, and succeed there."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def aims() -> Iterator[Surroundings]:
    with surroundings() as made:
        yield made


def judge(sandbox: Sandbox, program: Program, wall_s: float = 20.0) -> Verdict:
    return sandbox.run(program, Limits(cpu_s=2.0, wall_s=wall_s, memory_mb=1024, output_kb=4096))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_neither_passes_nor_harms(sandbox: Sandbox, aims: Surroundings, attack: Attack) -> None:
    if "x86_64" in attack.needs and os.uname().machine != "x86_64":
        pytest.skip("machine code of another machine")
    program = Program(attack.prelude, fill(attack.source, aims), attack.tests, attack.entry_points)
    if "previous" in attack.needs:
        assert judge(sandbox, Program("", PREVIOUS, "assert add(1, 2) == 3", ("add",))).status == "passed"
    # A program that waits for ever is tried twice; there is no need to wait long for it.
    wall_s = 1.0 if "timeout_wall" in attack.expect else 20.0
    if "twice" in attack.needs:
        judge(sandbox, program, wall_s)
    verdict = judge(sandbox, program, wall_s)
    if verdict.integrity == "split" or verdict.status != "passed":
        assert verdict.status in attack.expect, f"{verdict.status}: {verdict.reason}; {attack.why}"
    else:  # Such a verdict can be forged, and says so.
        assert attack.name in FORGED_WHERE_SHARED
    assert aims.damage() == []
    after = judge(sandbox, Program("", RIGHT, DEFAULT_TESTS, ("add",)))
    assert (after.status, after.attempts) == ("passed", 1), "the slot is not as before"
