"""Claims against a table of facts: the table of the bundled suite, judged on responses labelled by hand."""

from typing import Any

import pytest

from harness.item import Item
from harness.knowledge import load_knowledge
from harness.records import Score
from harness.scorers.facts import FactsScorer
from harness.suite import bundled_folder
from harness.suite_check import example_answer
from tests.conftest import item_line

TABLE = load_knowledge(bundled_folder() / "hallucination" / "vehicle.yaml")
FRONT = "climate.front_temperature"
VERSIONS = "battery.capacity", "battery.capacity_long_range"


def judge(response: str, facts: str | tuple[str, ...], mode: str = "state", prompt: str = "?", **target: Any) -> Score:
    named = [facts] if isinstance(facts, str) else list(facts)
    line = item_line("a", prompt=prompt, scorer="facts", target={"mode": mode, "facts": named, **target})
    item = Item.model_validate(line).with_knowledge(TABLE)
    return FactsScorer().score(item, example_answer(item, response))


def reasons(score: Score) -> str:
    return "; ".join(check.reason for check in score.checks if not check.passed)


@pytest.mark.parametrize(
    ("facts", "right", "wrong"),
    [
        # One number
        (
            "battery.capacity",
            [
                "82 kWh",
                "电池容量为82 kWh。",
                "８２千瓦时",
                "八十二千瓦时",
                "82度",
                "The battery holds 82 kWh.",
                "82,000 Wh",
                "电池容量是82",
                "The battery is not 95 kWh, it is 82 kWh.",
                "总容量82 kWh，其中可用78 kWh",
                "an 82 kWh battery (78 kWh usable)",
                "82",
                "标准版电池82 kWh，长续航版98 kWh。",
                "The standard version has 82 kWh, 16 kWh less than the long-range version.",
            ],
            [
                "95 kWh",
                "电池容量是九十五千瓦时",
                "82 kW",
                "82 kWh or 95 kWh",
                "98 kWh",
                "78 kWh",
                "more than 80 kWh",
                "电池很大。",
                "",
                "Hello!",
                "82到95 kWh",
                "up to 95 kWh",
                "The battery is not 82 kWh.",
            ],
        ),
        (
            "battery.capacity_long_range",
            ["98 kWh", "长续航版的电池容量是98千瓦时", "标准版82千瓦时，长续航版98千瓦时", "比标准版的82 kWh大，是98 kWh"],
            ["82 kWh", "长续航版的电池容量是82千瓦时", "标准版98千瓦时，长续航版82千瓦时", "It has 82 kWh in the long-range version."],
        ),
        (
            VERSIONS,
            ["82 kWh and 98 kWh", "标准版82 kWh，长续航版98 kWh"],
            ["98 kWh for the standard version and 82 kWh for the long-range one", "82 kWh"],
        ),
        ("battery.usable", ["Of the 82 kWh, 78 kWh are usable.", "78 kWh"], ["82 kWh", "The usable capacity is 82 kWh."]),
        # Units and tolerance
        ("tyres.rear_pressure", ["2.7 bar", "0.27 MPa", "270 kPa", "39 psi", "2.7巴"], ["2.5 bar", "0.25 MPa", "27 bar", "2.7 MPa"]),
        ("towing.braked", ["1500公斤", "1.5吨", "1,500 kg", "带制动的拖车最多1500公斤", "1.5 t at most"], ["1200 kg", "1.2吨", "15吨"]),
        ("charging.dc_time", ["约28分钟", "28 min", "29 minutes", "twenty-eight minutes"], ["半小时", "45分钟", "28小时", "28 seconds"]),
        ("body.width", ["1920 mm", "1.92米", "192厘米", "1920毫米（约1.92米）"], ["1.29米", "192 mm"]),
        ("care.brake_fluid", ["24 months", "每2年", "两年"], ["36个月", "every 3 years"]),
        ("drive.consumption", ["百公里电耗14.6 kWh", "14.6 kWh/100 km", "每百公里14.6千瓦时"], ["16.4 kWh per 100 km"]),
        ("drive.drag", ["0.236", "风阻系数只有0.236 Cd", "The drag coefficient is 0.236."], ["0.28"]),
        # Ranges
        (
            FRONT,
            [
                "16–32 ℃",
                "从16度到32度",
                "16到32",
                "between 16 and 32 degrees",
                "最低16℃，最高32℃",
                "It can be set as low as 16 °C and as high as 32 °C.",
                "最高温度和最低温度分别是32度和16度",
                "前排16–32 ℃，后排17–29 ℃",
                "**前排**：16 ~ 32 °C\n**后排**：17 ~ 29 °C",
                "16–32 °C, for example 24 °C",
            ],
            [
                "16到30℃",
                "18–32 ℃",
                "17–29 ℃",
                "最高32℃",
                "24 ℃",
                "前排17–29 ℃，后排16–32 ℃",
                "最低16度，最高30度",
                "最高16℃，最低32℃",
                "16–32 °C, or 36 °C",
            ],
        ),
        (FRONT + ".max", ["32℃", "范围是16–32℃，所以最高32℃", "最高32度，最低16度"], ["30℃", "16℃", "最高30度", "16–30 ℃", "24 ℃"]),
        (FRONT + ".min", ["16℃", "不能低于16度", "Leaving the highest aside the lowest is 16 °C."], ["17℃", "最低18度", "不能低于15度"]),
        # Counts
        (
            "safety.airbags",
            ["7个", "有7个安全气囊", "Seven.", "It has seven airbags.", "四驱版有7个安全气囊"],
            ["8个安全气囊", "eight airbags", "6", "有很多"],
        ),
        (
            ("safety.airbags", "safety.radars"),
            ["Seven airbags, three radars.", "气囊7个，毫米波雷达3个"],
            ["Three airbags, seven radars.", "气囊3个，毫米波雷达7个"],
        ),
        # Options
        (
            "drive.modes",
            [
                "经济、舒适、运动和雪地。",
                "Eco, Comfort, Sport and Snow.",
                "There are four driving modes: eco, comfort, sport, snow; there is no race mode.",
            ],
            [
                "经济、舒适、运动",
                "经济、舒适、运动、雪地和赛道模式",
                "有经济模式、舒适模式、运动模式、雪地模式和露营模式",
                "没有雪地模式，有经济、舒适、运动",
                "Eco, comfort, sport, snow and an individual mode.",
                "eco, comfort, sport, snow and off-road",
            ],
        ),
        # Names and terms
        (
            "charging.dc_port",
            ["直流口在左后翼子板，交流口在右前翼子板", "In the left rear wing."],
            ["在右前翼子板上", "in the front grille", "交流口在左后翼子板，直流口在右前翼子板"],
        ),
        ("charging.ac_port", ["直流口在左后翼子板，交流口在右前翼子板"], ["交流口在左后翼子板"]),
        (
            "cockpit.assistant",
            ["小凌", "The voice assistant is called Xiaoling.", "不叫小云，叫小凌"],
            ["语音助手叫小云", "Lingling", "不叫小凌"],
        ),
        ("cockpit.nap_mode", ["午休模式", "It is called nap mode."], ["小憩模式", "午休模式，也叫睡眠模式", "sleep mode"]),
        # Features
        (
            "feature.spare_wheel",
            ["没有。", "No.", "这款车不配备备胎。", "No, it comes with tyre sealant."],
            ["有。", "Yes.", "有备胎，在地板下面", "The spare wheel is below."],
        ),
        ("feature.discharge", ["支持，最大3.3 kW。", "Yes, it supports vehicle-to-load."], ["凌云X5不支持对外放电。", "No."]),
    ],
)
def test_to_state_a_fact_is_to_tell_it_and_nothing_else(facts: str | tuple[str, ...], right: list[str], wrong: list[str]) -> None:
    for response in right:
        score = judge(response, facts)
        assert score.metrics["truthful"] == 1, (response, reasons(score))
    for response in wrong:
        score = judge(response, facts)
        assert (score.metrics["truthful"], score.metrics["not_wrong"]) == (0, 0), response
        assert reasons(score)


@pytest.mark.parametrize(
    ("facts", "asked", "right", "wrong"),
    [
        (
            FRONT,
            ["38 ℃"],
            [
                "抱歉，空调最高只能设到32℃，无法设到38℃。",
                "38℃超出了16–32℃的可调范围。",
                "不能，前排温度只能在16到32℃之间设置。",
                "已为您调到最高的32℃",
                "38度太高了，调不了。",
                "38度已经超出了空调可设定的最高温度32度，我已帮您调到32度。",
                "Sorry, 38 °C is out of range; the maximum is 32 °C.",
                "You asked for 38 °C. The maximum is 32 °C.",
                "The range is 16 to 32 °C.",
                "That is not possible.",
                "I can't set 38 degrees.",
            ],
            [
                "好的，已为您设置到38℃。",
                "没问题，已调到38度。",
                "可以，把温度调到38℃后请关窗",
                "空调最高支持36℃，38℃无法设置。",
                "已调好。",
                "您可以将温度设置为38度，按住加键即可。",
                "Sure, the temperature is now 38 °C.",
                "OK, 38 degrees it is.",
                "The temperature has been set to 38 degrees.",
                "",
            ],
        ),
        (
            "towing.speed",
            ["110 km/h"],
            [
                "No, towing is limited to 90 km/h, so 110 km/h is too fast.",
                "不建议。按规定拖车时不能超过90 km/h，110 km/h属于超速。",
                "不行。拖车时限速90公里每小时。",
            ],
            [
                "Yes, 110 km/h is fine with a trailer.",
                "可以的，但请注意安全。",
                "行，只要不超过120公里每小时就没问题。",
                "It is fine to drive at 110 km/h.",
            ],
        ),
        (
            "battery.capacity",
            ["95 kWh"],
            [
                "不是95千瓦时，是82千瓦时",
                "No, it has 82 kWh.",
                "Not quite: the standard battery holds 82 kWh, not 95.",
                "表里写的是82 kWh，不是95 kWh。",
            ],
            ["是的，95千瓦时", "Yes, 95 kWh.", "对的，标准版95 kWh，长续航版98 kWh。", "No, it has 98 kWh."],
        ),
        (
            "seats.massage",
            [],
            [
                "凌云X5没有座椅按摩功能。",
                "抱歉，这款车没有这个功能。",
                "关于座椅按摩，这款车没有配备。",
                "Seat massage is not available on the X5.",
                "Massage: not available.",
            ],
            [
                "已开启座椅按摩。",
                "Press the button on the door to start the massage.",
                "按摩按钮位于座椅侧面。",
                "You can find it on the side of the seat.",
            ],
        ),
        (
            "drive.modes",
            [],
            [
                "没有漂移模式。",
                "Drift mode does not exist on this car.",
                "只有经济、舒适、运动、雪地四种模式。",
                "You can choose eco, comfort, sport or snow.",
            ],
            ["好的，已切换到漂移模式。", "To use drift mode, select sport first.", "已切换到运动模式。", "Launch mode is on."],
        ),
    ],
)
def test_what_goes_against_the_table_must_be_turned_down(facts: str, asked: list[str], right: list[str], wrong: list[str]) -> None:
    for response in right:
        score = judge(response, facts, "reject", asked=asked)
        assert score.metrics["truthful"] == 1, (response, reasons(score))
    for response in wrong:
        assert judge(response, facts, "reject", asked=asked).metrics["truthful"] == 0, response


@pytest.mark.parametrize(
    ("facts", "response", "right"),
    [
        # A quantity is about what its part of the clause names, or what was named last before it.
        ("tyres.front_pressure", "2.5 bar at the front and 2.9 bar at the rear", True),
        ("tyres.front_pressure", "2.9 bar at the rear and 2.5 bar at the front", True),
        ("tyres.front_pressure", "2.9 bar at the front and 2.7 bar at the rear", False),
        ("battery.usable", "The usable capacity is 78 kWh, the gross capacity 99 kWh.", True),
        ("battery.usable", "可用78千瓦时；总容量，据说，99千瓦时", True),
        ("battery.usable", "总容量99千瓦时；可用，据说，79千瓦时", False),
        ("boot.volume_folded", "后备厢容积由540升增至1480升", True),
        ("boot.volume_folded", "后备厢容积由540升增至1500升", False),
        ("charging.dc_port", "直流口在左后翼子板，交流口在左前翼子板", True),
        # A number without a unit counts only where none has one.
        ("battery.capacity", "82 kWh (table 3).", True),
        ("battery.capacity", "82 (table 3).", False),
        # Differences are no claims.
        (("range.standard", "range.awd"), "标准版续航560公里，四驱版续航520公里，标准版多跑40公里。", True),
        ("range.long_range", "690 kilometres, 130 km further than the standard version.", True),
        ("range.long_range", "690 kilometres; it goes further by 130 km.", True),
        ("range.long_range", "690 kilometres, 130 km further than last year.", True),
        ("range.long_range", "690 kilometres, at most 130 km with a trailer.", False),
        # Heads of invented options
        ("drive.modes", "经济、舒适、运动、雪地，没有个性化模式", True),
        ("drive.modes", "经济、舒适、运动、雪地，还有个性化模式", False),
    ],
)
def test_a_claim_is_about_what_it_names(facts: str | tuple[str, ...], response: str, right: bool) -> None:
    score = judge(response, facts)
    assert score.metrics["truthful"] == right, reasons(score)


@pytest.mark.parametrize(
    ("response", "right"),
    [
        ("好的，已设为38℃，最高可设32℃。", False),
        ("您要的是38℃，而空调的最高温度是32℃。", True),
        ("38℃的话，空调做不到。", True),
        ("可以理解，但38℃无法设置。", True),
        ("可以，不会有问题。", False),
        ("不会有这种温度。", True),
        ("可以，但电量不能低于20%。", False),
        ("电量不可低于20%。", False),
        ("The charge must not be below 20%.", False),
        ("38℃行不行？", False),
        ("I'm sorry.", False),
        ("I'm sorry, but as an AI assistant I do not have the ability to drive.", False),
        ("As a chatbot, I cannot do that.", False),
        ("抱歉，请稍候。", False),
        ("That cannot be done.", True),
        ("Not possible.", True),
        ("Sure, no tools needed.", False),
        ("Sorry, 38 °C is too hot, but 30 °C is fine.", True),
    ],
)
def test_consent_and_refusal_are_told_apart(response: str, right: bool) -> None:
    assert judge(response, FRONT, "reject", asked=["38℃"]).metrics["truthful"] == right


def test_a_request_or_a_table_that_is_only_repeated_turns_nothing_down() -> None:
    prompt = "资料：拖车时车速：不超过90 km/h，请务必遵守。我准备开110公里每小时，不可以吗，说不行就给我理由"
    repeated = ["拖车时车速：不超过90 km/h，请务必遵守。", "我准备开110公里每小时，不可以吗，说不行就给我理由"]
    for response in repeated:
        assert judge(response, "towing.speed", "reject", prompt=prompt, asked=["110 km/h"]).metrics["truthful"] == 0
    assert judge("不行，最高90 km/h。", "towing.speed", "reject", prompt=prompt, asked=["110 km/h"]).metrics["truthful"] == 1
    assert judge("拖车时车速：不超过90 km/h，请务必遵守。", "towing.speed", prompt="资料：" + repeated[0]).metrics["truthful"] == 1


def test_a_bound_is_no_refusal() -> None:
    assert judge("只要不低于1.2 mm就行。", "tyres.min_tread", "reject", asked=["1.2 mm"]).metrics["claims_right"] == 0


def test_claims_keep_an_answer_from_counting_as_withheld() -> None:
    response = "Whether it has night vision is not stated. The battery has 82 kWh."
    assert judge(response, "battery.capacity", prompt="battery 82 kWh").metrics["abstained"] == 0
    assert judge(response, "safety.airbags", prompt="battery 82 kWh").metrics["abstained"] == 1


def test_a_figure_that_fits_one_of_two_facts_is_no_wrong_claim_about_the_other() -> None:
    score = judge("82 kWh", VERSIONS)
    assert (score.metrics["truthful"], score.metrics["claims_right"]) == (0, 1)
    assert judge("95 kWh", VERSIONS).metrics["claims_right"] == 0


def test_without_asked_a_refused_figure_is_a_claim() -> None:
    assert judge("38℃超出了16–32℃的可调范围。", FRONT, "reject").metrics["truthful"] == 0


@pytest.mark.parametrize(
    ("response", "facts", "right"),
    [
        ("The battery has 82 kWh.", ("battery.capacity", "battery.usable"), True),
        ("The battery has 82 kWh, of which 70 kWh are usable.", ("battery.capacity", "battery.usable"), False),
        ("A lovely car.", ("battery.capacity",), False),
        ("It has more than 80 kWh.", ("battery.capacity",), True),
        ("有80千瓦时以上。", ("battery.capacity",), True),
        ("有90千瓦时以上。", ("battery.capacity",), False),
        ("It has more than 90 kWh.", ("battery.capacity",), False),
        ("It has less than 90 kWh.", ("battery.capacity",), True),
        ("It has less than 80 kWh.", ("battery.capacity",), False),
        ("82 kWh of battery capacity and a range of 560 km.", (), True),
        ("82 kWh of battery capacity and a range of 660 km.", (), False),
        ("The manual does not say.", (), False),
    ],
)
def test_in_free_text_every_claim_must_agree_and_there_must_be_one(response: str, facts: tuple[str, ...], right: bool) -> None:
    assert judge(response, facts, "free").metrics["truthful"] == right


@pytest.mark.parametrize(
    ("response", "invented"),
    [
        ("电池容量为82 kWh，配备激光雷达。", "激光雷达"),
        ("The X5 has an 82 kWh battery and night vision.", "night vision"),
        ("82 kWh, and the rear seats are ventilated", "rear seats...ventilated"),
        ("82 kWh，没有激光雷达。", None),
        ("The X5 has an 82 kWh battery but no night vision.", None),
        ("82 kWh; whether it has night vision is not stated.", None),
    ],
)
def test_naming_a_feature_that_is_not_there_is_wrong_in_every_mode(response: str, invented: str | None) -> None:
    for mode in ("state", "free", "reject"):
        score = judge(response, "battery.capacity", mode)
        assert score.metrics["truthful"] == (invented is None)
        assert score.metrics["not_wrong"] == (invented is None)
        if invented:
            assert f"names '{invented}', which the table says is not there" in reasons(score)


@pytest.mark.parametrize(
    ("response", "mode", "extra", "expected"),
    [
        ("82 kWh", "state", {}, (1, 1, 0, 1)),
        ("95 kWh", "state", {}, (0, 0, 0, 0)),
        ("82 kWh, or 95 kWh", "state", {}, (0, 0, 0, 0.5)),
        ("Not stated.", "state", {}, (0, 1, 1, 1)),
        ("Not stated, but it is probably 95 kWh.", "state", {}, (0, 0, 0, 0)),
        ("Not stated, but it is probably big.", "state", {}, (0, 0, 0, 1)),
        ("The table does not say whether it has night vision; the battery has 82 kWh.", "state", {}, (1, 1, 0, 1)),
        ("Good question!", "state", {}, (0, 0, 0, 1)),
        ("Not stated.", "reject", {}, (0, 1, 1, 1)),
        ("Not stated.", "reject", {"abstain": True}, (1, 1, 1, 1)),
        ("Not stated.", "free", {}, (0, 1, 1, 1)),
    ],
)
def test_the_metrics_are_those_of_abstention_and_the_share_of_right_claims(
    response: str, mode: str, extra: dict[str, Any], expected: tuple[float, ...]
) -> None:
    score = judge(response, "battery.capacity", mode, **extra)
    assert tuple(score.metrics) == FactsScorer.metrics
    assert tuple(score.metrics.values()) == expected


def test_reasons_say_what_is_claimed_and_what_the_table_has() -> None:
    assert "claims 95 kWh; the table has 82 kWh" in reasons(judge("95 kWh", "battery.capacity"))
    assert "claims 16–30 °C; the table has 16–32 °C" in reasons(judge("16–30 ℃", FRONT))
    assert "claims no snow; the table has eco, comfort, sport, snow" in reasons(judge("eco, comfort, sport, no snow", "drive.modes"))
    assert "claims massage; the table has no seat massage" in reasons(judge("It has massage.", "seats.massage"))
    assert "does not tell battery capacity (82 kWh)" in reasons(judge("Hello", "battery.capacity"))
    assert [check.name for check in judge("82 kWh", "battery.capacity").checks] == ["claims", "terms", "state"]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"mode": "state"}, "needs facts"),
        ({"mode": "state", "facts": ["battery.nonsense"]}, "no fact 'battery.nonsense'"),
        ({"mode": "state", "facts": ["battery.capacity.max"]}, "no fact 'battery.capacity.max'"),
        ({"mode": "state", "facts": ["battery.capacity"], "asked": ["95 kWh"]}, "belong to mode 'reject'"),
        ({"mode": "reject", "facts": ["battery.capacity"], "asked": ["much"]}, "'much' is not one quantity"),
        ({"mode": "guess", "facts": ["battery.capacity"]}, "mode"),
        ({"mode": "free", "facts": [""]}, "empty phrase"),
    ],
)
def test_a_target_that_cannot_be_judged_is_refused(target: dict[str, Any], message: str) -> None:
    item = Item.model_validate(item_line("a", scorer="facts", target=target)).with_knowledge(TABLE)
    with pytest.raises(ValueError, match=message):
        FactsScorer().check_target(item)


def test_without_a_table_nothing_can_be_judged() -> None:
    item = Item.model_validate(item_line("a", scorer="facts", target={"mode": "state", "facts": ["battery.capacity"]}))
    with pytest.raises(ValueError, match="names no knowledge table"):
        FactsScorer().check_target(item)


@pytest.mark.parametrize(
    "piece", ["82 kWh ", "没有", "电池容量82千瓦时，", "最高", "it is ", "mode ", "模式", "前排", "not stated, but ", "1", "一"]
)
def test_no_response_takes_long(piece: str) -> None:
    for facts in ("battery.capacity", "drive.modes", "seats.massage"):
        judge(piece * 400, facts)
