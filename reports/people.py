"""What people found of two runs, for every report that compares them: above the automatic verdicts, and beside those that say otherwise.

`harness review verdict` writes it into the candidate's run folder, as `review-<batch>.json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import RunError
from harness.store import read_manifest
from harness.strict import read_object

_PATTERN = "review-*.json"
_GOOD, _BAD = ("BETTER", "NOT WORSE"), ("WORSE",)


@dataclass(frozen=True)
class MetricTrust:
    """How far an automatic metric says what people say; of what the review's verdict has, what reports show."""

    suite: str
    metric: str
    answers: int
    spearman: float | None
    """Rank correlation with people's mean rating over answers; None if it is undefined."""
    interval: tuple[float, float] | None
    """95 % limits of it."""
    pairs: int
    """Pairs of answers to one item on which neither people nor metric see a tie."""
    agree: int
    """Of these, pairs on which the metric prefers the same answer."""


@dataclass(frozen=True)
class Rated:
    """What people gave one answer in the primary dimension."""

    suite: str
    item: str
    side: str
    """`baseline` or `candidate`."""
    rating: float
    """Mean over raters, in levels."""


@dataclass(frozen=True)
class PeopleVerdict:
    """The verdict of one review batch on a candidate against a baseline."""

    batch: str
    created: str
    verdict: str
    """BETTER, NOT WORSE, WORSE or INCONCLUSIVE."""
    shown: str
    """The same with the number of items that are missing."""
    reason: Mapping[str, str]
    """By language."""
    dimension: str = ""
    """The primary dimension, in which `ratings` are."""
    metrics: tuple[MetricTrust, ...] = ()
    ratings: tuple[Rated, ...] = ()
    """Empty in records of earlier versions."""

    def contradicts(self, automatic: str) -> bool:
        """Whether a suite's automatic verdict says the opposite."""
        return (self.verdict in _GOOD and automatic == "REGRESSED") or (self.verdict in _BAD and automatic == "IMPROVED")


def people_verdicts(baseline: Path, candidate: Path) -> list[PeopleVerdict]:
    """Verdicts by people on these two runs, newest first; empty if nobody reviewed them.

    Raises RunError, naming the file, if one cannot be read.
    """
    manifest = read_manifest(baseline)
    found = []
    for path in sorted(candidate.glob(_PATTERN)):
        try:
            record = read_object(path)
            if manifest is not None and record["baseline"] == manifest["run"]:
                found.append(_verdict(record))
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path} is damaged; harness review verdict writes it anew.") from error
    return sorted(found, key=lambda verdict: verdict.created, reverse=True)


def _verdict(record: dict[str, Any]) -> PeopleVerdict:
    metrics = tuple(
        MetricTrust(
            row["suite"], row["metric"], row["answers"], row["spearman"]["estimate"],
            None if row["spearman"]["interval"] is None else tuple(row["spearman"]["interval"]), row["pairs"], row["agree"],
        )
        for row in record.get("metrics", ())
    )  # fmt: skip
    ratings = tuple(Rated(row["suite"], row["item"], row["side"], row["rating"]) for row in record.get("ratings", ()))
    told = {name: record[name] for name in ("batch", "created", "verdict", "shown", "reason")}
    return PeopleVerdict(**told, dimension=record.get("dimension", ""), metrics=metrics, ratings=ratings)


def people_lines(baseline: Path, candidate: Path, automatic: Mapping[str, str]) -> list[str]:
    """One line a verdict by people, and one where suites (name to verdict) say the opposite."""
    lines = []
    for verdict in people_verdicts(baseline, candidate):
        lines.append(f"people: {verdict.shown} (review {verdict.batch}, {verdict.created[:10]}): {verdict.reason['en']}")
        if against := [f"{suite} {word}" for suite, word in automatic.items() if verdict.contradicts(word)]:
            lines.append(
                f"people and metrics disagree: {verdict.verdict} by people, {', '.join(against)} by metrics; people have the last word"
            )
    return lines
