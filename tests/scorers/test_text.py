"""Counting and comparing text, in both languages."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.scorers import text as counting


def test_only_chinese_characters_count_as_hanzi() -> None:
    assert counting.count_hanzi("把AC调到24度，谢谢！") == 6
    assert counting.count_hanzi("𠀀㐀豈") == 3
    assert counting.count_hanzi("カタカナ 한글 ，。") == 0


def test_characters_are_all_but_white_space() -> None:
    assert counting.count_characters(" a b\u3000温\n度。\t") == 5


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Don't open it.", 3),
        ("don’t", 1),
        ("the in-car system", 3),
        ("3.5 litres, 1,250 km", 4),
        ("打开 Apple CarPlay 吧", 2),
        ("打开空调", 0),
        ("café naïve", 2),
        ("well... yes - no", 3),
        ("5 × 3", 2),
        ("tiếng Việt", 2),
    ],
)
def test_words_are_counted_as_a_reader_would(text: str, number: int) -> None:
    assert len(counting.words(text)) == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes. No! Why?", ["Yes.", "No!", "Why?"]),
        ("It needs 3.5 bar, e.g.x or so.", ["It needs 3.5 bar, e.g.x or so."]),
        ("空调已打开。温度是24.5度！好吗？", ["空调已打开。", "温度是24.5度！", "好吗？"]),
        ("真的！？嗯……好", ["真的！？", "嗯……", "好"]),
        ("他说：“走吧。”然后走了。", ["他说：“走吧。”", "然后走了。"]),
        ('He said "Go." Then he left.', ['He said "Go."', "Then he left."]),
        ("one line\nanother", ["one line", "another"]),
        ("No end", ["No end"]),
        ("Wait... !!! ---", ["Wait..."]),
        ("", []),
        ("**Done.** The window is shut.", ["**Done.**", "The window is shut."]),
        ("1. Open it. Then go.\n2. Stop.", ["Open it.", "Then go.", "Stop."]),
        ("- **1. Tyres** are low.\nA. Paris\n---", ["Tyres** are low.", "Paris"]),
        ("1. 打开空调。\n2. 关窗", ["打开空调。", "关窗"]),
        ("Dr. Ho of the U.S. Navy came at 5 p.m. and left.", ["Dr. Ho of the U.S. Navy came at 5 p.m. and left."]),
        ("Use fuel, e.g. diesel, i.e. not petrol. See No. 5.", ["Use fuel, e.g. diesel, i.e. not petrol.", "See No. 5."]),
        ("The answer is no. Then go.", ["The answer is no.", "Then go."]),
        ("Well... yes.", ["Well... yes."]),
        ("空调已打开. 温度24度.", ["空调已打开.", "温度24度."]),
        ("他说：“走！”（笑）然后走了？", ["他说：“走！”", "（笑）然后走了？"]),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert counting.sentences(text) == expected


def test_paragraphs_are_separated_by_blank_lines_only() -> None:
    assert counting.paragraphs("\n\na\nb\n \t\n\nc\r\n\r\nd\n") == ["a\nb", "c", "d"]
    assert counting.paragraphs(" \n ") == []


def test_folding_evens_out_case_width_ligatures_and_apostrophes() -> None:
    assert counting.fold("ＡＣ２４ ﬁn DON’T Straße") == "ac24 fin don't strasse"


def test_normalised_answers_differ_only_in_content() -> None:
    assert counting.normalise("The  Capital, is: PARIS!") == counting.normalise("capital is paris")
    assert counting.normalise("ＡＣ，打开。") == counting.normalise("ac 打开")
    assert counting.normalise("anthem theatre") == "anthem theatre"
    assert counting.normalise("Paris") != counting.normalise("London")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C++", "C"), ("C#", "C"), ("-5", "5"), ("−5", "5"), ("3.5", "35"), ("3.5", "3 5"), ("A+", "A"), ("O-", "O"), ("A+", "A-"),
        ("5%", "5"), ("x > 5", "x < 5"), ("≥5", "5"), ("vitamin A", "vitamin"), ("-.5", ".5"), ("18+", "18"),
    ],
)  # fmt: skip
def test_signs_that_make_another_answer_of_it_stay(one: str, other: str) -> None:
    assert counting.normalise(one) != counting.normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C++.", "c++"), ("- 5", "5"), ("“-5”", "-5"), ("1,000", "1000"), ("5 %", "5"), ("x>5", "x > 5"), ("well-known", "well known"),
        ("the A", "A"), ("A", "a."), ("－5", "−5"), ("It is 3.5.", "it is 3.5"), ("1,2", "1, 2"), ("Yes - no", "yes no"), ("５％", "5%"),
    ],
)  # fmt: skip
def test_signs_that_say_nothing_go(one: str, other: str) -> None:
    assert counting.normalise(one) == counting.normalise(other)


@pytest.mark.parametrize(
    ("text", "phrase", "times"),
    [
        ("Turn on the AC, then the ac fan", "ac", 2),
        ("The vacation", "ac", 0),
        ("max speed", "MAX  SPEED", 1),
        ("max\nspeed", "max speed", 1),
        ("maximum speed", "max", 0),
        ("max_speed", "speed", 1),
        ("set 24.", "24", 1),
        ("24", "24", 1),
        ("124", "24", 0),
        ("248", "24", 0),
        ("24.5", "24", 0),
        ("3.24", "24", 0),
        ("1,024", "24", 0),
        ("24,500", "24", 0),
        ("24, 25 and 24", "24", 2),
        ("把温度调到 24 度", "24度", 1),
        ("把温度调到24度", "24 度", 1),
        ("２４度", "24", 1),
        ("请打开**导**航", "导航", 1),
        ("导 航", "导航", 1),
        ("打开空调，再关空调", "空调", 2),
        ("共二十二个", "十二", 0),
        ("共十二个", "十二", 1),
        ("第十二十三", "十二", 0),
        ("周一一早出发", "周一", 1),
        ("don’t do it", "don't", 1),
        ("先是24，25也行", "24", 1),
        ("a café", "caf", 0),
        ("售价5万元", "5", 0),
    ],
)  # fmt: skip
def test_a_phrase_is_counted_where_it_stands_on_its_own(text: str, phrase: str, times: int) -> None:
    assert counting.count_phrase(text, phrase) == times
    assert counting.contains_phrase(text, phrase) is (times > 0)


@pytest.mark.parametrize("phrase", ["", "  ", "**"])
def test_an_empty_phrase_cannot_be_looked_for(phrase: str) -> None:
    with pytest.raises(ValueError, match="empty phrase"):
        counting.count_phrase("anything", phrase)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("It is 1,250.50 km", "1250.5"),
        ("first 3, then 4.", "4"),
        ("no digits", None),
        ("温度是２４度", "24"),
        ("x=-3", "-3"),
        ("5-3", "3"),
        ("温度是-3度", "-3"),
        ("(−7)", "-7"),
        ("2-1 = 1", "1"),
        ("3.0", "3"),
        ("007", "7"),
        ("-0", "0"),
        ("$1,234,567.00", "1234567"),
        ("1.2.3", "1.2"),
        ("12:30", "30"),
        ("The area is 25 m²", "25"),
        ("从25加到50，125是答案", "125"),
        ("in 1999,2000", "2000"),
        ("about .5 km", "0.5"),
        ("25 m2", "25"),
        ("an area of 25 km2 and 3 m3.", "3"),
        ("44 g of CO2", "44"),
        ("x1 = 3", "3"),
        ("24 L of AdBlue v2.5", "24"),
        ("seat B12", "12"),
        ("3 tyres cost RMB500", "500"),
        ("温度T1是25度", "25"),
        ("1e5", "100000"),
        ("2.5E-3 m", "0.0025"),
        ("-1.5e+2", "-150"),
        ("3e", "3"),
        ("3 × 10^5 km", "300000"),
        ("3.2×10⁴", "32000"),
        ("10^-2", "0.01"),
        ("10 m²", "10"),
        ("in 2010²", "2010"),
        ("1920x1080", "1080"),
        ("50%", "50"),
        ("12.5 percent", "12.5"),
        ("1\u202f250 km", "1250"),
        ("2\u00a0025\u00a0000", "2025000"),
        ("１，２５０", "1250"),
        ("1e999999", "1e999999"),
    ],
)  # fmt: skip
def test_the_last_number_is_found_in_its_plain_form(text: str, number: str | None) -> None:
    assert counting.last_number(text) == number


@settings(derandomize=True, deadline=None)
@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3))
def test_every_way_to_write_a_number_has_the_same_plain_form(value: Decimal) -> None:
    plain = counting.canonical_number(f"{value:f}")
    assert Decimal(plain) == value
    assert counting.canonical_number(plain) == plain
    assert counting.last_number(f"so the answer is {value:,f} km.") == plain
    assert counting.last_number(f"答案是{value:f}。") == plain


@pytest.mark.timeout(30)
@pytest.mark.parametrize("unit", ["9", "1,", "9.", "e1", "10^", "a", " ", "-", "\u00a0"])
def test_an_endless_response_does_not_stop_the_search_for_numbers(unit: str) -> None:
    counting.last_number("x " + unit * 20_000 + " x")
    counting.normalise("x " + unit * 20_000 + " x")
