"""Scorers at work beside the engine, in threads, each verdict within a time limit.

A thread cannot be stopped. One whose scorer does not come back is given up: its verdict is an error, another thread takes its
place, and it ends with the process, which does not wait for it.
"""

import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, wait
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

LIMIT_SECONDS = 900.0
"""Longer than the longest set of programs takes that the sandbox stops one by one."""
_LOOK_SECONDS = 1.0


class Judges(Generic[T]):
    """Threads that work through what is submitted, in order."""

    def __init__(self, threads: int = 2, limit: float = LIMIT_SECONDS) -> None:
        """`limit`: seconds that one piece of work may take."""
        self._limit = limit
        self._jobs: SimpleQueue[tuple[Future[T], Callable[[], T]] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._at_work: dict[threading.Thread, tuple[Future[T], float]] = {}
        self._threads = threads
        for _ in range(threads):
            self._hire()

    def submit(self, work: Callable[[], T]) -> "Future[T]":
        """Have `work` done; the future has its result, whatever it raised, or a TimeoutError."""
        future: Future[T] = Future()
        self._jobs.put((future, work))
        return future

    def wait(self, futures: "Collection[Future[T]]", seconds: float = _LOOK_SECONDS) -> None:
        """Return when one of `futures` is done, or after `seconds`; gives up whoever has taken too long."""
        wait(futures, timeout=seconds, return_when=FIRST_COMPLETED)
        self.give_up_late()

    def give_up_late(self) -> None:
        """Give up whoever has taken too long."""
        with self._lock:
            late = [(thread, future) for thread, (future, since) in self._at_work.items() if time.monotonic() - since > self._limit]
            for thread, future in late:
                del self._at_work[thread]
                future.set_exception(TimeoutError(f"it did not end within {self._limit:g} s"))
                self._hire()

    def close(self) -> None:
        """Let the threads end when what was submitted is done, without waiting for them."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _hire(self) -> None:
        threading.Thread(target=self._work, name="score", daemon=True).start()

    def _work(self) -> None:
        me = threading.current_thread()
        while (job := self._jobs.get()) is not None:
            future, work = job
            with self._lock:
                self._at_work[me] = (future, time.monotonic())
            result, error = None, None
            try:
                result = work()
            except BaseException as raised:  # Whatever a scorer raises is its item's error.
                error = raised
            with self._lock:
                if self._at_work.pop(me, None) is None:
                    return
                if error is not None:
                    future.set_exception(error)
                else:
                    future.set_result(result)  # type: ignore[arg-type]
