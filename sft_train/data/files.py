"""Records of a data file, each with its number; whatever cannot be read becomes a problem, and the rest is read all the same."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.strict import DuplicateKeyError, load_json
from sft_train.data.record import Problem

Record = tuple[int, Any]
HUB = "hub:"
"""What the name of a hub data set begins with: hub:org/name, or hub:org/name:split."""
_SURROGATE_RE = re.compile("[\ud800-\udfff]")


def read_records(place: str, problems: list[Problem]) -> Iterator[Record]:
    """Yield (number, record) of a .jsonl, .json, .csv, .parquet or .txt file or of a hub data set; numbers begin at 1.

    A text file's records are its paragraphs, or the whole file if it has role tags. Raises UserError if the place as a whole cannot be
    read.
    """
    if place.startswith(HUB):
        yield from _hub(place)
        return
    path = Path(place).expanduser()
    readers = {".jsonl": _jsonl, ".ndjson": _jsonl, ".json": _json, ".csv": _csv, ".txt": _txt}
    if not path.is_file():
        raise UserError(f"Data file '{place}' does not exist; give a file, or a hub data set as hub:org/name.")
    if path.suffix == ".parquet":
        yield from _parquet(path)
    elif path.suffix in readers:
        yield from readers[path.suffix](place, path.read_bytes().removeprefix(codecs.BOM_UTF8), problems)
    else:
        raise UserError(f"{place}: unknown kind of file '{path.suffix}'; there are .jsonl, .json, .csv, .parquet and .txt.")


def _jsonl(place: str, content: bytes, problems: list[Problem]) -> Iterator[Record]:
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            text = line.decode("utf-8")
            record = load_json(text)
        except UnicodeDecodeError as error:
            problems.append(
                Problem(place, number, "utf-8", f"not UTF-8 from byte {error.start + 1} of the line on; save the file as UTF-8")
            )
        except DuplicateKeyError as error:
            problems.append(Problem(place, number, "json", f"key '{error.key}' stands twice; keep one of them"))
        except json.JSONDecodeError as error:
            problems.append(Problem(place, number, "json", f"not JSON: {error.msg} at column {error.colno}"))
        except (RecursionError, ValueError) as error:
            problems.append(Problem(place, number, "json", f"not JSON that can be read: {error}"))
        else:
            if _SURROGATE_RE.search(json.dumps(record, ensure_ascii=False)):
                problems.append(Problem(place, number, "utf-8", "holds half of a surrogate pair (\\ud800…), which is no Unicode text"))
            else:
                yield number, record


def _json(place: str, content: bytes, problems: list[Problem]) -> Iterator[Record]:
    try:
        found = load_json(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise UserError(f"{place}: not UTF-8 from byte {error.start + 1} on; save the file as UTF-8.") from error
    except json.JSONDecodeError as error:
        raise UserError(f"{place}: not JSON: {error.msg} in line {error.lineno}; if it has one object a line, call it .jsonl.") from error
    except (RecursionError, ValueError) as error:
        raise UserError(f"{place}: not JSON that can be read: {error}.") from error
    if not isinstance(found, list):
        raise UserError(f"{place}: holds no list of rows; write [{{…}}, {{…}}], or one object a line in a .jsonl file.")
    yield from enumerate(found, start=1)


def _csv(place: str, content: bytes, problems: list[Problem]) -> Iterator[Record]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{place}: not UTF-8 from byte {error.start + 1} on; save the file as UTF-8 (Excel: CSV UTF-8).") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    csv.field_size_limit(2**30)
    try:
        for number, record in enumerate(reader, start=1):
            if None in record or None in record.values():
                problems.append(Problem(place, number, "csv", f"has more or fewer fields than the head ({len(reader.fieldnames or ())})"))
            else:
                yield number, {key: value for key, value in record.items() if value != ""}
    except csv.Error as error:
        raise UserError(f"{place}, line {reader.line_num}: not CSV: {error}.") from error


def _txt(place: str, content: bytes, problems: list[Problem]) -> Iterator[Record]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{place}: not UTF-8 from byte {error.start + 1} on; save the file as UTF-8.") from error
    blocks = [block for block in re.split(r"\r?\n[ \t]*\r?\n", text) if block.strip()]
    yield from ((number, {"text": block.strip("\r\n")}) for number, block in enumerate(blocks, start=1))


def _parquet(path: Path) -> Iterator[Record]:
    import pyarrow as arrow  # type: ignore[import-untyped]
    import pyarrow.parquet as parquet  # type: ignore[import-untyped]

    try:
        records = parquet.read_table(path).to_pylist()
    except arrow.ArrowException as error:
        raise UserError(f"{path}: not a parquet file that can be read: {' '.join(str(error).split())}.") from error
    yield from ((number, _without_none(record)) for number, record in enumerate(records, start=1))


def _hub(place: str) -> Iterator[Record]:
    try:
        import datasets  # type: ignore[import-untyped]
    except ImportError as error:
        raise UserError(
            f"{place}: hub data sets are read by the package datasets, which is not installed: pip install datasets."
        ) from error
    name, _, split = place.removeprefix(HUB).partition(":")
    try:
        rows = datasets.load_dataset(name, split=split or "train")
    except Exception as error:  # The library raises whatever its storage layers do.
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"{place}: data set '{name}' cannot be had ({type(error).__name__}: {reason}). Without a network, download it elsewhere and "
            "give its files; behind a mirror set HF_ENDPOINT."
        ) from error
    yield from ((number, _without_none(dict(record))) for number, record in enumerate(rows, start=1))


def _without_none(value: Any) -> Any:
    """Tables fill in what a record does not have with None."""
    if isinstance(value, dict):
        return {key: _without_none(each) for key, each in value.items() if each is not None}
    return [_without_none(each) for each in value] if isinstance(value, list) else value
