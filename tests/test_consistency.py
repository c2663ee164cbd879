"""Agreement of the samples of an item, and its place in the summary."""

from typing import Any

import pytest

from harness.consistency import agreement, consistency
from harness.suite import load_suite
from harness.summary import figures
from tests.conftest import write_suite


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["28 minutes."], 1),
        (["28 minutes.", "It takes about 28 min.", "twenty-eight minutes", "28分钟"], 1),
        (["28 minutes.", "It takes 28 min.", "Half an hour."], 2 / 3),
        (["2.5 bar", "0.25 MPa", "2.7 bar", "2.9 bar"], 2 / 4),
        (["16–32 ℃", "between 16 and 32 degrees", "16 °C"], 2 / 3),
        (["不确定。", "手册没有说明。", "28分钟"], 2 / 3),
        (["Not stated.", "I don't know.", "It is not known."], 1),
        (["Not stated, but it is probably red.", "Not stated."], 1 / 2),
        (["Padlock.", "It is a small padlock.", "A red key."], 2 / 3),
        (["鄱阳湖", "是鄱阳湖。", "洞庭湖"], 2 / 3),
        (["小凌", "不是小凌"], 1 / 2),
        (["It is the padlock.", "It is not the padlock."], 1 / 2),
        (["the left one", "a right one"], 1 / 2),
        (["a", "b", "c", "d"], 1 / 4),
        (["", "", "x"], 2 / 3),
        (["5 km", "5 kg"], 1 / 2),
        (["50 °F", "10 °C"], 1),
    ],
)
def test_agreement_is_the_share_of_the_largest_group(answers: list[str], expected: float) -> None:
    assert agreement(answers) == pytest.approx(expected)
    assert agreement(answers[::-1]) == pytest.approx(expected)


def test_without_answers_there_is_no_agreement() -> None:
    with pytest.raises(ValueError, match="at least one"):
        agreement([])


def row(item: str, sample: int, response: str | None, error: str | None = None) -> dict[str, Any]:
    return {
        "suite": "arith", "item": item, "sample": sample, "response": response, "error": error, "truncated": False,
    }  # fmt: skip


def test_items_count_alike_and_broken_ones_not_at_all() -> None:
    rows = [row("a", 0, "1 km"), row("a", 1, "1 km"), row("b", 0, "1 km"), row("b", 1, "2 km")]
    assert consistency(rows) == pytest.approx(0.75)
    assert consistency([*rows, row("c", 0, "1 km"), row("c", 1, "5 km", "engine died")]) == pytest.approx(0.75)
    assert consistency([*rows, row("c", 0, None), row("c", 1, "5 km"), row("c", 2, "6 km")]) == pytest.approx(0.75)


def test_one_sample_each_says_nothing() -> None:
    assert consistency([row("a", 0, "1 km"), row("b", 0, "2 km")]) is None
    assert consistency([]) is None


@pytest.mark.parametrize(("declared", "samples", "expected"), [(True, 2, 0.75), (True, 1, None), (False, 2, None)])
def test_the_summary_has_it_for_suites_that_declare_it(tmp_path: Any, declared: bool, samples: int, expected: float | None) -> None:
    suite = load_suite(write_suite(tmp_path, consistency=declared))
    responses = [row("q0", 0, "4"), row("q0", 1, "4"), row("q1", 0, "4"), row("q1", 1, "5"), {**row("q0", 1, "9"), "suite": "other"}]
    responses = [each for each in responses if each["sample"] < samples]
    scores = [
        {
            **each,
            "stratum": "easy",
            "lang": "en",
            "cluster": each["item"],
            "score": 1.0,
            "scores": {"correct": 1.0},
            "checks": [],
            "tags": {},
        }
        for each in responses
        if each["suite"] == "arith"
    ]
    assert figures(suite, scores, responses)["consistency"] == expected
