"""macOS's level, as far as Linux can show it: the rules that are written, and a fork server without what macOS lacks.

In the place of `sandbox-exec` stands a program that keeps the rules, and takes from the interpreter what macOS does not have;
whether the rules confine can only be seen on macOS.
"""

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.sandbox import Case, Limits, Program, Sandbox, SandboxRefused, StdioProgram, isolation, seatbelt

_STAND_IN = """#!{python}
import os, sys
flag, rules, *command = sys.argv[1:]
assert flag == "-p"
with open({seen!r}, "w", encoding="utf-8") as file:
    file.write(rules)
code = command.index("-c") + 1
command[code] = '''
import os, sys, time
sys.platform = "darwin"
del os.pidfd_open, os.memfd_create, os.sched_setaffinity, os.sched_getaffinity
def clock(number, real=time.clock_gettime):
    if number < 0:
        raise OSError(22, "Invalid argument")
    return real(number)
time.clock_gettime = clock
''' + command[code]
os.execv(command[0], command)
"""


@pytest.fixture
def on_macos(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """This process takes itself to be on macOS. Yields the file that gets the rules."""
    seen, stand_in = tmp_path / "rules.sb", tmp_path / "sandbox-exec"
    stand_in.write_text(_STAND_IN.format(python=sys.executable, seen=str(seen)), encoding="utf-8")
    stand_in.chmod(0o755)
    monkeypatch.setattr(seatbelt, "_SANDBOX_EXEC", str(stand_in))
    sysconfig.get_config_vars()  # Read once, from a file that has the true platform in its name.
    monkeypatch.setattr(seatbelt.platform, "mac_ver", lambda: ("15.1", ("", "", ""), "arm64"))
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delattr("os.sched_getaffinity")
    yield seen
    monkeypatch.undo()


@pytest.mark.slow
def test_macos_has_level_c_and_it_is_refused_with_the_reason(on_macos: Path) -> None:
    with pytest.raises(SandboxRefused) as refusal:
        Sandbox()
    said = str(refusal.value)
    for level in "AB":
        assert f"level {level}: macOS has neither namespaces, Landlock nor seccomp" in said
    assert "What could be had, level C (seatbelt macOS 15.1; " in said
    assert "--accept-weak-isolation" in said
    assert "apt-get" not in said
    assert "Linux 5.13" not in said


@pytest.mark.slow
def test_without_sandbox_exec_it_is_level_d(on_macos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seatbelt, "_SANDBOX_EXEC", "/nowhere/sandbox-exec")
    with Sandbox(slots=1, accept_weak=True) as sandbox:
        assert (sandbox.isolation.level, sandbox.isolation.layers) == ("D", {})
        assert sandbox.isolation.better["C"] == "macOS has neither namespaces, Landlock nor seccomp, and sandbox-exec was not found"


@pytest.mark.slow
def test_other_systems_have_level_d(monkeypatch: pytest.MonkeyPatch) -> None:
    sysconfig.get_config_vars()
    monkeypatch.setattr(sys, "platform", "freebsd14")
    monkeypatch.setattr(isolation.platform, "system", lambda: "FreeBSD")
    assert isolation.choose("auto", accept_weak=True).isolation.better == dict.fromkeys(
        "ABC", "FreeBSD has neither namespaces, Landlock nor seccomp"
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="takes from Linux what macOS lacks")
def test_programs_are_judged_without_what_macos_lacks(on_macos: Path) -> None:
    one = "def f(): return 1"
    cases = [
        (one, "passed", 6.0),
        ("def f(): return 2", "failed", 6.0),
        ("def f(): raise KeyError(3)", "error", 6.0),
        ("import os\ndef f(): os._exit(0)", "crashed", 6.0),
        ("import time\ndef f(): time.sleep(60)", "timeout_wall", 0.5),
        ("def f():\n    while True: pass", "timeout_cpu", 30.0),
        ("def f():\n    while True: print('x' * 1000)", "output", 6.0),
    ]
    with Sandbox("C", slots=1, accept_weak=True) as sandbox:
        assert (sandbox.isolation.level, sandbox.isolation.layers) == ("C", {"seatbelt": "macOS 15.1"})
        for candidate, status, wall_s in cases:
            verdict = sandbox.run(Program("", candidate, "assert f() == 1", ("f",)), Limits(cpu_s=0.5, wall_s=wall_s, output_kb=64))
            assert (verdict.status, verdict.integrity, verdict.level) == (status, "split", "C"), (candidate, verdict)
            assert sandbox.run(Program("", one, "assert f() == 1", ("f",))).status == "passed"
        shared = sandbox.run(Program("", one, "import inspect\nassert f() == 1", ("f",)))
        assert (shared.status, shared.integrity) == ("passed", "shared-process")
        echo = StdioProgram("print(input())", (Case("a\n", "a\n"),))
        assert sandbox.run(echo).status == "passed"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="takes from Linux what macOS lacks")
def test_the_rules_name_what_python_needs_and_deny_the_rest(on_macos: Path) -> None:
    with Sandbox("C", slots=1, accept_weak=True):
        rules = on_macos.read_text(encoding="utf-8")
    lines = rules.splitlines()
    assert lines[:2] == ["(version 1)", "(deny default)"]
    assert rules.count("(") == rules.count(")")
    assert {line.split()[1].rstrip(")") for line in lines[2:]} == {
        "process-fork", "process-exec", "process-info*", "signal", "sysctl-read", "file-read-metadata", "file-read*", "file-read-data"
    }  # fmt: skip
    writing = [line for line in lines if "write" in line]
    assert len(writing) == 1
    assert "subpath" not in writing[0]
    assert set(writing[0].split('"')[1::2]) == {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"}
    files = isolation.python_files()
    reading = next(line for line in lines if "file-map-executable" in line)
    for path in (*files.packages, "/System/Library"):
        assert f'(subpath "{Path(path).resolve()}")' in reading
    home, harness = str(Path.home()), str(Path(isolation.__file__).parents[1])
    for place in (home, "/", harness):
        assert f'(subpath "{place}")' not in reading


def test_a_path_cannot_add_a_rule() -> None:
    (rule,) = [seatbelt._paths("literal", ['/tmp/a" b) (allow default) "\\'])]
    assert rule == '(literal "/tmp/a\\" b) (allow default) \\"\\\\")'
