"""IFBench (Pyatkin et al., 2025): instructions in IFEval's form, of 58 other kinds. Those of `KINDS` are judged, strictly and loosely as
IFEval's are, by rules made from the instructions' words; where these leave something open, a kind's docstring says what is taken.

A kind of `UNSUPPORTED` is an error that says why it cannot be judged, and any other name is an error.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from harness.records import Answer, Score
from harness.scorers import ifbench_counts, ifbench_custom, ifbench_formats, ifbench_words
from harness.scorers.ifeval import judge
from harness.scorers.ifeval_kinds import Kind
from harness.suite import Item

KINDS: dict[str, type[Kind]] = {
    kind.id: kind
    for module in (ifbench_counts, ifbench_custom, ifbench_formats, ifbench_words)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Kind) and kind is not Kind
}
UNSUPPORTED = {
    "format:thesis": "nothing says where a section begins",
    "ratio:stop_words": "nothing says which words are stop words, and the limit hangs on it",
    "words:odd_even_syllables": "counting the syllables of English words needs a pronouncing dictionary",
    "words:start_verb": "telling a verb from a noun needs a tagger",
}


class Instruction(BaseModel):
    """An instruction as IFBench's data has it: an id and its arguments. Arguments that are null count as not given."""

    model_config = ConfigDict(extra="forbid")

    id: str
    kwargs: dict[str, Any] = {}

    @field_validator("id")
    @classmethod
    def _known(cls, id: str) -> str:
        if id in UNSUPPORTED:
            raise ValueError(f"instruction '{id}' cannot be judged: {UNSUPPORTED[id]}")
        if id not in KINDS:
            raise ValueError(f"there is no instruction '{id}'; there are {', '.join(sorted(KINDS))}")
        return id

    def kind(self) -> Kind:
        # Tables hold whole numbers as 3.0, which is no argument of the kind "how many".
        given = {name: int(value) if isinstance(value, float) and value.is_integer() else value for name, value in self.kwargs.items()}
        return KINDS[self.id].model_validate({name: value for name, value in given.items() if value is not None})


class IfbenchTarget(BaseModel):
    model_config = ConfigDict(extra="forbid")

    instructions: tuple[Instruction, ...] = Field(min_length=1)


class IfbenchScorer:
    """`prompt_*`: all instructions are followed (0 or 1); `instruction_*`: share of the item's instructions that is followed."""

    name = "ifbench"
    version = 1
    metrics = ("prompt_strict", "prompt_loose", "instruction_strict", "instruction_loose")

    def check_target(self, item: Item) -> None:
        for instruction in IfbenchTarget.model_validate(item.target).instructions:
            instruction.kind()

    def score(self, item: Item, answer: Answer) -> Score:
        return judge([instruction.kind() for instruction in IfbenchTarget.model_validate(item.target).instructions], answer.text)
