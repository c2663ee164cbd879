"""The level: found by trying, refused with the reason and the fix, never lowered in silence."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.sandbox import Limits, Program, Sandbox, SandboxRefused, Verdict, bubblewrap, fork_server, isolation, probes
from harness.sandbox.fork_server import Gone
from harness.sandbox.inside import kernel, seccomp
from harness.sandbox.isolation import choose
from tests.sandbox.conftest import require_bubblewrap
from tests.sandbox.ordinary_user import OrdinaryUser

pytestmark = pytest.mark.slow  # Each test proves levels by trying: a second or so.


@pytest.fixture
def without_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "find", lambda: None)


@pytest.fixture
def without_landlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "landlock_abi", lambda: 0)


def test_auto_takes_the_best_level_and_proves_it() -> None:
    require_bubblewrap()
    chosen = choose("auto", accept_weak=False).isolation
    assert (chosen.level, chosen.escaped, chosen.better) == ("A", (), {})
    assert len(chosen.contained) == 19
    assert {"bubblewrap", "landlock", "seccomp"} == set(chosen.layers)
    assert chosen.describe().startswith("level A (bubblewrap ")


def test_without_bubblewrap_auto_takes_b_and_says_why(without_bubblewrap: None) -> None:
    chosen = choose("auto", accept_weak=False).isolation
    assert (chosen.level, chosen.escaped, set(chosen.layers)) == ("B", (), {"landlock", "seccomp"})
    assert chosen.better == {"A": "bubblewrap is not installed"}


def test_where_neither_can_be_had_it_refuses_with_reason_and_fix(without_bubblewrap: None, without_landlock: None) -> None:
    with pytest.raises(SandboxRefused) as refusal:
        choose("auto", accept_weak=False)
    for part in (
        "bubblewrap is not installed",
        "apt-get install bubblewrap",
        "no Landlock",
        "Linux 5.13",
        "--isolation E",
        "--accept-weak-isolation",
        "What could be had, level C (seccomp strict-1; ",
    ):
        assert part in str(refusal.value)


def test_a_level_that_was_asked_for_is_not_replaced_by_another(without_bubblewrap: None) -> None:
    with pytest.raises(SandboxRefused, match="level A: bubblewrap is not installed"):
        choose("A", accept_weak=False)


@pytest.mark.parametrize("level", ["C", "D"])
def test_weak_levels_need_a_word(level: str) -> None:
    with pytest.raises(SandboxRefused, match=f"Level {level} does not keep a hostile program in"):
        choose(level, accept_weak=False)
    chosen = choose(level, accept_weak=True).isolation
    assert chosen.level == level
    assert "read a file" in chosen.escaped


@pytest.mark.slow
def test_with_the_word_auto_still_takes_the_best(without_bubblewrap: None, without_landlock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose("auto", accept_weak=True).isolation.level == "C"
    monkeypatch.setattr(seccomp, "supported", lambda: False)
    weakest = choose("auto", accept_weak=True).isolation
    assert (weakest.level, weakest.layers) == ("D", {})
    assert weakest.better["A"].startswith("there is no system-call filter for")


def test_what_the_user_states_is_shown_with_the_layers_that_work() -> None:
    chosen = choose("E", accept_weak=False).isolation
    assert chosen.level == "E"
    assert chosen.layers["external"] == "stated by the user"
    assert "seccomp" in chosen.layers


def test_a_probe_that_gets_out_lowers_the_level(without_bubblewrap: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        isolation, "_layers_of", lambda level: [isolation.Layers(None, False, True)] if level == "B" else []
    )  # Level B as it would be if Landlock did nothing.
    with pytest.raises(SandboxRefused, match="level B: a probe got out: read a file, read the harness's own code"):
        choose("auto", accept_weak=False)


def test_a_start_that_fails_is_told_with_its_last_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setattr(bubblewrap, "find", lambda: str(broken))
    with pytest.raises(SandboxRefused, match=r"level A: bwrap: setting up uid map: Permission denied .*AppArmor"):
        choose("A", accept_weak=False)
    assert choose("auto", accept_weak=False).isolation.better["A"] == "bwrap: setting up uid map: Permission denied"


def test_a_machine_without_a_filter_is_named_and_gets_no_useless_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "riscv64")
    with pytest.raises(SandboxRefused, match="level A: there is no system-call filter for riscv64; level B: there is no") as refusal:
        choose("auto", accept_weak=False)
    assert "apt-get" not in str(refusal.value)


def test_what_is_stated_of_a_place_without_any_layer_shows_that_there_is_none(
    without_bubblewrap: None, without_landlock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seccomp, "supported", lambda: False)
    with Sandbox("E", slots=1) as sandbox:
        assert (sandbox.isolation.level, set(sandbox.isolation.layers)) == ("E", {"external"})
        assert "read a file" in sandbox.isolation.escaped
        assert set(sandbox.isolation.better) == {"A", "B", "C"}
        assert sandbox.run(Program("", "def f(): return 1", "assert f() == 1", ("f",))).level == "E"


def test_a_probe_that_gets_out_of_a_lowers_the_level_to_b(monkeypatch: pytest.MonkeyPatch) -> None:
    layers_of = isolation._layers_of
    monkeypatch.setattr(isolation, "_layers_of", lambda level: [isolation.Layers(None, True, False)] if level == "A" else layers_of(level))
    chosen = choose("auto", accept_weak=False).isolation
    assert chosen.level == "B"
    assert chosen.better["A"].startswith("a probe got out: ")
    assert "make a process" in chosen.better["A"]
    assert "read a file" not in chosen.better["A"]


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("echo 'no luck' >&2; kill -9 $$", "no luck"),
        ("kill -9 $$", "it ended"),
        pytest.param("sleep 60", "timed out", marks=pytest.mark.slow),
    ],
)
def test_a_fork_server_that_does_not_come_up_is_a_reason(says: str, reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text(f"#!/bin/sh\n{says}\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setattr(bubblewrap, "find", lambda: str(broken))
    monkeypatch.setattr(fork_server, "_START_S", 0.5)
    with pytest.raises(SandboxRefused, match=f"level A: {reason}"):
        choose("A", accept_weak=False)


class Pretending:
    """A slot that gives the verdicts it was told to; any other probe passes, any other forgery fails."""

    def __init__(self, **verdicts: str) -> None:
        self._verdicts = verdicts

    def run(self, program: Program, limits: Limits, kill_cpu_s: float) -> Verdict:
        (name,) = program.entry_points
        status: Any = "passed" if program.tests == probes._TESTS or name == "f" else "failed"
        for word, verdict in self._verdicts.items():
            if word in program.candidate or word == name:
                status = verdict
        return Verdict(status, "as told", 0.0, 0.0, "B", "split")


@pytest.mark.parametrize("status", ["failed", "error", "crashed", "timeout_cpu", "timeout_wall", "memory", "output", "infra_error"])
def test_a_probe_is_contained_only_if_its_test_passes(status: str) -> None:
    contained, escaped, detail = probes.run_probes(Pretending(AF_VSOCK=status))  # type: ignore[arg-type]
    assert (len(contained), escaped, detail) == (18, ("open a host socket",), f"{status}: as told")


def test_a_forged_pass_has_got_out() -> None:
    contained, escaped, _ = probes.run_probes(Pretending(_exit="passed"))  # type: ignore[arg-type]
    assert "pass by ending with exit code 0" in escaped
    assert "pass by an object equal to everything" in contained


def test_where_a_right_program_does_not_pass_nothing_is_proved() -> None:
    with pytest.raises(Gone, match="a right program does not pass: crashed: as told"):
        probes.run_probes(Pretending(f="crashed"))  # type: ignore[arg-type]


WITHOUT_LANDLOCK = """
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
# Landlock's three calls fail as they do in a kernel where it is switched off (EOPNOTSUPP).
steps = ((0x20, 0, 0, 0), (0x35, 0, 2, 444), (0x25, 1, 0, 446), (6, 0, 0, 0x5005F), (6, 0, 0, 0x7FFF0000))
code = b"".join(struct.pack("=HBBI", *step) for step in steps)
buffer = ctypes.create_string_buffer(code, len(code))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer)))) == 0

from harness.sandbox import Program, Sandbox, SandboxRefused, bubblewrap
from harness.sandbox.inside import kernel
assert kernel.landlock_abi() == 0
if bubblewrap.find():
    with Sandbox(slots=1) as sandbox:
        isolation = sandbox.isolation
        assert (isolation.level, set(isolation.layers), isolation.escaped) == ("A", {"bubblewrap", "seccomp"}, ()), isolation
        assert sandbox.run(Program("", "def f(): return 1", "assert f() == 1", ("f",))).status == "passed"
try:
    Sandbox("B")
except SandboxRefused as refusal:
    print(refusal)
bubblewrap.find = lambda: None
try:
    Sandbox()
except SandboxRefused as refusal:
    print(refusal)
with Sandbox(slots=1, accept_weak=True) as sandbox:
    print(sandbox.isolation.describe())
"""


@pytest.mark.slow
def test_in_a_kernel_without_landlock_a_still_holds_and_b_is_refused() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_LANDLOCK], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    asked, auto, weak = done.stdout.splitlines()
    assert "level B: this kernel has no Landlock, or it is switched off (use Linux 5.13" in asked
    assert "level A: bubblewrap is not installed (install bubblewrap" in auto
    assert "level B: this kernel has no Landlock" in auto
    assert weak.startswith("level C (seccomp strict-1; ")


def test_a_level_that_does_not_exist_and_no_slots_are_refused() -> None:
    with pytest.raises(ValueError, match="level: 'F'"):
        Sandbox("F")
    with pytest.raises(ValueError, match="slots: must be at least 1"):
        Sandbox("B", slots=0)


AS_USER = """
import os
from harness.sandbox import Limits, Program, Sandbox
assert os.getuid() == 12345
for level in LEVELS:
    with Sandbox(level, slots=1) as sandbox:
        isolation = sandbox.isolation
        assert (isolation.level, isolation.escaped, len(isolation.contained)) == (level, (), 19), isolation
        for candidate, status in (
            ("def f(): return 1", "passed"), ("def f(): return 2", "failed"), ("def f(): return open('/etc/passwd').read()", "error"),
            ("def f(): return bytearray(1 << 40)", "memory"), ("import os\\ndef f(): os._exit(0)", "crashed"),
            ("def f():\\n    while True: pass", "timeout_cpu"),
        ):
            verdict = sandbox.run(Program("", candidate, "assert f() == 1", ("f",)), Limits(cpu_s=0.5))
            assert verdict.status == status, (candidate, verdict)
print("fine")
"""


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0, reason="the tests run as an ordinary user already")
def test_an_ordinary_user_has_the_same_levels(ordinary_user: OrdinaryUser) -> None:
    levels = "AB" if bubblewrap.find() else "B"
    assert ordinary_user.run("-c", f"LEVELS = {levels!r}\n{AS_USER}") == "fine\n"
