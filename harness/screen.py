"""What a person sees while a run works: a status line and a progress bar on stderr; plain lines when it is no terminal."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from harness.visible import plain


class PlainConsole(Console):
    """Prints strings, in tables too, as nothing but text: an answer's terminal escapes, or a model's name's, are shown and do nothing."""

    def render_str(self, text: str, **options: Any) -> Text:
        """As rich's, with control characters made visible first."""
        return super().render_str(plain(text), **options)


class Screen:
    """Writes to the stderr that the process had when the screen was made."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")
        self.console = PlainConsole(file=self._file, soft_wrap=True, highlight=False)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._started = 0.0
        self._tokens = self._responses = 0

    def say(self, text: str) -> None:
        """Print one line."""
        self.console.print(text, markup=False)

    @contextmanager
    def hears(self, logger: str) -> Iterator[None]:
        """Print what is logged there meanwhile, a line a message: what works out of sight has no screen."""
        handler = logging.Handler()
        handler.emit = lambda record: self.say(record.getMessage())  # type: ignore[method-assign]
        logging.getLogger(logger).addHandler(handler)
        try:
            yield
        finally:
            logging.getLogger(logger).removeHandler(handler)

    @contextmanager
    def progress(self, total: int, done: int) -> Iterator["Screen"]:
        """Show a bar over `total` responses, of which `done` were there already."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                   TextColumn("{task.fields[speed]}"), TimeRemainingColumn())  # fmt: skip
        self._started, self._tokens, self._responses = time.monotonic(), 0, 0
        if not self.console.is_terminal:
            yield self
            self.say(f"{self._responses} responses in {time.monotonic() - self._started:.0f} s ({self.speed})")
            return
        with Progress(*columns, console=self.console, refresh_per_second=2, transient=True) as progress:
            self._progress = progress
            self._task = progress.add_task("responses", total=total, completed=done, speed="")
            try:
                yield self
            finally:
                self._progress = None

    @property
    def speed(self) -> str:
        """Tokens a second since the start, as shown."""
        return f"{self._tokens / max(time.monotonic() - self._started, 1e-9):.0f} tokens/s"

    def advance(self, responses: int, tokens: int, more: int = 0) -> None:
        """Count finished responses and their tokens; `more` responses were added to the total."""
        self._tokens += tokens
        self._responses += responses
        if self._progress is not None and self._task is not None:
            task = self._progress.tasks[0]
            self._progress.update(self._task, advance=responses, total=(task.total or 0) + more, speed=self.speed)
