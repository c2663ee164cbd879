"""The scorer of dialogues: its rules, its figures, what it asks for, and the targets that it refuses."""

from typing import Any

import pytest
from pydantic import ValidationError

from harness.item import Item
from harness.records import Answer, FollowUp, Response, Score
from harness.scorers.dialogue import DialogueScorer, Turn
from harness.suite_check import example_answer
from tests.conftest import item_line

SCORER = DialogueScorer()
ASKS = {"kind": "asks", "about": ["seat", "座位", "主驾"]}


def rule_holds(rule: dict[str, Any], text: str) -> bool:
    ((_, made),) = Turn.model_validate({"slots": [rule]}).rules()
    return made.test(text)[0]


def dialogue(*turns: dict[str, Any]) -> Item:
    later = [f"message {number}" for number in range(2, len(turns) + 1)]
    examples = {"pass": [["x"] * len(turns)] if later else ["x"], "fail": [["y"] * len(turns)] if later else ["y"]}
    return Item.model_validate(item_line("d", turns=later, scorer="dialogue", target={"turns": turns}, **examples))


def judge(item: Item, *texts: str) -> Score:
    result = SCORER.score(item, example_answer(item, texts))
    assert isinstance(result, Score)
    return result


# Rules.


@pytest.mark.parametrize(
    ("wanted", "allow", "text", "right"),
    [
        ("26", [], "26", True),
        ("26", [], "二十六", True),
        ("26", [], "twenty-six", True),
        ("26", [], "从24度调到26度", True),
        ("26", [], "It is not 26.", False),
        ("26", [], "24, not 26", False),
        ("26", [], "24 to 26", False),
        ("26", [], "between 24 and 26", False),
        ("26", [], "260", False),
        ("26", [], "The cabin is warm.", False),
        ("26 °C", [], "26", True),
        ("26 °C", [], "78.8 °F", True),
        ("26 °C", [], "26 °C in 10 minutes", True),
        ("26 °C", [], "26 km", False),
        ("26", [], "26, fan at 3", False),
        ("26", ["3"], "26, fan at 3", True),
        ("120", ["2"], "两小时有120分钟", True),
    ],
)
def test_a_value_is_stated_and_no_other(wanted: str, allow: list[str], text: str, right: bool) -> None:
    assert rule_holds({"kind": "value", "is": wanted, "allow": allow}, text) is right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Rome.", True),
        ("It is Rome, not Paris.", True),
        ("Paris.", False),
        ("Rome and Paris.", False),
        ("Not Rome.", False),
        ("Rome?", False),
        ("Romeo", False),
    ],
)
def test_a_name_is_stated_and_none_of_the_others(text: str, right: bool) -> None:
    assert rule_holds({"kind": "names", "is": ["Rome"], "not": ["Paris"]}, text) is right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Which seat would you like?", True),
        ("哪个座位？", True),
        ("好的，请告诉我是哪个座位", True),
        ("Please tell me which seat.", True),
        ("Sure! Which seat?", True),
        ("Which song?", False),
        ("The seat is warm.", False),
        ("Anything else?", False),
        ("Done. Which seat?", False),
        ("I've turned on the seat heating. Which seat is cold?", False),
        ("已为您打开座椅加热，是哪个座位？", False),
        ("Turning on the seat heating, which seat?", False),
        ("我找到两个座位，您要哪个座位？", True),
    ],
)
def test_asking_is_a_question_about_what_is_missing_before_anything_is_done(text: str, right: bool) -> None:
    assert rule_holds(ASKS, text) is right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("The seat heating is on.", True),
        ("Done. Anything else?", True),
        ("好的，已打开。还需要什么吗？", True),
        ("Which seat?", False),
        ("请问是哪个座位", False),
        ("Please confirm.", False),
        ("Done. Which seat was it? Anything else?", False),
    ],
)
def test_nothing_is_asked_back_but_what_is_polite(text: str, right: bool) -> None:
    assert rule_holds({"kind": "asks_not"}, text) is right


def test_rules_of_constraints_hold_here_too_and_a_fence_is_taken_away() -> None:
    item = dialogue({"slots": [{"kind": "json", "values": {"driver": 24}}]}, {"slots": [{"kind": "one_of", "options": ["auto"]}]})
    assert judge(item, '```json\n{"driver": 24}\n```', "**Auto.**").metrics == {"dialogue": 1, "turns": 1}
    assert judge(item, '{"driver": 26}', "Auto").metrics == {"dialogue": 0, "turns": 0.5}


# Scores.


def value(number: int) -> dict[str, Any]:
    return {"kind": "value", "is": str(number)}


def test_a_dialogue_is_right_if_all_judged_turns_are_and_says_why_not() -> None:
    item = dialogue({"slots": [value(24)]}, {}, {"slots": [value(26)], "clarification": [{"kind": "asks_not"}]})
    assert judge(item, "24", "", "26").metrics == {"dialogue": 1, "turns": 1}
    score = judge(item, "24", "what?", "24")
    assert score.metrics == {"dialogue": 0, "turns": 0.5}
    assert [(check.name, check.passed, check.reason) for check in score.checks] == [
        ("turn 1 slots", True, "turn 1: says 24"),
        ("turn 3 slots", False, "turn 3: says 24, it is 26"),
        ("turn 3 clarification", True, "turn 3: does not ask back"),
    ]


@pytest.mark.parametrize("empty", ["", " \n", "<think>26</think>", "<think>26"])
def test_an_empty_turn_keeps_no_rule(empty: str) -> None:
    item = dialogue({"clarification": [{"kind": "asks_not"}]}, {"matching": [{"kind": "exclude", "any": ["24"]}]})
    score = judge(item, empty, empty)
    assert score.metrics == {"dialogue": 0, "turns": 0}
    assert score.checks[1].reason == "turn 2: the response is empty"


def test_figures_by_ability_are_shares_of_the_turns_that_are_judged_for_it() -> None:
    first = dialogue({"slots": [value(1), value(1)]}, {"intent": [value(2)]})
    second = dialogue({"slots": [value(1)]}, {"slots": [value(2)]})
    judged = [(item, Answer(()), judge(item, *texts)) for item, texts in ((first, ("5", "2")), (second, ("1", "2")))]
    figures = SCORER.corpus_figures(judged)
    assert {name: (round(figure.value or 0, 4), figure.n) for name, figure in figures.items()} == {"intent": (1, 1), "slots": (0.6667, 3)}
    assert SCORER.corpus_figures([]) == {}


# What it asks for.


def test_each_later_turn_is_asked_with_the_models_own_answers() -> None:
    item = dialogue({}, {}, {"slots": [value(3)]})
    first = SCORER.score(item, Answer((Response("0", "<think>hm</think>one"),)))
    assert first == FollowUp(({"role": "assistant", "content": "one"}, {"role": "user", "content": "message 2"}), continues=True)
    second = SCORER.score(item, Answer((Response("0", "one"), Response("1", "two"))))
    assert isinstance(second, FollowUp)
    assert [message["content"] for message in second.messages] == ["one", "message 2", "two", "message 3"]
    assert [message["role"] for message in second.messages] == ["assistant", "user"] * 2
    assert isinstance(SCORER.score(item, Answer(tuple(Response(str(n), "3") for n in range(3)))), Score)


# Targets.


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        ([], "at least 1 item"),
        ([{"slots": [value(1)]}], "turns has 1 entries, but the user speaks 2 times"),
        ([{"slots": [value(1)]}] * 3, "turns has 3 entries, but the user speaks 2 times"),
        ([{}, {}], "none has a rule"),
        ([{"slots": []}, {"intent": []}], "none has a rule"),
        ([{"slots": [{"kind": "magic"}]}, {}], "magic"),
        ([{"slots": [{"is": "26"}]}, {}], "kind"),
        ([{"mood": [value(1)]}, {}], "mood"),
        ([{"slots": [{"kind": "value", "is": "warm"}]}, {}], "'warm' is not one quantity"),
        ([{"slots": [{"kind": "value", "is": "24 and 26"}]}, {}], "is not one quantity"),
        ([{"slots": [{"kind": "value", "is": "26", "allow": ["none"]}]}, {}], "'none' is not one quantity"),
        ([{"slots": [{"kind": "names", "is": []}]}, {}], "at least 1 item"),
        ([{"slots": [{"kind": "names", "is": [" "]}]}, {}], "empty phrase"),
        ([{"clarification": [{"kind": "asks"}]}, {}], "about"),
        ([{"clarification": [{"kind": "asks_not", "about": ["x"]}]}, {}], "about"),
    ],
)
def test_a_malformed_target_is_refused(turns: list[dict[str, Any]], message: str) -> None:
    item = dialogue({}, {}).model_copy(update={"target": {"turns": turns}})
    with pytest.raises((ValueError, ValidationError), match=message):
        SCORER.check_target(item)
