"""What the page of nights is given: every night in brief, the latest one whole, and each suite along the nights.

Reads the nights' own records, and the history of the runs beside them for the scores; nothing is judged here.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Literal

from harness.history import Point
from harness.nightly.records import Against, Changed, Kind, Night, Row

Mark = Literal["red", "flagged", "error"]


@dataclass(frozen=True)
class Step:
    """One suite of one model against one baseline on one night."""

    time: datetime
    row: Row
    identity: str
    """Of the baseline: differences from another one do not continue these."""
    mark: Mark | None


@dataclass(frozen=True)
class Series:
    """One suite of one model against one kind of baseline, along the nights."""

    model: str
    kind: Kind
    suite: str
    steps: tuple[Step, ...]
    """Those that have a difference or an error, oldest first."""

    @property
    def counts(self) -> Counter[Mark]:
        """How many nights have each mark; nights without one are not counted."""
        return Counter(step.mark for step in self.steps if step.mark is not None)

    @property
    def latest(self) -> Step:
        """The newest night's step."""
        return self.steps[-1]

    def segments(self) -> Iterator[list[Step]]:
        """Steps with a difference, cut where the baseline or the margin becomes another."""
        known = [step for step in self.steps if step.row.difference is not None]
        for _, part in groupby(known, lambda step: (step.identity, step.row.margin)):
            yield list(part)


@dataclass(frozen=True)
class NightLine:
    """One night in brief."""

    night: Night
    red: tuple[tuple[Against, Row], ...]
    flagged: tuple[tuple[Against, Row], ...]
    """Flagged by the first look, and not confirmed by the second."""
    errors: tuple[str, ...]
    new: tuple[Changed, ...]
    """What changed that the night before had not yet; weights, which change every night, apart."""
    weights: int
    """Parts of models' weights that changed."""


@dataclass(frozen=True)
class NightsView:
    """The nights that the page shows, and their figures over time."""

    lines: tuple[NightLine, ...]
    """Newest first."""
    series: tuple[Series, ...]

    @property
    def latest(self) -> Night:
        """The newest night, which stands first."""
        return self.lines[0].night

    @property
    def counts(self) -> Counter[str]:
        """How many of the nights shown have each colour."""
        return Counter(line.night.colour for line in self.lines)

    @property
    def months(self) -> list[tuple[str, list[NightLine]]]:
        """Nights by the month in which they began, newest first."""
        return [(month, list(lines)) for month, lines in groupby(self.lines, lambda line: line.night.started[:7])]

    @property
    def changes(self) -> list[tuple[datetime, str]]:
        """When something other than weights changed, and what, oldest first."""
        return [(_time(line.night), change.what) for line in reversed(self.lines) for change in line.new]


def nights_view(nights: Sequence[Night]) -> NightsView:
    """`nights`: at least one, oldest first."""
    before = [None, *nights]
    lines = [_line(night, last) for night, last in zip(nights, before, strict=False)]
    steps: dict[tuple[str, Kind, str], list[Step]] = {}
    for night in nights:
        for against in night.against:
            for row in against.rows:
                if (step := _step(night, against, row)) is not None:
                    steps.setdefault((against.model, against.kind, row.suite), []).append(step)
    return NightsView(tuple(reversed(lines)), tuple(Series(*place, tuple(found)) for place, found in steps.items()))


def screening_points(nights: Sequence[Night], points: Sequence[Point]) -> dict[tuple[str, str], list[Point]]:
    """Scores of the models of nights, by model and suite: a point for each run that a night screened, when it was first screened."""
    found: dict[tuple[str, str], list[Point]] = {}
    by_folder: dict[str, list[Point]] = {}
    for point in points:
        by_folder.setdefault(point.folder, []).append(point)
    seen: set[tuple[str, str]] = set()
    for night in nights:
        for side in night.sides:
            if side.run is not None and (side.name, side.run) not in seen:
                seen.add((side.name, side.run))
                for point in by_folder.get(side.run, ()):
                    if point.score is not None:
                        found.setdefault((side.name, point.suite), []).append(point)
    return found


def _line(night: Night, before: Night | None) -> NightLine:
    known = set() if before is None else {(change.model, change.kind, change.what) for change in before.changed}
    new = tuple(change for change in night.changed if change.kind != "weights" and (change.model, change.kind, change.what) not in known)
    flagged = tuple((against, row) for against in night.against for row in against.rows if row.flagged and not row.is_red)
    return NightLine(night, night.red, flagged, night.errors, new, sum(change.kind == "weights" for change in night.changed))


def _step(night: Night, against: Against, row: Row) -> Step | None:
    mark: Mark | None = None
    if row.verdict in ("ERROR", "NOT COMPARABLE"):
        mark = "error"
    elif row.is_red:
        mark = "red"
    elif row.flagged:
        mark = "flagged"
    return None if mark is None and row.difference is None else Step(_time(night), row, against.identity, mark)


def _time(night: Night) -> datetime:
    return datetime.fromisoformat(night.started)


def streaks(lines: Sequence[NightLine]) -> int:
    """Nights in a row, the latest included, that have the latest one's colour."""
    return next((at for at, (new, old) in enumerate(pairwise(lines), start=1) if new.night.colour != old.night.colour), len(lines))
