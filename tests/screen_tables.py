"""Tables that commands print, as they would stand on a terminal of 100 columns."""

import re
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from harness.tables import TABLE_WIDTH


class Printed:
    """Every table that is printed while a test runs, rendered without colours."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        whole = Console.print

        def recording(console: Console, *objects: Any, **settings: Any) -> None:
            if objects and isinstance(objects[0], Table):
                plain = Console(width=console.width, color_system=None, highlight=False)
                with plain.capture() as captured:
                    whole(plain, *objects, **settings)
                self.texts.append(captured.get())
            whole(console, *objects, **settings)

        patch.setattr(Console, "print", recording)

    @property
    def width(self) -> int:
        """Columns of the widest line; a Chinese character takes two."""
        return max(cell_len(line.rstrip()) for text in self.texts for line in text.splitlines())

    def check(self) -> None:
        """Raises if a table is too wide for the terminal, or has cut something off."""
        assert self.texts
        assert self.width <= TABLE_WIDTH, "\n".join(self.texts)
        cut = re.compile(r"…(?![-+]?\d)")  # Between the limits of an interval it is ours.
        assert not [text for text in self.texts if cut.search(text)]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Printed:
    return Printed(monkeypatch)
