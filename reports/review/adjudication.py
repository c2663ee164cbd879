"""`harness review adjudicate`: a further person settles what raters see differently, without knowing models, raters or sides.

The workbook has one row a conflict: prompt, one answer, the question, and the levels that were given, sorted, without names. What is
decided is kept with the key, since it says which run's answer it is about.
"""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import UserError
from reports.review.adjudication_book import DECISION, SHEETS, BookRow, write_book
from reports.review.batch import Batch
from reports.review.checking import check_sheet
from reports.review.complaints import Complaint
from reports.review.conflicts import DECIDED, Conflict, conflicts
from reports.review.expectation import ExpectedRow, ExpectedSheet, Input, labels
from reports.review.freezing import frozen_ratings
from reports.review.reading import Unreadable, read_returned
from reports.review.records import Plan, ShownAnswer, consonants, sha256, text_hash
from reports.review.rubric import Text
from reports.review.shown import numbered

_ASKED = "adjudication.jsonl"


def ask(batch: Batch) -> tuple[Path, int]:
    """Write the adjudicator's workbook; returns where it is and how many conflicts it has.

    Raises UserError if the batch is not frozen, is unblinded, or if there is nothing to settle.
    """
    batch.require("adjudicate")
    plan, key = batch.plan(), batch.key()
    found = conflicts(frozen_ratings(batch), plan, key)
    if not found:
        raise UserError(batch.say(
            en=f"Batch {batch.id}: raters contradict each other nowhere, so there is nothing to settle; unblind comes next.",
            zh=f"批次 {batch.id}：评分人之间没有分歧，无需裁定；下一步是 unblind。",
        ))  # fmt: skip
    secrets.SystemRandom().shuffle(found)
    texts = _texts(batch)
    rows = [_book_row(conflict, texts, plan) for conflict in found]
    path = batch.out / f"{batch.id}_adjudicator.xlsx"
    write_book(path, rows, plan.language, batch.id)
    asked = "".join(
        json.dumps({"row_id": row.row_id, "sig": row.sig, "unit": conflict.unit, "run": conflict.run, "dimension": conflict.dimension,
                    "texts": {"prompt": text_hash(row.prompt), "answer": text_hash(row.answer)}}, ensure_ascii=False) + "\n"
        for row, conflict in zip(rows, found, strict=True)
    )  # fmt: skip
    _keep_secret(batch, _ASKED, asked)
    batch.log("adjudicate", asked=sha256(asked.encode()), conflicts=len(found))
    return path, len(found)


def settle(batch: Batch, path: Path) -> list[Complaint]:
    """Read the adjudicator's workbook; its decisions count only if the list of errors is empty."""
    batch.require("adjudicate")
    plan, asked = batch.plan(), _asked(batch)
    try:
        returned = read_returned(path)
    except Unreadable as error:
        return [Complaint(error.code, path.name, facts={"found": error.reason, "expected": ".xlsx"})]
    rows = {row["row_id"]: ExpectedRow(row["sig"], row["texts"]) for row in asked}
    levels = {code: words for row in asked for code, words in labels(plan.rubric.dimension(row["dimension"]).levels).items()}
    expected = ExpectedSheet("adjudication", tuple(SHEETS.values()), rows, (Input(DECISION, "", DECISION, levels, required=True),))
    sheet = next((returned.sheets[name] for name in expected.names if name in returned.sheets), None)
    if sheet is None and returned.is_csv:
        sheet = next(iter(returned.sheets.values()))
    if sheet is None:
        name = SHEETS[plan.language]
        what = Text(en=f"sheet '{name}'", zh=f"工作表“{name}”")
        return [Complaint("E03", path.name, facts={"what": what, "found": ", ".join(returned.sheets), "expected": name})]
    checked = check_sheet(sheet, expected, path.name, texts=not returned.is_csv)
    places = {row["row_id"]: row for row in asked}
    decided, complaints = [], list(checked.complaints)
    for value in checked.values:
        row = places[value.row_id]
        codes = plan.rubric.dimension(row["dimension"]).codes
        if value.value not in codes:
            facts = {"column": DECISION, "found": value.value, "expected": ", ".join(codes)}
            complaints.append(Complaint("E08", path.name, sheet.name, checked.cells[value.row_id], facts))
        decided.append({"unit": row["unit"], "run": row["run"], "dimension": row["dimension"], "level": value.value})
    if not any(complaint.is_error for complaint in complaints):
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in decided)
        _keep_secret(batch, DECIDED, content)
        (batch.returned / f"adjudicator.{returned.sha256[:12]}{path.suffix}").write_bytes(path.read_bytes())
        batch.log("adjudicate", decided=sha256(content.encode()), file=returned.sha256, settled=len(decided))
    return complaints


def _asked(batch: Batch) -> list[dict[str, Any]]:
    path = batch.secret / _ASKED
    if not path.is_file():
        raise UserError(batch.say(
            en=f"Batch {batch.id}: no adjudicator was asked yet; harness review adjudicate without a file writes the workbook.",
            zh=f"批次 {batch.id}：尚未生成裁定工作簿；不带文件执行 harness review adjudicate 即可生成。",
        ))  # fmt: skip
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def _texts(batch: Batch) -> dict[tuple[str, int], tuple[str, str]]:
    """By unit and run, prompt and answer as raters saw them; groups are made of all their items."""
    single = {(f"{row.suite}/{row.item}", row.run): row for row in batch.answers()}
    texts = {place: (row.prompt, row.answer) for place, row in single.items()}
    groups: dict[tuple[str, int], list[ShownAnswer]] = {}
    for row in single.values():
        groups.setdefault((f"{row.suite}/{row.cluster}", row.run), []).append(row)
    for place, members in groups.items():
        texts.setdefault(place, (numbered([row.prompt for row in members]), numbered([row.answer for row in members])))
    return texts


def _book_row(conflict: Conflict, texts: Mapping[tuple[str, int], tuple[str, str]], plan: Plan) -> BookRow:
    prompt, answer = texts[conflict.unit, conflict.run]
    row_id, sig = (consonants(secrets.token_bytes(16), length) for length in (10, 12))
    return BookRow(row_id, sig, prompt, answer, plan.rubric.dimension(conflict.dimension), conflict.levels)


def _keep_secret(batch: Batch, name: str, content: str) -> None:
    path = batch.secret / name
    path.touch(mode=0o600)
    path.write_text(content, encoding="utf-8")
