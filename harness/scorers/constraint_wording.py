"""Rules of the scorer `constraints` about wording: what a text says, how it begins and ends, in which letters and language."""

import re
import unicodedata
from typing import Literal

from pydantic import Field, field_validator, model_validator

from harness.scorers import text as counting
from harness.scorers.constraint_rules import Outcome, Rule, Text
from harness.scorers.language import detect_language, simplified_only, traditional_only


class Include(Rule):
    """All of these texts, and one of those, appear."""

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


class Exclude(Rule):
    """None of these texts appears."""

    kind: Literal["exclude"]
    any: tuple[counting.Phrase, ...] = Field(min_length=1)

    def test(self, text: str) -> Outcome:
        found = next((phrase for phrase in self.any if counting.contains_phrase(text, phrase)), None)
        return (True, "no forbidden text") if found is None else (False, f"'{found}' must not appear")


class StartsWith(Rule):
    """The response begins with a text."""

    kind: Literal["starts_with"]
    text: str = Field(min_length=1)

    def test(self, text: str) -> Outcome:
        return text.strip().startswith(self.text), f"begins with '{text.strip()[: len(self.text) + 10]}'"


class EndsWith(Rule):
    """The response ends with a text."""

    kind: Literal["ends_with"]
    text: str = Field(min_length=1)

    def test(self, text: str) -> Outcome:
        return text.strip().endswith(self.text), f"ends with '{text.strip()[-len(self.text) - 10 :]}'"


class Paragraph(Rule):
    """What stands in one paragraph, counted from 1, or from the end with -1; paragraphs lie between blank lines."""

    kind: Literal["paragraph"]
    number: int
    starts_with: Text | None = None
    ends_with: Text | None = None
    contains: tuple[counting.Phrase, ...] = ()

    @model_validator(mode="after")
    def _given(self) -> "Paragraph":
        if not self.number:
            raise ValueError("paragraphs are counted from 1, or from -1 backwards")
        if self.starts_with is None and self.ends_with is None and not self.contains:
            raise ValueError("needs starts_with, ends_with or contains")
        return self

    def test(self, text: str) -> Outcome:
        blocks = counting.paragraphs(text)
        if len(blocks) < abs(self.number):
            return False, f"{len(blocks)} paragraphs, there is no number {self.number}"
        block = blocks[self.number - 1 if self.number > 0 else self.number]
        if self.starts_with is not None and not block.startswith(self.starts_with):
            return False, f"paragraph {self.number} begins with '{block[: len(self.starts_with) + 10]}', wanted '{self.starts_with}'"
        if self.ends_with is not None and not block.endswith(self.ends_with):
            return False, f"paragraph {self.number} ends with '{block[-len(self.ends_with) - 10 :]}', wanted '{self.ends_with}'"
        missing = [phrase for phrase in self.contains if not counting.contains_phrase(block, phrase)]
        return not missing, f"paragraph {self.number} " + (f"lacks '{missing[0]}'" if missing else "is as asked")


class NoPunctuation(Rule):
    """None of `marks`; without them no punctuation at all, except inside a word or number, as in don't and 3.5."""

    kind: Literal["no_punctuation"]
    marks: str = Field(default="", pattern=r"^\S*$")

    def test(self, text: str) -> Outcome:
        if self.marks:
            found = [char for char in text if char in self.marks]
        else:
            outside = re.sub(r"(?<=[A-Za-z0-9])[.,:'’-](?=[A-Za-z0-9])", "", text)
            found = [char for char in outside if unicodedata.category(char).startswith("P")]
        return not found, f"{len(found)} marks, such as '{found[0]}'" if found else "none of these marks"


class RepeatFirst(Rule):
    """The response first repeats a text word for word, then goes on; only the amount of white space may differ."""

    kind: Literal["repeat_first"]
    text: Text

    def test(self, text: str) -> Outcome:
        plain, wanted = " ".join(text.split()), " ".join(self.text.split())
        if not plain.startswith(wanted):
            same = next((n for n, (a, b) in enumerate(zip(plain, wanted, strict=False)) if a != b), min(len(plain), len(wanted)))
            return False, f"differs from the text to repeat after '{wanted[max(0, same - 15) : same]}'"
        return len(plain) > len(wanted), "repeats the text" + ("" if len(plain) > len(wanted) else " and says nothing more")


class OneOf(Rule):
    """The whole response is one of the options, quotation and end marks aside."""

    kind: Literal["one_of"]
    options: tuple[str, ...] = Field(min_length=1)

    def test(self, text: str) -> Outcome:
        plain = _bare(text)
        return plain in map(_bare, self.options), f"the response is '{plain[:40]}', wanted one of {_listed(self.options)}"


def _bare(text: str) -> str:
    return counting.fold(text).strip().strip("\"'“”‘’「」『』.。!！?？,，;；:： \n\t")


class Regex(Rule):
    """A pattern is found, or with `full` is the whole response."""

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


class Case(Rule):
    """All letters that have a case have this one."""

    kind: Literal["case"]
    case: Literal["upper", "lower"]

    def test(self, text: str) -> Outcome:
        letters = [char for char in text if char.isalpha() and char.lower() != char.upper()]
        wrong = [char for char in letters if char != (char.upper() if self.case == "upper" else char.lower())]
        if not letters:
            return False, "no letters with case"
        return not wrong, f"{len(wrong)} of {len(letters)} letters are not {self.case} case"


class Language(Rule):
    """The response is in this language."""

    kind: Literal["language"]
    lang: Literal["zh", "en"]

    def test(self, text: str) -> Outcome:
        found = detect_language(text)
        return found == self.lang, f"language is {found}, wanted {self.lang}"


class Script(Rule):
    """Chinese in simplified or traditional characters, without any that only the other script has."""

    kind: Literal["script"]
    script: Literal["simplified", "traditional"]

    def test(self, text: str) -> Outcome:
        if not counting.count_hanzi(text):
            return False, "no Chinese characters"
        wrong = traditional_only(text) if self.script == "simplified" else simplified_only(text)
        return not wrong, f"{len(wrong)} characters are not {self.script}" + (f", such as '{wrong[0]}'" if wrong else "")


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(f"'{text}'" for text in texts[:6])
