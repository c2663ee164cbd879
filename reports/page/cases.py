"""Items with what each run answered: joined from responses and scores, and sorted by what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from harness.compare.runs import Row, Run
from harness.scores import item_means
from harness.store import read_responses

Outcome = Literal["lost", "gained", "error", "wrong", "right", "measured"]
OUTCOMES: tuple[Outcome, ...] = ("lost", "gained", "error", "wrong", "right", "measured")
"""In the order in which people want to read them. Of one run only the last four; `wrong` is all that is below the full score."""


@dataclass(frozen=True)
class Sample:
    """One answer of one run, and what was found of it."""

    answer: str | None
    """None where nothing was generated, as with choices."""
    follow_ups: tuple[str, ...]
    judged: str | None
    """The text that was judged, where a condition's steps made another of it."""
    logprobs: tuple[float, ...]
    """Of each choice, or of the text that was measured: the sum of its tokens."""
    truncated: bool
    tokens: int
    figures: tuple[tuple[str, float], ...]
    checks: tuple[tuple[bool, str, str], ...]
    """Whether it passed, name, reason."""
    error: str | None


@dataclass(frozen=True)
class Side:
    """All answers of one run to an item."""

    score: float | None
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Case:
    """An item as the page shows it."""

    suite: str
    item: str
    lang: str
    stratum: str
    prompt: str
    turns: tuple[str, ...]
    """What the user says after the first answer."""
    outcome: Outcome
    sides: tuple[Side, ...]
    """Of one run, or of baseline and candidate."""


class Answers:
    """The responses and scores of a run, by suite and item."""

    def __init__(self, run: Run) -> None:
        """Raises RunError if the responses cannot be read."""
        self.run = run
        self._responses: dict[tuple[str, str], list[Row]] = {}
        for row in read_responses(run.folder):
            self._responses.setdefault((row["suite"], row["item"]), []).append(row)

    @cached_property
    def scores(self) -> dict[tuple[str, str], list[Row]]:
        """Rows of scores.jsonl by suite and item."""
        found: dict[tuple[str, str], list[Row]] = {}
        for suite, rows in self.run.rows.items():
            for row in rows:
                found.setdefault((suite, row["item"]), []).append(row)
        return found

    def items(self, suite: str) -> list[str]:
        """Ids of a suite's items in the run's order; empty if the run lacks the suite."""
        return list(dict.fromkeys(row["item"] for row in self.run.rows.get(suite, ())))

    def responses(self, suite: str, item: str) -> list[Row]:
        """Recorded rows of one item, one a sample; empty if there are none."""
        return self._responses.get((suite, item), [])

    def side(self, suite: str, item: str, score: float | None) -> Side:
        """One side of a case: the item's `score`, and each sample with its response; raises KeyError if nothing of it was scored."""
        by_sample = {row["sample"]: row for row in self.responses(suite, item)}
        return Side(score, tuple(_sample(by_sample.get(row["sample"], {}), row) for row in self.scores[suite, item]))


def _sample(response: Row, score: Row) -> Sample:
    return Sample(
        answer=response.get("response"), follow_ups=tuple(response.get("follow_ups", ())), judged=score.get("judged"),
        logprobs=tuple(sum(values) for values in response.get("choice_logprobs") or ()), truncated=bool(response.get("truncated")),
        tokens=response.get("tokens", 0), figures=tuple((score["scores"] or {}).items()),
        checks=tuple((check["passed"], check["name"], check["reason"]) for check in score["checks"]), error=score["error"],
    )  # fmt: skip


def cases_of(suite: str, answers: Sequence[Answers]) -> list[Case]:
    """The items of a suite that all of `answers` have (of one run, or of baseline and candidate), most telling first."""
    means = [item_means(each.run.rows.get(suite, [])) for each in answers]
    broken = {row["item"] for each in answers for row in each.run.rows.get(suite, ()) if row["error"] is not None}
    shared = [item for item in answers[-1].items(suite) if all((suite, item) in each.scores for each in answers)]
    found = [_case(suite, item, answers, [mean.get(item) for mean in means], item in broken) for item in shared]
    return sorted(found, key=lambda case: OUTCOMES.index(case.outcome))


def _case(suite: str, item: str, answers: Sequence[Answers], scores: Sequence[float | None], broken: bool) -> Case:
    rows = answers[-1].responses(suite, item)
    first: dict[str, Any] = rows[0] if rows else {}
    score = answers[-1].scores[suite, item][0]
    return Case(
        suite, item, score["lang"], score["stratum"], first.get("prompt", ""), tuple(first.get("turns", ())), _outcome(scores, broken),
        tuple(each.side(suite, item, value) for each, value in zip(answers, scores, strict=True)),
    )  # fmt: skip


def _outcome(scores: Sequence[float | None], broken: bool) -> Outcome:
    """What became of an item; `scores` are of the baseline and the candidate, or of one run."""
    if broken:
        return "error"
    before, after = scores[0], scores[-1]
    if before is None or after is None:
        return "measured"
    if before != after:
        return "gained" if after > before else "lost"
    return "right" if after == 1 else "wrong"
