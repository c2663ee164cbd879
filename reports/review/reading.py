"""A file that a rater sent back → its sheets, cell by cell, as they stand in it. Nothing is interpreted or repaired here.

Excel workbooks as Excel, LibreOffice and WPS write them (sorted, filtered, with hidden columns), and CSV in UTF-8 with or without a
mark, or GB18030. A file that is none of these, or that would unpack to more than `MAX_UNPACKED` bytes, raises `Unreadable`, which the
caller turns into message E01 or E13.
"""

import csv
import datetime
import hashlib
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import openpyxl
from openpyxl.utils import get_column_letter

from reports.review.rubric import Text

Kind = Literal["text", "number", "boolean", "date", "formula", "error", "blank"]
MAX_UNPACKED = 600_000_000
"""Bytes that all parts of a workbook may have together; 2,000 pairs of answers of 30,000 Chinese characters have 360 million."""
MAX_PARTS = 2_000
_MAX_COLUMNS = 400
_PROGRAMS = ("openpyxl", "xlsxwriter")
"""What programs call themselves where a person's name would stand."""
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_DAMAGED = "\ufffd"
_ERROR = re.compile(r"#(REF|NAME|VALUE|DIV/0|N/A|NUM|NULL)[!?]?")
_DATE = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/][A-Za-z]{3}|[A-Za-z]{3}[-/]\d{1,2}|\d{1,2}月\d{1,2}日")
_LONGEST_FIELD = 1_000_000


class Unreadable(Exception):
    """The file cannot be read; `code` is E01, or E13 if its text is damaged; `reason` says why."""

    def __init__(self, code: Literal["E01", "E13"], en: str, zh: str) -> None:
        super().__init__(en)
        self.code, self.reason = code, Text(en=en, zh=zh)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, where it stands and what it shows."""

    at: str
    """Such as `E17`."""
    kind: Kind = "blank"
    text: str = ""
    """Whole numbers without a decimal point; formulas with their `=`; dates as YYYY-MM-DD."""


@dataclass(frozen=True)
class Sheet:
    """A sheet's cells by row, without rows that are empty."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    merged: tuple[str, ...] = ()
    """Ranges of cells that were merged, such as `E17:E19`."""


@dataclass(frozen=True)
class Returned:
    """A file as it came back."""

    path: Path
    sha256: str
    sheets: dict[str, Sheet]
    """By name; a CSV file has one sheet, called as the file."""
    is_csv: bool
    author: str = ""
    """Who saved it last, as the file says; personal data."""


def read_returned(path: Path) -> Returned:
    """Read a file by what it holds, whatever it is called. Raises Unreadable."""
    if path.is_symlink() or not path.is_file():
        raise Unreadable("E01", "a link or a folder", "是链接或文件夹，不是文件")
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if not data.strip():
        raise Unreadable("E01", "empty", "是空文件")
    if data.startswith(_OLD_EXCEL):
        raise Unreadable("E01", "an old .xls, or has a password", "是旧版 .xls，或有密码")
    if data.startswith(b"PK"):
        return _read_workbook(path, data, digest)
    if path.suffix.lower() in (".xlsx", ".xlsm", ".xls"):
        raise Unreadable("E01", "no workbook inside", "内容不是工作簿")
    return Returned(path, digest, {path.name: _read_csv(path.name, data)}, is_csv=True)


def _read_workbook(path: Path, data: bytes, digest: str) -> Returned:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_bombs(archive)
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=False, keep_links=False)
        sheets = {name: _read_sheet(book[name]) for name in book.sheetnames if hasattr(book[name], "iter_rows")}
        names = (book.properties.lastModifiedBy, book.properties.creator)
        author = next((name for name in names if name and name not in _PROGRAMS), "")
    except Unreadable:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers do: KeyError, ValueError, BadZipFile, ParseError, TypeError …
        raise Unreadable("E01", "a damaged workbook", "工作簿已损坏") from error
    return Returned(path, digest, sheets, is_csv=False, author=author)


def _refuse_bombs(archive: zipfile.ZipFile) -> None:
    """Raise Unreadable for an archive that unpacks to too much, is encrypted, or has XML with entities of its own."""
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Unreadable("E01", f"unpacks to more than {MAX_UNPACKED:,} bytes", f"解压后超过 {MAX_UNPACKED:,} 字节")
    for part in parts:
        if part.flag_bits & 1:
            raise Unreadable("E01", "has a password", "有密码")
        if part.filename.endswith((".xml", ".rels", ".vml")):
            with archive.open(part) as file:
                if b"<!DOCTYPE" in file.read(2_000):
                    raise Unreadable("E01", "XML that no spreadsheet program writes", "含有表格软件不会写出的 XML")


def _read_sheet(sheet: Any) -> Sheet:
    rows = []
    for row in sheet.iter_rows(max_col=min(sheet.max_column or 1, _MAX_COLUMNS)):
        cells = tuple(_read_cell(cell) for cell in row)
        if any(cell.kind != "blank" for cell in cells):
            rows.append(cells)
    return Sheet(sheet.title, tuple(rows), tuple(str(area) for area in sheet.merged_cells.ranges))


def _read_cell(cell: Any) -> Cell:
    at, value = f"{get_column_letter(cell.column)}{cell.row}", cell.value
    if value is None or (isinstance(value, str) and not value.strip()):
        return Cell(at)
    if cell.data_type == "f":
        return Cell(at, "formula", str(getattr(value, "text", value)))
    if cell.data_type == "e":
        return Cell(at, "error", str(value))
    if isinstance(value, bool):
        return Cell(at, "boolean", str(value).upper())
    if isinstance(value, datetime.datetime | datetime.date | datetime.time | datetime.timedelta):
        return Cell(at, "date", str(value).removesuffix(" 00:00:00"))
    if isinstance(value, int | float):
        return Cell(at, "number", f"{value:.15g}")
    return Cell(at, "text", str(value))


def _read_csv(name: str, data: bytes) -> Sheet:
    text = _decode(data)
    csv.field_size_limit(_LONGEST_FIELD)  # Python's own limit is 131,072 characters.
    try:
        dialect = csv.Sniffer().sniff(text.split("\n", 1)[0], delimiters=",;\t")
        delimiter = dialect.delimiter
    except csv.Error:
        delimiter = ","
    rows = []
    try:
        for number, fields in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
            cells = tuple(
                Cell(f"{get_column_letter(column)}{number}", *_csv_kind(field))
                for column, field in enumerate(fields[:_MAX_COLUMNS], start=1)
            )
            if any(cell.kind != "blank" for cell in cells):
                rows.append(cells)
    except csv.Error as error:
        raise Unreadable("E01", "a damaged CSV file", "CSV 已损坏") from error
    return Sheet(name, tuple(rows))


def _csv_kind(field: str) -> tuple[Kind, str]:
    if not field.strip():
        return "blank", ""
    plain = field.strip()
    if _ERROR.fullmatch(plain):
        return "error", plain
    if _DATE.fullmatch(plain):
        return "date", plain
    return ("boolean", plain.upper()) if plain.upper() in ("TRUE", "FALSE") else ("text", field)


def _decode(data: bytes) -> str:
    """Raises Unreadable with E13 if the bytes are text in no known encoding, E01 if they are no text at all."""
    if b"\0" in data:
        raise Unreadable("E01", "no text", "不是文本")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _DAMAGED in text:
            raise Unreadable("E13", "holds replacement characters", "含有替换字符")
        return text
    raise Unreadable("E13", "bytes that neither of them has", "含有两者都没有的字节")
