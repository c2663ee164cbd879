"""One sentence about training data as a whole."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is to be said about the data."""

    rule: str
    """Name of the rule, as in docs/training-data.md."""
    level: Literal["error", "warning"]
    """Nothing is built while there is an error."""
    text: str
    rows: tuple[str, ...] = ()
    """Rows that it is about, as "place, row n"; at most the first fifty."""


def finding(rule: str, level: Literal["error", "warning"], text: str, rows: list[str] | None = None) -> Finding:
    """A finding that names at most fifty rows."""
    return Finding(rule, level, text, tuple((rows or [])[:50]))
