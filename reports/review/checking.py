"""One sheet of a returned file against what it must hold → the ratings on it, and all that is wrong with it.

Rows are known by their ids, wherever they stand; a row that was added, lost, doubled or whose locked cells changed is an error, and so is
every input cell that does not clearly hold one of its levels. Order, filters, hidden columns and columns that a rater added do not matter.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reports.review.complaints import Complaint, Facts
from reports.review.expectation import ExpectedSheet, Input
from reports.review.reading import Cell, Sheet
from reports.review.records import text_hash
from reports.review.rubric import Text
from reports.review.values import plain_text, read_level

_HEADER_WITHIN = 10
_NAMED = 20
_KINDS = {
    "error": Text(en="an error", zh="错误值"),
    "boolean": Text(en="a truth value", zh="逻辑值"),
    "date": Text(en="a date", zh="日期"),
}


@dataclass(frozen=True, slots=True)
class Value:
    """What stands in one input cell, read as a level."""

    row_id: str
    side: str
    dimension: str
    value: str


@dataclass
class Checked:
    """What became of a sheet."""

    values: list[Value] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    cells: dict[str, str] = field(default_factory=dict)
    """By row id, its number on the sheet, for later warnings."""


def check_sheet(sheet: Sheet, expected: ExpectedSheet, file: str, *, texts: bool = True) -> Checked:
    """Check and read one sheet. `texts`: the texts too, not only the signature; CSV may have lost characters on its way."""
    return _Checker(sheet, expected, file, texts).run()


def header_of(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """Index of the row that holds `row_id`, and the position of each column by name; None if there is none among the first ten rows."""
    for index, row in enumerate(sheet.rows[:_HEADER_WITHIN]):
        names = {plain_text(cell.text): position for position, cell in reversed([*enumerate(row)]) if cell.kind == "text"}
        if "row_id" in names:
            return index, names
    return None


class _Checker:
    """One pass over one sheet; what it finds is gathered in `made`."""

    def __init__(self, sheet: Sheet, expected: ExpectedSheet, file: str, texts: bool) -> None:
        self.sheet, self.expected, self.file, self.texts = sheet, expected, file, texts
        self.made = Checked()
        self.columns: dict[str, int] = {}
        self.blanks: list[tuple[str, Input]] = []

    def run(self) -> Checked:
        header = header_of(self.sheet)
        if header is None:
            self._complain("E03", "", what=_columns_named(["row_id"]), found=", ".join(self._first_row()), expected="row_id")
            return self.made
        index, self.columns = header
        if missing := [name for name in self.expected.columns if name not in self.columns]:
            found = ", ".join(name for name in sorted(self.columns, key=self.columns.__getitem__) if name)
            self._complain("E03", "", what=_columns_named(missing), found=found, expected=", ".join(missing))
            return self.made
        self._check_merged(int(_number(self.sheet.rows[index][0])))
        seen: dict[str, tuple[Cell, ...]] = {}
        for row in self.sheet.rows[index + 1 :]:
            self._check_row(row, seen)
        self._check_missing(seen)
        self._check_blanks()
        return self.made

    def _check_merged(self, header_row: int) -> None:
        for area in self.sheet.merged:
            if int(_digits(area.split(":")[-1])) > header_row:
                self._complain(
                    "E12", area.split(":")[0],
                    found=Text(en=f"cells {area} are merged", zh=f"单元格 {area} 被合并"),
                    expected=Text(en="Unmerge them and fill in each", zh="请取消合并并逐个填写"),
                )  # fmt: skip

    def _check_row(self, row: tuple[Cell, ...], seen: dict[str, tuple[Cell, ...]]) -> None:
        id_cell = self._cell(row, "row_id")
        row_id = plain_text(id_cell.text).upper()
        if row_id == "ROW_ID":
            self._complain(
                "E12", id_cell.at,
                found=Text(en="the header stands here again", zh="此处重复出现表头"),
                expected=Text(en="Delete this row", zh="请删除这一行"),
            )  # fmt: skip
            return
        if row_id not in self.expected.rows:
            if row_id or any(self._cell(row, part.column).kind != "blank" for part in self.expected.inputs):
                self._complain(
                    "E04", id_cell.at, found=row_id, expected=Text(en="a row id of this file", zh="本文件的行编号"),
                    what=Text(en=f"row id '{row_id}' is", zh=f"行编号“{row_id}”"),
                    todo=Text(en="Restore the row id from the original file", zh="请从原始文件恢复行编号"),
                )  # fmt: skip
            return
        if row_id in seen:
            self._complain_twice(row_id, seen[row_id], row)
            return
        seen[row_id] = row
        self.made.cells[row_id] = _number(id_cell)
        self._check_locked(row_id, row)
        for part in self.expected.inputs:
            self._read_input(row_id, self._cell(row, part.column), part)

    def _check_locked(self, row_id: str, row: tuple[Cell, ...]) -> None:
        """At most one complaint a row: the signature first, since a sorted column changes both."""
        known = self.expected.rows[row_id]
        changed = "" if plain_text(self._cell(row, "sig").text).upper() == known.sig else "sig"
        if not changed and self.texts:
            changed = next((name for name, digest in known.texts.items() if text_hash(self._text(row, name)) != digest), "")
        if changed:
            self._complain(
                "E07", self._cell(row, changed).at, row_id=row_id, found=changed, expected=Text(en="as it was released", zh="发放时的内容")
            )

    def _read_input(self, row_id: str, cell: Cell, part: Input) -> None:
        expected = ", ".join(part.levels)
        if cell.kind == "blank":
            if part.required:
                self.blanks.append((cell.at, part))
            return
        if not part.levels:
            self.made.values.append(Value(row_id, part.side, part.dimension, cell.text.strip()))
            return
        if cell.kind == "formula":
            self._complain("E10", cell.at, column=part.column, found=cell.text, expected=expected)
        elif cell.kind in _KINDS:
            self._complain("E11", cell.at, column=part.column, kind=_KINDS[cell.kind], found=cell.text, expected=expected)
        elif (level := read_level(cell.text, part.levels)) is None:
            self._complain("E08", cell.at, column=part.column, found=cell.text.strip(), expected=expected)
        else:
            if cell.text != level and not _is_offered(cell.text, level, part):
                self._complain("W01", cell.at, column=part.column, found=cell.text, expected=level)
            self.made.values.append(Value(row_id, part.side, part.dimension, level))

    def _complain_twice(self, row_id: str, first: tuple[Cell, ...], second: tuple[Cell, ...]) -> None:
        pairs = ((part.column, self._cell(first, part.column).text, self._cell(second, part.column).text) for part in self.expected.inputs)
        differing = "; ".join(f"{name}: {here or '-'} / {there or '-'}" for name, here, there in pairs if here != there)
        same = Text(en="the ratings are the same", zh="评分相同")
        difference = Text(en=f"the ratings differ in {differing}", zh=f"评分不同：{differing}") if differing else same
        cells = [self._cell(row, "row_id") for row in (first, second)]
        rows = ", ".join(_number(cell) for cell in cells)
        self._complain(
            "E05", cells[1].at, found=row_id, rows=rows, difference=difference, expected=Text(en="each id once", zh="每个编号一次")
        )

    def _check_missing(self, seen: Mapping[str, object]) -> None:
        missing = [row_id for row_id in self.expected.rows if row_id not in seen]
        if missing:
            self._complain("E06", "", found=str(len(missing)), expected=str(len(self.expected.rows)), rows=_some(missing))

    def _check_blanks(self) -> None:
        if self.blanks:
            at, part = self.blanks[0]
            cells = _some([cell for cell, _ in self.blanks])
            self._complain(
                "E09", at, column=part.column, found="", count=str(len(self.blanks)), cells=cells, expected=", ".join(part.levels) or "…"
            )

    def _text(self, row: tuple[Cell, ...], name: str) -> str:
        """A locked text with its continuations (`answer_1`, `answer_1.2`, …)."""
        return "".join(self._cell(row, part).text for part in (name, *self._continuations(name)))

    def _continuations(self, name: str) -> Iterator[str]:
        number = 2
        while f"{name}.{number}" in self.columns:
            yield f"{name}.{number}"
            number += 1

    def _cell(self, row: tuple[Cell, ...], column: str) -> Cell:
        """A row of a CSV file may end before the column."""
        position = self.columns[column]
        return row[position] if position < len(row) else Cell(f"?{_number(row[0])}")

    def _first_row(self) -> list[str]:
        return [cell.text for cell in self.sheet.rows[0] if cell.text] if self.sheet.rows else []

    def _complain(self, code: str, cell: str, **facts: str | Text) -> None:
        known: Facts = facts
        self.made.complaints.append(Complaint(code, self.file, self.sheet.name, cell, known))


def _is_offered(text: str, level: str, part: Input) -> bool:
    """Whether the cell holds what its list offers, level and anchor; that is no habit to warn of."""
    return any(text in (f"{level} {label}", f"{level}: {label}", f"{level} = {label}") for label in part.levels[level])


def _columns_named(names: list[str]) -> Text:
    return Text(en="column " + ", ".join(f"'{name}'" for name in names), zh="列" + "、".join(f"“{name}”" for name in names))


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f", … (+{len(names) - _NAMED})" if len(names) > _NAMED else "")


def _number(cell: Cell) -> str:
    return _digits(cell.at)


def _digits(at: str) -> str:
    return re.sub(r"\D", "", at)
