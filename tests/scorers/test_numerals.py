"""Numbers in words."""

import re

import pytest

from harness.scorers.numerals import EN_NUMBER, ZH_NUMBER, chinese_value, english_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("零", 0),
        ("一", 1),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("二十八", 28),
        ("一百", 100),
        ("一百二", 120),
        ("一百零五", 105),
        ("一百一十", 110),
        ("两百", 200),
        ("两千五", 2500),
        ("一千五百", 1500),
        ("一千零五", 1005),
        ("一千零五十", 1050),
        ("一万六", 16000),
        ("十六万", 160000),
        ("一千四百八十", 1480),
        ("三百二十万", 3200000),
        ("一亿二", 120000000),
        ("二〇二三", 2023),
        ("两点五", 2.5),
        ("零点八", 0.8),
        ("三四十", None),
        ("五六百", None),
        ("二三", None),
    ],
)
def test_chinese_numbers_have_their_values(text: str, value: float | None) -> None:
    assert chinese_value(text) == value
    assert re.fullmatch(ZH_NUMBER, text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("zero", 0),
        ("seven", 7),
        ("nineteen", 19),
        ("twenty-eight", 28),
        ("ninety", 90),
        ("one hundred five", 105),
        ("a hundred", 100),
        ("two hundred and ten", 210),
        ("fifteen hundred", 1500),
        ("one thousand five hundred", 1500),
        ("a hundred and sixty thousand", 160000),
        ("one million", 1000000),
        ("zero point five", 0.5),
        ("three point one four", 3.14),
        ("one and a half", 1.5),
        ("twenty thirty", None),
        ("ten two", None),
    ],
)
def test_english_numbers_have_their_values(text: str, value: float | None) -> None:
    assert english_value(text) == value
    assert re.fullmatch(EN_NUMBER, text)


def test_and_joins_only_behind_hundred_and_thousand() -> None:
    assert re.findall(EN_NUMBER, "between sixteen and thirty-two, or two hundred and ten") == [
        "sixteen",
        "thirty-two",
        "two hundred and ten",
    ]


def test_a_thousand_before_a_unit_belongs_to_the_unit() -> None:
    assert re.findall(ZH_NUMBER, "八十二千瓦时，七千克，一千五百公斤") == ["八十二", "七", "一千五百"]
