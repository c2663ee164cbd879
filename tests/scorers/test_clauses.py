"""Where sentences and clauses end."""

import pytest

from harness.scorers.clauses import split_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("抱歉，最高32℃，无法设到38℃。谢谢", [["抱歉", "最高32°c", "无法设到38°c。"], ["谢谢"]]),
        ("It is 1,500 kg, not 1,200 kg.", [["it is 1,500 kg", "not 1,200 kg."]]),
        ("It takes approx. 5 h. Not stated.", [["it takes approx. 5 h."], ["not stated."]]),
        ("It works, but it is weak", [["it works", "but it is weak"]]),
        ("有加热但没有按摩", [["有加热", "但没有按摩"]]),
        ("不但有加热而且有通风", [["不但有加热而且有通风"]]),
        ("是82而不是95", [["是82", "而不是95"]]),
        ("这一点不得而知", [["这一点不得而知"]]),
        ("It has heating but no massage", [["it has heating", "but no massage"]]),
        ("heating and no massage", [["heating and", "no massage"]]),
        ("经济、舒适和运动", [["经济、舒适和运动"]]),
        ("1. 有加热\n- 5 km\n2、通风", [["有加热"], ["5 km"], ["通风"]]),
        ("3.6 版", [["3.6版"]]),
        ("Note: 5 km", [["note: 5 km"]]),
        ("好！真的吗？…", [["好!"], ["真的吗?"]]),
        ("。。", []),
        ("", []),
    ],
)
def test_sentences_and_clauses(text: str, expected: list[list[str]]) -> None:
    assert [sentence.clauses for sentence in split_sentences(text)] == expected


def test_a_clause_is_found_by_position() -> None:
    (sentence,) = split_sentences("it is 5 km, not 6 km")
    start, end = sentence.clause_at(sentence.text.index("6"))
    assert sentence.text[start:end] == " not 6 km"
    assert sentence.clause_at(0) == (0, 11)


def test_a_comma_before_but_makes_no_empty_clause() -> None:
    (sentence,) = split_sentences("it works, but it is weak")
    assert sentence.starts == (0, 9)
