"""GSM8K (Cobbe et al., 2021): the final number, marked by ####, must be the reference's.

The answer is the first number behind the first #### that has one on its line; without such a mark it is the last number of
the response. Thousands separators, units and a currency's sign do not count, nor do zeros behind the decimal point.
"""

from pydantic import BaseModel, ConfigDict, field_validator

from harness.item import Item
from harness.records import Answer, Check, Score
from harness.scorers.text import canonical_number, last_number, numbers

_MARK = "####"


class Gsm8kTarget(BaseModel):
    """The number that is the answer."""

    model_config = ConfigDict(extra="forbid")

    answer: str
    """A number, such as "1,250" or "-3.5"."""

    @field_validator("answer")
    @classmethod
    def _number(cls, answer: str) -> str:
        if numbers(answer) != [canonical_number(answer)]:
            raise ValueError(f"'{answer}' is not a number")
        return answer


class Gsm8kScorer:
    """`exact_match`: the answer is the reference's. `exact_match_strict`: and it is marked by ####."""

    name = "gsm8k"
    version = 1
    metrics = ("exact_match", "exact_match_strict")

    def check_target(self, item: Item) -> None:
        Gsm8kTarget.model_validate(item.target)

    def score(self, item: Item, answer: Answer) -> Score:
        wanted = canonical_number(Gsm8kTarget.model_validate(item.target).answer)
        marked = _marked(answer.text)
        found = marked if marked is not None else last_number(answer.text)
        right = found == wanted
        place = "the number after ####" if marked is not None else "without ####, the last number"
        metrics = {"exact_match": float(right), "exact_match_strict": float(right and marked is not None)}
        return Score(metrics, (Check("answer", right, f"{place} is {found}; right is {wanted}"),))


def _marked(text: str) -> str | None:
    """The first number on the rest of the line behind a ####, of the first #### that has one."""
    rests = (part.partition("\n")[0] for part in text.split(_MARK)[1:])
    return next((found[0] for rest in rests if (found := numbers(rest))), None)
