"""Constraints that can be verified: each kind in both languages, strict against loose, and empty responses."""

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.records import Score
from harness.scorers.constraints import AnyConstraint, ConstraintsScorer
from harness.suite import Item
from harness.suite_check import example_answer
from tests.conftest import item_line

TABLE_EN = "| name | price |\n| --- | ---: |\n| tea | 2 |\n| milk | 1 |"
TABLE_ZH = "座椅 | 档位\n:-- | --\n主驾 | 3\n副驾 | 2"

CASES: list[tuple[dict[str, Any], str, str]] = [
    # (constraint, a response that meets it, one that misses it); for each kind first English, then Chinese.
    ({"kind": "words", "min": 3, "max": 4}, "The fan is on.", "The fan is now on."),
    ({"kind": "words", "min": 2}, "已打开 Apple CarPlay。", "已打开 CarPlay。"),
    ({"kind": "hanzi", "max": 0}, "The AC (24) is on.", "The AC 空调 is on."),
    ({"kind": "hanzi", "min": 5, "max": 6}, "空调已打开，OK！", "空调开，OK！"),
    ({"kind": "characters", "max": 5}, "a b\nc d.", "a b\nc d e."),
    ({"kind": "characters", "min": 6, "max": 6}, "空调 已打开。", "空调已打开"),
    ({"kind": "sentences", "min": 2, "max": 2}, "It is 3.5 bar. Fine!", "It is 3.5 bar, fine!"),
    ({"kind": "sentences", "max": 1}, "空调已打开，温度24.5度。", "空调已打开。温度24.5度。"),
    ({"kind": "paragraphs", "min": 2, "max": 2}, "One.\nStill one.\n\nTwo.", "One.\nStill one.\nTwo."),
    ({"kind": "paragraphs", "min": 1, "max": 1}, "第一段。\n还是第一段。", "第一段。\n\n第二段。"),
    ({"kind": "lines", "min": 2, "max": 2}, "one\n\ntwo\n", "one two"),
    ({"kind": "lines", "max": 2}, "第一行\n第二行", "第一行\n第二行\n第三行"),
    ({"kind": "bullets", "min": 2, "max": 2}, "Tips:\n- one\n* two", "- one\n-two"),
    ({"kind": "bullets", "min": 3}, "- 一\n• 二\n  - 三", "1. 一\n2. 二\n3. 三"),
    ({"kind": "numbered", "min": 3, "max": 3}, "1. one\n2) two\n(3) three", "1. one\n2. two\n4. three"),
    ({"kind": "numbered", "min": 2}, "步骤：\n1、开门\n2）上车", "1、开门\n1、上车"),
    ({"kind": "include", "all": ["fan", "24"], "any": ["on", "off"]}, "Fan is ON at 24.", "Fan is on at 24.5."),
    ({"kind": "include", "all": ["右后轮"]}, "右 后轮胎压低。", "后轮胎压低。"),
    ({"kind": "exclude", "any": ["sorry", "ac"]}, "The vacation begins.", "Sorry, no."),
    ({"kind": "exclude", "any": ["抱歉", "十二"]}, "二十二点到达。", "抱歉，十二点到达。"),
    ({"kind": "frequency", "text": "fan", "min": 2, "max": 2}, "Fan on, fan off.", "Fan on, fans off."),
    ({"kind": "frequency", "text": "空调", "max": 1}, "空调已打开。", "空调开，空调关。"),
    ({"kind": "starts_with", "text": "Dear"}, "\n Dear driver, hello", "My dear driver"),
    ({"kind": "starts_with", "text": "您好"}, "您好，空调已打开。", "你好，空调已打开。"),
    ({"kind": "ends_with", "text": "Bye."}, "All is set. Bye.\n", "Bye. All is set."),
    ({"kind": "ends_with", "text": "谢谢！"}, "已打开，谢谢！", "谢谢！已打开"),
    ({"kind": "json", "keys": ["on"], "values": {"temp": 24}}, '{"temp": 24.0, "on": null, "x": 1}', '{"temp": "24", "on": null}'),
    ({"kind": "json", "values": {"座位": "主驾"}, "only_keys": True}, ' {"座位": "主驾"}\n', '{"座位": "主驾", "档位": 2}'),
    ({"kind": "language", "lang": "en"}, "The air conditioning is now on for you.", "空调已经为您打开。"),
    ({"kind": "language", "lang": "zh"}, "已为您打开 Apple CarPlay。", "The air conditioning is now on for you."),
    ({"kind": "case", "case": "upper"}, "STOP NOW, 24!", "STOP now, 24!"),
    ({"kind": "case", "case": "lower"}, "请打开 ac 和 wi-fi", "请打开 AC 和 wi-fi"),
    ({"kind": "regex", "pattern": r"\d{2}:\d{2}", "full": True}, " 07:30\n", "at 07:30"),
    ({"kind": "regex", "pattern": "[吗？?]"}, "要打开空调吗", "打开空调"),
    ({"kind": "table", "columns": 2, "rows": 2}, f"Prices:\n\n{TABLE_EN}\n\nDone.", f"{TABLE_EN}\n| beer | 4 |"),
    ({"kind": "table", "columns": 2}, TABLE_ZH, TABLE_ZH.replace("副驾 | 2", "副驾 | 2 | 热")),
    ({"kind": "one_of", "options": ["Yes", "No"]}, '"yes."', "Yes, it is."),
    ({"kind": "one_of", "options": ["打开", "关闭"]}, "“打开”。", "打开空调"),
    ({"kind": "letter", "letter": "E", "min": 3}, "Eleven", "Seven"),
    ({"kind": "letter", "letter": "的", "max": 1}, "我的车。", "我的车的门。"),
    ({"kind": "placeholders", "min": 2}, "Dear [name], at [time].", "Dear [name], see [1], [x] and [this](page)."),
    ({"kind": "placeholders", "min": 1, "max": 1}, "尊敬的【姓名】：", "尊敬的【】：\n- [ ] 待办"),
    ({"kind": "highlighted", "min": 2, "max": 2}, "*one* and **two words**", "* one\n* two ** x**"),
    ({"kind": "highlighted", "min": 1}, "请**打开**导航", "请打开导航 3 * 4 * 5"),
    ({"kind": "paragraph", "number": 2, "starts_with": "But", "contains": ["fan"]}, "One.\n\nBut the fan.", "But fan.\n\nBut now."),
    ({"kind": "paragraph", "number": -1, "ends_with": "谢谢。"}, "您好。\n\n已打开，谢谢。", "谢谢。\n\n已打开。"),
    ({"kind": "no_punctuation", "marks": ",;"}, "One. Two: three!", "One; two."),
    ({"kind": "no_punctuation"}, "空调 24.5 度 don't stop", "空调已打开。"),
    ({"kind": "repeat_first", "text": "Is it  hot?"}, "Is it hot?\nYes.", "is it hot? Yes."),
    ({"kind": "repeat_first", "text": "热吗？"}, "热吗？很热。", "热吗？\n"),
    ({"kind": "script", "script": "traditional"}, "請開啟空調，謝謝。", "請打开空調。"),
    ({"kind": "script", "script": "simplified"}, "请打开空调，谢谢。着瞭", "请打开空調。"),
    ({"kind": "headings", "titles": ["Aims", "Costs"], "level": 2}, "## 1. Aims\nx\n## Costs:\ny", "## Costs\nx\n## Aims\ny"),
    ({"kind": "headings", "titles": ["概述", "结论"]}, "一、概述\n文\n## 方法\n**第三章：结论**\n文", "概述很长\n## 结论"),
    ({"kind": "title"}, "# <<Fresh air>>\nText", "Text\n<<Fresh air>>"),
    ({"kind": "title", "marks": "《》"}, "\n**《新车》**\n正文", "<<新车>>\n正文"),
    ({"kind": "postscript", "marker": "P.S."}, "All is set.\n\nP.S. Drive safely.", "P.S. Drive safely.\n\nAll is set."),
    ({"kind": "postscript", "marker": "附言："}, "已打开。\n**附言**：请系安全带。", "已打开。\n附言："),
    ({"kind": "quoted"}, '"All "is" set."', '"All" is set.'),
    ({"kind": "quoted"}, "“他说‘好’。”", "“好”和“坏”"),
    ({"kind": "responses"}, "One way.\n******\nAnother.", "One way.\n******\none way"),
    ({"kind": "responses", "count": 3, "separator": "---"}, "甲\n---\n乙\n---\n丙", "甲\n---\n\n---\n丙"),
]  # fmt: skip


def judge(response: str, *constraints: dict[str, Any]) -> Score:
    item = Item.model_validate(item_line("a", target={"constraints": constraints}))
    ConstraintsScorer().check_target(item)
    return ConstraintsScorer().score(item, example_answer(item, response))


def strict(response: str, **constraint: Any) -> bool:
    return judge(response, constraint).checks[0].passed


def loose(response: str, **constraint: Any) -> bool | None:
    return judge(response, constraint).checks[0].loose


def test_the_cases_below_cover_every_kind_in_both_languages() -> None:
    union = get_args(AnyConstraint)[0]
    kinds = [get_args(rule.model_fields["kind"].annotation)[0] for rule in get_args(union)]
    assert len(kinds) == 31
    assert [constraint["kind"] for constraint, _, _ in CASES] == [kind for kind in kinds for _ in ("en", "zh")]


@pytest.mark.parametrize(("constraint", "meets", "misses"), CASES)
def test_a_response_that_meets_the_constraint_passes_and_one_that_misses_it_fails(
    constraint: dict[str, Any], meets: str, misses: str
) -> None:
    assert strict(meets, **constraint)
    assert not strict(misses, **constraint)


@pytest.mark.parametrize("constraint", [constraint for constraint, _, _ in CASES])
@pytest.mark.parametrize("response", ["", " \n\t"])
def test_an_empty_response_meets_nothing(constraint: dict[str, Any], response: str) -> None:
    assert set(judge(response, constraint).metrics.values()) == {0.0}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ["\n", "!", "[", "*", "a", ".", ". ", "<<", "9", "1,", "一", " ", '"', "|", "#", "-"])
def test_an_endless_response_stops_no_kind(unit: str) -> None:
    judge("x. " + unit * 20_000 + "x", *(constraint for constraint, _, _ in CASES))


# Single kinds, beyond the table


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


# Metrics


@pytest.mark.parametrize(
    ("met", "of", "expected"), [(1, 1, 1.0), (0, 1, 0.0), (3, 3, 1.0), (2, 3, 0.5), (1, 3, 0.0), (1, 2, 0.5), (4, 9, 0.0)]
)
def test_the_level_is_full_partial_or_none(met: int, of: int, expected: float) -> None:
    constraints = [{"kind": "words", "max": 3}] * met + [{"kind": "include", "all": ["window"]}] * (of - met)
    assert judge("Fan is on", *constraints).metrics["level"] == expected


def test_all_constraints_count_for_the_prompt_and_their_share_for_the_constraints() -> None:
    met, missed = {"kind": "words", "max": 3}, {"kind": "include", "all": ["window"]}
    score = judge("Fan is on", met, missed, met, missed)
    assert score.metrics == {"prompt_strict": 0.0, "prompt_loose": 0.0, "constraint_strict": 0.5, "constraint_loose": 0.5, "level": 0.5}
    assert [check.passed for check in score.checks] == [True, False, True, False]
    assert score.checks[3].reason.startswith("constraint 4: ")


def test_all_constraints_met_is_a_full_score() -> None:
    assert set(judge("Fan is on", {"kind": "words", "max": 3}, {"kind": "include", "all": ["fan"]}).metrics.values()) == {1.0}


# Strict against loose


@pytest.mark.parametrize(
    ("response", "constraint"),
    [
        ('Here is the JSON:\n{"on": true}', {"kind": "json", "keys": ["on"]}),
        ('{"on": true}\nI hope this helps!', {"kind": "json", "keys": ["on"]}),
        ('好的：\n{"on": true}\n希望有帮助。', {"kind": "json", "keys": ["on"]}),
        ('```json\n{"on": true}\n```', {"kind": "json", "keys": ["on"]}),
        ('Here you are:\n\n```\n{"on": true}\n```', {"kind": "json", "keys": ["on"]}),
        ("**Yes**", {"kind": "one_of", "options": ["yes"]}),
        ("*您好*，空调已打开。", {"kind": "starts_with", "text": "您好"}),
        ("Sure!\nStop now.", {"kind": "sentences", "max": 1}),
    ],
)
def test_loose_forgives_introduction_closing_line_emphasis_and_fence_and_strict_does_not(response: str, constraint: dict[str, Any]) -> None:
    score = judge(response, constraint)
    assert score.metrics == {"prompt_strict": 0.0, "prompt_loose": 1.0, "constraint_strict": 0.0, "constraint_loose": 1.0, "level": 0.0}


@pytest.mark.parametrize(
    ("response", "constraint"),
    [
        ('Here\nit is:\n{"on": true}', {"kind": "json", "keys": ["on"]}),
        ('The JSON is {"on": true}', {"kind": "json", "keys": ["on"]}),
        ("Yes, it is", {"kind": "one_of", "options": ["yes"]}),
        ("空调已打开", {"kind": "include", "all": ["车窗"]}),
        ("only line", {"kind": "words", "max": 1}),
        ("This is a long answer\nof several lines\n```\nok\n```\nwith some code\nin its middle.", {"kind": "words", "max": 2}),
    ],
)  # fmt: skip
def test_loose_forgives_nothing_else(response: str, constraint: dict[str, Any]) -> None:
    assert loose(response, **constraint) is False


def test_white_space_that_is_asked_for_counts_loosely_too() -> None:
    assert strict("\tindented", kind="regex", pattern=r"^\t")
    assert loose("\tindented", kind="regex", pattern=r"^\t")


@settings(derandomize=True, deadline=None, max_examples=60)
@given(response=st.text("aA 温.\n*`-1", max_size=30), case=st.sampled_from([constraint for constraint, _, _ in CASES]))
def test_what_is_strictly_met_is_loosely_met(response: str, case: dict[str, Any]) -> None:
    (check,) = judge(response, case).checks
    assert check.loose or not check.passed


# Targets


@pytest.mark.parametrize(
    "constraint",
    [
        {"kind": "rhymes"},
        {"kind": "words"},
        {"kind": "words", "min": 5, "max": 4},
        {"kind": "words", "min": -1},
        {"kind": "words", "max": 5, "minimum": 2},
        {"kind": "include"},
        {"kind": "exclude", "any": []},
        {"kind": "frequency", "text": "", "min": 1},
        {"kind": "regex", "pattern": "("},
        {"kind": "language", "lang": "fr"},
        {"kind": "case", "case": "title"},
        {"kind": "one_of", "options": []},
        {"kind": "table", "rows": 0},
        {"kind": "numbered", "min": 1, "mark": "x)"},
        {"kind": "numbered", "min": 1, "mark": "1一"},
        {"kind": "paragraph", "number": 0, "starts_with": "x"},
        {"kind": "paragraph", "number": 2},
        {"kind": "letter", "letter": "ab", "min": 1},
        {"kind": "script", "script": "both"},
        {"kind": "headings", "titles": []},
        {"kind": "title", "marks": "()"},
        {"kind": "responses", "count": 1},
        {"kind": "no_punctuation", "marks": ", ;"},
        {"kind": "repeat_first", "text": " "},
    ],
)
def test_a_constraint_that_makes_no_sense_is_refused(constraint: dict[str, Any]) -> None:
    item = Item.model_validate(item_line("a", target={"constraints": [constraint]}))
    with pytest.raises(ValueError, match="validation error"):
        ConstraintsScorer().check_target(item)


def test_a_target_without_constraints_is_refused() -> None:
    with pytest.raises(ValueError, match="constraints"):
        ConstraintsScorer().check_target(Item.model_validate(item_line("a", target={"constraints": []})))
