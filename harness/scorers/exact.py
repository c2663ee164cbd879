"""Short answers: the number, the whole response, or a phrase in it must be one of the accepted answers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.item import Item
from harness.records import Answer, Check, Score
from harness.scorers.text import Phrase, canonical_number, contains_phrase, last_number, normalise


class ExactTarget(BaseModel):
    """The answers that are accepted, and how they are looked for."""

    model_config = ConfigDict(extra="forbid")

    answers: tuple[Phrase, ...] = Field(min_length=1)
    match: Literal["number", "contains", "equals"]
    """number: the last number in the response; contains: a phrase in it; equals: all of it, normalised."""


class ExactScorer:
    """`correct` is 1 for a response with an accepted answer, else 0."""

    name = "exact"
    version = 2
    metrics = ("correct",)

    def check_target(self, item: Item) -> None:
        ExactTarget.model_validate(item.target)

    def score(self, item: Item, answer: Answer) -> Score:
        target = ExactTarget.model_validate(item.target)
        right, found = _matches(answer.text, target)
        reason = f"{found}; accepted: {' | '.join(target.answers)}"
        return Score({"correct": float(right)}, (Check(target.match, right, reason),))


def _matches(text: str, target: ExactTarget) -> tuple[bool, str]:
    if target.match == "number":
        number = last_number(text)
        return number in [canonical_number(answer) for answer in target.answers], f"last number is {number}"
    if target.match == "equals":
        plain = normalise(text)
        return plain in map(normalise, target.answers), f"normalised response is '{plain[:80]}'"
    hit = next((answer for answer in target.answers if contains_phrase(text, answer)), None)
    return hit is not None, f"contains '{hit}'" if hit else "contains none of the answers"
