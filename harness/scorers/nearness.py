"""Whether a response reads more like a right answer or like a wrong one, by chrF. Measured, not scored: words that are alike may
say the opposite, and right answers may be put in other words.
"""

from functools import cache
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from harness.item import Item
from harness.records import Answer, Check, Score
from harness.scorers.text import Phrase

if TYPE_CHECKING:
    from sacrebleu.metrics.chrf import CHRF


class NearnessTarget(BaseModel):
    """Right and wrong answers, to which a response may be near."""

    model_config = ConfigDict(extra="forbid")

    right: tuple[Phrase, ...] = Field(min_length=1)
    wrong: tuple[Phrase, ...] = Field(min_length=1)


class NearnessScorer:
    """`nearness`: the highest chrF (0 to 1) to a right answer minus the highest to a wrong one. `nearer_right`: it is above 0."""

    name = "nearness"
    version = 1
    libraries = ("sacrebleu",)
    metrics = ("nearness", "nearer_right")
    is_measurement = True

    def check_target(self, item: Item) -> None:
        NearnessTarget.model_validate(item.target)

    def score(self, item: Item, answer: Answer) -> Score:
        target = NearnessTarget.model_validate(item.target)
        right, wrong = (_nearest(answer.text, answers) for answers in (target.right, target.wrong))
        nearness = right[0] - wrong[0]
        reason = f"chrF {right[0]:.3f} to the right '{right[1][:60]}', {wrong[0]:.3f} to the wrong '{wrong[1][:60]}'; no verdict"
        return Score({"nearness": nearness, "nearer_right": float(nearness > 0)}, (Check("nearness", nearness > 0, reason),))


def _nearest(text: str, answers: tuple[str, ...]) -> tuple[float, str]:
    return max((_chrf().sentence_score(text, [answer]).score / 100, answer) for answer in answers)


@cache
def _chrf() -> "CHRF":
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()
