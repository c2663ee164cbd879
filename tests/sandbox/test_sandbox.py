"""The contract: every status, every limit, retries, streams, and nothing left behind."""

import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.sandbox import Case, Limits, Program, Sandbox, StdioProgram, Verdict

SHORT: dict[str, Any] = {"cpu_s": 1.0, "wall_s": 20.0, "memory_mb": 256}


def run(sandbox: Sandbox, candidate: str, tests: str = "assert f(1) == 2", prelude: str = "", **limits: Any) -> Verdict:
    return sandbox.run(Program(prelude, candidate, tests, ("f",)), Limits(**SHORT | limits))


def script(sandbox: Sandbox, candidate: str, *cases: tuple[str, str], compare: Any = "lines", **limits: Any) -> Verdict:
    return sandbox.run(StdioProgram(candidate, tuple(Case(*case) for case in cases), compare), Limits(**SHORT | limits))


RIGHT = "def f(x): return x + 1"


# Verdicts


@pytest.mark.slow
def test_a_right_program_passes(sandbox: Sandbox) -> None:
    verdict = run(sandbox, "def f(x): return x + STEP", prelude="STEP = 1")
    assert (verdict.status, verdict.reason, verdict.integrity) == ("passed", "all tests passed", "split")
    assert verdict.level == sandbox.isolation.level
    assert 0 < verdict.cpu_s < 1
    assert 5 < verdict.memory_mb < 100


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        ("assert f(1) == 2, 'one more than one'", "a test failed: one more than one"),
        ("x = 3\nassert f(x) == 4", "a test failed: line 2: assert f(x) == 4"),
        ("pass", "the tests never called the program"),
        ("def g(): assert f(1) == 2\ng()", "a test failed: line 1: def g(): assert f(1) == 2"),
    ],
)
def test_a_wrong_program_fails_with_what_was_tested(kernel_sandbox: Sandbox, tests: str, reason: str) -> None:
    verdict = run(kernel_sandbox, "def f(x): return x", tests)
    assert (verdict.status, verdict.reason) == ("failed", reason)


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        ("def f(:", "SyntaxError"),
        ("def f(x): return y", "NameError: name 'y' is not defined"),
        ("def g(x): return x", "'f' is not defined"),
        ("def f(x): return f(x)", "RecursionError"),
        ("import sys\nsys.exit(0)", "SystemExit: 0"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("def f(x): raise KeyError('k')", "KeyError: 'k'"),
        ("def f(x): assert x > 1, 'small'", "AssertionError: small"),
        ("class Odd(ValueError): pass\ndef f(x): raise Odd(3)", "Odd: 3"),
        ("f = input()", "EOFError"),
        ("open('big', 'w')", "PermissionError"),
        ("f = '\0'", "SyntaxError"),
        ("f = '\ud800'", "UnicodeEncodeError"),
        ("raise ValueError('x' * 100_000)", "ValueError: xxx"),
        ("raise ValueError('\ud800')", "UnicodeEncodeError"),
        ("", "'f' is not defined"),
    ],
)
def test_a_program_that_raises_is_an_error_with_its_reason(kernel_sandbox: Sandbox, candidate: str, reason: str) -> None:
    verdict = run(kernel_sandbox, candidate)
    assert verdict.status == "error"
    assert verdict.reason.startswith(reason)
    assert len(verdict.reason) <= 500


@pytest.mark.slow
@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        ("import os\nos._exit(0)", "ended with exit code 0 before the tests were through"),
        ("def f(x):\n    import os\n    os._exit(7)", "ended with exit code 7 before the tests were through"),
        ("import ctypes\ndef f(x): ctypes.string_at(0)", "was killed by SIGSEGV before the tests were through"),
        ("import os\ndef f(x): os.abort()", "was killed by SIGABRT before the tests were through"),
        ("import os\ndef f(x): os.kill(os.getpid(), 40)", "was killed by signal 40 before the tests were through"),
        ("import os, time\nos.close(3)\ntime.sleep(60)", "closed its connection before the tests were through"),
        ("import os\nos.write(3, b'\\xff' * 100)\ndef f(x): return 2", "sent something that is no answer"),
    ],
)
def test_a_program_that_dies_has_crashed(sandbox: Sandbox, candidate: str, reason: str) -> None:
    verdict = run(sandbox, candidate)
    assert (verdict.status, verdict.reason) == ("crashed", reason)


@pytest.mark.slow
def test_a_death_is_not_hidden_by_tests_that_catch_everything(sandbox: Sandbox) -> None:
    verdict = run(sandbox, "import os\ndef f(x): os._exit(0)", "try:\n    f(1)\nexcept:\n    pass")
    assert verdict.status == "crashed"


# Limits


@pytest.mark.slow
def test_a_program_that_computes_for_ever_runs_out_of_cpu_time(sandbox: Sandbox) -> None:
    verdict = run(sandbox, "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\ndef f(x):\n    while True: pass", cpu_s=0.4)
    assert (verdict.status, verdict.reason) == ("timeout_cpu", "needs more than 0.4 s of CPU time")
    assert 0.3 < verdict.cpu_s < 0.8


@pytest.mark.slow
def test_threads_and_the_time_before_the_first_call_count(kernel_sandbox: Sandbox) -> None:
    burn = "import threading\ndef burn():\n    while True: pass\n"
    assert run(kernel_sandbox, f"{burn}burn()", cpu_s=0.3).status == "timeout_cpu"
    threads = f"{burn}threading.Thread(target=burn, daemon=True).start()\nimport time\ndef f(x): time.sleep(30)"
    assert run(kernel_sandbox, threads, cpu_s=0.3).status == "timeout_cpu"


@pytest.mark.slow
@pytest.mark.parametrize("body", ["import time; time.sleep(60)", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"])
def test_a_program_that_only_waits_runs_out_of_wall_time_after_a_second_try(sandbox: Sandbox, body: str) -> None:
    verdict = run(sandbox, f"def f(x): {body}", wall_s=0.5)
    assert (verdict.status, verdict.reason, verdict.attempts) == ("timeout_wall", "not finished after 0.5 s", 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "x = bytearray(1 << 30)",
        "x = []\n    while True: x.append(bytearray(1 << 20))",
        "x = []\n    while True: x.append(str(len(x)))",
    ],
)
def test_a_program_that_needs_too_much_memory_is_told_so(sandbox: Sandbox, body: str) -> None:
    verdict = run(sandbox, f"def f(y):\n    {body}", cpu_s=10)
    assert (verdict.status, verdict.reason) == ("memory", "MemoryError")
    assert verdict.memory_mb < 300


def test_the_memory_allowed_can_be_used(kernel_sandbox: Sandbox) -> None:
    assert run(kernel_sandbox, "def f(x): return len(bytearray(300 << 20)) and 2", memory_mb=512).status == "passed"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_has_a_limit_and_costs_no_memory_here(sandbox: Sandbox, stream: str) -> None:
    flood = f"import sys\ndef f(x):\n    while True: sys.{stream}.write('x' * 10_000)"
    verdict = run(sandbox, flood, output_kb=100)
    assert (verdict.status, verdict.reason) == ("output", "wrote more than 100 KB")
    assert run(sandbox, f"import sys\ndef f(x): sys.{stream}.write('x' * 50_000); return 2", output_kb=100).status == "passed"


def test_limits_must_be_more_than_nothing() -> None:
    for name in ("cpu_s", "wall_s", "memory_mb", "output_kb"):
        with pytest.raises(ValueError, match=name):
            Limits(**{name: 0})


# Programs that read and write


def test_output_is_compared_outside(sandbox: Sandbox) -> None:
    double = "for line in open(0): print(2 * int(line))"
    assert script(sandbox, double, ("1\n2\n", "2\n4\n"), ("", "")).reason == "all cases passed"
    verdict = script(sandbox, "print(4)", ("2", "4"), ("3", "6"))
    assert (verdict.status, verdict.reason) == ("failed", "case 2: line 1 is '4', expected '6'")


@pytest.mark.parametrize(
    ("written", "compare", "status"),
    [
        ("1 2 \n\n", "lines", "passed"), ("1  2", "lines", "failed"), ("1  2", "tokens", "passed"), ("1 2", "exact", "passed"),
        ("1 2\n", "exact", "failed"), ("1 2\n3", "lines", "failed"), ("", "lines", "failed"),
    ],
)  # fmt: skip
def test_the_ways_to_compare(kernel_sandbox: Sandbox, written: str, compare: str, status: str) -> None:
    assert script(kernel_sandbox, f"print({written!r}, end='')", ("", "1 2"), compare=compare).status == status


@pytest.mark.slow
@pytest.mark.parametrize(
    ("candidate", "status", "reason"),
    [
        ("print(1)\n1/0", "error", "case 1: ZeroDivisionError: division by zero"),
        ("print(1)\nraise SystemExit(3)", "error", "case 1: ended with exit code 3"),
        ("print(1)\nraise SystemExit", "passed", "all cases passed"),
        ("print(1, flush=True)\nimport os\nos._exit(0)", "passed", "all cases passed"),
        ("print(1, flush=True)\nimport os\nos.abort()", "crashed", "case 1: was killed by SIGABRT"),
        ("x = bytearray(1 << 40)", "memory", "case 1: MemoryError"),
        ("while True: pass", "timeout_cpu", "case 1: needs more than 0.5 s of CPU time"),
        ("import time\ntime.sleep(9)", "timeout_wall", "case 1: not finished after 1 s"),
        ("while True: print('x' * 9999)", "output", "case 1: wrote more than 4096 KB"),
        ("if __name__ == '__main__': print(1)", "passed", "all cases passed"),
    ],
)
def test_the_ends_of_a_script(kernel_sandbox: Sandbox, candidate: str, status: str, reason: str) -> None:
    # Beside other work, half a second of CPU time may take more than a second.
    verdict = script(kernel_sandbox, candidate, ("", "1"), cpu_s=0.5, wall_s=1 if "sleep" in candidate else 20)
    assert (verdict.status, verdict.reason) == (status, reason)


def test_a_script_without_cases_does_not_pass(kernel_sandbox: Sandbox) -> None:
    assert script(kernel_sandbox, "print(1)").status == "failed"


def test_chinese_and_broken_text_come_through(kernel_sandbox: Sandbox) -> None:
    assert script(kernel_sandbox, "print(input()[::-1])", ("空调\n", "调空")).status == "passed"
    assert script(kernel_sandbox, "import sys\nsys.stdout.buffer.write(b'\\xff')", ("", "x")).status == "failed"


# Tests that must share the program's process


@pytest.mark.slow
@pytest.mark.parametrize(
    ("candidate", "tests", "status", "reason"),
    [
        ("def f():\n    'doc'", "import inspect\nassert 'doc' in inspect.getdoc(f)", "passed", "all tests passed"),
        ("def f():\n    'doc'", "import inspect\nassert 'no' in inspect.getdoc(f), 'doc'", "failed", "a test failed: doc"),
        ("def f(): print(1)", "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as out: f()\nassert out.getvalue()",
         "passed", "all tests passed"),
        ("def f(x): return x.read()", "import io\nassert f(io.StringIO('a')) == 'a'", "passed", "all tests passed"),
        ("def g(): pass", "import inspect", "error", "'f' is not defined"),
        ("def f(): 1/0", "import inspect\nf()", "error", "ZeroDivisionError: division by zero"),
        ("def f(): return bytearray(1 << 40)", "import inspect\nf()", "memory", "MemoryError"),
        ("def f():\n  while True: pass", "import inspect\nf()", "timeout_cpu", "needs more than 1 s of CPU time"),
        ("import os\ndef f(): os._exit(0)", "import inspect\nf()", "crashed", "ended with exit code 0 before the tests were through"),
    ],
)  # fmt: skip
def test_tests_that_cannot_be_carried_over_share_the_process_and_say_so(
    kernel_sandbox: Sandbox, candidate: str, tests: str, status: str, reason: str
) -> None:
    verdict = run(kernel_sandbox, candidate, tests)
    assert (verdict.status, verdict.reason, verdict.integrity) == (status, reason, "shared-process")


# The sandbox's own failures


@pytest.mark.slow
def test_a_lost_fork_server_is_replaced_and_the_program_runs_again(sandbox: Sandbox) -> None:
    assert run(sandbox, RIGHT).status == "passed"
    for kill in (0, 1):
        slot = sandbox._idle.queue[-1][1]
        assert slot is not None
        os.kill(slot.pids()[kill], signal.SIGKILL)
        time.sleep(0.1)
        verdict = run(sandbox, RIGHT)
        assert (verdict.status, verdict.attempts) == ("passed", 2)


@pytest.mark.slow
def test_a_fork_server_lost_in_the_middle_is_no_verdict_on_the_program() -> None:
    with Sandbox("B", slots=1) as sandbox:
        run(sandbox, RIGHT)
        stop = threading.Event()

        def keep_killing() -> None:
            while not stop.is_set():
                for slot in [slot for _, slot in list(sandbox._idle.queue)] or _running(sandbox):
                    for pid in slot.pids() if slot is not None else []:
                        os.kill(pid, signal.SIGKILL)
                time.sleep(0.05)

        killer = threading.Thread(target=keep_killing)
        killer.start()
        try:
            verdict = run(sandbox, "def f(x):\n    import time\n    time.sleep(3)\n    return 2")
        finally:
            stop.set()
            killer.join()
        assert verdict.status == "infra_error"
        assert "sandbox failed" in verdict.reason
        assert run(sandbox, RIGHT).status == "passed"


def _running(sandbox: Sandbox) -> list[Any]:
    """Children of this process that are fork servers, as things with pids."""
    listed = subprocess.run(["pgrep", "-P", str(os.getpid()), "-f", "inside.zygote"], capture_output=True, text=True, check=False).stdout

    class Found:
        def pids(self) -> list[int]:
            return [int(pid) for pid in listed.split()]

    return [Found()]


def test_a_prelude_that_fails_is_no_fault_of_the_program(kernel_sandbox: Sandbox) -> None:
    verdict = run(kernel_sandbox, RIGHT, prelude="1/0")
    assert (verdict.status, verdict.reason) == ("infra_error", "the prelude failed: ZeroDivisionError: division by zero")


# Several at a time


@pytest.mark.slow
def test_a_stream_takes_programs_while_others_run_and_keeps_their_order() -> None:
    taken: list[int] = []

    def programs() -> Iterator[tuple[Program, Limits]]:
        for number in range(20):
            taken.append(number)
            yield Program("", f"def f(): return {number}", f"assert f() == {number if number % 3 else -1}", ("f",)), Limits(**SHORT)

    with Sandbox("B", slots=2) as sandbox:
        verdicts = sandbox.stream(programs())
        first = next(verdicts)
        assert len(taken) <= 4
        rest = [first, *verdicts]
    assert [verdict.status for verdict in rest] == ["passed" if number % 3 else "failed" for number in range(20)]


@pytest.mark.slow
def test_programs_may_come_from_several_threads_at_once() -> None:
    with Sandbox("B", slots=2) as sandbox, ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: run(sandbox, RIGHT).status, range(24))) == ["passed"] * 24


MIXED = [
    (RIGHT, "passed"),
    ("def f(x): return 0", "failed"),
    ("import time\nt = time.process_time()\nwhile time.process_time() - t < 0.2: pass\ndef f(x): return x + 1", "passed"),
    ("def f(x):\n    while True: pass", "timeout_cpu"),
    ("def f(x):\n    import time\n    time.sleep(0.3)\n    return x + 1", "passed"),
    ("def f(x): return bytearray(1 << 40)", "memory"),
    ("import os\nos._exit(0)", "crashed"),
    ("def f(x): raise ValueError", "error"),
]


@pytest.mark.slow
@pytest.mark.parametrize("hogs", [0, 4])
@pytest.mark.parametrize("slots", [1, 8])
def test_verdicts_do_not_depend_on_slots_or_load(slots: int, hogs: int) -> None:
    busy = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(hogs)]
    try:
        with Sandbox("B", slots=slots) as sandbox:
            programs = [(Program("", candidate, "assert f(1) == 2", ("f",)), Limits(cpu_s=0.6, wall_s=20)) for candidate, _ in MIXED * 2]
            assert [verdict.status for verdict in sandbox.stream(programs)] == [status for _, status in MIXED * 2]
    finally:
        for process in busy:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_program_over_the_limit_beside_others_is_decided_alone() -> None:
    """0.55 s of the clock that the program sees is over a limit of 0.4 s, though not by half: a run alone decides."""
    spend = "import time\nt = time.process_time()\nwhile time.process_time() - t < 0.5: pass\ndef f(x): return x + 1"
    with Sandbox("B", slots=2) as sandbox:
        verdict = run(sandbox, spend, cpu_s=0.4)
    assert (verdict.status, verdict.attempts) == ("timeout_cpu", 2)


# Nothing left behind


@pytest.mark.slow
@pytest.mark.parametrize("level", ["B", "D"])
def test_closing_leaves_no_process_no_file_and_no_descriptor(level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with Sandbox(level, slots=2, accept_weak=True) as sandbox:
        for candidate in (RIGHT, "import os; os._exit(3)", "raise ValueError"):
            run(sandbox, candidate)
        slots = [slot for _, slot in sandbox._idle.queue if slot is not None]
        pids = [pid for slot in slots for pid in slot.pids()]
        assert pids
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert list(tmp_path.iterdir()) == []
    assert set(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


@pytest.mark.slow
def test_a_sandbox_that_was_not_closed_goes_with_its_process(tmp_path: Path) -> None:
    program = (
        "from harness.sandbox import *\ns = Sandbox('B', slots=1)\n"
        "print(s.run(Program('', 'def f(): return 1', 'assert f() == 1', ('f',))).status, *s._idle.queue[-1][1].pids())\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([os.sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment, timeout=60)  # type: ignore[attr-defined]
    status, *pids = done.stdout.split()
    assert status == "passed"
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_killed_harness_takes_its_programs_with_it() -> None:
    program = (
        "import os, time\nfrom harness.sandbox import *\ns = Sandbox('B', slots=1)\n"
        "s.run(Program('', 'def f(): return 1', 'assert f() == 1', ('f',)))\n"
        "print(*s._idle.queue[-1][1].pids(), flush=True)\n"
        "s.run(Program('', 'import time\\ntime.sleep(600)', 'f()', ('f',)), Limits(wall_s=600))\n"
    )
    with subprocess.Popen([os.sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:  # type: ignore[attr-defined]
        assert process.stdout is not None
        pids = process.stdout.readline().split()
        time.sleep(0.5)
        children = subprocess.run(["pgrep", "-P", ",".join(pids)], capture_output=True, text=True, check=False).stdout.split()
        assert children
        process.kill()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(Path(f"/proc/{pid}").exists() for pid in [*pids, *children]):
        time.sleep(0.05)
    assert not [pid for pid in [*pids, *children] if Path(f"/proc/{pid}").exists()]


# What a program may do


def test_hashes_time_zone_and_random_numbers_are_the_same_every_time(kernel_sandbox: Sandbox) -> None:
    report = "import time, random\ndef f(x): raise ValueError(hash('空调'), time.tzname[0], random.random())"
    first, second = run(kernel_sandbox, report), run(kernel_sandbox, report)
    assert first.reason == second.reason
    assert "'UTC'" in first.reason
    assert str(random.Random(0).random()) in first.reason  # The same in every slot, and on another day.


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system binds no process to cores")
def test_every_program_sees_one_core_whatever_its_slot() -> None:
    look = Program("", "import os\ndef f(): return len(os.sched_getaffinity(0))", "assert f() == 1, f()", ("f",))
    with Sandbox("B", slots=3) as sandbox:
        assert [verdict.reason for verdict in sandbox.stream([(look, Limits())] * 6)] == ["all tests passed"] * 6


def test_a_program_sees_a_bare_environment_and_an_empty_folder(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_TEST_TOKEN", "swordfish")
    look = "import os\ndef f(): return sorted(os.environ), os.listdir('.'), os.getcwd()"
    verdict = run(sandbox, look, "env, here, where = f()\nassert env == ['LC_ALL', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'PATH', "
                  "'PYTHONHASHSEED', 'TZ'], env\nassert here == []")  # fmt: skip
    assert verdict.status == "passed", verdict.reason
