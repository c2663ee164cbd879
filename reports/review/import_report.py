"""`import_report.xlsx`: every error and warning of an import, each with a link to its cell."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

from reports.review.complaints import Complaint
from reports.review.rubric import Language

REPORT = "import_report.xlsx"
_SHEET: dict[Language, str] = {"en": "Import", "zh": "导入结果"}
_HEADINGS: dict[Language, tuple[str, ...]] = {
    "en": ("code", "kind", "file", "sheet", "cell", "found", "expected", "message", "what to do"),
    "zh": ("代码", "类别", "文件", "工作表", "单元格", "现有内容", "应为", "说明", "处理方法"),
}
_KINDS: dict[Language, tuple[str, str]] = {"en": ("error", "warning"), "zh": ("错误", "警告")}
_WIDTHS = (7, 9, 28, 12, 9, 24, 24, 60, 60)


def write_report(path: Path, complaints: Sequence[Complaint], files: Mapping[str, Path], language: Language) -> None:
    """Write the report. `files`: by name, where the returned files lie; links are relative to the report, so both can be moved together."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(_SHEET[language])
        heading = book.add_format({"bold": True, "bg_color": "#E8EEF4"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        link = book.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top"})
        for column, (name, width) in enumerate(zip(_HEADINGS[language], _WIDTHS, strict=True)):
            sheet.write_string(0, column, name, heading)
            sheet.set_column(column, column, width)
        for row, complaint in enumerate(complaints, start=1):
            shown = (
                complaint.code, _KINDS[language][0 if complaint.is_error else 1], complaint.file, complaint.sheet, complaint.cell,
                complaint.fact("found", language), complaint.fact("expected", language), complaint.message(language),
                complaint.advice(language),
            )  # fmt: skip
            for column, text in enumerate(shown):
                sheet.write_string(row, column, text, wrap)
            if (place := _link(path, complaint, files)) is not None:
                sheet.write_url(row, 4 if complaint.cell else 2, place, link, complaint.cell or complaint.file)
        sheet.freeze_panes(1, 0)
        if complaints:
            sheet.autofilter(0, 0, len(complaints), len(_WIDTHS) - 1)


def _link(report: Path, complaint: Complaint, files: Mapping[str, Path]) -> str | None:
    file = files.get(complaint.file)
    if file is None:
        return None
    relative = os.path.relpath(file.resolve(), report.parent.resolve())
    anchor = f"#'{complaint.sheet}'!{complaint.cell}" if complaint.sheet and complaint.cell and file.suffix.lower() == ".xlsx" else ""
    return f"external:{relative}{anchor}"
