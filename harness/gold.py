"""What people found, to hold a judge against: a file with one JSON object a line.

    {"id": "ge-zh-001", "preferred": "a"}                      of a pair: a, b or tie; a is the run named first
    {"id": "ge-zh-001", "rating": 7}                           of one answer
    {"suite": "generation", "id": "ge-zh-001", "sample": 0, …} where several suites, or several samples, have the id

Other keys are left alone. Every complaint names file and line.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import UserError
from harness.judging import Key
from harness.rubric import Kind
from harness.settings import first_error
from harness.stats.swaps import Verdict
from harness.strict import DuplicateKeyError, load_json


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    suite: str | None = None
    sample: int = Field(default=0, ge=0)


class _Preferred(_Row):
    preferred: Literal["a", "b", "tie"]


class _Rated(_Row):
    rating: float = Field(strict=True)


def read_gold(path: Path, kind: Kind, judged: Iterable[Key]) -> dict[Key, Verdict | float]:
    """Gold for those of the answers or pairs in `judged` that the file speaks of.

    Raises UserError, with the line, for what cannot be read, an id that several suites have, and two lines about the same; and if the
    file speaks of none.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error}).") from error
    known = list(judged)
    line_of: dict[Key, int] = {}
    found: dict[Key, Verdict | float] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        row = _read(line, kind, where)
        keys = [key for key in known if key[1:] == (row.id, row.sample) and row.suite in (None, key[0])]
        if len(keys) > 1:
            raise UserError(f"{where}: suites {', '.join(key[0] for key in keys)} all have an item '{row.id}'; name the suite.")
        for key in keys:  # What was not judged, such as items beyond a limit, is passed over.
            if (first := line_of.setdefault(key, number)) != number:
                raise UserError(f"{where}: item '{row.id}' already stands in line {first}.")
            found[key] = row.preferred if isinstance(row, _Preferred) else row.rating
    if not found:
        raise UserError(f"{path}: names no item that is judged; an item's id is the one in its suite.")
    return found


def _read(line: str, kind: Kind, where: str) -> _Preferred | _Rated:
    form: type[_Preferred] | type[_Rated] = _Preferred if kind == "pairwise" else _Rated
    try:
        return form.model_validate(load_json(line))
    except ValidationError as error:
        raise UserError(f"{where}: {first_error(error)}") from error
    except DuplicateKeyError as error:
        raise UserError(f"{where}: key '{error.key}' stands twice in one object; keep one of them.") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where}: not a JSON object that can be read: {' '.join(str(error).split())}.") from error
