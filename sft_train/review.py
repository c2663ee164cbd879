"""A sheet in which people say which rows are right; what they say is read back, applied and reported.

The sheet is a sample of at least a tenth of the rows, stratified by task and language. A row is known by the hash of its contents, so that
a sheet is never applied to rows that were changed since. A correction takes the place of the row's last answer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from harness.errors import UserError
from harness.stats.proportion import wilson_interval
from sft_train.data.forms import WAITING
from sft_train.data.queue import read_queue
from sft_train.data.record import Row, Turn
from sft_train.data.sampling import stratified
from sft_train.data.versions import row_hash
from sft_train.data.writing import write_json, write_lines

RIGHT, WRONG, CORRECTED = "right", "wrong", "corrected"
_VERDICTS = {"right": RIGHT, "wrong": WRONG, "corrected": CORRECTED, "对": RIGHT, "错": WRONG, "已改": CORRECTED}
_COLUMNS = (
    "row",
    "task",
    "lang",
    "conversation / 对话",
    "answer / 回答",
    "verdict / 判断",
    "correction / 改正",
    "annotator / 标注人",
    "note / 备注",
)
_WIDTHS = (10, 12, 6, 60, 60, 14, 60, 16, 30)
_LONGEST_CELL = 32_000
_HELP = (
    ("guideline / 标注规范", ""),
    ("verdict / 判断", "right 对 · wrong 错 · corrected 已改（with the whole answer in the next column / 在下一列写出完整回答）"),
    ("", "Wrong rows are left out; rows without a verdict are not counted. / 判为“错”的行不再用于训练，未判断的行不计入。"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an annotator said of one row."""

    row: str
    """Hash of the row."""
    verdict: str
    correction: str
    annotator: str
    guideline: str


def write_sheet(rows: Sequence[Row], path: Path, share: float, guideline: str, seed: int = 0) -> int:
    """Write a workbook with `share` of the rows (all, if they wait in a queue); returns how many. Raises UserError if it cannot be made."""
    import xlsxwriter

    if path.suffix != ".xlsx":
        raise UserError(f"{path}: a review sheet is a workbook; call it .xlsx.")
    if path.exists():
        raise UserError(f"{path}: is there already, perhaps with somebody's work in it; name another file.")
    chosen = range(len(rows)) if any(WAITING in row.extra for row in rows) else stratified(rows, share, ("task", "lang"), seed)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, info = book.add_worksheet("rows"), book.add_worksheet("info")
        wrap, head = book.add_format({"text_wrap": True, "valign": "top"}), book.add_format({"bold": True, "text_wrap": True})
        for column, (name, width) in enumerate(zip(_COLUMNS, _WIDTHS, strict=True)):
            sheet.write_string(0, column, name, head)
            sheet.set_column(column, column, width, wrap)
        for line, at in enumerate(chosen, start=1):
            for column, text in enumerate(_cells(rows[at])):
                sheet.write_string(line, column, text[:_LONGEST_CELL], wrap)
        sheet.data_validation(1, 5, max(len(chosen), 1), 5, {"validate": "list", "source": list(_VERDICTS)})
        sheet.freeze_panes(1, 1)
        for line, (name, text) in enumerate(_HELP):
            info.write_string(line, 0, name)
            info.write_string(line, 1, text or guideline)
    return len(chosen)


def _cells(row: Row) -> tuple[str, ...]:
    names = {
        "system": "[system] ",
        "user": "用户：" if row.lang == "zh" else "User: ",
        "assistant": "助手：" if row.lang == "zh" else "Assistant: ",
    }
    before = "\n".join(names[turn.role] + turn.content for turn in row.turns[:-1])
    return row_hash(row), row.task, row.lang, before, row.answer or row.text


def read_sheet(path: Path) -> list[Verdict]:
    """Verdicts of a filled-in workbook; raises UserError naming the line of whatever cannot be used."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        lines = list(book["rows"].iter_rows(min_row=2, max_col=len(_COLUMNS), values_only=True))
        guideline = str(book["info"].cell(1, 2).value or "")
    except (OSError, BadZipFile, InvalidFileException, KeyError) as error:
        raise UserError(f"{path}: not a review sheet as `sft-train review make` writes it ({error}).") from error
    return list(_verdicts(path, lines, guideline))


def _verdicts(path: Path, lines: Sequence[tuple[Any, ...]], guideline: str) -> Iterator[Verdict]:
    for number, line in enumerate(lines, start=2):
        key, given, correction, annotator = ("" if line[at] is None else str(line[at]).strip() for at in (0, 5, 6, 7))
        if not key or (not given and not correction):
            continue
        if given not in _VERDICTS:
            raise UserError(f"{path}, line {number}: the verdict is '{given}'; write {', '.join(_VERDICTS)}.")
        verdict = _VERDICTS[given]
        if (verdict == CORRECTED) != bool(correction):
            what = "has no correction" if verdict == CORRECTED else f"is '{given}', but there is a correction"
            raise UserError(f"{path}, line {number}: {what}; a corrected row needs both the verdict 'corrected' and the whole answer.")
        if not annotator:
            raise UserError(f"{path}, line {number}: has a verdict, but nobody's name.")
        yield Verdict(key, verdict, correction, annotator, guideline)


def apply_sheets(data: str, sheets: Sequence[Path], out: Path) -> list[str]:
    """Write the rows of `data` without the wrong ones and with corrections to `out`, and a report beside it; returns lines for people.

    Of rows that wait in a queue only those are taken that were judged right or corrected. Raises UserError for verdicts on rows that are
    not there, and where two sheets contradict each other.
    """
    found = read_queue(data)
    rows = found.rows
    verdicts: dict[str, Verdict] = {}
    for verdict in (verdict for sheet in sheets for verdict in read_sheet(sheet)):
        earlier = verdicts.setdefault(verdict.row, verdict)
        if (earlier.verdict, earlier.correction) != (verdict.verdict, verdict.correction):
            says = f"{earlier.annotator} says {earlier.verdict}, {verdict.annotator} {verdict.verdict}"
            raise UserError(f"Row {verdict.row[:10]}: {says}; let them agree first.")
    known = {row_hash(row): row for row in rows}
    if strange := [key for key in verdicts if key not in known]:
        text = f"{data}: {len(strange)} reviewed rows are not in it (first: {strange[0][:10]})"
        raise UserError(f"{text}; the data were changed after the sheet was made.")
    if not verdicts:
        raise UserError("No row of the sheets has a verdict.")
    kept = [done for row in rows if (done := _applied(row, verdicts.get(row_hash(row)))) is not None]
    report = _report(rows, verdicts, known, len(kept))
    write_lines(out, (row.json for row in kept))
    write_json(report_place(out), report)
    low, high = report["error_rate_limits"]
    return [
        f"{report['reviewed']} of {report['rows']} rows reviewed ({report['reviewed'] / report['rows']:.0%}): "
        f"{report['verdicts'].get(WRONG, 0)} wrong, {report['verdicts'].get(CORRECTED, 0)} corrected",
        f"error rate {report['error_rate']:.1%} (95% limits {low:.1%} to {high:.1%})",
        f"{len(kept)} rows in {out}" + (f", without the fields {', '.join(sorted(found.ignored))}" if found.ignored else ""),
    ]


def report_place(out: Path) -> Path:
    """Where the report on the reviewed rows in `out` lies: beside them."""
    return out.with_name(out.name + ".review.json")


def _applied(row: Row, verdict: Verdict | None) -> Row | None:
    extra = {key: value for key, value in row.extra.items() if key != WAITING}
    if verdict is None:
        return None if WAITING in row.extra else row
    if verdict.verdict == WRONG:
        return None
    if verdict.verdict == RIGHT:
        return replace(row, extra=extra)
    if not row.turns:
        return replace(row, text=verdict.correction, extra=extra)
    return replace(row, turns=(*row.turns[:-1], Turn("assistant", verdict.correction, row.turns[-1].weight)), extra=extra)


def _report(rows: Sequence[Row], verdicts: dict[str, Verdict], known: dict[str, Row], kept: int) -> dict[str, Any]:
    """The error rate counts wrong and corrected rows; limits are Wilson's."""
    tasks: dict[str, Counter[str]] = defaultdict(Counter)
    for key, verdict in verdicts.items():
        tasks[known[key].task or "(none)"][verdict.verdict] += 1
    errors = sum(verdict.verdict != RIGHT for verdict in verdicts.values())
    return {
        "rows": len(rows),
        "kept": kept,
        "reviewed": len(verdicts),
        "verdicts": dict(Counter(verdict.verdict for verdict in verdicts.values())),
        "error_rate": errors / len(verdicts),
        "error_rate_limits": wilson_interval(errors, len(verdicts)).interval,
        "tasks": {task: dict(counts) for task, counts in sorted(tasks.items())},
        "annotators": dict(Counter(verdict.annotator for verdict in verdicts.values())),
        "guidelines": sorted({verdict.guideline for verdict in verdicts.values()}),
        "reviews": [
            {"row": key, "verdict": verdict.verdict, "annotator": verdict.annotator, "guideline": verdict.guideline}
            for key, verdict in verdicts.items()
        ],
    }
