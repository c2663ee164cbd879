"""What a workbook is made of, and a pen that writes into its cells: formats, words, texts as texts."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from harness.errors import RunError
from reports.review.records import SHEET_NAMES, Layout
from reports.review.rubric import Language, Rubric, Sheet
from reports.review.words import HEADINGS, WORDS

HEADER = 3
"""Row (from 0) with the columns' names; data begin in the next one. Above it are headings for people."""
FONTS: dict[Language, str] = {"en": "Arial", "zh": "Microsoft YaHei"}
DARK, PALE, LINE, EDGE, PART = "#1F4E78", "#A6A6A6", "#D9D9D9", "#7F7F7F", "#F8CBAD"


@dataclass(frozen=True)
class ShownRow:
    """A row as a rater sees it."""

    row_id: str
    seq: int
    sig: str
    texts: dict[str, str]
    """By text column, in display order."""
    reference: str = ""


@dataclass(frozen=True)
class Book:
    """All that a workbook holds."""

    batch: str
    rater: str
    language: Language
    layout: Layout
    rubric: Rubric
    plan_hash: str
    key_hash: str
    rows: dict[Sheet, Sequence[ShownRow]]


class Pen:
    """Writes a book's file. Only `write_string` is used for texts: no answer becomes a formula, a link or a number."""

    def __init__(self, path: Path, book: Book) -> None:
        self.book, self.words = book, WORDS[book.language]
        # In memory: parts get a fixed time, and none lies about as a file before the scan.
        plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.file = xlsxwriter.Workbook(str(path), plain)
        # Empty, and of a fixed day: who made the file when is nobody's concern.
        empty = dict.fromkeys(("title", "subject", "author", "manager", "company", "category", "keywords", "comments", "status"), "")
        self.file.set_properties({**empty, "created": datetime.datetime(2000, 1, 1)})
        self._formats: dict[str, Format] = {}

    def name(self, sheet: str) -> str:
        """A sheet's name in the book's language."""
        return SHEET_NAMES[sheet][self.book.language]

    def heading(self, column: str) -> str:
        """A column's heading in the book's language."""
        if column == "answer_1" and self.book.layout == "single":
            column = "answer"
        return HEADINGS[column][self.book.language]

    def format(self, **settings: Any) -> Format:
        """A cell's format, in the book's font unless `settings` say otherwise; equal ones are made once."""
        every = {"font_name": FONTS[self.book.language], "font_size": 10, "valign": "top", **settings}
        key = repr(sorted(every.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format(every)
        return self._formats[key]

    @cached_property
    def text(self) -> Format:
        """Of a text to read, wrapped and framed."""
        return self.format(text_wrap=True, border=1, border_color=LINE)

    @cached_property
    def head(self) -> Format:
        """Of the heading of a column."""
        return self.format(bold=True, bg_color=DARK, font_color="#FFFFFF", border=1, border_color="#FFFFFF", align="center",
                           valign="vcenter", text_wrap=True)  # fmt: skip

    @cached_property
    def title(self) -> Format:
        """Of the line that says what a sheet is for."""
        return self.format(bold=True, font_size=11, font_color=DARK, valign="vcenter")

    @cached_property
    def faint(self) -> Format:
        """Of what only the import reads: small and pale."""
        return self.format(font_size=6, font_color=PALE)

    @cached_property
    def choice(self) -> Format:
        """Of an unlocked cell for a code; text, so that Excel turns none into a number or a date."""
        return self.format(locked=False, num_format="@", border=1, border_color=EDGE, align="center", font_size=12, bold=True)

    @cached_property
    def free(self) -> Format:
        """Of an unlocked cell for the rater's own words."""
        return self.format(locked=False, num_format="@", border=1, border_color=EDGE, text_wrap=True)

    def put(self, sheet: Worksheet, row: int, column: int, text: str, look: Format | None = None) -> None:
        """Write a text; raises RunError if it would not be kept as it is."""
        if sheet.write_string(row, column, text, look) != 0:
            raise RunError(f"Cell {xl_rowcol_to_cell(row, column)} of sheet {sheet.name} cannot be written; nothing was released.")
