"""The adjudicator's workbook: a row a conflict, one cell to fill in. It knows neither models nor raters."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from reports.review.fitting import row_height
from reports.review.pen import DARK, FONTS, LINE, PALE, PART
from reports.review.rubric import Dimension, Language
from reports.review.shown import cell_text, cells
from reports.review.workbook import A4

SHEETS: dict[Language, str] = {"en": "Adjudication", "zh": "裁定"}
DECISION = "decision"
_COLUMNS = ("seq", "prompt", "answer", "question", "given", DECISION, "comment", "row_id", "sig")
"""What an import goes by; above it stands what it means to people."""
_WIDTHS = (48, 280, 460, 230, 80, 80, 150, 80, 80)
"""Pixels."""
_LONGER = 300
"""Pixels of a column in which a text goes on."""
_HEADINGS: dict[Language, tuple[str, ...]] = {
    "en": ("No.", "Prompt", "Answer", "Question", "Given", "Decision", "Comment"),
    "zh": ("序号", "用户输入", "回答", "问题", "已有评分", "裁定", "备注"),
}
_INVALID: dict[Language, tuple[str, str]] = {
    "en": ("Not a level of this question", "Please choose one of: {codes}"),
    "zh": ("不是该问题的等级", "请从以下取值中选择：{codes}"),
}
_HEADER = 2
"""Row (from 0) with the columns' names."""
_INTRO: dict[Language, str] = {
    "en": "Raters disagree here, or saw something unsafe. Read prompt and answer, and choose the level that holds in the yellow cell. "
    "Batch {batch}. Do not rename columns, do not delete rows; save as .xlsx under the same name. "
    "Where a number is orange, the row does not show all: click the cell and read on in the formula bar.",
    "zh": "评分人在此有分歧，或认为不安全。请阅读用户输入和回答，在黄色单元格中选择最终等级。批次 {batch}。"
    "请勿重命名列或删除行；用原文件名保存为 .xlsx。"
    "序号为橙色时，该行未显示全文：请点击单元格，在编辑栏中阅读。",
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
    columns = [*_COLUMNS, *(f"{name}.{number}" for name, count in most.items() for number in range(2, count + 1))]
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(SHEETS[language])
        plain = {"text_wrap": True, "valign": "top", "font_name": FONTS[language], "font_size": 10}
        locked, faint = book.add_format(plain | {"border": 1, "border_color": LINE}), book.add_format({"font_color": PALE, "font_size": 6})
        cut = book.add_format(plain | {"border": 1, "border_color": LINE, "bg_color": PART})
        unlocked = book.add_format(plain | {"locked": False, "num_format": "@", "bg_color": "#FFF7D6", "border": 1})
        heading = book.add_format(plain | {"bold": True, "font_color": "#FFFFFF", "bg_color": DARK, "valign": "vcenter"})
        sheet.merge_range(0, 0, 0, len(_HEADINGS[language]) - 1, "", book.add_format(plain))
        sheet.write_string(0, 0, _INTRO[language].format(batch=batch), book.add_format(plain))
        sheet.set_row(0, 46)
        for column, title in enumerate(_HEADINGS[language]):
            sheet.write_string(1, column, title, heading)
        for column, name in enumerate(columns):
            sheet.write_string(_HEADER, column, name, faint)
            width = _WIDTHS[column] if column < len(_WIDTHS) else _LONGER
            sheet.set_column_pixels(column, column, width)
        sheet.set_row(_HEADER, 9)
        for at, (row, (prompt, answer)) in enumerate(zip(rows, parts, strict=True), start=_HEADER + 1):
            shown = {
                "row_id": row.row_id, "seq": str(at - _HEADER), "prompt": prompt[0], "answer": answer[0],
                "question": _question(row.dimension, language), "given": " / ".join(row.given), "sig": row.sig,
            }  # fmt: skip
            for name, texts in (("prompt", prompt), ("answer", answer)):
                shown |= {f"{name}.{number}": text for number, text in enumerate(texts[1:], start=2)}
            tall, whole = row_height([(shown[name], _WIDTHS[_COLUMNS.index(name)]) for name in ("prompt", "answer", "question")])
            sheet.set_row(at, tall)
            for column, name in enumerate(columns):
                if name in (DECISION, "comment"):
                    sheet.write_blank(at, column, None, unlocked)
                elif name in shown:
                    look = faint if name in ("row_id", "sig") else cut if name == "seq" and not whole else locked
                    sheet.write_string(at, column, shown[name], look)
            sheet.data_validation(at, _COLUMNS.index(DECISION), at, _COLUMNS.index(DECISION), _levels(row.dimension, language))
        sheet.freeze_panes(_HEADER + 1, 1)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.protect("", {"format_columns": True, "format_rows": True})


def _levels(dimension: Dimension, language: Language) -> dict[str, Any]:
    title, sentence = _INVALID[language]
    return {
        "validate": "list",
        "source": list(dimension.codes),
        "error_title": title,
        "error_message": sentence.format(codes=", ".join(dimension.codes)),
    }


def _question(dimension: Dimension, language: Language) -> str:
    levels = "\n".join(f"{level.code} = {level.label[language]}" for level in dimension.levels)
    return f"{dimension.question[language]}\n{levels}"
