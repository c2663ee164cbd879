"""Runs over time: what each finished run under a folder scored, from its manifest and summary alone.

An index beside the runs keeps what was read, by the manifest's place, time of change and size; it may be deleted, and is made anew
when it cannot be read. Rescoring replaces a manifest, so that a rescored run is read again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.errors import RunError, UserError
from harness.store import MANIFEST, read_manifest, read_summary, write_atomic
from harness.visible import csv_cell

INDEX = ".history.json"


@dataclass(frozen=True, slots=True)
class Point:
    """One suite of one run."""

    finished: str
    """UTC, ISO 8601."""
    model: str
    """The run's label: what a family of models is told by."""
    identity: str
    """Hash of the model's contents."""
    suite: str
    version: int
    """Of the suite: scores of different versions do not continue each other."""
    metric: str
    n: int
    score: float | None
    """None if the suite is only measured."""
    low: float | None
    """95 % limits."""
    high: float | None
    errors: int
    condition: str
    """Name of the declared condition, or empty."""
    engine: str
    size: str
    draw: int
    status: str
    run: str
    """Hash of the run."""
    folder: str
    """Name of its folder."""


@dataclass(frozen=True, slots=True)
class _Indexed:
    modified: int
    """Of the manifest, in nanoseconds."""
    bytes: int
    points: tuple[Point, ...]


_INDEX = TypeAdapter(dict[str, _Indexed])


@dataclass(frozen=True)
class History:
    """What the finished runs of a folder scored, a point a run and suite."""

    points: tuple[Point, ...]
    """Oldest first."""
    unreadable: dict[str, str]
    """Folders that hold a run which cannot be read, and why."""


def read_history(parent: Path, model: str = "*", suite: str = "*") -> History:
    """Every suite of every finished run under `parent` whose label and suite fit the patterns (`*`, `?`, `[…]`).

    Runs that are not complete are left out. Raises UserError if `parent` is no folder.
    """
    if not parent.is_dir():
        raise UserError(f"'{parent}' is not a folder; name the parent of run folders with --out.")
    known, found, unreadable = _read_index(parent / INDEX), dict[str, _Indexed](), dict[str, str]()
    for name, modified, size in _manifests(parent):
        indexed = known.get(name)
        if indexed is None or (indexed.modified, indexed.bytes) != (modified, size):
            try:
                indexed = _Indexed(modified, size, tuple(_points(parent / name)))
            except RunError as error:
                unreadable[name] = str(error)
                continue
        found[name] = indexed
    if found != known:
        _write_index(parent / INDEX, found)
    points = (point for indexed in found.values() for point in indexed.points)
    chosen = [point for point in points if fnmatchcase(point.model, model) and fnmatchcase(point.suite, suite)]
    return History(tuple(sorted(chosen, key=lambda point: (point.finished, point.run, point.suite))), unreadable)


def _manifests(parent: Path) -> Iterator[tuple[str, int, int]]:
    """Folders of complete runs under `parent`: name, and the manifest's time of change and size."""
    for path in parent.glob(f"*/{MANIFEST}"):
        stat = path.stat()
        yield path.parent.name, stat.st_mtime_ns, stat.st_size


def _points(folder: Path) -> Iterator[Point]:
    """Raises RunError if manifest or summary cannot be read."""
    manifest = read_manifest(folder)
    if manifest is None:  # It went away meanwhile, to be rescored.
        return
    try:
        yield from [_point(folder.name, manifest, name, part) for name, part in read_summary(folder).items()]
    except KeyError as error:
        raise RunError(f"{folder / MANIFEST} has no field {error}, which its history would need.") from error


def _point(folder: str, manifest: dict[str, Any], suite: str, part: dict[str, Any]) -> Point:
    condition = manifest.get("condition")
    return Point(
        finished=manifest["finished"], model=manifest["label"], identity=manifest["model"]["identity"], suite=suite,
        version=part["version"], metric=part["primary_metric"], n=part["n"], score=part["score"], low=part["low"], high=part["high"],
        errors=part["errors"], condition="" if condition is None else condition["name"], engine=manifest["engine"]["kind"],
        size=manifest["choice"]["size"], draw=manifest["choice"]["draw"], status=manifest["status"], run=manifest["run"], folder=folder,
    )  # fmt: skip


def _read_index(path: Path) -> dict[str, _Indexed]:
    try:
        return _INDEX.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return {}  # It only saves time; everything is read from the runs again.


def _write_index(path: Path, found: dict[str, _Indexed]) -> None:
    try:
        write_atomic(path, [_INDEX.dump_json(found).decode()])
    except RunError:
        return  # A folder that cannot be written is read anew each time.


def as_csv(points: Iterable[Point]) -> str:
    """One line a suite of a run, with a heading; the names are those of `Point`."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Point.__dataclass_fields__)
    writer.writerows([csv_cell(getattr(point, name)) for name in Point.__dataclass_fields__] for point in points)
    return text.getvalue().removesuffix("\n")
