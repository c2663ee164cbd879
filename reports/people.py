"""What people found of runs, for every report: above what metrics say, and beside the suites that say otherwise.

`harness review verdict` writes it into the candidate's run folder, as `review-<batch>.json`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.compare.records import Comparison
from harness.errors import RunError
from harness.nightly.records import Night
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
    baseline: str
    """Hash of the baseline's run."""
    verdict: str
    """BETTER, NOT WORSE, WORSE or INCONCLUSIVE."""
    shown: Mapping[str, str]
    """The same with the number of items that are missing, by language."""
    reason: Mapping[str, str]
    """By language."""
    dimension: str
    """The primary dimension, in which `ratings` are."""
    metrics: tuple[MetricTrust, ...]
    ratings: tuple[Rated, ...]
    """Empty, as `metrics` and `dimension` are, in records of earlier versions."""

    def contradicts(self, automatic: str) -> bool:
        """Whether a suite's automatic verdict says the opposite."""
        return (self.verdict in _GOOD and automatic == "REGRESSED") or (self.verdict in _BAD and automatic == "IMPROVED")

    def against(self, automatic: Mapping[str, str]) -> list[str]:
        """Of suites (name to verdict), those that say the opposite."""
        return [suite for suite, word in automatic.items() if self.contradicts(word)]

    def as_json(self) -> dict[str, Any]:
        """All but the rating of each answer, which the record in the run folder has."""
        return {name: value for name, value in asdict(self).items() if name != "ratings"}

    @property
    def _source(self) -> str:
        return f"(review {self.batch}, {self.created[:10]})"


def verdicts_on(candidate: Path) -> list[PeopleVerdict]:
    """Verdicts by people on this run, against whatever baseline, newest first; empty if nobody reviewed it.

    Raises RunError, naming the file, if one cannot be read.
    """
    found = []
    for path in sorted(candidate.glob(_PATTERN)):
        try:
            found.append(_verdict(read_object(path)))
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
    languages = ("en", "zh")
    # The first version has the verdict in English only.
    shown = {language: record["shown"][language] if record["format_version"] > 1 else str(record["shown"]) for language in languages}
    reason = {language: record["reason"][language] for language in languages}
    told = {name: record[name] for name in ("batch", "created", "baseline", "verdict")}
    return PeopleVerdict(**told, shown=shown, reason=reason, dimension=record.get("dimension", ""), metrics=metrics, ratings=ratings)


def people_verdicts(baseline: Path, candidate: Path) -> list[PeopleVerdict]:
    """Of these, those against the run in `baseline`."""
    manifest = read_manifest(baseline)
    return [] if manifest is None else [verdict for verdict in verdicts_on(candidate) if verdict.baseline == manifest["run"]]


def run_lines(candidate: Path) -> list[str]:
    """For a report of one run: a line a verdict by people on it."""
    return [
        f"people: {found.shown['en']} against run {found.baseline[:8]} {found._source}: {found.reason['en']}"
        for found in verdicts_on(candidate)
    ]


def people_lines(baseline: Path, candidate: Path, automatic: Mapping[str, str], about: str = "") -> list[str]:
    """One line a verdict by people, and one where suites (name to verdict) say the opposite; `about`: whom, where several are compared."""
    lines = []
    for found in people_verdicts(baseline, candidate):
        lines.append(f"people{about}: {found.shown['en']} {found._source}: {found.reason['en']}")
        if against := [f"{suite} {automatic[suite]}" for suite in found.against(automatic)]:
            lines.append(
                f"people and metrics disagree: {found.verdict} by people, {', '.join(against)} by metrics; people have the last word"
            )
    return lines


def people_json(baseline: Path, candidate: Path, automatic: Mapping[str, str]) -> list[dict[str, Any]]:
    """The verdicts for programs, each with the suites that it `contradicts`."""
    return [{**found.as_json(), "contradicts": found.against(automatic)} for found in people_verdicts(baseline, candidate)]


def with_people(comparison: Comparison, baseline: Path, candidate: Path) -> dict[str, Any]:
    """A comparison for programs, what people found before all else."""
    return {"people": people_json(baseline, candidate, verdicts_of(comparison)), **comparison.as_json()}


def verdicts_of(comparison: Comparison) -> dict[str, str]:
    """By suite, what the metrics say."""
    return {suite.suite: suite.verdict for suite in comparison.suites}


def night_lines(night: Night, out: Path) -> dict[tuple[str, ...], list[str]]:
    """By the two runs of a night's comparison, what people found of them; without pairs that nobody reviewed. `out`: where the runs lie."""
    found = {
        against.runs: people_lines(out / against.runs[0], out / against.runs[1], {row.suite: row.verdict for row in against.rows},
                                   f" on {against.model} against {against.kind} ({against.baseline})")
        for against in night.against if against.runs
    }  # fmt: skip
    return {runs: lines for runs, lines in found.items() if lines}
