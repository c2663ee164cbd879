"""Multiple choice: the choice to which the model gives the highest log-likelihood is its answer."""

from pydantic import BaseModel, ConfigDict, Field

from harness.item import Item
from harness.records import Answer, Check, Score


class ChoiceTarget(BaseModel):
    """Which choice is right."""

    model_config = ConfigDict(extra="forbid")

    answer: int = Field(ge=0)
    """Index of the right choice."""


class ChoiceScorer:
    """`correct` compares summed log-likelihoods; `correct_per_byte` divides each sum by the choice's length in UTF-8 bytes,
    so that long choices are not at a disadvantage; with an `ending` the length is the same for all. Equal values count as wrong: a model
    that gives every choice the same likelihood knows nothing.
    """

    name = "choice"
    version = 1
    metrics = ("correct", "correct_per_byte")

    def check_target(self, item: Item) -> None:
        target = ChoiceTarget.model_validate(item.target)
        if item.choices is None:
            raise ValueError("choices: the scorer 'choice' needs them")
        if target.answer >= len(item.choices):
            raise ValueError(f"target.answer: {target.answer} is past the last choice ({len(item.choices) - 1})")

    def score(self, item: Item, answer: Answer) -> Score:
        target = ChoiceTarget.model_validate(item.target)
        if item.choices is None or answer.choice_logprobs is None:
            raise ValueError("no log-probabilities of choices")
        sums = [sum(logprobs) for logprobs in answer.choice_logprobs]
        per_byte = [total / len((item.ending or choice).encode()) for total, choice in zip(sums, item.choices, strict=True)]
        right, right_per_byte = _wins(sums, target.answer), _wins(per_byte, target.answer)
        best = max(range(len(sums)), key=sums.__getitem__)
        reason = f"chose '{item.choices[best]}' ({sums[best]:.2f}); right: '{item.choices[target.answer]}' ({sums[target.answer]:.2f})"
        return Score({"correct": float(right), "correct_per_byte": float(right_per_byte)}, (Check("choice", right, reason),))


def _wins(values: list[float], index: int) -> bool:
    return all(values[index] > value for position, value in enumerate(values) if position != index)
