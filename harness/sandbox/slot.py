"""One slot: a fork server for workers and one for judges, so that a candidate never finds the tests in inherited memory."""

import contextlib
import json
import os
import secrets
import select
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

from harness.sandbox.carry import TestsText, read_tests
from harness.sandbox.fork_server import ForkServer, Gone, Layers, payload
from harness.sandbox.paths import PythonFiles
from harness.sandbox.records import Integrity, Level, Limits, Program, Status, StdioProgram, Verdict
from harness.sandbox.stdio import difference

_JUDGE_CPU_FACTOR, _JUDGE_CPU_EXTRA_S = 3, 5.0
_REPORT_S = 10.0
_GONE_S = 1.0
_LEAVE_S = 0.02
"""How long a worker is given to end by itself once the verdict is there."""
_MAX_VERDICT = 1 << 16


class _Outcome:
    """What one run of a worker, and a judge if there was one, came to."""

    def __init__(self) -> None:
        self.message = b""
        """What the judge, or in a shared process the worker, sent as verdict."""
        self.output = bytearray()
        self.written = 0
        self.stopped = ""
        """Why it was ended from here: "wall", "output", or "gone" if it lived on without its connection."""
        self.worker: dict[str, Any] = {}
        self.judge: dict[str, Any] = {}
        self.wall_s = 0.0


class Slot:
    """Runs one program at a time. Not thread-safe."""

    def __init__(self, level: Level, layers: Layers, files: PythonFiles, core: int | None = None) -> None:
        """Start both fork servers, on one core if it is given: judge and worker take turns, and waking a process on
        another core takes longer than they do. Raises Gone."""
        self._level, self._layers, self._files = level, layers, files
        self._number = 0
        self._workers = ForkServer(layers, files, core)
        try:
            self._judges = ForkServer(layers, files, core)
        except Gone:
            self._workers.close()
            raise

    def close(self) -> None:
        """End the processes, with whatever they still run."""
        self._workers.close()
        self._judges.close()

    def pids(self) -> list[int]:
        """The processes that this slot started."""
        return [self._workers.process.pid, self._judges.process.pid]

    def run(self, program: Program | StdioProgram, limits: Limits, kill_cpu_s: float) -> Verdict:
        """Run one program; it is killed at `kill_cpu_s`, which may be above the limit. Raises Gone if a fork server is lost."""
        try:
            if isinstance(program, StdioProgram):
                return self._run_stdio(program, limits, kill_cpu_s)
            text = read_tests(program)
            if text.shared is None:
                verdict = self._run_split(program, text, limits, kill_cpu_s)
                if verdict is not None:
                    return verdict
            return self._run_shared(program, limits, kill_cpu_s)
        except OSError as error:
            raise Gone(str(error)) from error

    def _run_split(self, program: Program, text: TestsText, limits: Limits, kill_cpu_s: float) -> Verdict | None:
        """None if the tests turn out to need a shared process."""
        common = {"prelude": program.prelude, "entry_points": program.entry_points}
        with contextlib.ExitStack() as stack:
            fds = _Descriptors(stack)
            to_judge, to_worker = fds.pair()
            fds.give(to_judge)
            verdict_in, verdict_out = fds.pair()
            output_in, output_out = fds.pipe()
            worker = [fds.file({**common, "candidate": program.candidate}), to_judge, output_out]
            tests = {"tests": program.tests, "looked_up": text.looked_up, "assumed": text.assumed, "identity": text.identity}
            judge = [fds.file({**common, **tests}), to_worker, verdict_out]
            outcome = self._watch(fds, limits, kill_cpu_s, "split", worker, judge, verdict_in, output_in)
        said = _parse(outcome.message)
        status, reason = str(said.get("status", "")), str(said.get("reason", ""))
        if status == "unsupported" and not outcome.stopped:
            return None
        if outcome.stopped or status == "gone":
            return self._verdict(outcome, limits, "split", *_ended(outcome, limits))
        if not status:
            return self._verdict(outcome, limits, "split", *_judge_ended(outcome))
        return self._verdict(outcome, limits, "split", status, reason)  # type: ignore[arg-type]

    def _run_shared(self, program: Program, limits: Limits, kill_cpu_s: float) -> Verdict:
        nonce = secrets.token_hex(16)
        content = {
            "prelude": program.prelude, "candidate": program.candidate, "tests": program.tests, "entry_points": program.entry_points,
            "nonce": nonce,
        }  # fmt: skip
        with contextlib.ExitStack() as stack:
            fds = _Descriptors(stack)
            verdict_in, verdict_out = fds.pair()
            output_in, output_out = fds.pipe()
            outcome = self._watch(
                fds, limits, kill_cpu_s, "shared", [fds.file(content), verdict_out, output_out], None, verdict_in, output_in
            )
        said = _parse(outcome.message)
        if outcome.stopped or said.get("nonce") != nonce or outcome.worker["reason"] in ("cpu", "wall"):
            return self._verdict(outcome, limits, "shared-process", *_ended(outcome, limits))
        return self._verdict(outcome, limits, "shared-process", said["status"], str(said["reason"]))

    def _run_stdio(self, program: StdioProgram, limits: Limits, kill_cpu_s: float) -> Verdict:
        cpu_s = wall_s = memory_mb = 0.0
        verdict = None
        for number, case in enumerate(program.cases, start=1):
            with contextlib.ExitStack() as stack:
                fds = _Descriptors(stack)
                verdict_in, verdict_out = fds.pair()
                output_in, output_out = fds.pipe()
                worker = [fds.file({"candidate": program.candidate}), verdict_out, output_out, fds.file(case.stdin)]
                outcome = self._watch(fds, limits, kill_cpu_s, "script", worker, None, verdict_in, output_in)
            verdict = self._verdict(outcome, limits, "split", *_judge_output(outcome, case.stdout, program.compare, limits, number))
            cpu_s, wall_s = max(cpu_s, verdict.cpu_s), wall_s + verdict.wall_s
            memory_mb = max(memory_mb, verdict.memory_mb)
            if verdict.status != "passed":
                break
        if verdict is None:
            return Verdict("failed", "there are no cases", 0.0, 0.0, self._level, "split")
        return Verdict(verdict.status, verdict.reason, cpu_s, wall_s, self._level, "split", memory_mb)

    def _watch(
        self, fds: "_Descriptors", limits: Limits, kill_cpu_s: float, kind: str, worker: list[int], judge: list[int] | None,
        verdict_in: int, output_in: int,
    ) -> _Outcome:  # fmt: skip
        """Run a worker, and a judge if its descriptors are given, until both have ended or a limit is reached."""
        self._number += 1
        outcome, begun = _Outcome(), time.monotonic()
        deadline = begun + limits.wall_s
        job = {"number": self._number, "memory_mb": limits.memory_mb, "wall_s": limits.wall_s + _REPORT_S}
        self._workers.submit({**job, "kind": kind, "cpu_s": kill_cpu_s}, worker)
        if judge is not None:
            self._judges.submit({**job, "kind": "judge", "cpu_s": _JUDGE_CPU_FACTOR * kill_cpu_s + _JUDGE_CPU_EXTRA_S}, judge)
        fds.close_children_ends()
        # The servers whose reports are still to come. That of a judge which has given its verdict is not waited for.
        controls = {self._workers.control.fileno(): self._workers}
        if judge is not None:
            controls[self._judges.control.fileno()] = self._judges
        poller, settled, cancelled, gone = select.poll(), False, False, False
        pipes = {verdict_in, output_in}
        for fd in {*pipes, *controls}:
            poller.register(fd, select.POLLIN)
        while self._workers in controls.values() or (controls and (cancelled or not settled)):
            left = deadline - time.monotonic()
            if left <= 0:
                if cancelled:
                    raise Gone("a fork server does not report")
                outcome.stopped = outcome.stopped or ("" if settled else "gone" if gone else "wall")
            if not cancelled and (outcome.stopped or left <= 0):
                self._cancel(judge is not None)
                settled, cancelled, deadline = True, True, time.monotonic() + _REPORT_S
            while settled and pipes:  # The rest is read when the processes have ended.
                poller.unregister(pipes.pop())
            for fd, _ in poller.poll(1000 * max(0.0, deadline - time.monotonic()) + 1):
                if fd in controls:
                    if self._take_report(controls[fd], outcome):
                        poller.unregister(fd)
                        del controls[fd]
                elif fd == output_in:
                    data = os.read(fd, 1 << 16)
                    outcome.written += len(data)
                    outcome.output += data if kind == "script" else b""
                    if not data:
                        pipes.discard(fd)
                        poller.unregister(fd)
                    if outcome.written > limits.output_kb << 10 and not settled:
                        outcome.stopped = "output"
                else:
                    data = os.read(fd, _MAX_VERDICT)
                    outcome.message += data if len(outcome.message) < _MAX_VERDICT else b""
                    if not data:
                        pipes.discard(fd)
                        poller.unregister(fd)
                    status = _parse(outcome.message).get("status") if judge is not None and not settled else None
                    if status == "gone":  # Its own end tells why; it may also live on without its connection.
                        gone, deadline = True, min(deadline, time.monotonic() + _GONE_S)
                    elif status is not None:
                        settled, deadline = True, time.monotonic() + _LEAVE_S
        self._drain(outcome, verdict_in, output_in, limits, keep=kind == "script")
        outcome.wall_s = time.monotonic() - begun
        return outcome

    def _cancel(self, judged: bool) -> None:
        self._workers.cancel(self._number)
        if judged:
            self._judges.cancel(self._number)

    def _take_report(self, server: ForkServer, outcome: _Outcome) -> bool:
        """Whether it was there; before it may come those of judges that were not waited for."""
        while True:
            report = server.read(time.monotonic() + _REPORT_S)
            if report["complaint"]:
                raise Gone(f"a process could not be confined: {report['complaint']}")
            if server is self._workers or report["number"] >= self._number:
                break
            if not server.pending():
                return False
        if report["number"] != self._number:
            raise Gone("a fork server answered for another job")
        if server is self._workers:
            outcome.worker = report
        else:
            outcome.judge = report
        return True

    @staticmethod
    def _drain(outcome: _Outcome, verdict_in: int, output_in: int, limits: Limits, *, keep: bool) -> None:
        """What lay in the pipes when the processes ended."""
        for fd in (verdict_in, output_in):
            os.set_blocking(fd, False)
            with contextlib.suppress(BlockingIOError):
                while data := os.read(fd, 1 << 16):
                    if fd == verdict_in:
                        outcome.message += data if len(outcome.message) < _MAX_VERDICT else b""
                        continue
                    outcome.written += len(data)
                    outcome.output += data if keep else b""
                    if outcome.written > limits.output_kb << 10:
                        outcome.stopped = outcome.stopped or "output"
                        break

    def _verdict(self, outcome: _Outcome, limits: Limits, integrity: Integrity, status: Status, reason: str) -> Verdict:
        worker = outcome.worker
        return Verdict(status, reason[:500], worker.get("cpu_s", 0.0), outcome.wall_s, self._level, integrity, worker.get("memory_mb", 0.0))


class _Descriptors:
    """Descriptors of one run; the children's ends are closed here once they have been handed over."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._theirs: list[int] = []
        self._open: set[int] = set()
        stack.callback(self._close_all)

    def _own(self, *fds: int) -> None:
        self._open.update(fds)

    def pair(self) -> tuple[int, int]:
        """Two ends of a stream: the first is kept, the second handed over."""
        ours, theirs = (end.detach() for end in socket.socketpair())
        self._own(ours, theirs)
        self._theirs += [theirs]
        return ours, theirs

    def pipe(self) -> tuple[int, int]:
        read_end, write_end = os.pipe()
        self._own(read_end, write_end)
        self._theirs += [write_end]
        return read_end, write_end

    def file(self, content: dict[str, Any] | str) -> int:
        fd = payload(content)
        self._own(fd)
        self._theirs += [fd]
        return fd

    def give(self, fd: int) -> None:
        """Hand over this end too."""
        self._theirs += [fd]

    def close_children_ends(self) -> None:
        for fd in self._theirs:
            os.close(fd)
            self._open.discard(fd)
        self._theirs = []

    def _close_all(self) -> None:
        for fd in self._open:
            os.close(fd)
        self._open = set()


def _messages(data: bytes) -> Iterator[bytes]:
    """Whole frames in `data`: four bytes of length, then JSON."""
    while len(data) >= 4 and len(data) >= 4 + (length := int.from_bytes(data[:4], "big")):
        yield data[4 : 4 + length]
        data = data[4 + length :]


def _parse(data: bytes) -> dict[str, Any]:
    for frame in _messages(data):
        try:
            message = json.loads(frame)
        except (ValueError, RecursionError):
            continue
        if isinstance(message, dict):
            return message
    return {}


def _ended(outcome: _Outcome, limits: Limits) -> tuple[Status, str]:
    """Status and reason of a program that ended, or was ended, before its tests were through."""
    worker = outcome.worker
    if outcome.stopped == "output":
        return "output", f"wrote more than {limits.output_kb} KB"
    if worker.get("reason") == "cpu":
        return "timeout_cpu", f"needs more than {limits.cpu_s:g} s of CPU time"
    if outcome.judge.get("reason") == "cpu":
        return "timeout_cpu", "the tests, reading what the program returned, took too long"
    if outcome.stopped == "wall" or worker.get("reason") == "wall":
        return "timeout_wall", f"not finished after {limits.wall_s:g} s"
    if outcome.stopped == "gone":
        return "crashed", "closed its connection before the tests were through"
    return "crashed", f"{_exit_in_words(worker.get('exit', 0))} before the tests were through"


def _judge_ended(outcome: _Outcome) -> tuple[Status, str]:
    """The judge ended without a verdict: never a pass."""
    if outcome.judge.get("reason") == "cpu":
        return "timeout_cpu", "the tests, reading what the program returned, took too long"
    return "crashed", f"the process of the tests {_exit_in_words(outcome.judge.get('exit', 0))}"


def _judge_output(outcome: _Outcome, expected: str, compare: str, limits: Limits, number: int) -> tuple[Status, str]:
    worker = outcome.worker
    if outcome.stopped or worker["reason"] in ("cpu", "wall"):
        status, reason = _ended(outcome, limits)
        return status, f"case {number}: {reason}"
    raised = _parse(outcome.message).get("e")
    if worker["exit"] < 0:
        return "crashed", f"case {number}: {_exit_in_words(worker['exit'])}"
    if worker["exit"] != 0:
        if not isinstance(raised, dict):
            return "error", f"case {number}: ended with exit code {worker['exit']}"
        name = str((raised.get("mro") or ["error"])[0])
        status = "memory" if name == "MemoryError" else "error"
        return status, f"case {number}: {name}: {raised.get('text', '')}".rstrip(": ")
    wrong = difference(outcome.output.decode("utf-8", "replace"), expected, compare)
    return ("passed", "all cases passed") if wrong is None else ("failed", f"case {number}: {wrong}")


def _exit_in_words(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    known = -code in set(signal.Signals)
    return f"was killed by {signal.Signals(-code).name if known else f'signal {-code}'}"
