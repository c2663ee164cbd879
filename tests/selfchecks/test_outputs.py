"""Responses that are none are told of, with examples; ordinary ones are not."""

from typing import Any

import pytest

from harness.item import Item
from harness.records import Answer, FinishReason, Response
from harness.selfchecks.outputs import OddOutputs, odd_outputs
from harness.suite import bundled_names, find_suite, load_suite
from tests.conftest import item_line

GOOD = ("The answer to that is four.", "It is the number four, of course.", "Two and two make four.", "I should say it is four.")


def item(number: int, **changes: Any) -> Item:
    return Item.model_validate(item_line(f"q{number}", **changes))


def answer(text: str, finish: FinishReason = "stop") -> Answer:
    return Answer((Response("r", text, len(text.split()), finish),), None)


def look(*answers: Answer, **changes: Any) -> dict[str, OddOutputs]:
    """What is odd about these answers and eight ordinary ones."""
    ordinary = [answer(f"{GOOD[number % 4]} ({number})") for number in range(8)]
    return {odd.kind: odd for odd in odd_outputs([(item(n, **changes), each) for n, each in enumerate([*answers, *ordinary])])}


def test_ordinary_answers_are_not_odd() -> None:
    assert look() == {}
    assert look(answer("")) != {}
    assert odd_outputs([(item(n), answer("")) for n in range(7)]) == []


@pytest.mark.parametrize(
    ("kind", "odd", "enough"),
    [
        ("empty", answer(" \n"), 1),
        ("empty", answer("<think>so much to think of</think>"), 1),
        ("in circles", answer("left left left", "repetition"), 2),
        ("other language", answer("答案是四，二加二等于四。"), 4),
    ],
)
def test_what_is_odd_is_told_from_its_limit_on(kind: str, odd: Answer, enough: int) -> None:
    found = look(*[odd] * enough)[kind]
    assert found.n == 8 + enough
    assert found.share == pytest.approx(enough / (8 + enough))
    assert [example.item for example in found.examples] == [f"q{number}" for number in range(min(enough, 3))]
    assert kind not in look(*[odd] * (enough - 1))


def test_answers_that_are_all_cut_off_or_all_the_same_are_told() -> None:
    same = [(item(number), answer("I cannot help with that request.")) for number in range(10)]
    assert [odd.kind for odd in odd_outputs(same)] == ["all the same"]
    cut = [(item(number), answer(f"{GOOD[0]} {number} and so on and", "length")) for number in range(10)]
    assert [(odd.kind, odd.share) for odd in odd_outputs(cut)] == [("cut off", 1.0)]
    thoughts = [(item(number), answer(f"<think>{number}")) for number in range(10)]
    assert {odd.kind for odd in odd_outputs(thoughts)} == {"empty", "cut off"}


def test_the_language_is_that_of_an_answer_that_passes() -> None:
    """An item in Chinese may ask for English."""
    english = [answer(text) for text in GOOD]
    assert "other language" not in look(*english, lang="zh", **{"pass": ["The answer is number 4."]})
    assert look(*english, lang="zh", **{"pass": ["答案是数字四。"]})["other language"].share == 1.0


@pytest.mark.parametrize("name", bundled_names())
def test_the_passing_examples_of_a_suite_are_not_odd(name: str) -> None:
    suite = load_suite(find_suite(name))
    examples = [
        (one, answer(text if isinstance(text, str) else text[0])) for one in suite.items if one.choices is None for text in one.passing
    ]
    assert odd_outputs(examples) == []
