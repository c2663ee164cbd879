"""Skeletons: prompts of one template are alike whatever fills its slots, and prompts that ask something else are not."""

import pytest

from harness.suite_skeleton import skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # numbers
        ("What is 3 plus 4?", "What is 12 plus 1,250.5?"),
        ("Set it to 24 now.", "Set it to ２６ now."),
        ("Set it to 24 now.", "Set it to ٢٤ now."),
        ("Chapter 4 of it", "Chapter Ⅳ of it"),
        ("Take ½ of it", "Take 2 of it"),
        ("小明有三个苹果", "小明有12个苹果"),
        ("小明有两万三千个苹果", "小明有9个苹果"),
        ("共有壹拾贰人", "共有5人"),
        ("I have two apples", "I have twenty-five apples"),
        ("I have two apples", "I have one hundred and seven apples"),
        ("the third door on the left", "the 21st door on the left"),
        ("It was -5 outside", "It was 12 outside"),
        # units and times
        ("It drives 30 km at 80 km/h.", "It drives 5 miles at 60mph."),
        ("Warm it to 22.5 °C please", "Warm it to twenty degrees please"),
        ("A bottle costs $3.50 here", "A bottle costs 12 yuan here"),
        ("行驶了30公里", "行驶了八百米"),
        ("温度调到26℃", "温度调到二十四度"),
        ("充电要四十分钟", "充电要1.5小时"),
        ("充电要两个半小时", "充电要90分钟"),
        ("早上八点半叫我", "下午3:15叫我"),
        ("会议在5月3日开", "会议在2024年12月31日开"),
        ("Wake me at 7:30 a.m. tomorrow", "Wake me at 6 o'clock tomorrow"),
        ("It opens on 5 May 2024 at last", "It opens on March 12 at last"),
        ("Closed every Monday.", "Closed every Sunday."),
        ("周一休息", "星期日休息"),
        # quotations, names, code, data
        ('Say "hello" twice to him', "Say 'good bye' twice to him"),
        ("Say “hello” to him", "Say „auf Wiedersehen“ to him"),
        ("Say ‘it’s fine’ to him", "Say «bonjour» to him"),
        ("用“开心”造句", "用「难过」造句"),
        ("用『开心』造句", "用＂难过＂造句"),
        ("写一篇《红楼梦》读后感", "写一篇《三体》读后感"),
        ("他说「我听见『走吧』就走了」对吗", "他说「好」对吗"),
        ("What does `sum([1, 2])` give?", "What does `max(x)` give?"),
        ("Explain:\n```python\nprint(1)\n```", "Explain:\n```\nfor x in y:\n    pass\n```"),
        ('Read {"temp": 21, "modes": ["a", {"b": null}]} aloud', 'Read {"x": true} aloud'),
        ("Sort [3, 1, 2] please", 'Sort ["b", "a"] please'),
        ('Fill in: {"temp": <number>, "on": true}', 'Fill in: {"fan": <number>, "on": false}'),
        # lists of slots
        ("把“甲”“乙”“丙”排成一句话", "把“一”和“二”排成一句话"),
        ("The average of 3, 4, 5 and 6?", "The average of 3 and 9?"),
        # what never counts
        ("Close the window!", "close  the\nWINDOW."),
        ("请关窗，谢谢！", "请关窗,谢谢。"),
    ],
)  # fmt: skip
def test_prompts_of_one_template_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Close the window", "Open the window"),
        ("请打开车窗", "请打开天窗"),
        ("What is 3 + 4?", "What is 3 * 4?"),
        ("3×4等于几", "3÷4等于几"),
        # apostrophes are no quotation marks
        ("The driver's seat isn't warm", "The driver's window isn't clean"),
        ("the drivers' rooms and the cars' doors", "the drivers' keys and the cars' doors"),
        ("The driver’s seat isn’t warm", "The driver’s window isn’t clean"),
        # a unit belongs to a number, and ends with its word
        ("3 men waited", "3 minutes waited"),
        ("Count the minutes of it", "Count the hours of it"),
        # what is quoted is masked, what stands around it is not
        ("用“开心”造句", "给“开心”注音"),
        ("Sort [3, 1, 2] please", "Sum [3, 1, 2] please"),
    ],
)
def test_prompts_that_ask_something_else_have_another_skeleton(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_a_mark_that_is_never_closed_hides_nothing() -> None:
    for mark in "\"'“「『《`{[":
        assert "window" in skeleton(f"Open {mark} the window")


def test_long_prompts_full_of_openings_are_read_in_the_end() -> None:
    assert skeleton("[{" * 3000 + "“「『" * 3000) is not None
