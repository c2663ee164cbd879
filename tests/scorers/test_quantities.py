"""Numbers with units in running text: what is one quantity, how large, in which unit."""

import pytest

from harness.scorers.quantities import quantities
from harness.scorers.text import comparable
from harness.units import UNITS, convert, units_called


def found(text: str) -> list[tuple[float, float, str]]:
    """Each quantity with the first unit it may have."""
    return [(round(q.low, 4), round(q.high, 4), q.units[0].symbol if q.units else "") for q in quantities(comparable(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            (text, [(16, 32, "°C")])
            for text in (
                "16–32℃",
                "16-32 ℃",
                "16~32℃",
                "１６～３２℃",
                "16℃-32℃",
                "从16℃到32℃",
                "16到32摄氏度",
                "16至32度",
                "十六到三十二度",
                "between 16 and 32 degrees",
                "from 16 °C to 32 °C",
                "16 °C up to 32 °C",
                "between sixteen and thirty-two degrees Celsius",
                "介于16和32℃之间",
                "在16度与32度之间",
                "16 - 32 °C",
            )
        ),
        *(
            (text, [(82, 82, "kWh")])
            for text in ("82 kWh", "８２ｋＷｈ", "82千瓦时", "八十二千瓦时", "82度电", "eighty-two kilowatt-hours", "82kWh电池")
        ),
        *(
            (text, [(1.5, 1.5, "h")])
            for text in ("1小时30分钟", "1 h 30 min", "1 hour and 30 minutes", "一个半小时", "one and a half hours")
        ),
        *((text, [(0.5, 0.5, "h")]) for text in ("半小时", "半个小时", "half an hour", "0.5 h")),
        *((text, [(-10, -10, "°C")]) for text in ("零下10℃", "-10 °C", "−10℃", "minus ten degrees", "10 degrees below zero", "零下十度")),
        *((text, [(160000, 160000, "km")]) for text in ("16万公里", "160,000 km", "十六万公里", "a hundred and sixty thousand kilometres")),
        *((text, [(20, 20, "%")]) for text in ("20%", "百分之二十", "20 percent", "百分之20", "20 per cent")),
        *((text, [(58, 58, "N·m")]) for text in ("58 N·m", "58牛·米", "58 Nm", "58 newton metres")),
        *((text, [(90, 90, "km/h")]) for text in ("90 km/h", "时速90公里", "每小时不超过90公里", "90公里/小时", "90 kilometres per hour")),
        ("9到30", [(9, 30, "")]),
        ("1.2万公里", [(12000, 12000, "km")]),
        ("-10～50 ℃", [(-10, 50, "°C")]),
        ("500 m to 1 km", [(0.5, 1, "km")]),
        ("1,480 L (540 litres)", [(1480, 1480, "L"), (540, 540, "L")]),
        ("16，32", [(16, 16, ""), (32, 32, "")]),
        ("15.6-inch screen", [(15.6, 15.6, "inch")]),
        ("三点三千瓦", [(3.3, 3.3, "kW")]),
        ("七千瓦", [(7, 7, "kW")]),
        ("两年半", [(2.5, 2.5, "year")]),
        ("32℃到16℃", [(32, 32, "°C"), (16, 16, "°C")]),
        ("16℃到32分钟", [(16, 16, "°C"), (32, 32, "min")]),
        ("30分钟1小时", [(30, 30, "min"), (1, 1, "h")]),
        ("30%充到80%", [(30, 30, "%"), (80, 80, "%")]),
        ("16 °C and 32 °C", [(16, 16, "°C"), (32, 32, "°C")]),
        ("0–100 km/h in 5.9 s", [(0, 100, "km/h"), (5.9, 5.9, "s")]),
    ],
)
def test_a_quantity_is_found_in_every_wording(text: str, expected: list[tuple[float, float, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "十分舒适",
        "百公里电耗",
        "第三页",
        "one of them",
        "一个按钮",
        "三四十公里",
        "千瓦",
        "凌云X5",
        "R19",
        "周三",
        "someone",
        "",
        "1" * 20 + " km",
    ],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["2升级", "3分为", "8天窗", "5 mx", "3.6版", "7 airbags", "四驱"])
def test_a_units_name_that_begins_another_word_is_no_unit(text: str) -> None:
    ((_, _, unit),) = found(text)
    assert unit == ""


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("9到30。", True),
        ("16", True),
        ("16 to 32 or so", True),
        ("82, I think", True),
        ("8个", False),
        ("7 airbags", False),
        ("3.6版", False),
    ],
)
def test_a_bare_number_has_nothing_behind_it(text: str, bare: bool) -> None:
    assert quantities(comparable(text))[-1].bare is bare


def test_a_quantity_knows_its_place() -> None:
    line = comparable("电池容量为 82 kWh。")
    (quantity,) = quantities(line)
    assert line[quantity.start : quantity.end] == "82 kwh"


def test_a_name_may_stand_for_several_units() -> None:
    assert {unit.dimension for unit in units_called("度")} == {"temperature", "angle", "energy"}
    assert units_called("foot-candle") == ()


@pytest.mark.parametrize(
    ("value", "given", "wanted", "expected"),
    [
        (0.25, "MPa", "bar", 2.5),
        (1.5, "t", "kg", 1500),
        (90, "min", "h", 1.5),
        (50, "°F", "°C", 10),
        (10, "°C", "°F", 50),
        (24, "month", "year", 2),
    ],
)
def test_units_are_converted(value: float, given: str, wanted: str, expected: float) -> None:
    assert convert(value, UNITS[given], UNITS[wanted]) == pytest.approx(expected)


def test_units_of_different_dimensions_are_not_converted() -> None:
    with pytest.raises(ValueError, match="kW cannot be expressed in kWh"):
        convert(1, UNITS["kW"], UNITS["kWh"])


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["1", "一", "1,", "one ", "a hundred ", "16-", "零", "1小时", "half an "])
def test_no_text_takes_long(piece: str) -> None:
    found(piece * 4000)
