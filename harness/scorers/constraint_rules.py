"""Rules of the scorer `constraints` about amounts: one small class a kind; `test` says whether a text meets it, and why.

Rules about wording are in `constraint_wording`, rules about form in `constraint_formats`.
"""

import re
import unicodedata
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from harness.scorers import text as counting

Outcome = tuple[bool, str]
Text = Annotated[str, Field(pattern=r"\S")]
_PLACEHOLDER_RE = re.compile(r"(?<!!)\[(?!\s*[xX]?\s*\]|\d+\])[^\[\]\n]+\](?!\()|【[^【】\n]+】")
_HIGHLIGHT_RE = re.compile(r"(?<!\*)(\*{1,3})(?=[^\s*])[^*\n]*(?<=[^\s*])\1(?!\*)")
_NUMERALS = {"1": r"\d+", "一": "[一二三四五六七八九十]+", "①": "[①-⑳㉑-㊿]"}
_EITHER_WIDTH = {char: f"[{pair}]" for pair in ("(（", ")）", ",，", ":：") for char in pair} | {".": r"[.．](?!\d)"}


class Constraint(Protocol):
    """What the scorer asks of a kind of constraint."""

    @property
    def kind(self) -> str:
        """Name of the kind, as items give it."""
        ...

    def test(self, text: str) -> Outcome:
        """Return whether `text` meets the constraint, and the reason in words."""
        ...


class Rule(BaseModel):
    """Base of the kinds: an item's fields, which may not change or be misspelt."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Count(Rule):
    """A number that must lie between `min` and `max`, both included; at least one of them is given."""

    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _bounded(self) -> "Count":
        if self.min is None and self.max is None:
            raise ValueError("needs min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self

    def judge(self, count: int, unit: str) -> Outcome:
        """Whether `count` lies within the bounds, and the reason, with `unit` as the plural that was counted."""
        if self.min is not None and count < self.min:
            return False, f"{count} {unit}, at least {self.min} wanted"
        if self.max is not None and count > self.max:
            return False, f"{count} {unit}, at most {self.max} allowed"
        return True, f"{count} {unit}"


class Words(Count):
    """So many words."""

    kind: Literal["words"]

    def test(self, text: str) -> Outcome:
        return self.judge(len(counting.words(text)), "words")


class Hanzi(Count):
    """So many Chinese characters."""

    kind: Literal["hanzi"]

    def test(self, text: str) -> Outcome:
        return self.judge(counting.count_hanzi(text), "Chinese characters")


class Characters(Count):
    """So many characters, white space aside."""

    kind: Literal["characters"]

    def test(self, text: str) -> Outcome:
        return self.judge(counting.count_characters(text), "characters")


class Sentences(Count):
    """So many sentences."""

    kind: Literal["sentences"]

    def test(self, text: str) -> Outcome:
        return self.judge(len(counting.sentences(text)), "sentences")


class Paragraphs(Count):
    """So many paragraphs."""

    kind: Literal["paragraphs"]

    def test(self, text: str) -> Outcome:
        return self.judge(len(counting.paragraphs(text)), "paragraphs")


class Lines(Count):
    """So many lines that are not empty."""

    kind: Literal["lines"]

    def test(self, text: str) -> Outcome:
        return self.judge(sum(1 for line in text.splitlines() if line.strip()), "lines")


class Bullets(Count):
    """So many lines that begin with -, * or •."""

    kind: Literal["bullets"]

    def test(self, text: str) -> Outcome:
        return self.judge(len(re.findall(r"^[ \t]*[-*•][ \t]+\S", text, flags=re.MULTILINE)), "bullet points")


class Numbered(Count):
    """Lines that begin with numbers counting up from 1 without a gap.

    `mark` is the mark of the first line, such as "1." "（1）" "一、" "（一）" "第一，" or "①"; its brackets and stops may be of
    either width. Without it 1. 1、 1) 1） (1) and （1） all count.
    """

    kind: Literal["numbered"]
    mark: Text | None = None

    @field_validator("mark")
    @classmethod
    def _one_numeral(cls, mark: str | None) -> str | None:
        if mark is not None and sum(mark.count(numeral) for numeral in _NUMERALS) != 1:
            raise ValueError(f"'{mark}' is not the mark of a first line: it needs one of {', '.join(_NUMERALS)}")
        return mark

    def test(self, text: str) -> Outcome:
        pattern = r"^[^\S\n]*(?:[(（](\d+)[)）]|(\d+)(?:[、)）．]|\.(?!\d)))"
        if self.mark is not None:
            numeral = next(numeral for numeral in _NUMERALS if numeral in self.mark)
            before, after = ("".join(_EITHER_WIDTH.get(char, re.escape(char)) for char in part) for part in self.mark.split(numeral))
            pattern = rf"^[ \t#>*]*{before}({_NUMERALS[numeral]}){after}"
        numbers = [_value(next(filter(None, found.groups()))) for found in re.finditer(pattern, text, flags=re.MULTILINE)]
        if numbers != list(range(1, len(numbers) + 1)):
            return False, f"the numbering is {numbers}, not 1, 2, 3 …"
        return self.judge(len(numbers), f"lines numbered {self.mark}" if self.mark else "numbered lines")


def _value(numeral: str) -> int:
    """12 for 12, 十二 or ⑫; 0 for what is no number."""
    if numeral.isdecimal():
        return int(numeral[:9])
    tens, ten, ones = numeral.rpartition("十")
    try:
        return int(10 * unicodedata.numeric(tens or "一") * len(ten) + unicodedata.numeric(ones or "〇"))
    except TypeError:  # Several digits in a row, as in 二三.
        return 0


class Frequency(Count):
    """A text stands so often."""

    kind: Literal["frequency"]
    text: counting.Phrase

    def test(self, text: str) -> Outcome:
        return self.judge(counting.count_phrase(text, self.text), f"times '{self.text}'")


class Letter(Count):
    """One letter or Chinese character, whatever its case and width."""

    kind: Literal["letter"]
    letter: str = Field(pattern=r"^\S$")

    def test(self, text: str) -> Outcome:
        return self.judge(counting.fold(text).count(counting.fold(self.letter)), f"times '{self.letter}'")


class Placeholders(Count):
    """[name] or 【姓名】; no check boxes, links or footnotes."""

    kind: Literal["placeholders"]

    def test(self, text: str) -> Outcome:
        return self.judge(len(_PLACEHOLDER_RE.findall(text)), "placeholders")


class Highlighted(Count):
    """*text*, **text** or ***text***, on one line."""

    kind: Literal["highlighted"]

    def test(self, text: str) -> Outcome:
        return self.judge(len(_HIGHLIGHT_RE.findall(text)), "highlighted passages")
