"""A judge's verdicts on answers that another model gave; `harness judge` makes the items (`harness/judging.py`).

The model that is asked is the judge. What it says is measured and not scored: whether one answer is better than another is for rules and
people to decide, and a judge has habits of its own (places, lengths, its own kin).
"""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from harness.item import Item
from harness.records import Answer, Check, FollowUp, Score
from harness.scorers.judge_words import NoVerdictError, read_preference, read_rating
from harness.stats.swaps import Verdict

_OTHER: dict[Verdict, Verdict] = {"a": "b", "b": "a", "tie": "tie"}
_WORTH = {"a": 1.0, "tie": 0.5, "b": 0.0}


class PairTarget(BaseModel):
    """The same question with the answers swapped, which is asked second."""

    model_config = ConfigDict(extra="forbid")

    swapped: str = Field(min_length=1)
    """The item's prompt once more, with the two answers in each other's place."""
    max_tokens: int = Field(ge=1)
    """Most new tokens of the verdict on `swapped`; the same as the suite's."""


class JudgePairScorer:
    """`preference`: 1 for answer a, 0 for b, 0.5 for a tie, averaged over both orders. `consistent`: the verdict survives the swap.

    Tags hold the verdict in each order, and of the pair ("a", "b", "tie", or "inconsistent", which is no tie).
    """

    name = "judge_pair"
    version = 1
    metrics = ("preference", "consistent")
    is_measurement = True

    def check_target(self, item: Item) -> None:
        PairTarget.model_validate(item.target)

    def score(self, item: Item, answer: Answer) -> Score | FollowUp:
        """Raises NoVerdictError, which makes it the item's error, if a response holds no verdict."""
        as_given = _read(answer.texts[0], "as given")
        if len(answer.turns) == 1:
            target = PairTarget.model_validate(item.target)
            asked = item.model_copy(update={"prompt": target.swapped}).messages
            return FollowUp(tuple(asked), max_tokens=target.max_tokens)
        swapped = _OTHER[_read(answer.texts[1], "swapped")]
        pair = as_given if as_given == swapped else "inconsistent"
        metrics = {"preference": (_WORTH[as_given] + _WORTH[swapped]) / 2, "consistent": float(as_given == swapped)}
        check = Check("swap", as_given == swapped, f"a shown first: {as_given}; b shown first: {swapped}")
        return Score(metrics, (check,), {"as_given": as_given, "swapped": swapped, "pair": pair})


class RatingTarget(BaseModel):
    """The ends of the scale."""

    model_config = ConfigDict(extra="forbid")

    low: int = Field(ge=0)
    high: int

    @model_validator(mode="after")
    def _ordered(self) -> "RatingTarget":
        if self.low >= self.high:
            raise ValueError("high: must be above low")
        return self


class JudgeRatingScorer:
    """`rating`: the whole number that the judge gave, on the rubric's own scale."""

    name = "judge_rating"
    version = 1
    metrics = ("rating",)
    is_measurement = True

    def check_target(self, item: Item) -> None:
        RatingTarget.model_validate(item.target)

    def score(self, item: Item, answer: Answer) -> Score:
        """Raises NoVerdictError, which makes it the item's error, if the response holds no rating."""
        target = RatingTarget.model_validate(item.target)
        rating = read_rating(answer.text, target.low, target.high)
        return Score({"rating": float(rating)}, (Check("rating", True, f"{rating} on a scale from {target.low} to {target.high}"),))


def _read(text: str, order: str) -> Verdict:
    try:
        return read_preference(text)
    except NoVerdictError as error:
        raise NoVerdictError(f"{order}: {error}") from error
