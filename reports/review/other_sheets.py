"""The sheets around the rated ones: README, Practice, Reading, Exit, Lists."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from harness.settings import read_yaml
from reports.review.columns import Column, columns_of, fit, sheet_columns, text_of
from reports.review.fitting import LINE as TEXT_LINE
from reports.review.fitting import lines, pieces, row_height
from reports.review.pen import DARK, EDGE, HEADER, LINE, PALE, Pen, ShownRow
from reports.review.rated_sheets import Links, write_headings
from reports.review.records import EXIT_CODES
from reports.review.rubric import Dimension, Sheet
from reports.review.words import EXIT_LABELS

_README = (150, 470, 470)
_READING = {"seq": 76, "prompt": 260, "reference": 160, "answer_1": 480, "answer_2": 480}
_READING_FIRST = 2
"""Row (from 0) of the reading sheet where texts begin."""
_EXIT = (40, 620, 120, 420)


class _Solved(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str
    answers: tuple[str, str]
    values: dict[str, str]
    """By input column of the pairwise layout."""
    why: tuple[str, str]
    """About each answer."""

    def split(self) -> list[tuple[str, dict[str, str], str]]:
        """An answer a row, for the layout in which each is judged alone."""
        both = {name: code for name, code in self.values.items() if not name.startswith(("A1_", "A2_"))}
        values = [both | {"A1" + name[2:]: code for name, code in self.values.items() if name.startswith(side)} for side in ("A1_", "A2_")]
        return [*zip(self.answers, values, self.why, strict=True)]


class _Practice(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    en: tuple[_Solved, ...]
    zh: tuple[_Solved, ...]


def write_readme(pen: Pen, sheet: Worksheet) -> None:
    """The first sheet: what the levels mean, and how to work."""
    book, words = pen.book, pen.words
    sheet.hide_gridlines(2)
    for column, width in enumerate(_README):
        sheet.set_column_pixels(column, column, width)
    pen.put(sheet, 0, 0, words.title, pen.format(bold=True, font_size=18, font_color=DARK))
    sheet.set_row(0, 30)
    for row, (label, value) in enumerate(((words.batch, book.batch), (words.rater, book.rater)), start=1):
        pen.put(sheet, row, 0, label)
        pen.put(sheet, row, 1, value, pen.format(bold=True))
    diversity = words.diversity if book.rows["diversity"] else ""
    row = 4
    for line in (*(step.format(diversity=diversity) for step in words.steps), "", *(f"–  {rule}" for rule in words.rules)):
        _across(pen, sheet, row, line)
        row += 1
    row = _anchors(pen, sheet, row + 1)
    small = pen.format(font_color=PALE, font_size=8)
    for label, value in ((words.plan, book.plan_hash), (words.key, book.key_hash)):
        pen.put(sheet, row, 0, label, small)
        pen.put(sheet, row, 1, value, small)
        row += 1
    sheet.print_area(0, 0, row, 2)


def _across(pen: Pen, sheet: Worksheet, row: int, line: str) -> None:
    wrapped = pen.format(text_wrap=True, valign="vcenter")
    sheet.merge_range(row, 0, row, 2, "", wrapped)
    pen.put(sheet, row, 0, line, wrapped)
    sheet.set_row(row, 4 + (TEXT_LINE + 1.5) * lines(line, sum(_README)) if line else 6)


def _anchors(pen: Pen, sheet: Worksheet, row: int) -> int:
    """The dimensions of this book with their levels; returns the next row."""
    book = pen.book
    shown = [*book.rubric.of("rating", book.layout), *(book.rubric.of("diversity", book.layout) if book.rows["diversity"] else ())]
    for dimension in shown:
        head = pen.format(bold=True, bg_color=DARK, font_color="#FFFFFF", valign="vcenter")
        sheet.merge_range(row, 0, row, 2, "", head)
        pen.put(sheet, row, 0, f"{dimension.label[book.language]}  |  {dimension.question[book.language]}", head)
        sheet.set_row(row, 20)
        row = _levels(pen, sheet, row + 1, dimension)
    return row + 1


def _levels(pen: Pen, sheet: Worksheet, row: int, dimension: Dimension) -> int:
    code = pen.format(bold=True, align="center", valign="vcenter", border=1, border_color=LINE)
    meaning = pen.format(text_wrap=True, valign="vcenter", border=1, border_color=LINE)
    pale = pen.format(text_wrap=True, valign="vcenter", font_color="#595959", border=1, border_color=LINE)
    for level in dimension.levels:
        label = level.label[pen.book.language]
        example = "" if level.example is None else level.example[pen.book.language]
        pen.put(sheet, row, 0, level.code, code)
        pen.put(sheet, row, 1, label, meaning)
        pen.put(sheet, row, 2, example, pale)
        sheet.set_row(row, 4 + (TEXT_LINE + 1.5) * max(lines(label, _README[1]), lines(example, _README[2])))
        row += 1
    return row


def write_practice(pen: Pen, sheet: Worksheet) -> None:
    """Solved rows. Values of dimensions that the book's rubric does not have, or not with that level, are left out."""
    practice = read_yaml(Path(__file__).with_name("practice.yaml"), _Practice)
    columns = columns_of(pen, "rating", references=False)
    write_headings(pen, sheet, columns)
    pen.put(sheet, 0, 0, pen.words.practice, pen.title)
    row = HEADER + 1
    for line in practice.zh if pen.book.language == "zh" else practice.en:
        if pen.book.layout == "pairwise":
            reasons = "\n".join(f"{number}: {why}" for number, why in enumerate(line.why, start=1))
            texts = {"prompt": line.prompt, "answer_1": line.answers[0], "answer_2": line.answers[1], "why": reasons}
            row = _solved_row(pen, sheet, row, columns, texts, line.values)
        else:
            for answer, values, why in line.split():
                row = _solved_row(pen, sheet, row, columns, {"prompt": line.prompt, "answer_1": answer, "why": why}, values)
    sheet.freeze_panes(HEADER + 1, 0)
    sheet.print_area(0, 0, row - 1, len(columns) - 1)


def _solved_row(pen: Pen, sheet: Worksheet, row: int, columns: Sequence[Column], texts: dict[str, str], values: dict[str, str]) -> int:
    """Write a row; returns the next."""
    filled = pen.format(border=1, border_color=EDGE, align="center", bg_color="#E2EFDA", font_size=12, bold=True)
    reason = pen.format(border=1, border_color=EDGE, text_wrap=True, bg_color="#E2EFDA")
    pen.put(sheet, row, 0, str(row - HEADER), pen.format(align="center", bold=True))
    sizes = []
    for at, column in enumerate(columns):
        text = texts.get(column.name)
        if column.dimension is not None and not column.dimension.levels:
            text = texts["why"]
        if text is not None:
            pen.put(sheet, row, at, text, pen.text if column.dimension is None else reason)
            sizes.append((text, column.width))
        elif column.dimension is not None and (value := values.get(column.name)) in column.dimension.codes:
            pen.put(sheet, row, at, str(value), filled)
    sheet.set_row(row, row_height(sizes)[0])
    return row + 1


class Reading:
    """The sheet on which texts that do not fit their rows stand whole, in pieces that do."""

    def __init__(self, pen: Pen) -> None:
        self.pen = pen
        self.links: Links = {}
        self._blocks: list[tuple[Sheet, ShownRow, dict[str, list[str]]]] = []
        row = _READING_FIRST
        names: tuple[Sheet, ...] = ("rating", "diversity")
        for name in names:
            columns = sheet_columns(pen, name)
            for shown in pen.book.rows[name]:
                if not fit(shown, columns)[1]:
                    texts = {column: pieces(text, _READING[column]) for column in _READING if (text := text_of(shown, column))}
                    self._blocks.append((name, shown, texts))
                    self.links[name, shown.row_id] = row + 1
                    row += max(map(len, texts.values()))

    def write(self, sheet: Worksheet) -> None:
        """Fill the sheet: a heading, then each row's texts in blocks, with a link back to the row."""
        pen = self.pen
        there = [name for name in _READING if name in ("seq", "prompt") or any(name in texts for _, _, texts in self._blocks)]
        pen.put(sheet, 0, 0, pen.words.reading.format(sheet=pen.name("rating")), pen.title)
        for at, name in enumerate(there):
            sheet.set_column_pixels(at, at, _READING[name])
            pen.put(sheet, 1, at, pen.heading(name), pen.head)
        row = _READING_FIRST
        for name, shown, texts in self._blocks:
            back = f"internal:'{pen.name(name)}'!A{HEADER + 1 + shown.seq}"
            look = pen.format(underline=1, font_color="#0563C1", bold=True, align="center", text_wrap=True)
            sheet.write_url(row, 0, back, look, f"{pen.name(name)} {shown.seq}")
            row = self._block(sheet, row, there, texts)
        sheet.freeze_panes(_READING_FIRST, 1)

    def _block(self, sheet: Worksheet, row: int, there: list[str], texts: dict[str, list[str]]) -> int:
        for number in range(max(map(len, texts.values()))):
            parts = {name: part[number] for name, part in texts.items() if number < len(part)}
            sheet.set_row(row, row_height([(text, _READING[name]) for name, text in parts.items()])[0])
            for at, name in enumerate(there):
                if name in parts:
                    self.pen.put(sheet, row, at, parts[name], self.pen.text)
            row += 1
        return row


def write_exit(pen: Pen, sheet: Worksheet, lists: dict[tuple[str, ...], str]) -> None:
    """The last sheet: what the rater guesses about who wrote what."""
    names = ("seq", "question", "newer", "comment")
    codes = EXIT_CODES[pen.book.layout]
    pen.put(sheet, 0, 0, pen.words.exit, pen.title)
    pen.put(sheet, 1, 0, "   ".join(f"{code}: {EXIT_LABELS[code][pen.book.language]}" for code in codes), pen.format())
    for at, (name, width) in enumerate(zip((*names, "row_id", "sig"), (*_EXIT, 70, 70), strict=True)):
        sheet.set_column_pixels(at, at, width)
        if name in names:
            pen.put(sheet, HEADER - 1, at, pen.heading(name), pen.head)
        pen.put(sheet, HEADER, at, name, pen.faint)
    sheet.set_row(HEADER - 1, 20)
    sheet.set_row(HEADER, 9)
    rows = pen.book.rows["exit"]
    for at, row in enumerate(rows, start=HEADER + 1):
        sheet.set_row(at, 24 if at < HEADER + len(rows) else 120)
        pen.put(sheet, at, 0, str(row.seq), pen.format(align="center"))
        pen.put(sheet, at, 1, row.texts["question"], pen.text)
        sheet.write_blank(at, 2, None, pen.choice)
        sheet.write_blank(at, 3, None, pen.free)
        pen.put(sheet, at, 4, row.row_id, pen.faint)
        pen.put(sheet, at, 5, row.sig, pen.faint)
    sheet.data_validation(HEADER + 1, 2, HEADER + len(rows), 2, {"validate": "list", "source": lists[codes], "error_type": "stop"})
    sheet.freeze_panes(HEADER + 1, 0)
    sheet.print_area(0, 0, HEADER + len(rows), 3)


def plan_lists(pen: Pen) -> dict[tuple[str, ...], str]:
    """By set of codes, the range on the sheet of lists."""
    codes = [*(part.codes for part in pen.book.rubric.dimensions if part.levels), EXIT_CODES[pen.book.layout]]
    ranges = {}
    for number, part in enumerate(dict.fromkeys(codes)):
        column = xl_col_to_name(number)
        ranges[part] = f"='{pen.name('lists')}'!${column}$1:${column}${len(part)}"
    return ranges


def write_lists(pen: Pen, sheet: Worksheet, lists: dict[tuple[str, ...], str]) -> None:
    """The hidden sheet that the cells' lists refer to."""
    for column, codes in enumerate(lists):
        for row, code in enumerate(codes):
            pen.put(sheet, row, column, code)
    sheet.hide()
