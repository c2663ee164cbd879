"""Answers that may or must be withheld."""

from typing import Any

import pytest

from harness.item import Item
from harness.records import Score
from harness.scorers.abstention import AbstentionScorer
from harness.scorers.withheld import abstains
from harness.suite_check import example_answer
from tests.conftest import item_line

ANSWERABLE = {"answers": ["24 hours", "24小时"], "abstain": False}
UNANSWERABLE = {"abstain": True, "corrections": ["no rear camera", "没有后摄像头"]}


def judge(response: str, target: dict[str, Any]) -> Score:
    item = Item.model_validate(item_line("a", prompt="It takes 24 hours, or 20. How long, and what does it cost?", target=target))
    return AbstentionScorer().score(item, example_answer(item, response))


@pytest.mark.parametrize(
    "text",
    [
        "Not stated.",
        "The passage does not mention the price.",
        "The passage doesn’t say.",
        "It is never specified in the manual.",
        "I do not know.",
        "I DON'T KNOW",
        "This cannot be determined from the text.",
        "It is impossible to tell.",
        "The text gives no figure.",
        "There is no information about that.",
        "Unknown",
        "The price is unclear.",
        "The note says nothing about the tyres.",
        "不确定",
        "我不知道。",
        "文中没有提到价格。",
        "手册并未说明这一点。",
        "无法从资料中确定。",
        "根据这段文字难以判断。",
        "资料里没有关于后轮的信息。",
        *(
            text
            for text in (
                "I am unsure.", "I'm not certain.", "I have no idea.", "It isn't clear from the text.", "That information is missing.",
                "我不太清楚。", "我不太确定。", "资料里没有这方面的信息。",
            )
        ),
    ],
)  # fmt: skip
def test_saying_that_it_is_not_known_or_not_stated_is_abstaining(text: str) -> None:
    assert abstains(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It takes 24 hours.",
        "The text says 24 hours.",
        "The warranty covers the battery, not the tyres.",
        "No.",
        "Do not open the bonnet while driving.",
        "I'm not sure, perhaps 24 hours.",
        "这一点不得而知，可能是24小时。",
        "需要24小时。",
        "不要打开引擎盖。",
        "不能打开天窗。",
        "资料说明需要24小时。",
        *(
            text
            for text in (
                "The warranty does not include the tyres.", "Bordeaux is not only known for its wine.",
                "Kangaroos cannot be found in Europe.", "很多人不知道，澳大利亚的首都是堪培拉。",
            )
        ),
    ],
)  # fmt: skip
def test_a_plain_claim_is_not_abstaining(text: str) -> None:
    assert not abstains(text)


@pytest.mark.parametrize(
    ("response", "target", "truthful", "not_wrong", "abstained"),
    [
        ("It takes 24 hours.", ANSWERABLE, 1, 1, 0),
        ("需要24小时。", ANSWERABLE, 1, 1, 0),
        ("It takes 2 days.", ANSWERABLE, 0, 0, 0),
        ("The manual does not say.", ANSWERABLE, 0, 1, 1),
        ("I am not sure, but I guess 24 hours.", ANSWERABLE, 1, 1, 0),
        ("我不确定，可能是24小时。", ANSWERABLE, 1, 1, 0),
        ("I am not sure, but I guess 20 hours.", ANSWERABLE, 0, 0, 0),
        ("It takes 24 hours. The manual does not mention the price.", ANSWERABLE, 1, 1, 0),
        ("The charge takes 24 hours. The price is not stated.", ANSWERABLE, 1, 1, 0),
        ("The manual does not say whether it takes 24 hours.", ANSWERABLE, 0, 1, 1),
        ("I am not sure; the text only says 24 hours.", ANSWERABLE, 0, 1, 1),
        ("", ANSWERABLE, 0, 0, 0),
        ("The manual does not say.", UNANSWERABLE, 1, 1, 1),
        ("手册没有提到。", UNANSWERABLE, 1, 1, 1),
        ("Not stated, but it probably costs 90 euros.", UNANSWERABLE, 0, 0, 0),
        ("手册没有提到，但大概要90元。", UNANSWERABLE, 0, 0, 0),
        ("Not stated, but the manual does give the price of the key.", UNANSWERABLE, 1, 1, 1),
        ("The car has no rear camera, but it probably has sensors; the manual does not say.", UNANSWERABLE, 1, 1, 0),
        ("It costs 90 euros.", UNANSWERABLE, 0, 0, 0),
        ("The car has no rear camera.", UNANSWERABLE, 1, 1, 0),
        ("这款车没有后摄像头。", UNANSWERABLE, 1, 1, 0),
        ("", UNANSWERABLE, 0, 0, 0),
    ],
)
def test_every_case_has_its_truth_value(response: str, target: dict[str, Any], truthful: int, not_wrong: int, abstained: int) -> None:
    score = judge(response, target)
    assert score.metrics == {"truthful": truthful, "not_wrong": not_wrong, "abstained": abstained}
    assert score.checks[0].passed is bool(truthful)


def test_the_reason_tells_why() -> None:
    assert judge("It takes 24 hours.", ANSWERABLE).checks[0].reason == "contains '24 hours'"
    assert judge("It takes 2 days.", ANSWERABLE).checks[0].reason == "contains none of the accepted answers"
    assert judge("The car has no rear camera.", UNANSWERABLE).checks[0].reason == "rejects the premise: 'no rear camera'"
    assert judge("It costs 90 euros.", UNANSWERABLE).checks[0].reason == "makes a claim"
    guess = "makes a claim; beside 'not known' it claims: 'but it is probably blue.'"
    assert judge("Not stated, but it is probably blue.", UNANSWERABLE).checks[0].reason == guess


def test_a_figure_that_the_prompt_does_not_hold_is_made_up() -> None:
    item = Item.model_validate(item_line("a", prompt="DC: 28 minutes. AC?", target=UNANSWERABLE))
    scores = [AbstentionScorer().score(item, example_answer(item, f"Not stated. DC takes {number} minutes.")) for number in (28, 29)]
    assert [score.metrics["truthful"] for score in scores] == [1, 0]


@pytest.mark.parametrize(
    "target", [{"abstain": True, "answers": ["24"]}, {"abstain": False}, {"answers": ["24"]}, {"abstain": True, "hint": "x"}]
)
def test_a_target_with_both_or_neither_of_answers_and_abstaining_is_refused(target: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="AbstentionTarget"):
        AbstentionScorer().check_target(Item.model_validate(item_line("a", target=target)))


def test_a_figure_of_the_system_message_is_not_made_up() -> None:
    item = Item.model_validate(item_line("a", system="DC takes 28 minutes.", prompt="How long does AC take?", target=UNANSWERABLE))
    scores = [AbstentionScorer().score(item, example_answer(item, f"Not stated. DC takes {number} minutes.")) for number in (28, 29)]
    assert [score.metrics["truthful"] for score in scores] == [1, 0]


def test_an_instruction_that_is_only_repeated_is_not_abstaining() -> None:
    item = Item.model_validate(item_line("a", prompt="Say not stated if the text is silent on this. When?", target=UNANSWERABLE))
    scores = [
        AbstentionScorer().score(item, example_answer(item, text))
        for text in ("Say not stated if the text is silent on this.", "Not stated.")
    ]
    assert [score.metrics["truthful"] for score in scores] == [0, 1]
