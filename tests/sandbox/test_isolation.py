"""The level: found by trying, refused with the reason and the fix, never lowered in silence."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.sandbox import Sandbox, SandboxRefused, bubblewrap, isolation
from harness.sandbox.inside import kernel, seccomp
from harness.sandbox.isolation import choose
from tests.sandbox.conftest import require_bubblewrap


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


def test_other_systems_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation.sys, "platform", "darwin")
    monkeypatch.setattr(isolation.platform, "system", lambda: "Darwin")
    with pytest.raises(SandboxRefused, match="Darwin has neither namespaces, Landlock nor seccomp"):
        choose("auto", accept_weak=False)


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


def test_an_ordinary_user_has_the_same_levels(tmp_path_factory: pytest.TempPathFactory) -> None:
    python = next((path for path in ("/usr/bin/python3",) if Path(path).exists()), None)
    if shutil.which("setpriv") is None or python is None or _version(python) < (3, 11):
        pytest.skip("needs setpriv and a Python 3.11 or later that every user can read")
    place = Path("/tmp") / tmp_path_factory.getbasetemp().name / "package"
    package = Path(sys.modules["harness"].__path__[0])
    try:
        shutil.copytree(package / "sandbox", place / "harness" / "sandbox", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(package / "__init__.py", place / "harness")
        for path in (place.parent, *place.parent.rglob("*")):
            path.chmod(0o755)
        levels = "AB" if bubblewrap.find() else "B"
        command = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups", python, "-c", f"LEVELS = {levels!r}\n{AS_USER}"]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=120, env={"PATH": "/usr/bin:/bin"})
    finally:
        shutil.rmtree(place.parent, ignore_errors=True)
    assert done.stdout == "fine\n", done.stderr


def _version(python: str) -> tuple[int, int]:
    major, minor = subprocess.run(
        [python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, check=True
    ).stdout.split()
    return int(major), int(minor)
