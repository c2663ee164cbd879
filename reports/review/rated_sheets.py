"""The sheets that are filled in row by row: headings, texts, cells with lists, progress."""

from collections.abc import Sequence

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from harness.errors import RunError
from reports.review.columns import Column, continuations, fit, sheet_columns, text_of
from reports.review.pen import DARK, HEADER, LINE, PART, Pen, ShownRow
from reports.review.rubric import Sheet
from reports.review.shown import cells

_LIMITS = {"input_title": 32, "input_message": 255, "error_title": 32, "error_message": 255}
"""Characters that Excel takes; a longer one would take the list away."""
Links = dict[tuple[Sheet, str], int]
"""By sheet and row id, the row (from 1) of the reading sheet where a text that does not fit stands whole."""


def write_rated(pen: Pen, sheet: Worksheet, name: Sheet, links: Links, lists: dict[tuple[str, ...], str]) -> None:
    """Write `rating` or `diversity`."""
    rows, columns, more = pen.book.rows[name], sheet_columns(pen, name), continuations(pen.book, name)
    first, last = HEADER + 1, HEADER + len(rows)
    write_headings(pen, sheet, columns, ["row_id", "sig", *more])
    _progress(pen, sheet, columns, first, last)
    sheet.freeze_panes(first, next(at for at, column in enumerate(columns) if column.name == "answer_1"))
    for at, row in enumerate(rows, start=first):
        sheet.set_row(at, fit(row, columns)[0])
        _number(pen, sheet, at, row, links.get((name, row.row_id)))
        _row(pen, sheet, at, columns, more, row)
    for place, column in enumerate(columns):
        if column.dimension is not None and column.dimension.levels:
            _validate(pen, sheet, place, first, last, column, lists)
    _colours(pen, sheet, columns, first, last)


def write_headings(pen: Pen, sheet: Worksheet, columns: Sequence[Column], hidden: Sequence[str] = ()) -> None:
    """Headings for people in two rows, below them the names that an import goes by."""
    for row, tall in enumerate((21, 19, 17, 9)):
        sheet.set_row(row, tall)
    for at, column in enumerate(columns):
        sheet.set_column_pixels(at, at, column.width)
        if column.side == "A1":
            sheet.merge_range(1, at, 1, at + 1, "", pen.head)
        elif column.side == "":
            sheet.merge_range(1, at, 2, at, "", pen.head)
        if column.side != "A2":
            pen.put(sheet, 1, at, column.heading, pen.head)
        if column.side:
            pen.put(sheet, 2, at, column.side[1], pen.head)
    for place, name in enumerate([*(column.name for column in columns), *hidden]):
        pen.put(sheet, HEADER, place, name, pen.faint)
    for place, name in enumerate(hidden, start=len(columns)):
        sheet.set_column_pixels(place, place, 300 if "." in name else 70)


def _number(pen: Pen, sheet: Worksheet, at: int, row: ShownRow, link: int | None) -> None:
    look = {"align": "center", "bold": True, "border": 1, "border_color": LINE}
    if link is None:
        pen.put(sheet, at, 0, str(row.seq), pen.format(**look))
        return
    # The one kind of link there is, to a cell of this file; made from our own words. Its colour says that the row does not show all.
    reading = pen.name("reading")
    look |= {"underline": 1, "font_color": DARK, "bg_color": PART}
    sheet.write_url(at, 0, f"internal:'{reading}'!A{link}", pen.format(**look), f"{row.seq} ▸", pen.words.long.format(sheet=reading))


def _row(pen: Pen, sheet: Worksheet, at: int, columns: Sequence[Column], more: Sequence[str], row: ShownRow) -> None:
    for place, column in enumerate(columns):
        if (text := text_of(row, column.name)) is not None:
            pen.put(sheet, at, place, cells(text)[0], pen.text)
        elif column.dimension is not None:
            sheet.write_blank(at, place, None, pen.choice if column.dimension.levels else pen.free)
    hidden = [row.row_id, row.sig]
    for name in more:
        base, number = name.split(".")
        hidden.append("".join(cells(row.texts[base])[int(number) - 1 : int(number)]))
    for place, text in enumerate(hidden, start=len(columns)):
        pen.put(sheet, at, place, text, pen.faint)


def _required(columns: Sequence[Column]) -> list[int]:
    return [at for at, column in enumerate(columns) if column.dimension is not None and column.dimension.required]


def _progress(pen: Pen, sheet: Worksheet, columns: Sequence[Column], first: int, last: int) -> None:
    names = [xl_col_to_name(at) for at in _required(columns)]
    count = last - first + 1
    filled = "*".join(f'({name}{first + 1}:{name}{last + 1}<>"")' for name in names)
    pen.put(sheet, 0, 0, pen.book.rater, pen.title)
    pen.put(sheet, 0, 1, pen.words.progress, pen.title)
    sheet.write_formula(0, 2, f'=SUMPRODUCT({filled}*1)&" / {count}"', pen.title, f"0 / {count}")


def _validate(pen: Pen, sheet: Worksheet, at: int, first: int, last: int, column: Column, lists: dict[tuple[str, ...], str]) -> None:
    dimension, language = column.dimension, pen.book.language
    assert dimension is not None
    side = f" {column.side[1]}" if column.side else ""
    settings = {
        "validate": "list", "source": lists[dimension.codes], "error_type": "stop", "error_title": pen.words.invalid_title,
        "input_title": f"{dimension.label[language]}{side}", "error_message": pen.words.invalid.format(codes=", ".join(dimension.codes)),
        "input_message": "\n".join(f"{level.code}: {level.label[language]}" for level in dimension.levels),
    }  # fmt: skip
    for name, most in _LIMITS.items():
        settings[name] = settings[name][:most]
    if sheet.data_validation(first, at, last, at, settings) != 0:
        raise RunError(f"The list of '{column.name}' cannot be written; nothing was released.")


def _colours(pen: Pen, sheet: Worksheet, columns: Sequence[Column], first: int, last: int) -> None:
    """Blank cells that must be filled in are yellow, the number of a finished row is green. No warnings about a "2" that is text."""
    needed = _required(columns)
    blank, done = pen.file.add_format({"bg_color": "#FFF2CC"}), pen.file.add_format({"bg_color": "#C6E0B4"})
    for at in needed:
        sheet.conditional_format(first, at, last, at, {"type": "blanks", "format": blank})
    filled = ",".join(f'${xl_col_to_name(at)}{first + 1}<>""' for at in needed)
    sheet.conditional_format(first, 0, last, 0, {"type": "formula", "criteria": f"=AND({filled})", "format": done})
    sheet.ignore_errors({"number_stored_as_text": f"A{first + 1}:{xl_col_to_name(len(columns) - 1)}{last + 1}"})
    sheet.repeat_rows(1, 2)
    sheet.print_area(0, 0, last, len(columns) - 1)
