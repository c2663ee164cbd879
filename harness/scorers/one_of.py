"""One of a few words, such as Yes or No: the response must name the right one and no other."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from harness.item import Item
from harness.records import Answer, Check, Score
from harness.scorers.text import Phrase, comparable, contains_phrase, normalise


class OneOfTarget(BaseModel):
    """The words to choose from, and the right one."""

    model_config = ConfigDict(extra="forbid")

    options: tuple[Phrase, ...] = Field(min_length=2)
    answer: int = Field(ge=0)
    """Position of the right option."""

    @model_validator(mode="after")
    def _consistent(self) -> "OneOfTarget":
        if self.answer >= len(self.options):
            raise ValueError(f"answer: {self.answer} is past the last option ({len(self.options) - 1})")
        if len(set(map(normalise, self.options))) < len(self.options):
            raise ValueError("options: two are the same")
        return self


class OneOfScorer:
    """`correct`: the right option, and no other, stands in the response. `answered`: exactly one of the options does.

    An option within a longer one that is named does not count: "不是" names no "是".
    """

    name = "one_of"
    version = 1
    metrics = ("correct", "answered")

    def check_target(self, item: Item) -> None:
        OneOfTarget.model_validate(item.target)

    def score(self, item: Item, answer: Answer) -> Score:
        target = OneOfTarget.model_validate(item.target)
        named, rest = [], answer.text
        for option in sorted(target.options, key=len, reverse=True):
            if contains_phrase(rest, option):
                named.append(option)
                rest = _without(rest, option)
        right = target.options[target.answer]
        correct = named == [right]
        reason = f"names {' and '.join(named) or 'none of the options'}; right is {right}"
        return Score({"correct": float(correct), "answered": float(len(named) == 1)}, (Check("one_of", correct, reason),))


def _without(text: str, option: str) -> str:
    """`text` with every `option` in it blotted out."""
    return comparable(text).replace(comparable(option), " | ")
