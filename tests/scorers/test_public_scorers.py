"""The small scorers of public benchmarks: one of a few words, probability on right choices, nearness to answers, length."""

from math import log
from typing import Any

import pytest

from harness.item import PublicItem
from harness.records import Answer, FollowUp, Response, Score
from harness.scorers import is_measurement, load_scorer
from harness.scorers.choice import ChoiceScorer


def item(target: dict[str, Any], **more: Any) -> PublicItem:
    return PublicItem.model_validate({"id": "1", "lang": "en", "stratum": "all", "prompt": "Well?", "target": target, **more})


def judge(scorer: str, target: dict[str, Any], text: str) -> dict[str, float]:
    judged = load_scorer(scorer).score(item(target), Answer((Response("1", text),)))
    assert isinstance(judged, Score)
    assert set(judged.metrics) == set(load_scorer(scorer).metrics)
    return judged.metrics


def refused(scorer: str, target: dict[str, Any], reason: str, **more: Any) -> None:
    with pytest.raises(ValueError, match=reason):
        load_scorer(scorer).check_target(item(target, **more))


# one_of

YES_NO = {"options": ["Yes", "No"], "answer": 0}


@pytest.mark.parametrize("text", ["Yes", "yes.", "**Yes**, it is untrue.", "The answer is: YES"])
def test_the_right_word_alone_is_right(text: str) -> None:
    assert judge("one_of", YES_NO, text) == {"correct": 1, "answered": 1}


@pytest.mark.parametrize(("text", "answered"), [("No", 1), ("Yes and no", 0), ("Perhaps", 0), ("", 0), ("Yesterday", 0), ("I know", 0)])
def test_another_word_both_or_none_is_wrong(text: str, answered: int) -> None:
    assert judge("one_of", YES_NO, text) == {"correct": 0, "answered": answered}


@pytest.mark.parametrize(("text", "named"), [("是", "是"), ("不是", "不是"), ("不是。", "不是"), ("不是。是", None)])
def test_an_option_within_a_longer_one_does_not_count(text: str, named: str | None) -> None:
    options = ["是", "不是"]
    for number, option in enumerate(options):
        found = judge("one_of", {"options": options, "answer": number}, text)
        assert found == {"correct": named == option, "answered": named is not None}


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ({"options": ["Yes", "No"], "answer": 2}, "past the last"),
        ({"options": ["Yes", "yes."], "answer": 0}, "two are the same"),
        ({"options": ["Yes"], "answer": 0}, "at least 2"),
        ({"options": ["Yes", " "], "answer": 0}, "empty phrase"),
        ({"options": ["Yes", "No"], "answer": -1}, "greater than or equal"),
    ],
)
def test_options_that_cannot_be_told_apart_are_refused(target: dict[str, Any], reason: str) -> None:
    refused("one_of", target, reason)


# choice_mass

CHOICES = ("a cat", "a dog", "a hen")


def mass(right: list[int], *logprobs: tuple[float, ...]) -> float:
    judged = load_scorer("choice_mass").score(item({"answers": right}, choices=CHOICES), Answer((), logprobs))
    assert isinstance(judged, Score)
    return judged.metrics["right_mass"]


def test_the_mass_is_the_share_of_the_probability_on_right_choices() -> None:
    probabilities = (log(0.1), log(0.2)), (log(0.04),), (log(0.04),)  # 0.02, 0.04, 0.04
    assert mass([0], *probabilities) == pytest.approx(0.2)
    assert mass([1, 2], *probabilities) == pytest.approx(0.8)


def test_probabilities_too_small_for_a_float_still_have_shares() -> None:
    assert mass([0, 1], (-9000.0,), (-9000.0,), (-9000.0 + log(2),)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [([], "at least 1"), ([3], "different positions from 0 to 2"), ([0, 0], "different"), ([0, 1, 2], "one choice must be wrong")],
)
def test_positions_that_are_none_are_refused(answers: list[int], reason: str) -> None:
    refused("choice_mass", {"answers": answers}, reason, choices=CHOICES)


def test_mass_needs_choices() -> None:
    refused("choice_mass", {"answers": [0]}, "needs them")


# choice, with an ending


def test_with_an_ending_its_length_counts_for_all_choices_alike() -> None:
    asked = item({"answer": 0}, choices=("Al", "Alexander"), raw=True, ending=" left.")
    judged = ChoiceScorer().score(asked, Answer((), ((-1.0,), (-1.1,))))
    assert judged.metrics == {"correct": 1, "correct_per_byte": 1}


@pytest.mark.parametrize(
    "more", [{"ending": " left."}, {"raw": True, "choices": CHOICES, "ending": " "}, {"choices": CHOICES, "ending": "x"}]
)
def test_only_raw_items_have_an_ending_and_it_is_not_blank(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="ending"):
        item({"answer": 0}, **more)


# nearness and length: measured, not scored

ANSWERS = {"right": ["茶是湿的。", "不是干的。"], "wrong": ["茶是干的。"]}


def test_nearness_is_above_0_for_a_right_answer_and_below_for_a_wrong_one() -> None:
    right, wrong = judge("nearness", ANSWERS, "茶是湿的。"), judge("nearness", ANSWERS, "茶是干的。")
    assert (right["nearer_right"], wrong["nearer_right"]) == (1, 0)
    assert right["nearness"] > 0.5 > 0 > wrong["nearness"]
    assert judge("nearness", ANSWERS, "") == {"nearness": 0, "nearer_right": 0}


def test_nearness_needs_answers_of_both_kinds() -> None:
    refused("nearness", {"right": ["x"], "wrong": []}, "wrong")
    refused("nearness", {"right": [], "wrong": ["x"]}, "right")


def test_length_counts_characters_and_words_of_both_scripts() -> None:
    assert judge("length", {}, "Two words, 两个汉字。\n") == {"characters": 14, "words": 6}
    assert judge("length", {"references": ["x"]}, "") == {"characters": 0, "words": 0}
    refused("length", {"answers": ["x"]}, "answers")


def test_what_is_only_measured_is_marked_so() -> None:
    assert [name for name in ("nearness", "length", "one_of", "choice_mass") if is_measurement(name)] == ["nearness", "length"]


def test_length_is_of_all_turns_of_a_dialogue() -> None:
    scorer = load_scorer("length")
    item = PublicItem(id="1", lang="en", stratum="writing", prompt="Write.", turns=("Shorter.",), scorer="length", target={})
    asked = scorer.score(item, Answer((Response("r", "Tea is hot."),)))
    assert isinstance(asked, FollowUp)
    assert (asked.continues, [message["content"] for message in asked.messages]) == (True, ["Tea is hot.", "Shorter."])
    score = scorer.score(item, Answer((Response("r", "Tea is hot."), Response("r", "Hot 茶"))))
    assert isinstance(score, Score)
    assert score.metrics == {"characters": 13.0, "words": 5.0}
    assert [check.reason[:13] for check in score.checks] == ["9 characters,", "4 characters,"]
