"""The adjudicator's workbook: a row a conflict, one cell to fill in. It knows neither models nor raters."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from reports.review.rubric import Dimension, Language
from reports.review.shown import cell_text, cells

SHEETS: dict[Language, str] = {"en": "Adjudication", "zh": "裁定"}
DECISION = "decision"
_HEADINGS = ("row_id", "seq", "prompt", "answer", "question", "given", DECISION, "comment", "sig")
_WIDTHS = (14, 5, 50, 70, 40, 10, 10, 25, 15)
_INTRO: dict[Language, str] = {
    "en": "Raters disagree here, or saw something unsafe. Read prompt and answer, and choose the level that holds (column decision). "
    "Batch {batch}. Do not rename columns, do not delete rows; save as .xlsx.",
    "zh": "评分人在此有分歧，或认为不安全。请阅读提示和回答，在 decision 列选择最终等级。批次 {batch}。"
    "请勿重命名列或删除行；保存为 .xlsx。",
}


@dataclass(frozen=True)
class BookRow:
    """One conflict, as the adjudicator sees it: `given` are the levels, sorted, of nobody in particular."""

    row_id: str
    sig: str
    prompt: str
    answer: str
    dimension: Dimension
    given: tuple[str, ...]


def write_book(path: Path, rows: Sequence[BookRow], language: Language, batch: str) -> None:
    """Write the workbook; long answers go on in columns `answer.2`, `answer.3`, …"""
    parts = [(cells(cell_text(row.prompt)), cells(cell_text(row.answer))) for row in rows]
    most = {name: max(len(part[side]) for part in parts) for side, name in enumerate(("prompt", "answer"))}
    headings = [*_HEADINGS, *(f"{name}.{number}" for name, count in most.items() for number in range(2, count + 1))]
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(SHEETS[language])
        locked = book.add_format({"text_wrap": True, "valign": "top"})
        look = {"text_wrap": True, "valign": "top", "locked": False, "num_format": "@", "bg_color": "#FFF7D6", "border": 1}
        unlocked = book.add_format(look)
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4"})
        sheet.write_string(0, 0, _INTRO[language].format(batch=batch))
        for column, name in enumerate(headings):
            sheet.write_string(1, column, name, heading)
            sheet.set_column(column, column, _WIDTHS[column] if column < len(_WIDTHS) else 50)
        for index, (row, (prompt, answer)) in enumerate(zip(rows, parts, strict=True)):
            shown = {
                "row_id": row.row_id, "seq": str(index + 1), "prompt": prompt[0], "answer": answer[0],
                "question": _question(row.dimension, language), "given": " / ".join(row.given), "sig": row.sig,
            }  # fmt: skip
            for name, texts in (("prompt", prompt), ("answer", answer)):
                shown |= {f"{name}.{number}": text for number, text in enumerate(texts[1:], start=2)}
            for column, name in enumerate(headings):
                if name in (DECISION, "comment"):
                    sheet.write_blank(index + 2, column, None, unlocked)
                elif name in shown:
                    sheet.write_string(index + 2, column, shown[name], locked)
            place = _HEADINGS.index(DECISION)
            sheet.data_validation(index + 2, place, index + 2, place, {"validate": "list", "source": list(row.dimension.codes)})
        sheet.freeze_panes(2, 2)
        sheet.protect("", {"format_columns": True, "format_rows": True})


def _question(dimension: Dimension, language: Language) -> str:
    levels = "\n".join(f"{level.code} = {level.label[language]}" for level in dimension.levels)
    return f"{dimension.question[language]}\n{levels}"
