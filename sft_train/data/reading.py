"""All rows of all sources, with every problem there is, in one pass."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import UserError
from sft_train.config import Source
from sft_train.data.files import read_records
from sft_train.data.forms import Former
from sft_train.data.record import Problem, Row


@dataclass
class Read:
    """What was read of a source."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    """Fields that nothing is done with, and in how many rows they stand."""
    records: int = 0
    """Records met, those that could not be read included."""


def read_sources(sources: Sequence[Source], keep: Sequence[str] = ()) -> Read:
    """Read `sources`; raises UserError for one that cannot be read at all."""
    return _read(sources, keep, unanswered=False)


def read_requests(path: str) -> Read:
    """Read a sample of requests, of which nothing is learnt: conversations may end with the user, prompts need no completion."""
    return _read([Source(path=path)], (), unanswered=True)


def _read(sources: Sequence[Source], keep: Sequence[str], *, unanswered: bool) -> Read:
    found = Read()
    for source in sources:
        defaults = {name: value for name in ("task", "source", "license") if (value := getattr(source, name))}
        label = source.path if source.is_hub else Path(source.path).name
        former = Former(label, source.form, defaults, tuple(keep), unanswered)
        broken: list[Problem] = []
        for number, record in read_records(source.path, broken):
            found.records += 1
            if (row := former.row(number, record)) is not None:
                found.rows.append(row)
        found.records += len(broken)
        found.problems += sorted([*(_labelled(each, label) for each in broken), *former.problems], key=lambda each: each.number)
        found.ignored += former.ignored
    return found


def read_rows(path: str) -> list[Row]:
    """The rows of one file that was built here; raises UserError naming the first problem."""
    found = read_sources([Source(path=path)])
    if found.problems:
        first = found.problems[0]
        raise UserError(f"{path}, row {first.number}: {first.text}.")
    return found.rows


def _labelled(problem: Problem, label: str) -> Problem:
    return Problem(label, problem.number, problem.reason, problem.text)
