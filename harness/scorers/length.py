"""How long a response is: for instructions that have no verdict of their own and are reviewed by people. Measured, not scored."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from harness.item import Item
from harness.records import Answer, Check, Score
from harness.scorers.text import count_characters, count_hanzi, words


class LengthTarget(BaseModel):
    """What reviewers may want beside the response; nothing of it is judged."""

    model_config = ConfigDict(extra="forbid")

    later_turns: tuple[str, ...] = ()
    """What the user says after this response; kept, not asked."""
    references: tuple[Any, ...] = ()
    """Reference answers, one a turn."""


class LengthScorer:
    """`characters` without white space; `words`: Latin words, numbers and single Chinese characters."""

    name = "length"
    version = 1
    metrics = ("characters", "words")
    is_measurement = True

    def check_target(self, item: Item) -> None:
        LengthTarget.model_validate(item.target)

    def score(self, item: Item, answer: Answer) -> Score:
        characters, count = count_characters(answer.text), count_hanzi(answer.text) + len(words(answer.text))
        reason = f"{characters} characters, {count} words; there is no verdict, people review the response"
        return Score({"characters": float(characters), "words": float(count)}, (Check("length", True, reason),))
