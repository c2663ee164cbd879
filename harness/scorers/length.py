"""How long responses are: for instructions that have no verdict of their own and are reviewed by people. Measured, not scored."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from harness.item import Item
from harness.records import Answer, Check, FollowUp, Score
from harness.scorers.text import count_characters, count_hanzi, words
from harness.scorers.turns import next_turn


class LengthTarget(BaseModel):
    """What reviewers may want beside the response; nothing of it is judged."""

    model_config = ConfigDict(extra="forbid")

    references: tuple[Any, ...] = ()
    """Reference answers, one a turn."""


class LengthScorer:
    """`characters` without white space; `words`: Latin words, numbers, single Chinese characters; of a dialogue, of all responses."""

    name = "length"
    version = 1
    metrics = ("characters", "words")
    is_measurement = True
    takes_turns = True

    def check_target(self, item: Item) -> None:
        LengthTarget.model_validate(item.target)

    def score(self, item: Item, answer: Answer) -> Score | FollowUp:
        if (follow_up := next_turn(item, answer)) is not None:
            return follow_up
        counts = [(count_characters(text), count_hanzi(text) + len(words(text))) for text in answer.texts]
        checks = tuple(
            Check(f"turn {number}" if item.turns else "length", True, f"{characters} characters, {count} words; people review the response")
            for number, (characters, count) in enumerate(counts, start=1)
        )
        return Score({"characters": float(sum(one for one, _ in counts)), "words": float(sum(count for _, count in counts))}, checks)
