"""Short answers: the last number, a phrase, or the whole response."""

import pytest

from harness.item import Item
from harness.records import Score
from harness.scorers.exact import ExactScorer
from harness.suite_check import example_answer
from tests.conftest import item_line


def judge(response: str, match: str, *answers: str) -> Score:
    item = Item.model_validate(item_line("a", target={"answers": answers, "match": match}))
    return ExactScorer().score(item, example_answer(item, response))


@pytest.mark.parametrize(
    ("response", "match", "answers", "right"),
    [
        ("2 + 2 = 4", "number", ["4"], True),
        ("It is 4, not 5", "number", ["4"], False),
        ("一共是１，２５０．５０元", "number", ["1250.5"], True),
        ("4.0", "number", ["4"], True),
        ("1250.5 km", "number", ["１,250.50"], True),
        ("-4", "number", ["4"], False),
        ("44", "number", ["4"], False),
        ("four", "number", ["4"], False),
        ("It is 7", "number", ["6", "7"], True),
        ("The capital is Paris.", "contains", ["paris"], True),
        ("Parisian life", "contains", ["paris"], False),
        ("首都是北京。", "contains", ["北京", "Beijing"], True),
        ("首都是上海。", "contains", ["北京", "Beijing"], False),
        ("The Paris!", "equals", ["paris"], True),
        ("The capital is Paris", "equals", ["paris"], False),
        ("“北京”。", "equals", ["北京"], True),
        ("北京市", "equals", ["北京"], False),
        ("C++.", "equals", ["C"], False),
        ("C++.", "equals", ["c++"], True),
        ("-5", "equals", ["5"], False),
        ("1,000", "equals", ["1000"], True),
        ("The floor is 25 m2.", "number", ["25"], True),
        ("about 1e5 cells", "number", ["100,000"], True),
        ("50 %", "number", ["50%"], True),
    ],
)
def test_an_answer_is_judged_by_the_way_of_matching(response: str, match: str, answers: list[str], right: bool) -> None:
    score = judge(response, match, *answers)
    assert score.metrics == {"correct": float(right)}
    assert [check.passed for check in score.checks] == [right]


def test_the_reason_says_what_was_found_and_what_was_accepted() -> None:
    assert judge("It is 5", "number", "4", "four").checks[0].reason == "last number is 5; accepted: 4 | four"


@pytest.mark.parametrize(
    ("match", "answer"),
    [
        ("number", "4"),
        ("contains", "Paris"),
        ("equals", "Paris"),
        ("equals", "A"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("response", ["", " \n", "..."])
def test_an_empty_response_is_never_right(match: str, answer: str, response: str) -> None:
    assert judge(response, match, answer).metrics == {"correct": 0.0}


@pytest.mark.parametrize("target", [{"answers": [], "match": "number"}, {"answers": ["4"], "match": "guess"}, {"answers": ["4"]}, {}])
def test_a_target_of_another_form_is_refused(target: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="ExactTarget"):
        ExactScorer().check_target(Item.model_validate(item_line("a", target=target)))
