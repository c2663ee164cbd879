"""`harness review dashboard`: one HTML page without scripts: progress, agreement, where raters disagree, and the verdict once there is one.

Before unblinding it shows nothing that unblinds: it reads no key, and shows answers in the order of the hashes of their texts.
"""

import base64
import datetime
import hashlib
import json
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2

from harness.errors import RunError, UserError
from harness.store import write_atomic
from reports.review.batch import Batch
from reports.review.collected import collected
from reports.review.conclusion import FORMAT_VERSION, VERDICT
from reports.review.disagreement import disagreements
from reports.review.rater_agreement import agreements, given_values
from reports.review.rater_quality import scored, side_preference, straight_lining
from reports.review.records import Plan
from reports.review.report_words import WORDS, term
from reports.review.steps import STATE_WORDS
from reports.review.verdict_screen import estimate, interval, number, pvalue
from reports.review.verdict_words import verdict_shown

_DRAWS = 500
STYLE = """
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 0 auto; max-width: 1180px; padding: 1.5rem;
  color: #1d2733; background: #fff; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; } .faint { color: #5b6875; }
table { border-collapse: collapse; margin: .5rem 0; } th, td { border: 1px solid #d5dbe1; padding: .25rem .6rem; text-align: right; }
th { background: #eef2f6; font-weight: 600; } td:first-child, th:first-child, td.text { text-align: left; }
.verdict { display: inline-block; padding: .15rem .7rem; border-radius: .3rem; color: #fff; font-weight: 700; background: #8a6d00; }
.BETTER, .NOT { background: #1b7a3d; } .WORSE { background: #b3261e; }
progress { width: 9rem; } .warning { color: #8a3b00; }
.pair { border: 1px solid #d5dbe1; border-radius: .4rem; padding: .8rem; margin: 1rem 0; }
.answers { display: grid; grid-template-columns: 1fr 1fr; gap: .8rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; background: #f6f8fa; padding: .6rem; margin: .3rem 0;
  max-height: 22rem; overflow: auto; }
@media (max-width: 700px) { .answers { grid-template-columns: 1fr; } }
"""
_FILTERS = {"number": number, "pvalue": pvalue}


def write_dashboard(batch: Batch, out: Path | None = None) -> Path:
    """Write the page, by default into the batch folder; returns where it is."""
    path = batch.folder / "dashboard.html" if out is None else out
    if not path.parent.is_dir() or path.is_dir():
        raise UserError(batch.say(
            en=f"--out {path}: name a file in a folder that is there.", zh=f"--out {path}：请写明已有文件夹中的文件名。"
        ))  # fmt: skip
    write_atomic(path, [render(batch)], "make room and start again")
    return path


def render(batch: Batch) -> str:
    """The page as HTML; everything that comes from files is escaped."""
    plan, there = batch.plan(), collected(batch)
    ratings = [rating for part in there.values() for rating in part.ratings()]
    rows = batch.rows()
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters |= _FILTERS
    environment.filters["estimate"] = partial(estimate, language=plan.language)
    environment.filters["term"] = partial(term, language=plan.language)
    environment.globals["interval"] = interval
    template = environment.from_string((files("reports.review") / "dashboard.html.j2").read_text(encoding="utf-8"))
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return template.render(
        words=WORDS[plan.language], share=f"{1 - plan.alpha:.0%}",
        style=STYLE, style_hash=digest, language=plan.language, batch=batch.id, state=STATE_WORDS[batch.state][plan.language],
        is_unblinded=batch.state == "unblinded", plan=plan,
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
    """What `verdict.json` says, once the batch has a verdict; raises RunError if it cannot be read."""
    if batch.state != "verdict":
        return None
    path = batch.folder / VERDICT
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if record["format_version"] != FORMAT_VERSION:
            raise ValueError(record["format_version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(batch.say(
            en=f"{path} is missing, damaged or of another version; harness review verdict {batch.folder} writes it anew.",
            zh=f"{path} 缺失、损坏或版本不同；执行 harness review verdict {batch.folder} 可重新生成。",
        )) from error  # fmt: skip
    for candidate in record["candidates"]:
        judged = candidate["judged"]
        candidate["reason"] = judged["reason"][plan.language]
        candidate["shown"] = candidate["shown"][plan.language]
        for line in candidate["sensitivities"]:
            line["shown"] = verdict_shown(line["verdict"], line["more_items"])[plan.language] if line["verdict"] else ""
            line["note"] = line["note"][plan.language] if line["note"] else ""
        extra = [part for part in (judged["preference"], candidate["composite"]) if part is not None]
        candidate["dimensions"] = [judged["primary"], *judged["others"], *extra]
    return record
