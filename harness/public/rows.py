"""From the bytes of a data file to rows, by the file's ending: JSON Lines, JSON, CSV, Parquet, and .gz and .zip around them."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import Any

from harness.errors import UserError
from harness.hashing import hash_json

Row = dict[str, Any]
FILE, NUMBER = "_file", "_row"
"""Keys that rows of one of several files have besides their own: its name without ending, and the row's number in it, from 0."""


def parse(path: Path, content: bytes, members: str | None = None, columns: Sequence[str] = ()) -> list[Row]:
    """Return the rows of a data file.

    `members` chooses among the files of a .zip, by a pattern with `*`. `columns` are the names of a CSV's columns that has no head.
    Raises UserError if the file is not what its ending says or holds no rows.
    """
    try:
        rows = list(_zipped(content, members, columns) if path.suffix == ".zip" else _rows(path.name, content, columns))
    except (OSError, EOFError, ValueError, RecursionError, zipfile.BadZipFile, csv.Error) as error:
        raise UserError(f"{path}: cannot be read as rows: {' '.join(str(error).split())[:200]}.") from error
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"{path}: not rows of JSON objects.")
    return rows


def tag_rows(name: str, rows: list[Row]) -> list[Row]:
    """The rows of the file called `name`, each with its file and number."""
    return [{**row, FILE: PurePath(name).stem, NUMBER: number} for number, row in enumerate(rows)]


def row_id(row: Row, number: int) -> str:
    """An id for rows that bring none: the number, or with several files `file/number`."""
    return f"{row[FILE]}/{row[NUMBER]}" if FILE in row else str(number)


def hash_rows(rows: list[Row]) -> str:
    """BLAKE3 hash of rows as canonical JSON; keys whose value is null do not count, since tables have them in every row."""
    return hash_json(_without_nulls(rows))


def _zipped(content: bytes, members: str | None, columns: Sequence[str]) -> Iterator[Row]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = sorted(name for name in archive.namelist() if fnmatchcase(name, members or "*") and not name.endswith("/"))
        if not names:
            raise ValueError(f"the archive holds no {members}")
        for name in names:
            rows = list(_rows(name, archive.read(name), columns))
            yield from tag_rows(name, rows) if len(names) > 1 else rows


def _rows(name: str, content: bytes, columns: Sequence[str]) -> Iterator[Row]:
    suffix = PurePath(name).suffix
    if suffix == ".gz":
        yield from _rows(PurePath(name).stem, gzip.decompress(content), columns)
    elif suffix == ".parquet":
        import pyarrow.parquet  # type: ignore[import-untyped]

        yield from pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
    elif suffix == ".csv":
        yield from _csv(content.decode("utf-8-sig"), columns)
    elif suffix == ".json" and content.lstrip()[:1] in (b"[", b"{") and (whole := _whole(content)) is not None:
        # An object of rows has the rows' ids for keys.
        yield from whole if isinstance(whole, list) else ({"_key": key, **row} for key, row in whole.items())
    else:
        yield from (json.loads(line.decode("utf-8")) for line in content.split(b"\n") if line.strip())


def _csv(text: str, columns: Sequence[str]) -> Iterator[Row]:
    for row in csv.DictReader(io.StringIO(text, newline=""), list(columns) or None, strict=True):
        if None in row or None in row.values():
            raise ValueError(f"a line has another number of fields than the others: {str(list(row.values()))[:80]}")
        yield row


def _whole(content: bytes) -> Any:
    """The file as one JSON value, or None if it is a line of JSON for each row, as some files called .json are."""
    try:
        value = json.loads(content.decode("utf-8"))
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return None
        raise
    # One row alone, or an object of rows.
    return value if isinstance(value, list) or all(isinstance(row, dict) for row in value.values()) else [value]


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(entry) for key, entry in value.items() if entry is not None}
    return [_without_nulls(entry) for entry in value] if isinstance(value, list) else value
