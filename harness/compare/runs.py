"""Finished runs as comparisons read them: manifest, rows of scores by suite, and what is wrong with a suite's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

from harness.compare.records import Extent
from harness.store import SUMMARY, finished_manifest, read_scores, read_summary

Row = dict[str, Any]
_LANGS: tuple[Extent, ...] = ("zh", "en")


@dataclass(frozen=True)
class Run:
    """A finished run, as comparisons read it."""

    folder: Path
    manifest: dict[str, Any]
    rows: dict[str, list[Row]]
    """Rows of scores.jsonl by suite."""

    @property
    def name(self) -> str:
        """For people: the label, and the first 8 characters of the model's identity, which tell runs of one label apart."""
        return f"{self.manifest['label']} ({self.manifest['model']['identity'][:8]})"

    @property
    def key(self) -> str:
        """Hash of the run."""
        return str(self.manifest["run"])

    @property
    def suites(self) -> dict[str, Any]:
        """What the manifest says of each suite."""
        parts: dict[str, Any] = self.manifest["suites"]
        return parts

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Figures by suite."""
        return read_summary(self.folder) if (self.folder / SUMMARY).is_file() else {}


def read_run(folder: Path) -> Run:
    """The finished run in `folder`; raises UserError if it holds none, RunError if the run is incomplete or damaged."""
    manifest = finished_manifest(folder)
    rows: dict[str, list[Row]] = {name: [] for name in manifest["suites"]}
    for row in read_scores(folder):
        rows.setdefault(row["suite"], []).append(row)
    return Run(folder, manifest, rows)


def extents(rows: Sequence[Row]) -> tuple[Extent, ...]:
    """All items of `rows`, and those of each language if there are several."""
    there = {row["lang"] for row in rows}
    return ("all", *_LANGS) if there >= {*_LANGS} else ("all",)


def within(rows: Sequence[Row], stratum: str, lang: Extent) -> list[Row]:
    """Rows of a stratum (or "all") in a language (or "all")."""
    return [row for row in rows if stratum in ("all", row["stratum"]) and lang in ("all", row["lang"])]


def defect(run: Run, suite: str, side: str) -> str | None:
    """What makes a suite's verdict ERROR, in words: items that are missing, errors, scores that are none."""
    rows, part = run.rows.get(suite, []), run.suites.get(suite, {"items": 0, "max_errors": 0})
    there, expected = len({row["item"] for row in rows}), part["items"]
    if there != expected:
        return f"{there} items of the {side} are there, {expected} should be"
    if len({row["item"] for row in rows if row["error"] is not None}) > part["max_errors"]:
        return _errors(rows, side)
    for row in rows:
        if row["score"] is not None and not (isinstance(row["score"], int | float) and 0 <= row["score"] <= 1):  # A NaN is not.
            return f"the {side}'s score of {row['item']} is {row['score']}, which is no number from 0 to 1"
        if row["score"] is None and row["error"] is None and not all(isfinite(value) for value in row["scores"].values()):
            return f"what was measured of {row['item']} of the {side} is no finite number: {row['scores']}"
    return None


def _errors(rows: Sequence[Row], side: str) -> str:
    broken = {row["item"]: row["error"] for row in reversed(rows) if row["error"] is not None}
    first = next(row["item"] for row in rows if row["error"] is not None)
    return f"{len(broken)} items of the {side} have errors, first {first}: {broken[first]}"
