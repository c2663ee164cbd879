"""Multiple choice by log-likelihood."""

from typing import Any

import pytest

from harness.item import Item
from harness.records import Answer, Score
from harness.scorers.choice import ChoiceScorer
from tests.conftest import item_line


def choice_item(choices: tuple[str, ...] | None = ("yes", "no", "maybe"), **target: Any) -> Item:
    return Item.model_validate(item_line("a", choices=choices, target=target or {"answer": 1}))


def judge(item: Item, *logprobs: tuple[float, ...]) -> Score:
    return ChoiceScorer().score(item, Answer((), logprobs))


def test_the_choice_with_the_highest_sum_is_the_answer() -> None:
    item = choice_item()
    assert judge(item, (-1.0, -1.0), (-1.5,), (-0.1, -9.0)).metrics["correct"] == 1.0
    assert judge(item, (-0.5, -0.9), (-1.5,), (-0.1, -9.0)).metrics["correct"] == 0.0


def test_per_byte_a_long_choice_is_not_at_a_disadvantage() -> None:
    item = choice_item(("no", "certainly not"), answer=1)
    score = judge(item, (-2.0,), (-2.0, -2.0))
    assert score.metrics == {"correct": 0.0, "correct_per_byte": 1.0}


def test_length_is_counted_in_utf8_bytes_not_characters() -> None:
    # Three Chinese characters are nine bytes: -1.8 / 9 beats -1.0 / 4, although -1.8 / 3 does not.
    item = choice_item(("北京市", "Lima"), answer=0)
    assert judge(item, (-1.8,), (-1.0,)).metrics == {"correct": 0.0, "correct_per_byte": 1.0}


@pytest.mark.parametrize("answer", [0, 1])
def test_equal_values_are_wrong_whichever_choice_is_right(answer: int) -> None:
    assert judge(choice_item(("ja", "no"), answer=answer), (-1.0,), (-0.5, -0.5)).metrics == {"correct": 0.0, "correct_per_byte": 0.0}


def test_values_that_are_not_numbers_are_wrong() -> None:
    assert judge(choice_item(), (-1.0,), (float("nan"),), (-2.0,)).metrics["correct"] == 0.0


def test_the_reason_names_the_chosen_and_the_right_choice() -> None:
    (check,) = judge(choice_item(), (-1.0,), (-2.5,), (-9.0,)).checks
    assert check.reason == "chose 'yes' (-1.00); right: 'no' (-2.50)"


@pytest.mark.parametrize(
    ("item", "complaint"),
    [
        (choice_item(answer=3), "past the last choice"),
        (choice_item(answer=-1), "greater than or equal to 0"),
        (choice_item(None), "needs them"),
        (choice_item(answer=1, why="because"), "why"),
    ],
)
def test_a_target_that_names_no_choice_is_refused(item: Item, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ChoiceScorer().check_target(item)


def test_an_answer_without_log_probabilities_is_an_error_and_not_wrong() -> None:
    with pytest.raises(ValueError, match="no log-probabilities"):
        ChoiceScorer().score(choice_item(), Answer(()))


def test_an_answer_to_fewer_choices_is_an_error_and_not_wrong() -> None:
    with pytest.raises(ValueError, match="zip"):
        judge(choice_item(), (-1.0,), (-2.0,))
