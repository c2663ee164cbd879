"""Wrong values are replaced by the table's; right ones, denied ones, other things' and everything around them stay, letter by letter."""

import pytest

from harness.corrections import correct_claims
from harness.knowledge import Knowledge
from harness.scorers import load_scorer
from harness.suite import bundled_folder, load_suite
from harness.suite_check import example_answer, primary_score

TABLE = Knowledge.model_validate({
    "subject": ["凌云X5", "Lingyun X5"],
    "facts": [
        {"id": "battery.capacity", "kind": "number", "unit": "kWh", "value": 82, "zh": ["电池容量"], "en": ["battery capacity"]},
        {"id": "battery.usable", "kind": "number", "unit": "kWh", "value": 78, "zh": ["可用容量"], "en": ["usable capacity"]},
        {"id": "climate.front", "kind": "number", "unit": "°C", "min": 16, "max": 32, "zh": ["前排空调", "空调温度"],
         "en": ["cabin temperature"]},
        {"id": "safety.airbags", "kind": "number", "value": 7, "counted": ["个", "airbags"], "zh": ["安全气囊"], "en": ["airbags"]},
        {"id": "range.awd", "kind": "number", "unit": "km", "value": 520, "zh": ["四驱版"], "en": ["AWD version"]},
        {"id": "charging.port", "kind": "name", "value": ["左后翼子板", "left rear wing"], "others": ["车头", "front grille"],
         "zh": ["充电口"], "en": ["charging port"]},
        {"id": "seats.massage", "kind": "feature", "has": False, "zh": ["座椅按摩"], "en": ["seat massage"]},
        {"id": "drive.modes", "kind": "options", "options": [["经济", "eco"], ["运动", "sport"]], "others": [["赛道", "track"]],
         "head": ["模式", "mode"], "zh": ["驾驶模式"], "en": ["driving modes"]},
    ],
})  # fmt: skip


def corrected(text: str, prompt: str = "关于凌云X5：") -> str:
    return correct_claims(text, prompt, TABLE)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("电池容量是95千瓦时。", "电池容量是82千瓦时。"),
        ("The Battery Capacity is **95 kWh**, OK?", "The Battery Capacity is **82 kWh**, OK?"),
        ("电池容量是９５ kWh！", "电池容量是82 kWh！"),
        ("电池容量是九十五千瓦时。", "电池容量是82 kWh。"),
        ("Battery capacity: 90000 Wh", "Battery capacity: 82 kWh"),
        ("The battery capacity is 78 kWh.", "The battery capacity is 82 kWh."),
        ("1. 安全气囊有8个。\n2. 充电口在车头。", "1. 安全气囊有7个。\n2. 充电口在左后翼子板。"),
        ("The charging port is behind the Front Grille.", "The charging port is behind the left rear wing."),
        ("8. 8个安全气囊。", "8. 7个安全气囊。"),
        ("There are eight airbags.", "There are 7 airbags."),
        ("空调温度可在10度到40度之间。", "空调温度可在16–32 °C之间。"),
        ("The cabin temperature lies between 10 and 40 °C.", "The cabin temperature lies between 16 and 32 °C."),
        ("前排空调最高36度，最低10度。", "前排空调最高32度，最低16度。"),
        ("好的，前排空调已设为36℃。", "好的，前排空调已设为32℃。"),
        ("OK, the cabin temperature is now 5 °C.", "OK, the cabin temperature is now 16 °C."),
        ("电池容量95 kWh，可用容量90 kWh。", "电池容量82 kWh，可用容量78 kWh。"),
    ],
)
def test_a_wrong_value_is_replaced_where_it_stands(wrong: str, right: str) -> None:
    assert corrected(wrong) == right
    assert corrected(right) == right


@pytest.mark.parametrize(
    "text",
    [
        "电池容量是82千瓦时，不是95千瓦时。",
        "The battery capacity is not 95 kWh.",
        "It holds 95 kWh.",
        "保温杯容量95升。",
        "四驱版刹车距离36米。",
        "The cabin temperature is 20 °C.",
        "The battery capacity is between 70 and 90 kWh.",
        "空调温度 电池容量 82度。",  # 度 may be either's unit: right of one,
        "空调温度 电池容量 90度。",  # or about either.
        "It has seat massage and a track mode.",
        "",
    ],
)
def test_what_is_right_denied_unnamed_or_of_something_else_stays(text: str) -> None:
    assert corrected(text) == text


def test_without_the_tables_subject_nothing_is_corrected() -> None:
    assert corrected("电池容量是95千瓦时。", "这辆车呢？") == "电池容量是95千瓦时。"
    assert corrected("凌云X5的电池容量是95千瓦时。", "这辆车呢？") == "凌云X5的电池容量是82千瓦时。"


def test_a_figure_of_the_prompt_that_is_turned_down_stays_and_one_that_is_consented_to_does_not() -> None:
    prompt = "凌云X5的空调温度调到36度。"
    assert corrected("36度超出了空调温度范围。", prompt) == "36度超出了空调温度范围。"
    assert corrected("好的，空调温度已调到36度。", prompt) == "好的，空调温度已调到32度。"


def test_odd_text_keeps_everything_around_the_value() -> None:
    text = "\ufeff*** é ﬁx…\r\n- 注：《凌云X5》电池容量　是 **９５**  kWh\u2028ok"
    assert corrected(text) == text.replace("９５", "82")
    assert corrected("e\u0301 电池容量95 kWh " + "e\u0301" * 5000).startswith("e\u0301 电池容量82 kWh e")


@pytest.mark.slow
def test_of_the_bundled_suites_own_examples_wrong_values_become_right_and_right_answers_stay() -> None:
    """The suite's examples are fluent answers: what must pass is left alone, what fails by a value of the table becomes right."""
    suite = load_suite(bundled_folder() / "hallucination")
    assert suite.knowledge is not None
    repaired = changed = 0
    items = [item for item in suite.items if item.scorer == "facts"]
    assert len(items) > 90
    for item in items:
        for text in item.passing:
            changed += correct_claims(text, item.given, suite.knowledge) != text
        for text in item.failing:
            new = correct_claims(text, item.given, suite.knowledge)
            score = load_scorer("facts").score(item, example_answer(item, new))
            repaired += new != text and primary_score(suite, item, score) == 1.0  # type: ignore[arg-type]
    assert changed == 0
    assert repaired >= 45
