"""IFEval (Zhou et al., 2023): 25 kinds of instructions, judged as by its reference checker, strictly and loosely.

Loose also tries the response without its first line, its last line, both, and each of these without asterisks. Unlike the
reference, an unknown kind or argument is an error, and language detection is seeded.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from harness.records import Answer, Check, Score
from harness.scorers import ifeval_formats as formats
from harness.scorers import ifeval_kinds as kinds
from harness.suite import Item

KINDS: dict[str, type[kinds.Kind]] = {
    kind.id: kind
    for kind in (
        kinds.Existence, kinds.Frequency, kinds.ForbiddenWords, kinds.LetterFrequency, kinds.ResponseLanguage,
        kinds.NumberSentences, kinds.NumberParagraphs, kinds.NumberWords, kinds.NthParagraphFirstWord,
        formats.NumberPlaceholders, formats.Postscript, formats.NumberBulletLists, formats.ConstrainedResponse,
        formats.NumberHighlightedSections, formats.MultipleSections, formats.JsonFormat, formats.Title,
        formats.TwoResponses, formats.RepeatPrompt, kinds.EndChecker, kinds.Quotation,
        kinds.CapitalWordFrequency, kinds.EnglishCapital, kinds.EnglishLowercase, kinds.NoComma,
    )
}  # fmt: skip


class Instruction(BaseModel):
    """An instruction as IFEval's data has it: an id and its arguments. Arguments that are null count as not given."""

    model_config = ConfigDict(extra="forbid")

    id: str
    kwargs: dict[str, Any] = {}

    @field_validator("id")
    @classmethod
    def _known(cls, id: str) -> str:
        if id not in KINDS:
            raise ValueError(f"there is no instruction '{id}'; there are {', '.join(sorted(KINDS))}")
        return id

    def kind(self) -> kinds.Kind:
        return KINDS[self.id].model_validate({name: value for name, value in self.kwargs.items() if value is not None})


class IfevalTarget(BaseModel):
    model_config = ConfigDict(extra="forbid")

    instructions: tuple[Instruction, ...] = Field(min_length=1)
    key: int | None = None
    """The item's number in IFEval's data; for people only."""


class IfevalScorer:
    """`prompt_*`: all instructions are followed (0 or 1); `instruction_*`: share of the item's instructions that is followed."""

    name = "ifeval"
    version = 1
    metrics = ("prompt_strict", "prompt_loose", "instruction_strict", "instruction_loose")

    def check_target(self, item: Item) -> None:
        for instruction in IfevalTarget.model_validate(item.target).instructions:
            instruction.kind()

    def score(self, item: Item, answer: Answer) -> Score:
        return judge([instruction.kind() for instruction in IfevalTarget.model_validate(item.target).instructions], answer.text)


def judge(instructions: Sequence[kinds.Kind], text: str) -> Score:
    """The four rates of one response, and a check for each instruction."""
    variants = loose_variants(text)
    checks = tuple(_check(instruction, text, variants) for instruction in instructions)
    strict, loose = [check.passed for check in checks], [bool(check.loose) for check in checks]
    metrics = {
        "prompt_strict": float(all(strict)),
        "prompt_loose": float(all(loose)),
        "instruction_strict": sum(strict) / len(strict),
        "instruction_loose": sum(loose) / len(loose),
    }
    return Score(metrics, checks)


def _check(instruction: kinds.Kind, text: str, variants: list[str]) -> Check:
    # An empty response follows nothing, even where "no commas" would hold.
    if not text.strip():
        return Check(instruction.id, False, "the response is empty", loose=False)
    passed, reason = instruction.test(text)
    return Check(instruction.id, passed, reason, loose=passed or any(instruction.test(variant)[0] for variant in variants))


def loose_variants(text: str) -> list[str]:
    """The response without its first line, its last line, both; and each of these, and the whole, without asterisks."""
    lines = text.split("\n")
    cuts = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    variants = [text.replace("*", ""), *cuts, *(cut.replace("*", "") for cut in cuts)]
    return [variant for variant in dict.fromkeys(variants) if variant.strip() and variant != text]
