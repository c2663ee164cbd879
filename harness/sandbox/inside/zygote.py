"""The fork server: one lives in each half of a slot, workers in one, judges in the other. It never runs a program itself.

Every program starts from the same forked state. The text of a program reaches only the child that runs it, through a
descriptor: what stood in this process's memory would be found by the programs that come later.
"""

import collections
import contextlib
import fcntl
import gc
import importlib
import json
import marshal
import os
import platform
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from . import judge, kernel, seccomp, wire, worker

_PRELOADED = (
    "abc", "bisect", "collections", "collections.abc", "contextlib", "copy", "dataclasses", "datetime", "decimal", "enum", "fractions",
    "functools", "heapq", "io", "itertools", "json", "math", "operator", "random", "re", "string", "textwrap", "threading", "time",
    "traceback", "types", "typing",
)  # fmt: skip
"""What programs import most. Each library that is mapped into the fork server makes every child a little dearer."""
_DESCRIPTORS = 256
_LINK, _VERDICT, _RESERVED = 3, 4, 10
_LOOK_MS = 5.0
"""How often to look whether a process has ended where the kernel does not tell."""


class _Control:
    """Messages from the harness: lines of JSON, some with descriptors."""

    def __init__(self, link: socket.socket) -> None:
        self.link, self._buffer = link, b""
        self._fds: list[int] = []

    def pending(self) -> bool:
        return b"\n" in self._buffer

    def receive(self) -> tuple[dict[str, Any], list[int]] | None:
        """The next message, or None if the harness is gone."""
        while not self.pending():
            data, got, _, _ = socket.recv_fds(self.link, 65_536, 8)
            self._fds += got
            if not data:
                return None
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        if "cancel" in message:  # Descriptors that came with it are the next job's.
            return message, []
        fds, self._fds = self._fds, []
        return message, fds

    def send(self, message: dict[str, Any]) -> None:
        self.link.sendall(json.dumps(message).encode() + b"\n")


class _Zygote:
    def __init__(self, control: _Control, config: dict[str, Any]) -> None:
        self._control, self._config = control, config
        self._null = os.open(os.devnull, os.O_RDWR)
        self._ruleset = kernel.landlock_ruleset(config["read"], config["list"]) if config["landlock"] else -1
        self._filter = seccomp.Filter() if config["seccomp"] else None
        self._cores = 1 if config["core"] is not None else os.cpu_count() or 1
        # A job may come before the last one has ended: a judge that has given its verdict is not waited for.
        self._later: collections.deque[tuple[dict[str, Any], list[int]]] = collections.deque()
        self._complaint, self._complaint_in = os.pipe()
        os.set_blocking(self._complaint, False)

    def run(self) -> None:
        while (received := self._later.popleft() if self._later else self._control.receive()) is not None:
            job, fds = received
            if "cancel" in job:  # Too late: it had ended.
                continue
            begun = time.monotonic()
            pid = os.fork()
            if pid == 0:
                try:
                    start = self._confine(job, fds)
                except BaseException as error:
                    os.write(self._complaint_in, f"{type(error).__name__}: {error}".encode()[:500])
                    os._exit(1)
                start()
                os._exit(0)
            for fd in fds:
                os.close(fd)
            report = self._watch(job, pid, begun)
            if report is None:
                return
            self._control.send(report)

    def _confine(self, job: dict[str, Any], fds: list[int]) -> Callable[[], None]:
        """In the child: put everything on; returns what it is to do. Nothing of the program has run by then."""
        kernel.die_with_parent()
        job |= marshal.loads(_read_all(fds[0]))
        if job["kind"] == "judge":
            standard, keep = (self._null, self._null, self._null), _VERDICT
            os.dup2(fds[2], _VERDICT)
        else:
            standard, keep = (fds[3] if len(fds) > 3 else self._null, fds[2], fds[2]), _LINK
        os.dup2(fds[1], _LINK)
        for number, fd in enumerate(standard):
            os.dup2(fd, number)
        kernel.set_limits(job["memory_mb"], job["cpu_s"])
        if self._ruleset >= 0:
            kernel.landlock_restrict(self._ruleset)
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, _LINK)
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, _VERDICT) if keep == _VERDICT else link
        os.dup2(self._complaint_in, keep + 1)
        self._complaint_in = keep + 1
        os.closerange(keep + 2, _DESCRIPTORS)
        if self._filter is not None:
            self._filter.install()
        os.close(keep + 1)
        if job["kind"] == "judge":
            return lambda: wire.send(channel, judge.Judge(job, link).verdict())
        return lambda: worker.start(job, link)

    def _watch(self, job: dict[str, Any], pid: int, begun: float) -> dict[str, Any] | None:
        """Wait for the child, the limits, or a word from the harness; returns the report, or None if the harness is gone."""
        reason, deadline = "", begun + job["wall_s"]
        poller = select.poll()
        poller.register(self._control.link, select.POLLIN)
        ended = _process_descriptor(pid)
        if ended is not None:
            poller.register(ended, select.POLLIN)
        while True:
            done, status, usage = os.wait4(pid, os.WNOHANG)
            if done:
                break
            cpu_left, wall_left = job["cpu_s"] - _cpu_clock(pid), deadline - time.monotonic()
            if reason == "" and min(cpu_left, wall_left) <= 0:
                reason = "cpu" if cpu_left <= 0 else "wall"
                os.kill(pid, signal.SIGKILL)  # It was not waited for, so the number is still its own.
            # The earliest moment at which the limit can be reached, were all cores busy with it.
            until = 1000 if reason else max(2.0, 1000 * min(cpu_left / self._cores, wall_left))
            ready = poller.poll(until if ended is not None else min(until, _LOOK_MS))
            if reason == "" and (self._control.pending() or any(fd == self._control.link.fileno() for fd, _ in ready)):
                received = self._control.receive()
                if received is None:
                    os.kill(pid, signal.SIGKILL)
                    os.wait4(pid, 0)
                    self._kill_strays()
                    return None
                self._later.append(received)
            if reason == "" and any(message.get("cancel") == job["number"] for message, _ in self._later):
                reason = "cancel"
                os.kill(pid, signal.SIGKILL)
        if ended is not None:
            os.close(ended)
        self._kill_strays()
        cpu_s = usage.ru_utime + usage.ru_stime
        if reason == "" and cpu_s > job["cpu_s"]:  # Where its clock cannot be read from outside, the kernel's limit ends it.
            reason = "cpu"
        return {
            "number": job["number"], "reason": reason, "complaint": self._read_complaint(), "exit": os.waitstatus_to_exitcode(status),
            "cpu_s": cpu_s, "memory_mb": usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20),
        }  # fmt: skip

    def _read_complaint(self) -> str:
        """Why a child could not be confined; empty if it was."""
        try:
            return os.read(self._complaint, 1000).decode("utf-8", "replace")
        except BlockingIOError:
            return ""

    def _kill_strays(self) -> None:
        """Processes that a program left behind, at levels where it can make any."""
        if self._filter is not None:
            return
        if self._config["own_pids"]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        for _ in range(1000):
            for pid in _children():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.001)
            except ChildProcessError:
                return


def _process_descriptor(pid: int) -> int | None:
    """A descriptor that can be read when the process has ended; None where there are none (before Linux 5.3, elsewhere)."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _read_all(fd: int) -> bytes:
    """By system calls alone: a file object would take longer than the reading."""
    data = b""
    while chunk := os.read(fd, 1 << 20):
        data += chunk
    return data


def _children() -> list[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def _cpu_clock(pid: int) -> float:
    """CPU seconds of a process, all its threads; see clock_getcpuclockid(3). 0 where there is no such clock."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def main() -> None:
    """Come up confined, then fork a process for each program that is asked for, until the harness hangs up."""
    # The lowest numbers are the children's; with /dev/null in them nothing else gets one.
    given, config = int(sys.argv[2]), json.loads(sys.argv[3])
    link = socket.socket(fileno=fcntl.fcntl(given, fcntl.F_DUPFD_CLOEXEC, _RESERVED))
    os.close(given)
    while os.open(os.devnull, os.O_RDWR) < _RESERVED:
        pass
    kernel.die_with_parent()
    kernel.adopt_orphans()
    if config["core"] is not None:
        os.sched_setaffinity(0, {config["core"]})
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    limit = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    for name in _PRELOADED:
        importlib.import_module(name)
    sys.path[:] = [*(path for path in sys.path if path != sys.argv[1]), *config["path"]]
    sys.argv[:] = [""]
    os.environ.pop("PWD", None)  # bubblewrap's addition
    importlib.import_module("random").seed(0)
    control = _Control(link)
    zygote = _Zygote(control, config)
    os.chdir(config["folder"])
    kernel.drop_privileges()
    kernel.set_common_limits()
    control.send({"ready": platform.python_version()})
    gc.collect()
    gc.freeze()
    zygote.run()
    os._exit(0)
