"""Rules of the scorer `constraints` about form: data, tables, headings, and parts that must stand where they belong."""

import itertools
import json
import re
from typing import Any, Literal

from pydantic import Field

from harness.scorers import text as counting
from harness.scorers.constraint_rules import Outcome, Rule, Text

_DASHES_RE = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")
_BAR_RE = re.compile(r"(?<!\\)\|")
_TITLES = {
    "《》": re.compile("《([^《》]*[^《》\\s][^《》]*)》"),
    "【】": re.compile("【([^【】]*[^【】\\s][^【】]*)】"),
    "<<>>": re.compile(r"<<([^<>]*[^<>\s][^<>]*)>>"),
}
_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』", "'": "'", "‘": "’"}
_NUMERAL = r"(?:[一二三四五六七八九十]+|\d+(?:\.\d+)*)"
_CHAPTER_RE = re.compile(rf"(?:第{_NUMERAL}[章节部]分?|\({_NUMERAL}\)|{_NUMERAL}(?:[、.)]|(?=\s)))[\s:]*")


class Json(Rule):
    """The response is one JSON object and nothing else; no key stands twice in it."""

    kind: Literal["json"]
    keys: tuple[str, ...] = ()
    values: dict[str, Any] = Field(default={})
    only_keys: bool = False

    def test(self, text: str) -> Outcome:
        try:
            value = json.loads(text, parse_constant=_no_json, object_pairs_hook=_without_twins)
        except (ValueError, RecursionError) as error:
            return False, f"not JSON: {error}"
        if not isinstance(value, dict):
            return False, "JSON, but not an object"
        wanted = {*self.keys, *self.values}
        if missing := sorted(wanted - value.keys()):
            return False, f"key '{missing[0]}' is missing"
        if self.only_keys and (extra := sorted(value.keys() - wanted)):
            return False, f"key '{extra[0]}' was not asked for"
        for key, expected in self.values.items():
            if not _same_value(value[key], expected):
                return (
                    False,
                    f"'{key}' is {json.dumps(value[key], ensure_ascii=False)[:60]}, wanted {json.dumps(expected, ensure_ascii=False)}",
                )
        return True, "a JSON object as asked"


def _same_value(found: object, expected: object) -> bool:
    return json.dumps(_plain(found), sort_keys=True) == json.dumps(_plain(expected), sort_keys=True)


def _plain(value: object) -> object:
    """24.0 as 24, at any depth; comparing JSON texts then keeps true and 1 apart, which Python does not."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return value


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key, entry in pairs:
        if key in value:
            raise ValueError(f"key '{key}' stands twice")
        value[key] = entry
    return value


def _no_json(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


class Table(Rule):
    """A Markdown table: a header, a line of dashes, rows."""

    kind: Literal["table"]
    columns: int | None = Field(default=None, ge=1)
    rows: int | None = Field(default=None, ge=1)

    def test(self, text: str) -> Outcome:
        lines = [line.strip() for line in text.splitlines()]
        for position in range(1, len(lines)):
            if _DASHES_RE.fullmatch(lines[position]) and "|" in lines[position - 1]:
                header = _cells(lines[position - 1])
                rows = list(itertools.takewhile(lambda line: "|" in line, lines[position + 1 :]))
                if ragged := next((row for row in rows if _cells(row) != header), None):
                    return False, f"a row has {_cells(ragged)} cells, the header {header}"
                if not rows:
                    return False, "a table without rows"
                if self.columns not in (None, header):
                    return False, f"{header} columns, {self.columns} wanted"
                if self.rows not in (None, len(rows)):
                    return False, f"{len(rows)} rows, {self.rows} wanted"
                return True, f"a table of {header} columns and {len(rows)} rows"
        return False, "no Markdown table"


def _cells(line: str) -> int:
    return len(_BAR_RE.split(line.removeprefix("|").removesuffix("|")))


class Headings(Rule):
    """Headings with these titles, in this order; other headings may stand between them.

    A heading is a line of its own: with # before it, in bold, in 【】, numbered, or the bare title; a colon may follow.
    With `level` it must have that many #.
    """

    kind: Literal["headings"]
    titles: tuple[Text, ...] = Field(min_length=1)
    level: int | None = Field(default=None, ge=1, le=6)

    def test(self, text: str) -> Outcome:
        found = [forms for line in text.splitlines() if (forms := self._titles_of(line))]
        last = -1
        for title in self.titles:
            places = [place for place, forms in enumerate(found) if counting.fold(title).strip() in forms]
            if not places:
                return False, f"no heading '{title}'" + (f" of level {self.level}" if self.level else "")
            later = [place for place in places if place > last]
            if not later:
                return False, f"the heading '{title}' stands too early"
            last = later[0]
        return True, "the headings are there, in order"

    def _titles_of(self, line: str) -> set[str]:
        """The ways in which a line could be read as a title: with its number and without; none if it has another level."""
        marks = re.match(r"\s*(#{1,6})\s", line)
        if self.level is not None and (not marks or len(marks[1]) != self.level):
            return set()
        plain = counting.fold(line[marks.end() :] if marks else line).strip().strip("*_ ").rstrip(":").strip("*_ 【】")
        return {plain, _CHAPTER_RE.sub("", plain, count=1).strip("*_ 【】")} if _CHAPTER_RE.match(plain) else {plain}


class Title(Rule):
    """The first line is a title in `marks`; without `marks`, in 《》 or << >>. Markdown's # and ** may stand around it."""

    kind: Literal["title"]
    marks: Literal["《》", "<<>>", "【】"] | None = None

    def test(self, text: str) -> Outcome:
        first = next((line for line in text.splitlines() if line.strip()), "").strip("#* \t")
        for marks in [self.marks] if self.marks else ["《》", "<<>>"]:
            if title := _TITLES[marks].fullmatch(first):
                return True, f"the title is '{title[1].strip()[:60]}'"
        return False, f"the first line, '{first[:40]}', is no title in {self.marks or '《》 or << >>'}"


class Postscript(Rule):
    """The last paragraph holds a line that begins with `marker`, and text after it; something stands before it."""

    kind: Literal["postscript"]
    marker: Text

    def test(self, text: str) -> Outcome:
        lines = [counting.fold(line.replace("*", "")).strip("_> \t") for line in counting.paragraphs(text)[-1].splitlines()]
        marker = counting.fold(self.marker).strip()
        place = next((number for number, line in enumerate(lines) if line.startswith(marker)), None)
        if place is None:
            return False, f"no line of the last paragraph begins with '{self.marker}'"
        if not "".join([lines[place].removeprefix(marker), *lines[place + 1 :]]).strip(":： "):
            return False, f"nothing follows '{self.marker}'"
        before = place > 0 or len(counting.paragraphs(text)) > 1
        return before, f"a postscript with '{self.marker}'" + ("" if before else " and nothing before it")


class Quoted(Rule):
    """The whole response stands between quotation marks of one pair."""

    kind: Literal["quoted"]

    def test(self, text: str) -> Outcome:
        plain = text.strip()
        closing = _QUOTES.get(plain[0])
        quoted = bool(plain[1:-1].strip()) and plain[-1] == closing and (closing == plain[0] or _encloses(plain, plain[0], plain[-1]))
        return quoted, "in quotation marks" if quoted else f"begins with '{plain[:1]}' and ends with '{plain[-1:]}', not one quotation"


def _encloses(text: str, opening: str, closing: str) -> bool:
    """Whether the mark that opens at the start of `text` closes at its end only: “a” and “b” are two quotations."""
    depths = itertools.accumulate((char == opening) - (char == closing) for char in text[:-1])
    return all(depth > 0 for depth in depths)


class Responses(Rule):
    """Several responses with a separator between them, none empty, no two the same."""

    kind: Literal["responses"]
    count: int = Field(default=2, ge=2)
    separator: Text = "******"

    def test(self, text: str) -> Outcome:
        parts = [counting.normalise(part) for part in text.split(self.separator.strip())]
        if len(parts) != self.count:
            return False, f"{len(parts)} responses between '{self.separator}', {self.count} wanted"
        if not all(parts):
            return False, "one of the responses is empty"
        return len(set(parts)) == len(parts), f"{len(parts)} responses" + ("" if len(set(parts)) == len(parts) else ", two are the same")
