"""What people found of two runs, for every report that compares them: above the automatic verdicts, and beside those that say otherwise.

`harness review verdict` writes it into the candidate's run folder, as `review-<batch>.json`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import RunError
from harness.store import read_manifest

_PATTERN = "review-*.json"
_GOOD, _BAD = ("BETTER", "NOT WORSE"), ("WORSE",)


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
            record = json.loads(path.read_text(encoding="utf-8"))
            if manifest is not None and record["baseline"] == manifest["run"]:
                found.append(PeopleVerdict(*(record[name] for name in ("batch", "created", "verdict", "shown", "reason"))))
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path} is damaged; harness review verdict writes it anew.") from error
    return sorted(found, key=lambda verdict: verdict.created, reverse=True)


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
