"""`harness review verdict`: everything that an unblinded batch says, in one record; written to `verdict.json`, which other reports read.

Beside it, each candidate's run folder gets `review-<batch>.json`, so that a comparison of the same two runs shows what people found.
"""

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from harness.stats.bradley_terry import BradleyTerry
from harness.store import write_atomic
from reports.review.batch import Batch
from reports.review.blinding import BlindingIndex, blinding_index
from reports.review.complaints import Complaint
from reports.review.composite import composite
from reports.review.conflicts import adjudicated
from reports.review.dimension_tests import DimensionResult
from reports.review.freezing import frozen_ratings, unblinding
from reports.review.metric_trust import MetricTrust, metric_trust, people_means
from reports.review.rater_agreement import Agreement, agreements, given_values
from reports.review.rater_quality import CatchResult, catch_results, failed_checks, side_preference, straight_lining
from reports.review.records import Key, Plan, RunOfKey, ShownAnswer, sha256
from reports.review.sensitivity import Sensitivity, sensitivities
from reports.review.strengths import strengths
from reports.review.unblinded import BASELINE, View, views_of
from reports.review.verdict import Judged, judge

FORMAT_VERSION = 2
_RUN_FORMAT_VERSION = 2
VERDICT = "verdict.json"


@dataclass(frozen=True)
class CandidateVerdict:
    """What people found of one candidate against the baseline."""

    run: RunOfKey
    judged: Judged
    composite: DimensionResult | None
    sensitivities: tuple[Sensitivity, ...]


@dataclass(frozen=True)
class RatedAnswer:
    """What people gave one answer in the primary dimension: what automatic metrics are set against."""

    suite: str
    item: str
    run: int
    """Index into the runs of the key; 0 is the baseline."""
    rating: float
    """Mean over raters, in levels."""


@dataclass(frozen=True)
class Conclusion:
    """All that a batch says."""

    batch: str
    created: str
    plan_sha256: str
    key_sha256: str
    baseline: RunOfKey
    candidates: tuple[CandidateVerdict, ...]
    agreements: tuple[Agreement, ...]
    catches: Mapping[str, CatchResult]
    warnings: tuple[Complaint, ...]
    """W02, W04, W05."""
    strengths: BradleyTerry | None
    """Of all runs, by preference, where there are several candidates; sides are indices, the baseline is 0."""
    blinding: BlindingIndex | None
    metrics: tuple[MetricTrust, ...]
    missing: tuple[str, ...]
    """Raters whose files did not come back."""
    reason: str | None
    """Why it was unblinded all the same."""
    unsettled: int
    """Conflicts that nobody settled."""
    replaced: tuple[str, ...]
    """Raters whose file was replaced by a later one, with the reason."""
    ratings: tuple[RatedAnswer, ...]

    def low_agreement(self, plan: Plan) -> Agreement | None:
        """The primary dimension's agreement if it is below the floor of the plan, or undefined."""
        found = next((part for part in self.agreements if part.dimension == plan.primary), None)
        if found is None or found.deciding.estimate is None:
            return found
        return found if found.deciding.estimate < plan.agreement_floor else None


def conclude(batch: Batch) -> Conclusion:
    """Compute the verdict, write it down, and log it. The same ratings always give the same verdict.

    Raises UserError if the batch is not unblinded, RunError if key, plan or ratings are not those that were committed to.
    """
    batch.require("verdict")
    found = _conclude(batch)
    record = as_record(found)
    write_atomic(batch.folder / VERDICT, [_dump(record)], "make room and start again")
    for candidate in found.candidates:
        if (folder := Path(candidate.run.folder)).is_dir():
            write_atomic(folder / f"review-{batch.id}.json", [_dump(run_record(record, candidate.run.label))], "make room and start again")
    words = {candidate.run.label: candidate.judged.shown.en for candidate in found.candidates}
    batch.log("verdict", "verdict", verdicts=words, sha256=sha256((batch.folder / VERDICT).read_bytes()))
    return found


def _conclude(batch: Batch) -> Conclusion:
    plan, key, ratings, settled = batch.plan(), batch.key(), frozen_ratings(batch), adjudicated(batch)
    answers, views = batch.answers(), views_of(ratings, key, plan)
    catches = catch_results(ratings, plan, key)
    failed = {rater for rater, result in catches.items() if not result.ok}
    real = {row.row_id for row in key.rows if row.kind == "real"}
    details = unblinding(batch)
    return Conclusion(
        batch=batch.id,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        plan_sha256=sha256(batch.plan_file.read_bytes()),
        key_sha256=sha256(batch.key_file.read_bytes()),
        baseline=key.runs[BASELINE],
        candidates=tuple(_candidate(number, key, views, settled, plan, failed, answers) for number in range(1, len(key.runs))),
        agreements=tuple(agreements(given_values(ratings, batch.rows(), plan, real), plan)),
        catches=catches,
        warnings=(*straight_lining(ratings, plan), *failed_checks(catches), *side_preference(ratings, plan)),
        strengths=strengths(views),
        blinding=blinding_index(ratings, key),
        metrics=tuple(metric_trust([view for view in views if not view.is_tie], answers, plan.primary)),
        missing=tuple(details["missing"]),
        reason=details["reason"],
        unsettled=int(details["unsettled"]),
        replaced=tuple(
            f"{line['details']['rater']}: {line['details']['reason']}" for line in batch.audit() if line["details"].get("replaces")
        ),
        ratings=tuple(_ratings(views, answers, plan.primary)),
    )


def _ratings(views: Sequence[View], answers: Sequence[ShownAnswer], primary: str) -> Iterator[RatedAnswer]:
    given = people_means([view for view in views if not view.is_tie], primary)
    for answer in answers:
        if (rating := given.get((f"{answer.suite}/{answer.item}", answer.run))) is not None:
            yield RatedAnswer(answer.suite, answer.item, answer.run, rating)


def _candidate(
    number: int, key: Key, views: Sequence[View], settled: Any, plan: Plan, failed: set[str], answers: Sequence[Any]
) -> CandidateVerdict:
    own = [view for view in views if view.candidate == number]
    judged = judge(own, settled, plan)
    lines = sensitivities(own, settled, plan, failed, answers)
    return CandidateVerdict(key.runs[number], judged, composite(own, settled, plan), tuple(lines))


def as_record(found: Conclusion) -> dict[str, Any]:
    """The conclusion as JSON; docs/blind-review.md describes it."""
    record: dict[str, Any] = _plain(asdict(found))
    record["format_version"] = FORMAT_VERSION
    for row, candidate in zip(record["candidates"], found.candidates, strict=True):
        row["verdict"] = candidate.judged.verdict
        row["shown"] = _plain(candidate.judged.shown)
        if (safety := candidate.judged.safety) is not None:
            row["judged"]["safety"]["outcome"] = safety.outcome
    return record


def run_record(record: dict[str, Any], label: str) -> dict[str, Any]:
    """What a comparison of two runs needs of a verdict."""
    number, candidate = next(
        (number, row) for number, row in enumerate(record["candidates"], start=BASELINE + 1) if row["run"]["label"] == label
    )
    reason = candidate["judged"]["reason"]
    return {
        "format_version": _RUN_FORMAT_VERSION, "batch": record["batch"], "created": record["created"],
        "baseline": record["baseline"]["run"],
        "candidate": candidate["run"]["run"], "verdict": candidate["verdict"], "shown": candidate["shown"], "reason": reason,
        "dimension": candidate["judged"]["primary"]["dimension"], "metrics": record["metrics"],
        "ratings": [
            {"suite": row["suite"], "item": row["item"], "side": "baseline" if row["run"] == BASELINE else "candidate",
             "rating": row["rating"]}
            for row in record["ratings"] if row["run"] in (BASELINE, number)
        ],
    }  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def _dump(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=1)
