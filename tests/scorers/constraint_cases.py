"""Responses that meet and miss each kind of constraint, and how to judge them."""

from typing import Any

from harness.item import Item
from harness.records import Score
from harness.scorers.constraints import ConstraintsScorer
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
