"""IFEval's instructions about words, length, language, case and the ends of a response, each with IFEval's own id and arguments.

They decide as IFEval's reference checker does, also where that is more lenient than the scorer `constraints`: numbers of words are
runs of letters and digits, keywords are found inside other words, and a text whose language cannot be told has the right one.
Where the reference leaves the verdict to chance or stops with an error, these do not: arguments that are 0 count, a keyword is no
regular expression, and a "letter" such as # is looked for itself.
"""

import re
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from harness.scorers import english
from harness.scorers.language import language_codes, seeded_langdetect

Outcome = tuple[bool, str]
Number = Annotated[int, Field(ge=0, strict=True)]
Positive = Annotated[int, Field(ge=1, strict=True)]
Text = Annotated[str, Field(pattern=r"\S")]
Relation = Literal["less than", "at least"]

_FIRST_WORD_RE = re.compile(r"""'*"*([^.,?!'"]*)""")


class Kind(BaseModel):
    """One kind of instruction; its fields are the arguments that IFEval's data gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: ClassVar[str]

    def test(self, text: str) -> Outcome:
        """Return whether `text`, which is not blank, follows the instruction, and the reason in words."""
        raise NotImplementedError


def compare(count: int, relation: Relation, asked: int, what: str) -> Outcome:
    """Whether a count keeps a relation to what was asked for, and the reason in words."""
    if relation == "less than":
        return count < asked, f"{count} {what}, fewer than {asked} asked for"
    return count >= asked, f"{count} {what}, at least {asked} asked for"


class Existence(Kind):
    """All keywords appear."""

    id = "keywords:existence"
    keywords: tuple[Text, ...] = Field(min_length=1)

    def test(self, text: str) -> Outcome:
        missing = [word for word in self.keywords if not re.search(re.escape(word), text, re.IGNORECASE)]
        return not missing, f"'{missing[0]}' is missing" if missing else "all keywords appear"


class Frequency(Kind):
    """A keyword appears so often."""

    id = "keywords:frequency"
    keyword: Text
    frequency: Number
    relation: Relation

    def test(self, text: str) -> Outcome:
        keyword = self.keyword.strip()
        found = len(re.findall(re.escape(keyword), text, re.IGNORECASE))
        return compare(found, self.relation, self.frequency, f"times '{keyword}'")


class ForbiddenWords(Kind):
    """None of these words appears."""

    id = "keywords:forbidden_words"
    forbidden_words: tuple[Text, ...] = Field(min_length=1)

    def test(self, text: str) -> Outcome:
        found = [word for word in self.forbidden_words if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)]
        return not found, f"'{found[0]}' must not appear" if found else "no forbidden word"


class LetterFrequency(Kind):
    """A letter appears so often, whatever its case."""

    id = "keywords:letter_frequency"
    letter: str = Field(pattern=r"^\S$")
    let_frequency: Number
    let_relation: Relation

    def test(self, text: str) -> Outcome:
        found = text.lower().count(self.letter.lower())
        return compare(found, self.let_relation, self.let_frequency, f"times the letter '{self.letter}'")


class ResponseLanguage(Kind):
    """The response is in this language."""

    id = "language:response_language"
    language: str

    @field_validator("language")
    @classmethod
    def _known(cls, language: str) -> str:
        if language not in language_codes() | {"zh"}:
            raise ValueError(f"no language with the code '{language}' can be told")
        return language

    def test(self, text: str) -> Outcome:
        return _in_language(text, self.language)


def _in_language(text: str, wanted: str) -> Outcome:
    found = seeded_langdetect(text)
    if found is None:
        return True, f"the language cannot be told, which counts as {wanted}"
    return found == wanted or (wanted == "zh" and found.startswith("zh-")), f"language is {found}, {wanted} asked for"


class NumberSentences(Kind):
    """So many sentences."""

    id = "length_constraints:number_sentences"
    num_sentences: Number
    relation: Relation

    def test(self, text: str) -> Outcome:
        return compare(len(english.sentences(text)), self.relation, self.num_sentences, "sentences")


class NumberParagraphs(Kind):
    """Paragraphs between dividers of three asterisks; an empty one between two dividers is a fault."""

    id = "length_constraints:number_paragraphs"
    num_paragraphs: Number

    def test(self, text: str) -> Outcome:
        filled = [bool(part.strip()) for part in text.split("***")]
        if not all(filled[1:-1]):
            return False, "nothing stands between two dividers ***"
        return sum(filled) == self.num_paragraphs, f"{sum(filled)} paragraphs between ***, {self.num_paragraphs} asked for"


class NumberWords(Kind):
    """So many words."""

    id = "length_constraints:number_words"
    num_words: Number
    relation: Relation

    def test(self, text: str) -> Outcome:
        return compare(len(re.findall(r"\w+", text)), self.relation, self.num_words, "words")


class NthParagraphFirstWord(Kind):
    """Paragraphs between blank lines, and the first word of one of them."""

    id = "length_constraints:nth_paragraph_first_word"
    num_paragraphs: Positive
    nth_paragraph: Positive
    first_word: Text

    @model_validator(mode="after")
    def _within(self) -> "NthParagraphFirstWord":
        if self.nth_paragraph > self.num_paragraphs:
            raise ValueError(f"nth_paragraph {self.nth_paragraph} is above num_paragraphs {self.num_paragraphs}")
        return self

    def test(self, text: str) -> Outcome:
        parts = text.split("\n\n")
        count = sum(bool(part.strip()) for part in parts)
        # As in the reference, blank parts are not counted but keep their place.
        words = parts[self.nth_paragraph - 1].split() if self.nth_paragraph <= count else []
        if not words:
            return False, f"no paragraph {self.nth_paragraph}; {count} paragraphs, {self.num_paragraphs} asked for"
        match = _FIRST_WORD_RE.match(words[0])
        first = match[1].lower() if match else ""
        return (
            count == self.num_paragraphs and first == self.first_word.lower(),
            f"{count} paragraphs, {self.num_paragraphs} asked for; number {self.nth_paragraph} begins with '{first}', "
            f"'{self.first_word.lower()}' asked for",
        )


class EndChecker(Kind):
    """The response ends with this phrase."""

    id = "startend:end_checker"
    end_phrase: Text

    def test(self, text: str) -> Outcome:
        wanted = self.end_phrase.strip()
        return text.strip().strip('"').lower().endswith(wanted.lower()), f"ends with '{text.strip()[-len(wanted) - 10 :]}'"


class Quotation(Kind):
    """The whole response is in double quotation marks."""

    id = "startend:quotation"

    def test(self, text: str) -> Outcome:
        plain = text.strip()
        wrapped = len(plain) > 1 and plain[0] == plain[-1] == '"'
        return wrapped, f"{'' if wrapped else 'not '}wrapped in double quotation marks"


class CapitalWordFrequency(Kind):
    """So many words in capitals."""

    id = "change_case:capital_word_frequency"
    capital_frequency: Number
    capital_relation: Relation

    def test(self, text: str) -> Outcome:
        found = len(english.capital_words(text))
        return compare(found, self.capital_relation, self.capital_frequency, "words in capitals")


class EnglishCapital(Kind):
    """English in capitals only."""

    id = "change_case:english_capital"

    def test(self, text: str) -> Outcome:
        return _in_language(text, "en") if text.isupper() else (False, "not all letters are capitals")


class EnglishLowercase(Kind):
    """English in lower case only."""

    id = "change_case:english_lowercase"

    def test(self, text: str) -> Outcome:
        return _in_language(text, "en") if text.islower() else (False, "not all letters are lower case")


class NoComma(Kind):
    """No comma."""

    id = "punctuation:no_comma"

    def test(self, text: str) -> Outcome:
        commas = text.count(",")
        return not commas, f"{commas} commas, none allowed"
