"""The rules behind the scorer `constraints`: one small class a kind; `test` says whether a text meets it, and why."""

import itertools
import json
import re
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from harness.scorers import text as counting

Outcome = tuple[bool, str]
_DASHES_RE = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")


class Constraint(Protocol):
    @property
    def kind(self) -> str: ...

    def test(self, text: str) -> Outcome:
        """Return whether `text` meets the constraint, and the reason in words."""
        ...


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Count(_Rule):
    """A number that must lie between `min` and `max`, both included; at least one of them is given."""

    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _bounded(self) -> "_Count":
        if self.min is None and self.max is None:
            raise ValueError("needs min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self

    def judge(self, count: int, unit: str) -> Outcome:
        if self.min is not None and count < self.min:
            return False, f"{count} {unit}, at least {self.min} wanted"
        if self.max is not None and count > self.max:
            return False, f"{count} {unit}, at most {self.max} allowed"
        return True, f"{count} {unit}"


class Words(_Count):
    kind: Literal["words"]

    def test(self, text: str) -> Outcome:
        return self.judge(len(counting.words(text)), "words")


class Hanzi(_Count):
    kind: Literal["hanzi"]

    def test(self, text: str) -> Outcome:
        return self.judge(counting.count_hanzi(text), "Chinese characters")


class Characters(_Count):
    kind: Literal["characters"]

    def test(self, text: str) -> Outcome:
        return self.judge(counting.count_characters(text), "characters")


class Sentences(_Count):
    kind: Literal["sentences"]

    def test(self, text: str) -> Outcome:
        return self.judge(len(counting.sentences(text)), "sentences")


class Paragraphs(_Count):
    kind: Literal["paragraphs"]

    def test(self, text: str) -> Outcome:
        return self.judge(len(counting.paragraphs(text)), "paragraphs")


class Lines(_Count):
    kind: Literal["lines"]

    def test(self, text: str) -> Outcome:
        return self.judge(sum(1 for line in text.splitlines() if line.strip()), "lines")


class Bullets(_Count):
    kind: Literal["bullets"]

    def test(self, text: str) -> Outcome:
        return self.judge(len(re.findall(r"^[ \t]*[-*•][ \t]+\S", text, flags=re.MULTILINE)), "bullet points")


class Numbered(_Count):
    """Lines that begin with 1. 1、 1) 1） (1) or （1）, counting up from 1 without a gap."""

    kind: Literal["numbered"]

    def test(self, text: str) -> Outcome:
        pattern = r"^\s*(?:[(（](\d+)[)）]|(\d+)(?:[、)）．]|\.(?!\d)))"
        numbers = [int(a or b) for a, b in re.findall(pattern, text, flags=re.MULTILINE)]
        if numbers != list(range(1, len(numbers) + 1)):
            return False, f"the numbering is {numbers}, not 1, 2, 3 …"
        return self.judge(len(numbers), "numbered lines")


class Include(_Rule):
    kind: Literal["include"]
    all: tuple[counting.Phrase, ...] = ()
    any: tuple[counting.Phrase, ...] = ()

    @model_validator(mode="after")
    def _given(self) -> "Include":
        if not self.all and not self.any:
            raise ValueError("needs all, any or both")
        return self

    def test(self, text: str) -> Outcome:
        missing = [phrase for phrase in self.all if not counting.contains_phrase(text, phrase)]
        if missing:
            return False, f"'{missing[0]}' is missing"
        if self.any and not any(counting.contains_phrase(text, phrase) for phrase in self.any):
            return False, f"none of {_listed(self.any)} appears"
        return True, "the wanted text appears"


class Exclude(_Rule):
    kind: Literal["exclude"]
    any: tuple[counting.Phrase, ...] = Field(min_length=1)

    def test(self, text: str) -> Outcome:
        found = next((phrase for phrase in self.any if counting.contains_phrase(text, phrase)), None)
        return (True, "no forbidden text") if found is None else (False, f"'{found}' must not appear")


class Frequency(_Count):
    kind: Literal["frequency"]
    text: counting.Phrase

    def test(self, text: str) -> Outcome:
        return self.judge(counting.count_phrase(text, self.text), f"times '{self.text}'")


class StartsWith(_Rule):
    kind: Literal["starts_with"]
    text: str = Field(min_length=1)

    def test(self, text: str) -> Outcome:
        return text.strip().startswith(self.text), f"begins with '{text.strip()[: len(self.text) + 10]}'"


class EndsWith(_Rule):
    kind: Literal["ends_with"]
    text: str = Field(min_length=1)

    def test(self, text: str) -> Outcome:
        return text.strip().endswith(self.text), f"ends with '{text.strip()[-len(self.text) - 10 :]}'"


class Json(_Rule):
    """The response is one JSON object and nothing else."""

    kind: Literal["json"]
    keys: tuple[str, ...] = ()
    values: dict[str, Any] = {}
    only_keys: bool = False

    def test(self, text: str) -> Outcome:
        try:
            value = json.loads(text, parse_constant=_no_json)
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


class Language(_Rule):
    kind: Literal["language"]
    lang: Literal["zh", "en"]

    def test(self, text: str) -> Outcome:
        found = counting.detect_language(text)
        return found == self.lang, f"language is {found}, wanted {self.lang}"


class Case(_Rule):
    kind: Literal["case"]
    case: Literal["upper", "lower"]

    def test(self, text: str) -> Outcome:
        letters = [char for char in text if char.isalpha() and char.lower() != char.upper()]
        wrong = [char for char in letters if char != (char.upper() if self.case == "upper" else char.lower())]
        if not letters:
            return False, "no letters with case"
        return not wrong, f"{len(wrong)} of {len(letters)} letters are not {self.case} case"


class Regex(_Rule):
    kind: Literal["regex"]
    pattern: str
    full: bool = False

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return pattern

    def test(self, text: str) -> Outcome:
        found = re.fullmatch(self.pattern, text.strip()) if self.full else re.search(self.pattern, text)
        return found is not None, f"{'matches' if found else 'does not match'} /{self.pattern}/"


class Table(_Rule):
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
    return len(line.removeprefix("|").removesuffix("|").split("|"))


class OneOf(_Rule):
    kind: Literal["one_of"]
    options: tuple[str, ...] = Field(min_length=1)

    def test(self, text: str) -> Outcome:
        plain = _bare(text)
        return plain in map(_bare, self.options), f"the response is '{plain[:40]}', wanted one of {_listed(self.options)}"


def _bare(text: str) -> str:
    return counting.fold(text).strip().strip("\"'“”‘’「」『』.。!！?？,，;；:： \n\t")


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


def _no_json(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(f"'{text}'" for text in texts[:6])
