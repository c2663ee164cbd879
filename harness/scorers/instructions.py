"""Instructions in IFEval's form, an id with arguments, and how a response to several of them is judged; for IFEval and its kin.

Loose also tries the response without its first line, its last line, both, and each of these without asterisks.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, field_validator

from harness.item import Item
from harness.records import Answer, Check, Score
from harness.scorers.ifeval_kinds import Kind


class Instruction(BaseModel):
    """An instruction as the benchmark's data has it: an id and its arguments. Arguments that are null count as not given."""

    model_config = ConfigDict(extra="forbid")
    kinds: ClassVar[Mapping[str, type[Kind]]]
    unsupported: ClassVar[Mapping[str, str]] = {}
    """Kinds that cannot be judged, each with the reason."""

    id: str
    kwargs: dict[str, Any] = {}

    @field_validator("id")
    @classmethod
    def _known(cls, id: str) -> str:
        if id in cls.unsupported:
            raise ValueError(f"instruction '{id}' cannot be judged: {cls.unsupported[id]}")
        if id not in cls.kinds:
            raise ValueError(f"there is no instruction '{id}'; there are {', '.join(sorted(cls.kinds))}")
        return id

    def kind(self) -> Kind:
        """The rule with these arguments; raises pydantic's ValidationError, a ValueError, if they do not fit it."""
        return self.kinds[self.id].model_validate({name: value for name, value in self.kwargs.items() if value is not None})


class InstructionsTarget(BaseModel):
    """What an item is judged by: at least one instruction, of the benchmark's own class."""

    model_config = ConfigDict(extra="forbid")

    instructions: tuple[Instruction, ...]


class InstructionsScorer:
    """`prompt_*`: all instructions are followed (0 or 1); `instruction_*`: share of the item's instructions that is followed."""

    metrics = ("prompt_strict", "prompt_loose", "instruction_strict", "instruction_loose")
    target: ClassVar[type[InstructionsTarget]]

    def _kinds(self, item: Item) -> list[Kind]:
        return [instruction.kind() for instruction in self.target.model_validate(item.target).instructions]

    def check_target(self, item: Item) -> None:
        self._kinds(item)

    def score(self, item: Item, answer: Answer) -> Score:
        variants = loose_variants(answer.text)
        checks = tuple(_check(kind, answer.text, variants) for kind in self._kinds(item))
        return Score(rates(checks, "instruction"), checks)


def rates(checks: Sequence[Check], part: str) -> dict[str, float]:
    """`prompt_*`: whether all checks passed; `<part>_*`: the share that did. Strictly and loosely."""
    strict, loose = [check.passed for check in checks], [bool(check.loose) for check in checks]
    return {
        "prompt_strict": float(all(strict)),
        "prompt_loose": float(all(loose)),
        f"{part}_strict": sum(strict) / len(strict),
        f"{part}_loose": sum(loose) / len(loose),
    }


def by_id(kinds: Iterable[type[Kind]]) -> dict[str, type[Kind]]:
    """The kinds by their benchmark's names."""
    return {kind.id: kind for kind in kinds}


def _check(instruction: Kind, text: str, variants: list[str]) -> Check:
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
