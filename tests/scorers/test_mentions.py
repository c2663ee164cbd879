"""Whether a response says that something is there, that it is not, or neither."""

import pytest

from harness.knowledge import Knowledge
from harness.scorers.mentions import affirmed, mentions_of, read

TABLE = Knowledge.model_validate(
    {
        "subject": ["X5"],
        "facts": [
            {"id": "seat.massage", "kind": "feature", "has": False, "zh": ["座椅按摩", "按摩"], "en": ["seat massage", "massage"]},
            {"id": "seat.heating", "kind": "feature", "has": True, "zh": ["座椅加热"], "en": ["seat heating", "heated seats"]},
            {"id": "seat.vent", "kind": "feature", "has": True, "zh": ["前排…通风"], "en": ["front seats…ventilated"]},
        ],
        "absent": [["香氛", "fragrance"]],
    }
)


def polarity(text: str, *names: str) -> list[bool | None]:
    lines = read(text, TABLE)
    return [
        affirmed(lines, number, mention) for number, mention in mentions_of(lines, names or ("座椅按摩", "按摩", "seat massage", "massage"))
    ]


@pytest.mark.parametrize(
    "text",
    [
        "这款车有座椅按摩。",
        "座椅按摩已打开。",
        "支持座椅按摩",
        "座椅功能：加热、按摩",
        "座椅按摩位于中控屏第二页。",
        "不但有加热，还有座椅按摩",
        "没问题，座椅按摩已开启。",
        "It has a massage function.",
        "Massage is available.",
        "Press the button to start the massage.",
        "It comes with seat massage.",
        "Not only heating but also massage.",
        "The seats have massage, not heating.",
        "The massage works well, but it is not strong.",
    ],
)
def test_it_is_there(text: str) -> None:
    assert polarity(text) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "这款车没有座椅按摩。",
        "不支持座椅按摩。",
        "座椅按摩：无",
        "座椅按摩并不配备。",
        "关于座椅按摩，这款车没有。",
        "座椅按摩？没有。",
        "有加热但没有座椅按摩",
        "座椅按摩功能，凌云X5未配备。",
        "无法打开座椅按摩。",
        "取消了座椅按摩。",
        "这款车未提供座椅按摩。",
        "There is no massage.",
        "It does not have massage.",
        "Massage is not available.",
        "It comes without massage.",
        "It has heated seats but no massage.",
        "As for massage, the car has none, no.",
        "Massage isn't offered.",
        "The seats lack massage.",
        "heating instead of massage",
    ],
)
def test_it_is_not_there(text: str) -> None:
    assert polarity(text) == [False]


@pytest.mark.parametrize(
    "text",
    [
        "表里没有提到座椅按摩。",
        "不确定是否有座椅按摩。",
        "有没有座椅按摩",
        "The list does not mention massage.",
        "It is not stated whether it has massage.",
        "座椅按摩，手册没有说明。",
    ],
)
def test_it_is_left_open(text: str) -> None:
    assert polarity(text) == [None]


def test_each_thing_has_its_own_verdict() -> None:
    assert polarity("座椅加热有，座椅按摩没有", "座椅加热", "座椅按摩") == [True, False]
    assert polarity("It has heated seats but no massage.", "heated seats", "massage") == [True, False]


def test_the_longest_name_is_found_and_names_stand_on_boundaries() -> None:
    assert [mention.name for _, mention in mentions_of(read("seat massage", TABLE), ["massage"])] == []
    assert polarity("massages", "massage") == []
    assert polarity("香氛系统很好闻", "香氛") == [True]


def test_an_open_name_takes_a_few_words_between() -> None:
    assert polarity("前排有座椅通风", "前排…通风") == [True]
    assert polarity("前排没有座椅通风", "前排…通风") == [False]
    assert polarity("前排宽敞，后排通风", "前排…通风") == []
    assert polarity("The front seats are ventilated.", "front seats…ventilated") == [True]
