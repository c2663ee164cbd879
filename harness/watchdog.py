"""Ends a run whose engine hangs: a call that never returns would otherwise hold the machine until somebody looks."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.errors import RunError

LIMIT_SECONDS = 1800.0
"""One step of an engine, a token of every running response and a part of the prompts, takes seconds, on a crowded CPU minutes."""


class Watchdog:
    """Watches calls from a thread of its own."""

    def __init__(self, say: Callable[[str], None], limit: float = LIMIT_SECONDS) -> None:
        self._say, self._limit = say, limit
        self._since: float | None = None
        self._done = threading.Event()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    @contextmanager
    def over(self) -> Iterator[None]:
        """End the process with a run error's exit code if the block takes longer than the limit."""
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._since = None

    def close(self) -> None:
        """Stop watching; the thread ends by itself."""
        self._done.set()

    def _watch(self) -> None:
        while not self._done.wait(min(self._limit / 4, 10.0)):
            since = self._since
            if since is not None and time.monotonic() - since > self._limit:
                self._say(
                    f"harness: ERROR: The engine has not come back for {self._limit:g} s and is given up. "
                    "The same command continues with what was answered."
                )
                # The thread that hangs is in native code, which no exception reaches; what was answered is in the journal.
                os._exit(RunError.exit_code)
