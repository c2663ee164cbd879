"""Rows that were made by rule or by a model wait in a queue for a person's verdict; no reader takes them for training data.

A queue is a JSONL file in the messages form whose rows have `waiting`: how they were made, and from which row.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from harness.errors import UserError
from sft_train.config import Source
from sft_train.data.forms import WAITING
from sft_train.data.reading import Read, read_sources
from sft_train.data.record import Row
from sft_train.data.writing import write_lines


def waiting(row: Row, made: str, source: Row | None, **changes: object) -> Row:
    """A new row that waits, made from `source`; it belongs to the group of its source, so that a split does not part them."""
    made_from = None if source is None else source.id or source.where
    group = "" if source is None else source.group or source.id or source.where
    return replace(row, id="", group=group, extra={WAITING: {"made": made, "from": made_from, **changes}})


def refuse_existing(path: Path) -> None:
    """Raise UserError if the file is there: rows that wait in it must not be lost."""
    if path.exists():
        raise UserError(f"{path}: is there already, perhaps with rows that wait; name another file.")


def write_queue(path: Path, rows: Iterable[Row]) -> int:
    """Write rows that wait to a new file; returns how many. Raises UserError if the file is there."""
    refuse_existing(path)
    found = list(rows)
    write_lines(path, (row.json for row in found))
    return len(found)


def read_queue(path: str) -> Read:
    """The rows of a data file, those that wait too; raises UserError naming the first problem."""
    found = read_sources([Source(path=path)], keep=(WAITING,))
    if found.problems:
        first = found.problems[0]
        raise UserError(f"{path}, row {first.number}: {first.text}.")
    return found
