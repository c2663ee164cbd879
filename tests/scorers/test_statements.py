"""What a response states as so: denied, earlier, given-up and asked figures and names do not count."""

import pytest

from harness.scorers.statements import stated_names, stated_quantities


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("It is 26 °C now.", [26]),
        ("Changed from 24 to 26.", [26]),
        ("Changed from 26 to 24.", [24]),
        ("已从24度调到26度。", [26]),
        ("把温度从24度升高2度到26度", [26]),
        ("Not 24, it is 26.", [26]),
        ("26 instead of 24", [26]),
        ("It was 24; it's now 26.", [26]),
        ("It was set to 26.", [26]),
        ("原来是24度，现在是26度。", [26]),
        ("现在不是24度，而是26度", [26]),
        ("24 → 26", [26]),
        ("24度改成26度", [26]),
        ("把24度调到26度", [26]),
        ("调高2度，现在26度。", [26]),
        ("I raised it by 2 degrees to 26.", [26]),
        ("It's 2 degrees warmer: 26 °C.", [26]),
        ("两边都是26度", [26]),
        ("The two of them are at 26.", [26]),
        ("Two sides and 26", [26]),
        ("A triangle has 3 sides.", [3]),
        ("要设成26度吗？", []),
        ("Shall I set 26?", []),
        ("It is not 26.", []),
        ("between 24 and 26", [24]),
        ("26 or 24", [26, 24]),
    ],
)
def test_a_figure_counts_where_it_is_stated(text: str, values: list[float]) -> None:
    assert [quantity.low for quantity in stated_quantities(text)] == values


def test_a_range_keeps_both_ends_unless_it_is_a_change() -> None:
    assert [(each.low, each.high) for each in stated_quantities("between 24 and 26")] == [(24, 26)]
    assert [(each.low, each.high) for each in stated_quantities("from 24 to 26")] == [(26, 26)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("现在导航去鼓楼。", ["鼓楼"]),
        ("目的地已从火车站改为鼓楼。", ["鼓楼"]),
        ("火车站改成鼓楼", ["鼓楼"]),
        ("不去火车站了，去鼓楼", ["鼓楼"]),
        ("火车站已取消，改去鼓楼", ["鼓楼"]),
        ("取消火车站，前往鼓楼", ["鼓楼"]),
        ("将鼓楼设为目的地", ["鼓楼"]),
        ("没问题，去鼓楼", ["鼓楼"]),
        ("鼓楼和火车站", ["鼓楼", "火车站"]),
        ("鼓楼还是火车站？", []),
        ("不去鼓楼", []),
        ("Heading to the Drum Tower instead of the station.", ["Drum Tower"]),
        ("Switched from the station to the Drum Tower.", ["Drum Tower"]),
        ("The station is cancelled; going to the Drum Tower.", ["Drum Tower"]),
        ("Replacing the station with the Drum Tower.", ["Drum Tower"]),
        ("The station is replaced by the Drum Tower.", ["Drum Tower"]),
        ("鼓楼，火车站不去了", ["鼓楼"]),
        ("Don't forget the Drum Tower.", ["Drum Tower"]),
        ("The Drum Tower was dropped.", []),
        ("The destination was the Drum Tower.", []),
        ("stationery", []),
    ],
)
def test_a_name_counts_where_it_is_stated(text: str, names: list[str]) -> None:
    assert [found.name for found in stated_names(text, ["鼓楼", "火车站", "Drum Tower", "station"])] == names


def test_of_names_that_overlap_the_longest_is_there() -> None:
    assert [found.name for found in stated_names("It is in the rear left.", ["left", "rear left"])] == ["rear left"]
    assert [found.name for found in stated_names("不确定", ["确定", "不确定"])] == ["不确定"]
