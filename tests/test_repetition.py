"""When a response that runs in circles is ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.records import Response
from harness.repetition import RepetitionDetection
from harness.suite_config import Generation


def as_said(rule: RepetitionDetection, tokens: list[int]) -> bool:
    """The rule in the words of its docstring: the end is one pattern, of a size between the two, so many times."""
    sizes = range(rule.min_pattern_size, rule.max_pattern_size + 1)
    return any(
        size * rule.min_count <= len(tokens) and tokens[-size * rule.min_count :] == tokens[-size:] * rule.min_count for size in sizes
    )


@given(
    st.integers(1, 4), st.integers(0, 4), st.integers(2, 4), st.lists(st.integers(0, 1), max_size=12),
    st.lists(st.integers(0, 1), min_size=1, max_size=6), st.integers(1, 5),
)  # fmt: skip
def test_it_is_found_where_the_end_is_one_pattern_often_enough(
    least: int, more: int, count: int, before: list[int], pattern: list[int], times: int
) -> None:
    rule = RepetitionDetection(min_pattern_size=least, max_pattern_size=least + more, min_count=count)
    tokens = before + pattern * times
    assert rule.found(tokens) == as_said(rule, tokens)


def test_a_short_pattern_counts_when_it_makes_up_one_of_the_least_size() -> None:
    rule = RepetitionDetection(min_pattern_size=8, max_pattern_size=64, min_count=4)
    assert rule.found([5] * 32)
    assert not rule.found([5] * 31)
    assert not rule.found([4, *range(40)])


def test_a_response_ended_so_is_truncated() -> None:
    assert Response("r", "la la la la", 4, "repetition").truncated


def test_settings_without_it_are_written_as_before_there_was_any_so_that_runs_keep_their_names() -> None:
    assert set(Generation().model_dump(mode="json")) == {"max_tokens", "temperature", "sampling_temperature", "top_p", "stop"}
    with_it = Generation(repetition_detection=RepetitionDetection(max_pattern_size=9, min_count=3))
    assert with_it.model_dump(mode="json")["repetition_detection"] == {"max_pattern_size": 9, "min_pattern_size": 1, "min_count": 3}
    assert Generation.model_validate(with_it.model_dump(mode="json")) == with_it


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"max_pattern_size": 4, "min_pattern_size": 5, "min_count": 3}, r"min_pattern_size \(5\) is above max_pattern_size \(4\)"),
        ({"max_pattern_size": 4, "min_count": 1}, "min_count"),
        ({"max_pattern_size": 0, "min_count": 2}, "max_pattern_size"),
        ({"max_pattern_size": 4, "min_count": 2, "times": 3}, "times"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, int], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Generation.model_validate({"repetition_detection": settings})
