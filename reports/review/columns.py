"""The columns of a rated sheet: which there are and how wide, so that a row fits a laptop's screen and both answers have the same room."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.review.fitting import row_height
from reports.review.pen import Book, Pen, ShownRow
from reports.review.records import input_columns
from reports.review.rubric import Dimension, Sheet
from reports.review.shown import cells

SCREEN = 1300
"""Pixels for all columns that a rater needs, on a screen 1,366 wide at 100 %."""
_SEQ, _REFERENCE, _COMMENT, _CHOICE, _WIDE_CHOICE, _ALONE = 40, 120, 110, 36, 48, 52
_NARROWEST = 180


@dataclass(frozen=True)
class Column:
    """A column of a rater's sheet."""

    name: str
    heading: str
    width: int
    """Pixels."""
    dimension: Dimension | None = None
    """What is filled in here; None: a text, or the number of the row."""
    side: str = ""
    """Of a column that stands beside another for the other answer, which answer it is about: "A1" or "A2"."""


def columns_of(pen: Pen, sheet: Sheet, references: bool) -> list[Column]:
    """Columns up to the last input; texts share what the inputs leave of the screen."""
    book = pen.book
    inputs = []
    for name, (side, key) in input_columns(book.rubric, sheet, book.layout).items():
        dimension = book.rubric.dimension(key)
        twin = side != "" and book.layout == "pairwise"
        width = _COMMENT if not dimension.levels else _CHOICE if twin and sheet == "rating" else _WIDE_CHOICE if twin else _ALONE
        inputs.append(Column(name, dimension.label[book.language], width, dimension, side if twin else ""))
    answers = ("answer_1", "answer_2") if book.layout == "pairwise" else ("answer_1",)
    room = SCREEN - _SEQ - sum(column.width for column in inputs) - (_REFERENCE if references else 0)
    prompt = max(160, int(room * (0.24 if len(answers) == 2 else 0.3)))
    each = max(_NARROWEST, (room - prompt) // len(answers))
    texts = [Column("prompt", pen.heading("prompt"), prompt)]
    texts += [Column("reference", pen.heading("reference"), _REFERENCE)] if references else []
    return [Column("seq", pen.heading("seq"), _SEQ), *texts, *(Column(name, pen.heading(name), each) for name in answers), *inputs]


def sheet_columns(pen: Pen, sheet: Sheet) -> list[Column]:
    """Columns of a sheet of the book."""
    return columns_of(pen, sheet, any(row.reference for row in pen.book.rows[sheet]))


def text_of(row: ShownRow, column: str) -> str | None:
    """The text that a row shows in a column; None if it has none there."""
    return row.reference if column == "reference" else row.texts.get(column)


def fit(row: ShownRow, columns: Sequence[Column]) -> tuple[float, bool]:
    """Height of a row in points, and whether all its texts are seen."""
    return row_height([(text, column.width) for column in columns if (text := text_of(row, column.name)) is not None])


def continuations(book: Book, sheet: Sheet) -> list[str]:
    """Names of the columns for texts that are longer than a cell; as many for either answer, whichever needs them."""
    rows = book.rows[sheet]
    parts = {column: max(len(cells(row.texts[column])) for row in rows) for column in rows[0].texts}
    most = max(parts[column] for column in parts if column != "prompt")
    return [f"{column}.{number}" for column in parts for number in range(2, (parts["prompt"] if column == "prompt" else most) + 1)]
