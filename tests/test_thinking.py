"""A thinking model's thoughts are taken out before anything is judged, in one place for all scorers; the stored response keeps them."""

import pytest

from harness.item import Item
from harness.records import Answer, Response, Score
from harness.scorers import load_scorer
from harness.thinking import strip_thinking
from tests.conftest import item_line


@pytest.mark.parametrize(
    ("response", "answer", "ended"),
    [
        ("4", "4", True),
        ("a < b", "a < b", True),
        ("<think>2 and 2</think>4", "4", True),
        ("<THINK>\n2\n</Think>\n4", "\n4", True),
        ("<thinking>2</thinking>4", "4", True),
        ("<think>a</think>4<think>b</think>5", "45", True),
        ("the template opened it</think>4", "4", True),
        ("<think>a</think>b</think>4", "4", True),
        ("x <think>a</think>b</think>4", "4", True),
        ("<think>outer <think>inner</think> rest</think>4", "4", True),
        ("<think>2 and", "", False),
        ("4 <think>or 5", "4 ", False),
        ("<think>a</think>4<think>b", "4", False),
        ("```\n<think>a</think>\nx = 4\n```", "```\n\nx = 4\n```", True),
        ("", "", True),
    ],
)
def test_thoughts_go_and_an_unended_thought_is_told(response: str, answer: str, ended: bool) -> None:
    assert strip_thinking(response) == (answer, ended)


@pytest.mark.parametrize("text", ["<think>", "</think>", "<think></think>", "<thin", "<think>a</think>b<think>"])
def test_a_long_response_full_of_tags_takes_no_longer_than_any_other(text: str) -> None:
    assert strip_thinking(text * 200_000) is not None  # Were the time quadratic, this would outlast the test's limit by far.


def test_an_answer_shows_scorers_no_thoughts_and_keeps_them() -> None:
    answer = Answer((Response("a", "<think>5?</think>4"), Response("b", "<think>hm</think>yes")))
    assert (answer.text, answer.raw, answer.texts) == ("4", "<think>5?</think>4", ("4", "yes"))
    assert answer.turns[0].text == "<think>5?</think>4"
    assert not answer.truncated


@pytest.mark.parametrize(
    ("response", "truncated"),
    [
        (Response("a", "4"), False),
        (Response("a", "4", finish="length"), True),
        (Response("a", "<think>4", finish="stop"), True),
        (Response("a", "<think>4</think>4"), False),
    ],
)
def test_thoughts_that_were_not_ended_count_as_truncated(response: Response, truncated: bool) -> None:
    assert Answer((response,)).truncated is truncated


TARGETS = {
    "exact": ({"answers": ["4"], "match": "number"}, "4", "correct"),
    "constraints": ({"constraints": [{"kind": "words", "max": 2}]}, "Four.", "prompt_strict"),
    "abstention": ({"answers": ["Paris"], "abstain": False}, "Paris.", "truthful"),
    "ifeval": ({"instructions": [{"id": "punctuation:no_comma"}]}, "Four.", "prompt_strict"),
}


@pytest.mark.parametrize("scorer", TARGETS)
def test_every_scorer_judges_the_answer_without_thoughts(scorer: str) -> None:
    target, text, metric = TARGETS[scorer]
    item = Item.model_validate(item_line("q", scorer=scorer, target=target))
    thought = "<think>It is unknown, or 5, or, well, something else altogether.</think>"
    right = load_scorer(scorer).score(item, Answer((Response("a", thought + text),)))
    unended = load_scorer(scorer).score(item, Answer((Response("a", thought.removesuffix("</think>") + text),)))
    assert isinstance(right, Score)
    assert isinstance(unended, Score)
    assert (right.metrics[metric], unended.metrics[metric]) == (1.0, 0.0)
