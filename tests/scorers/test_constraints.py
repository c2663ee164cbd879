"""The scorer of constraints: each kind in both languages, metrics, strict against loose, empty and endless responses."""

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.item import Item
from harness.scorers.constraints import AnyConstraint, ConstraintsScorer
from tests.conftest import item_line
from tests.scorers.constraint_cases import CASES, judge, loose, strict


def test_the_cases_cover_every_kind_in_both_languages() -> None:
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


@pytest.mark.slow
@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ["\n", "!", "[", "*", "a", ".", ". ", "<<", "9", "1,", "一", " ", '"', "|", "#", "-"])
def test_an_endless_response_stops_no_kind(unit: str) -> None:
    judge("x. " + unit * 20_000 + "x", *(constraint for constraint, _, _ in CASES))


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


@pytest.mark.slow
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
