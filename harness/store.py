"""The run folder. `docs/run-format.md` describes it for readers; this is the only code that writes it.

Order of events: `plan.json` first, `engine.json` and `selfchecks.json` when an engine is up, then the journal grows by one line a
response, then `responses.jsonl`, `scores.jsonl` and `summary.json`, and `manifest.json` last. A run without a manifest is not complete.
"""

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from harness import shapes
from harness.errors import RunError, UserError
from harness.records import Response
from harness.settings import first_error
from harness.strict import NotJsonError, parse_json, parse_object

FORMAT_VERSION = 1
JOURNAL, MANIFEST, PLAN, ENGINE, SELF_CHECKS = "journal.jsonl", "manifest.json", "plan.json", "engine.json", "selfchecks.json"
_ANY = TypeAdapter(dict[str, Any])
_Value = TypeVar("_Value")
_AGAIN = "delete it and start the same evaluation again"
_FROM_JOURNAL = f"delete {MANIFEST} there and start the same evaluation again: responses are in the journal"
_ADVICE = "responses are safe in the journal: make room and start again"
RESPONSES, SCORES, SUMMARY, LOG = "responses.jsonl", "scores.jsonl", "summary.json", "log.txt"


class RunFolder:
    """A run folder held by this process; no other process can hold it meanwhile."""

    def __init__(self, path: Path) -> None:
        """Create the folder if need be and take hold of it.

        Raises UserError if it cannot be written or is in use.
        """
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = (path / "lock").open("w")
        except OSError as error:
            raise UserError(f"Run folder '{path}' cannot be written ({error.strerror}); choose another parent with OUT (--out).") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise UserError(f"Run folder '{path}' is in use by another process; wait for it to end.") from error

    def release(self) -> None:
        """Let go of the lock, so that other processes can hold the folder."""
        self._lock.close()

    def read_json(self, name: str) -> Any:
        """Raises RunError naming the file if it does not hold JSON."""
        return _read(self.path / name, parse_json, _AGAIN)

    def write_json(self, name: str, value: Any) -> None:
        """Replace a file by `value` as JSON; after a kill it is the old one or the new one, whole."""
        write_atomic(self.path / name, [json.dumps(value, ensure_ascii=False, indent=1)])

    def write_lines(self, name: str, rows: Iterable[dict[str, Any]]) -> None:
        """Replace a file by one JSON object a line; after a kill it is the old one or the new one, whole."""
        write_atomic(self.path / name, (json.dumps(row, ensure_ascii=False) for row in rows))


class Journal:
    """Appends responses to the journal; each is with the operating system at once and on disk within a second."""

    def __init__(self, path: Path) -> None:
        """Open for appending. A last line that a crash cut short is removed; all others stay as they are."""
        self._file = path.open("ab", buffering=0)
        self._size = _whole_bytes(path)
        self._file.truncate(self._size)
        self._unsynced, self._closed = threading.Event(), threading.Event()
        self._failure: OSError | None = None
        self._syncing = threading.Thread(target=self._sync_now_and_then, daemon=True)
        self._syncing.start()

    def append(self, response: Response, **tags: Any) -> None:
        """Write one response; `tags` say which suite, item, sample and draw it belongs to.

        Raises RunError if the disk does not take it; the journal then ends with the response before.
        """
        known = {name: value for name, value in asdict(response).items() if name != "request_id" and value is not None}
        row = json.dumps({"request": response.request_id, **tags, **known}, ensure_ascii=False)
        line = row.encode("utf-8", "replace") + b"\n"
        try:
            written = 0
            while written < len(line):
                written += self._file.write(line[written:]) or 0
        except OSError as error:
            self._file.truncate(self._size)
            raise self._refusal(error) from error
        self._size += len(line)
        self._unsynced.set()

        if self._failure is not None:
            raise self._refusal(self._failure)

    def _refusal(self, error: OSError) -> RunError:
        reason = f"The journal {self._file.name} cannot be written ({error.strerror})"
        return RunError(f"{reason}; what it holds is kept: make room and start again.")

    def _sync_now_and_then(self) -> None:
        while not self._closed.wait(0.5):
            self._sync()

    def _sync(self) -> None:
        if self._unsynced.is_set():
            self._unsynced.clear()  # First: what comes while the disk works is for the next time.
            try:
                os.fsync(self._file.fileno())
            except OSError as error:
                self._failure = error

    def close(self) -> None:
        """Bring everything to disk and close; raises RunError if the disk did not take it."""
        self._closed.set()
        self._syncing.join()
        self._sync()
        self._file.close()
        if self._failure is not None:
            raise self._refusal(self._failure)


def read_journal(path: Path) -> Iterator[Response]:
    """Responses in the journal, in the order they were finished; a last line cut short is left out.

    Raises RunError naming the line if another one is damaged.
    """
    if not path.is_file():
        return
    with path.open("rb") as file:
        data = file.read(_whole_bytes(path))
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            row = parse_object(line)
            shapes.ENTRY.validate_python(row)
        except ValueError as error:
            raise RunError(f"{path}, line {number} is damaged; delete that line to have its response generated again.") from error
        logprobs = row.get("logprobs")
        yield Response(row["request"], row["text"], row["tokens"], row["finish"], None if logprobs is None else tuple(logprobs))


def read_manifest(folder: Path, name: str = MANIFEST) -> dict[str, Any] | None:
    """The manifest of a complete run, or None if the run is not complete. `name`: a manifest that was set aside.

    Raises RunError if it is damaged or of a later format.
    """
    path = folder / name
    if not path.is_file():
        return None
    advice = f"{_AGAIN}: responses are in the journal"
    manifest = read_part(path, advice)
    if not isinstance(format_version := manifest.get("format_version"), int):
        raise RunError(f"{path} is damaged (no format_version); {advice}.")
    if format_version > FORMAT_VERSION:
        raise RunError(f"{path} has format version {format_version}; this harness reads up to {FORMAT_VERSION}: update it.")
    if (wrong := misfit(shapes.MANIFEST, manifest)) is not None:
        raise RunError(f"{path} is damaged ({wrong}); {advice}.")
    return manifest


def finished_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run that is to be read; raises UserError if the folder holds no run, RunError if the run is incomplete."""
    manifest = read_manifest(folder)
    if manifest is None and (folder / PLAN).is_file():
        raise RunError(f"ERROR: the run in '{folder}' is incomplete (no manifest.json); start the same evaluation again to finish it.")
    if manifest is None:
        raise UserError(f"'{folder}' is not a run folder: it has no manifest.json.")
    return manifest


def read_part(path: Path, advice: str = _AGAIN) -> dict[str, Any]:
    """The JSON object in one of a run's files; raises RunError, with the advice, if there is none."""
    return _read(path, parse_object, advice)


def _read(path: Path, parse: Callable[[bytes], _Value], advice: str) -> _Value:
    try:
        return parse(path.read_bytes())
    except (NotJsonError, OSError) as error:
        raise RunError(f"{path} is damaged ({error}); {advice}.") from error


def read_summary(folder: Path) -> dict[str, Any]:
    """Figures by suite; raises RunError if there are none, or damaged ones."""
    summary = read_part(folder / SUMMARY, _FROM_JOURNAL)
    if (wrong := misfit(shapes.SUMMARY, summary)) is not None:
        raise RunError(f"{folder / SUMMARY} is damaged ({wrong}); {_FROM_JOURNAL}.")
    return summary


def read_scores(folder: Path) -> list[dict[str, Any]]:
    """Rows of scores.jsonl; raises RunError naming the line that is damaged."""
    return read_lines(folder / SCORES, shapes.SCORE)


def read_responses(folder: Path) -> list[dict[str, Any]]:
    """Rows of responses.jsonl; raises RunError naming the line that is damaged."""
    return read_lines(folder / RESPONSES, shapes.RESPONSE)


def read_lines(path: Path, form: TypeAdapter[Any] = _ANY) -> list[dict[str, Any]]:
    """Rows of a .jsonl file of a run folder, all of this form; raises RunError naming the line that is damaged."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise RunError(f"ERROR: {path} cannot be read ({error.strerror}); {_FROM_JOURNAL}.") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            row, wrong = parse_object(line), None
        except NotJsonError as error:
            row, wrong = {}, str(error)
        if (wrong := wrong or misfit(form, row)) is not None:
            raise RunError(f"ERROR: {path} cannot be read (line {number}: {wrong}); {_FROM_JOURNAL}.")
        rows.append(row)
    return rows


def misfit(form: TypeAdapter[Any], value: object) -> str | None:
    """What is wrong with `value`, in words, if it does not have this form."""
    try:
        form.validate_python(value)
    except ValidationError as error:
        return first_error(error).rstrip(".")
    return None


def write_atomic(path: Path, lines: Iterable[str], advice: str = _ADVICE) -> None:
    """Write a text file so that it is either whole or as it was before, whatever happens meanwhile.

    Raises RunError, with the advice, if it cannot be written.
    """
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("wb") as file:
            for line in lines:
                file.write(line.encode("utf-8", "replace") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise RunError(f"{path} cannot be written ({error.strerror}); {advice}.") from error


def _whole_bytes(path: Path) -> int:
    """Length of the file up to its last line break."""
    with path.open("rb") as file:
        position = file.seek(0, os.SEEK_END)
        while position > 0:
            start = max(0, position - 65_536)
            file.seek(start)
            block = file.read(position - start)
            if (found := block.rfind(b"\n")) >= 0:
                return start + found + 1
            position = start
    return 0
