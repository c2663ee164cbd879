"""The attacks have power: where nothing stops them they work. Without this the sandbox's own tests would prove nothing.

Attacks that harm the machine run only inside bubblewrap.
"""

import functools
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.attacks import benign, confinement, naive, resources, spoofs, values
from tests.attacks.records import Attack, fill
from tests.attacks.surroundings import Surroundings, surroundings
from tests.attacks.trial import foreign

pytestmark = pytest.mark.slow

PACKAGES = {"numpy", "pandas"}
FAMILIES = (confinement, resources, values, spoofs, benign)

POWERLESS_HERE = {
    "raise-limits": "root lacks CAP_SYS_RESOURCE here",
    "survive-out-of-memory": "root lacks CAP_SYS_RESOURCE here",
    "kernel-memory": "this kernel has no /proc/kcore",
    "magic-keys": "this kernel has no /proc/sysrq-trigger",
    "crypto-socket": "this kernel has no AF_ALG",
    "bluetooth": "this kernel has no Bluetooth",
    "sctp": "this kernel has no SCTP",
    "pair-of-internet-sockets": "this kernel has no TIPC",
    "x32": "this kernel has no x32 interface",
    "load-module": "this kernel loads no modules",
    "load-module-file": "this kernel loads no modules",
    "unload-module": "this kernel loads no modules",
    "load-kernel": "this kernel has no kexec",
    "port-level": "this kernel gives no rights to ports",
    "port-rights": "this kernel gives no rights to ports",
    "missing-function": "aims at nothing: an error must not be taken for success",
    "syntax-error": "aims at nothing: an error must not be taken for success",
    "empty": "aims at nothing: an error must not be taken for success",
    "object-without-attributes": "aims at judges that rebuild objects without their constructors",
    "no-function": "aims at nothing: an error must not be taken for success",
}

# The scheme at which a spoof aims, where that is not the exit code (though some deceive that, too).
THROUGH = {
    scheme: names.split()
    for scheme, names in {
        "marker": "print-markers redirect-the-verdict exec-echo jump-over-asserts",
        "nonce": "nonce-in-the-text",
        "pipe": "patch-exec patch-compile compile-without-asserts find-the-nonce patch-json patch-write search-memory-for-tests "
        "search-objects-for-tests late-forgery answers-from-files",
        "list": "append-to-the-result append-by-gc verdict-on-every-file",
        "shared": "write-shared-memory",
        "file": "result-files",
        "unittest": "skip-the-tests test-class-without-tests",
        "finally": "generator-exit keyboard-interrupt exception-group fake-base-exception",
        "split": "exit-while-unpickling equal-to-all-after-pickling patch-pickle man-in-the-middle fake-type-error answers-from-the-parent",
    }.items()
}


def _parameters(attacks: tuple[Attack, ...]) -> list[object]:
    return [pytest.param(attack, id=attack.name) for attack in attacks]


def _confined() -> bool:
    """Whether this process is confined itself, as in a container; then a powerless attack says nothing about the attack."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return os.getuid() != 0 or "Seccomp:\t0" not in status


def _skip_if_powerless_for_a_reason(attack: Attack) -> None:
    if attack.name in POWERLESS_HERE:
        pytest.skip(POWERLESS_HERE[attack.name])
    if foreign(attack):
        pytest.skip("made for x86_64")
    if _confined():
        pytest.skip("this machine confines the tests themselves")


@functools.cache
def _can_bound() -> bool:
    return naive.can_bound()


def _bounded(attack: Attack) -> bool:
    if attack.harms and not _can_bound():
        pytest.skip("harms the machine and there is no bubblewrap to bound it")
    return attack.harms


def test_names_are_unique_and_every_field_is_filled() -> None:
    attacks = [attack for family in FAMILIES for attack in family.ATTACKS]
    assert [name for name, count in Counter(attack.name for attack in attacks).items() if count > 1] == []
    assert all(attack.why and attack.expect and attack.name == attack.name.lower() for attack in attacks)
    assert not POWERLESS_HERE.keys() - {attack.name for attack in attacks}


def test_only_honest_programs_may_pass() -> None:
    for family in FAMILIES:
        for attack in family.ATTACKS:
            assert ("passed" in attack.expect) == (family is benign), attack.name


def test_the_surroundings_see_no_damage_where_there_is_none() -> None:
    with surroundings() as aims:
        for _ in range(3):
            naive.run(benign.ATTACKS[0].source, benign.ATTACKS[0].tests)
        assert aims.damage() == []


@pytest.mark.parametrize("attack", _parameters(confinement.ATTACKS))
def test_an_attack_on_what_lies_outside_works_where_nothing_stops_it(attack: Attack) -> None:
    scheme = "split" if attack.needs & {"previous"} or attack.name == "who-is-there" else "exit"
    bounded = _bounded(attack)
    with surroundings() as aims:
        source = fill(attack.source, aims)
        for _ in range(2 if "twice" in attack.needs else 1):
            outcome = naive.run(source, attack.tests, scheme, bounded=bounded)
        damage = aims.damage()
    if not (outcome.passed or outcome.runner_died or damage):
        _skip_if_powerless_for_a_reason(attack)
    assert outcome.passed or outcome.runner_died or damage, outcome.output[-500:]


@pytest.mark.parametrize("attack", _parameters(spoofs.ATTACKS))
def test_a_spoof_passes_under_a_scheme_that_the_field_uses(attack: Attack) -> None:
    scheme = next((scheme for scheme, names in THROUGH.items() if attack.name in names), "exit")
    outcome = naive.run(attack.prelude + attack.source, attack.tests, scheme, packages=bool(attack.needs & PACKAGES))
    if not outcome.passed:
        _skip_if_powerless_for_a_reason(attack)
    assert outcome.passed, outcome.output[-500:]


@pytest.fixture(scope="module")
def aims() -> Iterator[Surroundings]:
    """For attacks that do nothing to them."""
    with surroundings() as made:
        yield made


Run = Callable[[Attack, float], naive.Outcome]


@pytest.fixture
def run(aims: Surroundings) -> Run:
    """Runs an attack for so many seconds at most, bounded if it harms."""
    return lambda attack, wall_s: naive.run(
        fill(attack.source, aims), attack.tests, wall_s=wall_s, packages=bool(attack.needs & PACKAGES), bounded=_bounded(attack)
    )


@pytest.mark.parametrize("attack", _parameters(resources.GREEDY))
def test_a_greedy_program_gets_a_lot(attack: Attack, run: Run) -> None:
    outcome = run(attack, 10.0 if "passed" in attack.source or attack.name.startswith("memory-in") else 1.0)
    if attack.name == "memory-in-pipes" and not outcome.passed:
        _skip_if_powerless_for_a_reason(attack)
    assert outcome.passed or outcome.tasks > 10 or outcome.memory_mb > 40 or "MemoryError" in outcome.output, outcome


@pytest.mark.parametrize("attack", _parameters(resources.FULL))
def test_a_program_that_fills_the_disk_gets_far(attack: Attack, run: Run) -> None:
    outcome = run(attack, 3.0)
    if attack.name == "many-files":  # Had it been stopped, it would have said so.
        assert outcome.passed or outcome.timed_out, outcome
        return
    first = outcome.output.split()[:1]
    assert first == ["closed"] or int(first[0]) >= 32, outcome


@pytest.mark.parametrize("attack", _parameters(resources.LOUD))
def test_a_loud_program_writes_a_lot(attack: Attack, run: Run) -> None:
    outcome = run(attack, 0.5)
    assert outcome.timed_out
    assert outcome.written > 100_000


@pytest.mark.parametrize("attack", _parameters(resources.BUSY))
def test_a_busy_program_never_ends(attack: Attack, run: Run) -> None:
    outcome = run(attack, 0.4)
    assert outcome.timed_out, outcome
    assert outcome.cpu_s > 0.05


@pytest.mark.parametrize("attack", _parameters(resources.IDLE))
def test_an_idle_program_never_ends(attack: Attack, run: Run) -> None:
    outcome = run(attack, 0.3)
    assert outcome.timed_out, outcome


@pytest.mark.parametrize("attack", _parameters(resources.DEADLY))
def test_a_deadly_program_dies_by_a_signal(attack: Attack, run: Run) -> None:
    outcome = run(attack, 10.0)
    assert outcome.exit_code is not None
    assert outcome.exit_code < 0, outcome


@pytest.mark.parametrize("attack", _parameters(resources.ODD_ENDS))
def test_a_program_with_an_odd_end_does_not_end_well(attack: Attack, run: Run) -> None:
    outcome = run(attack, 0.8)
    assert outcome.timed_out or outcome.exit_code, outcome


@pytest.mark.parametrize("attack", _parameters(values.ATTACKS))
def test_an_odd_program_is_sound_in_itself(attack: Attack, run: Run) -> None:
    """A slip of the pen would make it an ordinary wrong program."""
    outcome = run(attack, 0.4)
    slips = ("NameError", "UnboundLocalError", "IndentationError", "ModuleNotFoundError", "AttributeError", "unexpected keyword")
    assert not any(slip in outcome.output for slip in slips), outcome.output
    assert "SyntaxError" not in outcome.output or "SyntaxError" in attack.source


@pytest.mark.parametrize("attack", _parameters(benign.ATTACKS))
def test_an_honest_program_passes(attack: Attack) -> None:
    for package in attack.needs & PACKAGES:
        pytest.importorskip(package)
    # A script that asks for input does so here; one that pickles its own class needs to be a script.
    outcome = naive.run(attack.source, attack.tests, "pipe" if "__main__" in attack.source else "exit", wall_s=30.0)
    assert outcome.passed, outcome.output[-500:]
