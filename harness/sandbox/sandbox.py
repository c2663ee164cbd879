"""The sandbox as its users see it: programs in, verdicts out, several at a time."""

import atexit
import os
import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType

from harness.sandbox.fork_server import Gone
from harness.sandbox.isolation import choose
from harness.sandbox.records import Isolation, Limits, Program, StdioProgram, Verdict
from harness.sandbox.slot import Slot

_TOLERANCE = 1.5
"""Beside other work a program needs more CPU time than alone. It may use this many times the limit; if it used more than the
limit, a run alone decides. So the verdict is the one that a run alone gives, and an endless loop is not run twice."""


class Sandbox:
    """Runs programs that a model wrote. Safe to use from several threads; close it, or use it as a context manager."""

    def __init__(self, level: str = "auto", slots: int | None = None, *, accept_weak: bool = False) -> None:
        """Find the isolation by trying it, about 0.3 s. `level` is "auto" (A, else B) or one of A to E.

        `slots` programs run at a time, by default one a core. Raises SandboxRefused, saying what failed and what to do, and
        ValueError for a level that does not exist.
        """
        if level not in ("auto", "A", "B", "C", "D", "E"):
            raise ValueError(f"level: '{level}' is none of auto, A, B, C, D, E")
        # Now, since numerical libraries may bind this process to fewer cores later.
        cores: list[int | None] = [*sorted(os.sched_getaffinity(0))] if hasattr(os, "sched_getaffinity") else [None] * (os.cpu_count() or 1)
        self.slots = len(cores) if slots is None else slots
        if self.slots < 1:
            raise ValueError(f"slots: must be at least 1, not {self.slots}")
        # Fork servers die with the thread that made them, so one thread makes them all and stays.
        self._maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-start")
        try:
            self._chosen = self._maker.submit(choose, level, accept_weak).result()
        except BaseException:
            self._maker.shutdown()
            raise
        self._pool = ThreadPoolExecutor(max_workers=self.slots, thread_name_prefix="sandbox")
        self._idle: queue.LifoQueue[tuple[int | None, Slot | None]] = queue.LifoQueue()
        for number in range(self.slots):
            self._idle.put((cores[number % len(cores)], None))
        self._turn = _Turn()
        self._closed = False
        atexit.register(self.close)

    @property
    def isolation(self) -> Isolation:
        """How well programs are kept apart here; the manifest records it."""
        return self._chosen.isolation

    def run(self, program: Program | StdioProgram, limits: Limits | None = None) -> Verdict:
        """Run one program and return what happened. Never raises because of the program."""
        return self.submit(program, limits).result()

    def submit(self, program: Program | StdioProgram, limits: Limits | None = None) -> "Future[Verdict]":
        """Have a program run as soon as a slot is free."""
        return self._pool.submit(self._decide, program, limits or Limits())

    def stream(self, programs: "Iterable[tuple[Program | StdioProgram, Limits]]") -> Iterator[Verdict]:
        """Verdicts in the order of the programs. The next program is taken while the ones before are running, so they may
        come from a model that is still generating; no more than twice the slots are taken ahead."""
        waiting: deque[Future[Verdict]] = deque()
        for program, limits in programs:
            waiting.append(self.submit(program, limits))
            while waiting and (waiting[0].done() or len(waiting) >= 2 * self.slots):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _decide(self, program: Program | StdioProgram, limits: Limits) -> Verdict:
        alone = self.slots == 1
        with self._turn.shared():
            verdict = self._attempt(program, limits, limits.cpu_s * (1 if alone else _TOLERANCE))
        if verdict.status == "infra_error":
            with self._turn.shared():
                return replace(self._attempt(program, limits, limits.cpu_s), attempts=2)
        over = verdict.status != "timeout_cpu" and verdict.cpu_s > limits.cpu_s
        if verdict.status == "timeout_wall" or over:
            with self._turn.alone():
                return replace(self._attempt(program, limits, limits.cpu_s), attempts=2)
        return verdict

    def _attempt(self, program: Program | StdioProgram, limits: Limits, kill_cpu_s: float) -> Verdict:
        core, slot = self._idle.get()
        try:
            if slot is None:
                slot = self._maker.submit(Slot, self.isolation.level, self._chosen.layers, self._chosen.files, core).result()
            return slot.run(program, limits, kill_cpu_s)
        except Gone as error:
            if slot is not None:
                slot.close()
                slot = None
            return Verdict("infra_error", f"the sandbox failed: {error}", 0.0, 0.0, self.isolation.level, "split")
        finally:
            self._idle.put((core, slot))

    def close(self) -> None:
        """End the fork servers; programs that are running are waited for."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self.close)
        self._pool.shutdown(cancel_futures=True)
        for _ in range(self.slots):
            _, slot = self._idle.get()
            if slot is not None:
                slot.close()
        self._maker.shutdown()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class _Turn:
    """Lets programs run side by side, or one with no other beside it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running, self._waiting_alone, self._is_alone = 0, 0, False

    @contextmanager
    def shared(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_alone and not self._waiting_alone)
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._changed:
            self._waiting_alone += 1
            self._changed.wait_for(lambda: not self._is_alone and not self._running)
            self._waiting_alone -= 1
            self._is_alone = True
        try:
            yield
        finally:
            with self._changed:
                self._is_alone = False
                self._changed.notify_all()
