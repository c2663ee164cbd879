"""Single kinds of constraints, beyond the table of cases."""

from typing import Any

import pytest

from tests.scorers.constraint_cases import CASES, judge, strict


def test_bounds_are_included() -> None:
    assert [strict("one two", kind="words", min=low, max=high) for low, high in ((2, 2), (3, 9), (0, 1))] == [True, False, False]


@pytest.mark.parametrize("text", ["0. one\n1. two", "2. two\n3. three", "1. one\n3. three\n2. two"])
def test_numbering_counts_up_from_one_without_a_gap(text: str) -> None:
    assert not strict(text, kind="numbered", min=1)


def test_one_of_several_texts_is_enough_but_none_is_not() -> None:
    assert strict("哪个座位？", kind="include", any=["which seat", "哪个座位"])
    assert not strict("好的，已打开。", kind="include", any=["which seat", "哪个座位"])


def test_a_decimal_at_the_margin_is_not_a_numbered_line() -> None:
    assert strict("1. tyres\n2.5 bar is right", kind="numbered", min=1, max=1)


def test_a_lone_dash_is_not_a_bullet_point() -> None:
    assert strict("-\n\nHello", kind="bullets", max=0)


@pytest.mark.parametrize("text", ['{"on": true} ok', '[{"on": true}]', "{'on': True}", "true", '```json\n{"on": true}\n```', "[" * 100_000])
def test_anything_but_one_json_object_fails(text: str) -> None:
    assert not strict(text, kind="json", keys=["on"])


def test_numbers_that_json_does_not_have_fail() -> None:
    assert not strict('{"on": NaN}', kind="json", keys=["on"])


def test_an_endless_number_in_json_does_not_stop_the_scorer() -> None:
    assert not strict('{"on": ' + "9" * 5000 + "}", kind="json", values={"on": 1})


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        ("true", True, True),
        ("1", True, False),
        ("true", 1, False),
        ("0", False, False),
        ("24", 24.0, True),
        ('"24"', 24, False),
        ("null", None, True),
        ('{"b": 1, "a": [true]}', {"a": [True], "b": 1}, True),
        ('{"a": [1]}', {"a": [True]}, False),
        ("[1, 2]", [2, 1], False),
        ('"Off"', "off", False),
        ("[24.0]", [24], True),
    ],
)  # fmt: skip
def test_json_values_are_compared_as_json(found: str, wanted: Any, same: bool) -> None:
    assert strict(f'{{"key": {found}}}', kind="json", values={"key": wanted}) is same


def test_text_without_letters_that_have_case_is_in_neither_case() -> None:
    assert not strict("24 度", kind="case", case="upper")
    assert not strict("24 度", kind="case", case="lower")


@pytest.mark.parametrize("text", ["| a | b |\n| 1 | 2 |", "a\n---\nb", "| a | b |", "no table | at all"])
def test_a_table_needs_a_header_and_a_line_of_dashes(text: str) -> None:
    assert not strict(text, kind="table")


def test_a_table_needs_rows() -> None:
    assert not strict("| a | b |\n| - | - |", kind="table")


def test_every_failed_check_says_what_is_wrong() -> None:
    reasons = [judge(misses, constraint).checks[0].reason for constraint, _, misses in CASES]
    assert reasons[0] == "constraint 1: 5 words, at most 4 allowed"
    assert reasons[16] == "constraint 1: '24' is missing"
    assert reasons[27] == "constraint 1: key '档位' was not asked for"
    assert all(reason.startswith("constraint 1: ") for reason in reasons)


@pytest.mark.parametrize(
    ("mark", "meets", "misses"),
    [
        ("一、", "一、甲\n二、乙", "1、甲\n2、乙"),
        ("（一）", "（一）甲\n(二) 乙", "一、甲\n二、乙"),
        ("（1）", "(1)甲\n（2） 乙", "1. 甲\n2. 乙"),
        ("①", "① 甲\n  ②乙", "1 甲\n2 乙"),
        ("第一，", "第一，甲\n第二,乙", "第一甲\n第二乙"),
        ("1.", "**1. x**\n1.5 bar\n2．y", "1、甲\n2、乙"),
        ("Step 1:", "### Step 1: x\nStep 2：y", "Step 1 x\nStep 2 y"),
    ],
)
def test_numbering_has_the_mark_that_was_asked_for(mark: str, meets: str, misses: str) -> None:
    assert strict(meets, kind="numbered", mark=mark, min=2, max=2)
    assert not strict(misses, kind="numbered", mark=mark, min=2, max=2)


def test_a_mark_in_the_middle_of_a_line_numbers_nothing() -> None:
    assert strict("其一、其二、", kind="numbered", mark="一、", max=0)


@pytest.mark.parametrize("text", ["One.\n\nNow, But", "But\nnow", "One.\n\nbut"])
def test_a_paragraph_begins_with_the_very_text(text: str) -> None:
    assert not strict(text, kind="paragraph", number=2, starts_with="But")


@pytest.mark.parametrize("text", ["See <<Fresh air>> now", "<< >>\nText", "<<Fresh\nair>>", "<<a>> <<b>>"])
def test_a_title_is_the_whole_first_line(text: str) -> None:
    assert not strict(text, kind="title")


def test_chinese_numbering_counts_beyond_ten_without_a_gap() -> None:
    numerals = [*"一二三四五六七八九十", *(f"十{ones}" for ones in "一二三四五六七八九"), "二十", "二十一"]
    assert strict("\n".join(f"{numeral}、甲" for numeral in numerals), kind="numbered", mark="一、", min=21, max=21)
    assert not strict("\n".join(f"{numeral}、甲" for numeral in numerals if numeral != "十二"), kind="numbered", mark="一、", min=1)
    assert not strict("一、甲\n二三、乙", kind="numbered", mark="一、", min=1)


def test_a_key_that_stands_twice_in_json_is_a_fault() -> None:
    check = judge('{"on": true, "on": false}', {"kind": "json", "keys": ["on"]}).checks[0]
    assert not check.passed
    assert check.reason == "constraint 1: not JSON: key 'on' stands twice"
    assert not strict('{"a": {"x": 1, "x": 1}}', kind="json", keys=["a"])


def test_an_escaped_bar_divides_no_cells() -> None:
    assert strict("| a | b |\n| - | - |\n| 1 \\| 2 | 3 |", kind="table", columns=2, rows=1)


@pytest.mark.parametrize("text", ["请给我后面的东西，他们干了什么面条，皇后。", "珮璟和玥玥瞭望"])
def test_characters_of_both_scripts_are_in_either(text: str) -> None:
    assert strict("后面皇后，着手", kind="script", script="traditional")
    assert strict(text, kind="script", script="simplified")


def test_a_response_without_chinese_is_in_neither_script() -> None:
    assert not strict("The fan is on.", kind="script", script="simplified")


@pytest.mark.parametrize(
    "line", ["## 概述", "**概述**", "【概述】", "概述：", "1.2 概述", "（二）概述", "第2章 概述", "### **三、概述：**", "概述"]
)
def test_a_heading_is_recognised_in_its_usual_forms(line: str) -> None:
    assert strict(f"前言\n{line}\n正文", kind="headings", titles=["概述"])


@pytest.mark.parametrize("line", ["概述如下", "本文概述", "# 概述与目标", "正文：概述"])
def test_a_line_that_says_more_is_another_heading(line: str) -> None:
    assert not strict(line, kind="headings", titles=["概述"])


def test_headings_say_what_is_missing_and_what_comes_too_early() -> None:
    constraint = {"kind": "headings", "titles": ["Aims", "Costs"]}
    assert judge("# Aims", constraint).checks[0].reason == "constraint 1: no heading 'Costs'"
    assert judge("# Costs\n# Aims", constraint).checks[0].reason == "constraint 1: the heading 'Costs' stands too early"
    assert judge("# Costs\n# Aims\n# Costs", constraint).checks[0].passed
    assert not strict("# Aims\n## Costs", kind="headings", titles=["Aims", "Costs"], level=2)


@pytest.mark.parametrize("text", ["P.S. Drive safely.", "Set.\n\nP.S.\n", "P.S. a\n\nb", "Set. P.S. Drive safely."])
def test_a_postscript_stands_at_the_end_with_text_before_and_in_it(text: str) -> None:
    assert not strict(text, kind="postscript", marker="P.S.")


def test_asterisks_beside_white_space_highlight_nothing() -> None:
    assert strict("** x** and **x ** and 3 * 4 * 5", kind="highlighted", max=0)


def test_a_word_is_repeated_exactly_as_often_as_asked() -> None:
    assert [strict("turbo " * n, kind="frequency", text="turbo", min=3, max=3) for n in (2, 3, 4)] == [False, True, False]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "OK",
        "Fan is on at level 3 now.",
        "I'm fine, just tired, you?",
        "AC on, windows closed, drive safely!",
        "WINDOW OPEN. SUNROOF OPEN. ENGINE OFF. HEATING OFF. RADIO ON. VOLUME LOW. SEAT BELTS FASTENED. DOORS LOCKED. LIGHTS DIMMED. "
        "NAVIGATION RUNNING TOWARDS HOME.",
    ],
)
def test_short_or_shouted_english_is_english(text: str) -> None:
    assert strict(text, kind="language", lang="en")


def test_chinese_is_not_counted_in_words_between_spaces() -> None:
    text = "请把空调温度调到二十四度，再打开座椅加热"
    assert not strict(text, kind="words", min=1)
    assert strict(text, kind="hanzi", min=19, max=19)
