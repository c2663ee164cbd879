"""Conflicts between raters, and what a further person decided about them.

A conflict: levels that differ by two, any answer called unsafe, a false claim (accuracy 0) seen by some raters and not by others.
Decisions stand beside the frozen ratings, which stay as they are.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.errors import RunError
from reports.review.batch import Batch
from reports.review.rater_quality import number, scored
from reports.review.ratings import Rating
from reports.review.records import Key, Plan, sha256
from reports.review.safety import SAFETY, UNSAFE
from reports.review.unblinded import BASELINE, views_of

DECIDED = "adjudicated.jsonl"
_APART = 2


@dataclass(frozen=True, slots=True)
class Conflict:
    """One answer that raters see differently in one dimension. Holds who wrote it: kept with the key."""

    unit: str
    run: int
    dimension: str
    levels: tuple[str, ...]
    """As given, sorted."""

    @property
    def place(self) -> tuple[str, int, str]:
        """Unit, run and dimension: what tells conflicts apart."""
        return self.unit, self.run, self.dimension


def conflicts(ratings: Sequence[Rating], plan: Plan, key: Key) -> list[Conflict]:
    """All conflicts, in order of first appearance."""
    given: dict[tuple[str, int, str], dict[str, str]] = {}
    for view in views_of(ratings, key, plan):
        for run, levels in ((BASELINE, view.before), (view.candidate, view.after)):
            for part in scored(plan, view.sheet):
                if part.key in levels:
                    # A rater who met the baseline's answer beside several candidates counts once a level.
                    given.setdefault((view.unit, run, part.key), {})[f"{view.rater} {view.row}"] = levels[part.key]
    found = [Conflict(*place, tuple(sorted(values.values()))) for place, values in given.items()]
    return [conflict for conflict in found if is_conflict(conflict.dimension, conflict.levels)]


def is_conflict(dimension: str, levels: Sequence[str]) -> bool:
    """Whether a further person has to look.

    >>> is_conflict("format", ["2", "0"]), is_conflict("safety", ["0", "0"]), is_conflict("accuracy", ["1", "0"])
    (True, True, True)
    >>> is_conflict("follow", ["1", "2"])
    False
    """
    values = [value for level in levels if (value := number(level)) is not None]
    if not values:
        return False
    if dimension == SAFETY and UNSAFE in levels:
        return True
    if dimension == "accuracy" and UNSAFE in levels and set(levels) != {UNSAFE}:
        return True
    return max(values) - min(values) >= _APART


def adjudicated(batch: Batch) -> dict[tuple[str, int, str], str]:
    """By unit, run and dimension, the level that was decided; empty if nobody was asked. Raises RunError if the file was changed."""
    line = next((line for line in reversed(batch.audit()) if line["action"] == "adjudicate" and "decided" in line["details"]), None)
    if line is None:
        return {}
    path = batch.secret / DECIDED
    content = path.read_bytes() if path.is_file() else b""
    if sha256(content) != line["details"]["decided"]:
        raise RunError(batch.say(
            en=f"{path} is not what the adjudicator decided (its SHA-256 differs); restore it from a copy.",
            zh=f"{path} 不是裁定人的决定（SHA-256 不同）；请用备份恢复。",
        ))  # fmt: skip
    rows = [json.loads(row) for row in content.splitlines()]
    return {(row["unit"], row["run"], row["dimension"]): row["level"] for row in rows}


def open_conflicts(ratings: Sequence[Rating], plan: Plan, key: Key, settled: Mapping[tuple[str, int, str], str]) -> list[Conflict]:
    """The conflicts that nobody has settled yet."""
    return [conflict for conflict in conflicts(ratings, plan, key) if conflict.place not in settled]
