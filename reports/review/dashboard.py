"""`harness review dashboard`: one HTML page without scripts: progress, agreement, where raters disagree, and the verdict once there is one.

Before unblinding it shows nothing that unblinds: it reads no key, and shows answers in the order of the hashes of their texts.
"""

import base64
import datetime
import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2

from harness.errors import UserError
from harness.store import write_atomic
from reports.review.batch import Batch
from reports.review.collected import collected
from reports.review.conclusion import VERDICT
from reports.review.dashboard_words import STYLE, TERMS, WORDS
from reports.review.disagreement import disagreements
from reports.review.rater_agreement import agreements, given_values
from reports.review.rater_quality import scored, side_preference, straight_lining
from reports.review.records import Plan
from reports.review.verdict_screen import estimate, interval, number, pvalue

_DRAWS = 500
_FILTERS = {"estimate": estimate, "number": number, "pvalue": pvalue}


def write_dashboard(batch: Batch, out: Path | None = None) -> Path:
    """Write the page, by default into the batch folder; returns where it is."""
    path = batch.folder / "dashboard.html" if out is None else out
    if not path.parent.is_dir() or path.is_dir():
        raise UserError(f"--out {path}: name a file in a folder that is there.")
    write_atomic(path, [render(batch)], "make room and start again")
    return path


def render(batch: Batch) -> str:
    """The page as HTML; everything that comes from files is escaped."""
    plan, there = batch.plan(), collected(batch)
    ratings = [rating for part in there.values() for rating in part.ratings()]
    rows = batch.rows()
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters |= _FILTERS
    environment.globals["interval"] = interval
    template = environment.from_string((files("reports.review") / "dashboard.html.j2").read_text(encoding="utf-8"))
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return template.render(
        words=WORDS[plan.language], terms=TERMS[plan.language],
        style=STYLE, style_hash=digest, language=plan.language, batch=batch.id, state=batch.state, plan=plan,
        labels={part.key: part.label[plan.language] for part in plan.rubric.dimensions},
        asked=" / ".join(part.label[plan.language] for part in scored(plan)),
        now=datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes"),
        raters=[_rater(rater, there, ratings, rows, batch) for rater in plan.raters],
        warnings=[complaint.line(plan.language) for complaint in (*straight_lining(ratings, plan), *side_preference(ratings, plan))],
        agreements=agreements(given_values(ratings, rows, plan), plan, _DRAWS) if ratings else [],
        disagreements=disagreements(ratings, rows, plan, _texts(batch)), verdicts=_verdicts(batch, plan),
    )  # fmt: skip


def _rater(rater: str, there: Any, ratings: Any, rows: Any, batch: Batch) -> dict[str, Any]:
    expected = sum(row.rater == rater and row.sheet != "exit" for row in rows)
    done = len({rating.row_id for rating in ratings if rating.rater == rater and rating.sheet != "exit"})
    replaced = sum(line["details"].get("rater") == rater and "replaces" in line["details"] for line in batch.audit())
    return {"code": rater, "time": there[rater].time if rater in there else None, "done": done, "expected": expected, "replaced": replaced}


def _texts(batch: Batch) -> dict[str, str]:
    """By hash, the texts that raters saw; empty where they are kept elsewhere. Who wrote them is dropped here."""
    from reports.review.records import text_hash

    if not batch.answers_file.is_file():
        return {}
    return {text_hash(text): text for row in batch.answers() for text in (row.prompt, row.answer)}


def _verdicts(batch: Batch, plan: Plan) -> dict[str, Any] | None:
    """What `verdict.json` says, once the batch has a verdict."""
    if batch.state != "verdict":
        return None
    record: dict[str, Any] = json.loads((batch.folder / VERDICT).read_text(encoding="utf-8"))
    for candidate in record["candidates"]:
        judged = candidate["judged"]
        candidate["reason"] = judged["reason"][plan.language]
        extra = [part for part in (judged["preference"], candidate["composite"]) if part is not None]
        candidate["dimensions"] = [judged["primary"], *judged["others"], *extra]
    return record
