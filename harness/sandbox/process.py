"""One fresh interpreter a program: limits on CPU time, wall time, memory and file size, an empty environment, an empty
folder, its own session, and no network where the kernel allows it.

Not promised: protection of files that the user running the harness can read or delete, and a verdict that a program written
to deceive cannot forge. Do not run hostile code with it.
"""

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.sandbox.records import Limits, Program, Status, Verdict

_DRIVER = (Path(__file__).parent / "driver.py").read_text(encoding="utf-8")
_MAX_REPORT = 65_536


class Sandbox:
    """Runs programs one at a time; safe to use from several threads."""

    def run(self, program: Program, limits: Limits) -> Verdict:
        """Run `program` and return what happened. Never raises because of the program."""
        started = time.monotonic()
        try:
            return _run(program, limits, started)
        except OSError as error:
            return Verdict("infra_error", f"the sandbox failed: {error}", 0.0, time.monotonic() - started, "process", "shared-process")


def _run(program: Program, limits: Limits, started: float) -> Verdict:
    nonce = secrets.token_hex(16)
    job = {
        "nonce": nonce,
        "prelude": program.prelude,
        "candidate": program.candidate,
        "tests": program.tests,
        "entry_points": program.entry_points,
        "cpu_s": limits.cpu_s,
        "memory_mb": limits.memory_mb,
    }
    folder = tempfile.mkdtemp(prefix="harness-program-")
    read_end, write_end = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-s", "-P", "-S", "-c", _DRIVER, str(write_end)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"}, cwd=folder,
            pass_fds=(write_end,), start_new_session=True,
        )  # fmt: skip
        os.close(write_end)
        write_end = -1
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(job).encode())
            process.stdin.close()
        except BrokenPipeError:
            pass  # The interpreter died at once; its exit status says how.
        report, timed_out = _read_report(read_end, started + limits.wall_s)
        _kill_session(process.pid)
        _, exit_status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(exit_status)
    finally:
        os.close(read_end)
        if write_end >= 0:
            os.close(write_end)
        _remove(folder)
    cpu_s, wall_s = usage.ru_utime + usage.ru_stime, time.monotonic() - started
    status, reason, level = _judge(report, nonce, process.returncode, timed_out, cpu_s, limits)
    return Verdict(status, reason, cpu_s, wall_s, level, "shared-process")


def _remove(folder: str) -> None:
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:  # Folders nested deeper than Python can follow.
        subprocess.run(["rm", "-rf", folder], check=False)


def _read_report(fd: int, deadline: float) -> tuple[bytes, bool]:
    """Read until the program closes its end or the deadline passes; returns what came and whether time ran out."""
    data = b""
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([fd], [], [], left)[0]:
            break
        chunk = os.read(fd, 4096)
        if not chunk:
            return data, False
        if len(data) < _MAX_REPORT:
            data += chunk
    return data, True


def _kill_session(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _judge(report: bytes, nonce: str, exit_code: int, timed_out: bool, cpu_s: float, limits: Limits) -> tuple[Status, str, str]:
    level, outcome = "process", None
    for line in report.splitlines():
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(message, dict) and message.get("nonce") == nonce:
            level = str(message.get("level", level))
            outcome = message if message.get("status") in ("passed", "failed", "error", "memory") else outcome
    if outcome is not None:
        return outcome["status"], str(outcome.get("reason", ""))[:500], level
    # The kernel counts CPU seconds in whole ones and signals at the first tick past the limit.
    if exit_code == -signal.SIGXCPU or cpu_s >= limits.cpu_s:
        return "timeout_cpu", f"used {cpu_s:.1f} s of CPU, {limits.cpu_s:g} s allowed", level
    if timed_out:
        return "timeout_wall", f"not finished after {limits.wall_s:g} s", level
    if exit_code < 0:
        known = -exit_code in set(signal.Signals)
        return "crashed", f"killed by {signal.Signals(-exit_code).name if known else f'signal {-exit_code}'}", level
    return "failed", f"ended with exit code {exit_code} before the tests were through", level
