"""Proving suites: every example is judged as the suite says, or there is a sentence about it."""

from pathlib import Path
from typing import Any

import pytest

from harness.errors import UserError
from harness.records import Score
from harness.suite import bundled_names, find_suite, load_suite
from harness.suite_check import SuiteReport, check_suite, check_targets, example_answer, primary_score
from tests.conftest import item_line, write_suite

CHOICE = {"scorer": "choice", "choices": ["four", "five"], "target": {"answer": 0}, "pass": ["four"], "fail": ["five"]}


def check(folder: Path, items: list[dict[str, Any]], **config: Any) -> SuiteReport:
    return check_suite(load_suite(write_suite(folder, items, **config)))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("code_execution", marks=pytest.mark.slow),
        "classification",
        "dialogue",
        "diversity",
        "forgetting",
        "generation",
        "hallucination",
        "instruction_following",
        "safety",
    ],
)
def test_every_bundled_suite_is_sound(name: str) -> None:
    suite = load_suite(find_suite(name))
    report = check_suite(suite)
    assert report.problems == ()
    assert report.items == len(suite.items) >= 60
    assert report.examples >= 2 * report.items
    assert {group[0] for group in report.by_group} == set(suite.config.strata)


def test_no_bundled_suite_is_left_unproved() -> None:
    assert bundled_names() == [
        "classification",
        "code_execution",
        "dialogue",
        "diversity",
        "forgetting",
        "generation",
        "hallucination",
        "instruction_following",
        "safety",
    ]


def test_a_sound_suite_has_no_problems_and_is_counted(tmp_path: Path) -> None:
    items = [item_line("a"), item_line("b", lang="zh", **{"pass": ["4", "是4"], "fail": ["5"]}), item_line("c")]
    assert check(tmp_path, items) == SuiteReport(3, 7, {("easy", "en"): 2, ("easy", "zh"): 1}, ())


def test_a_passing_example_that_fails_is_reported_with_item_number_and_reason(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, [item_line("a", **{"pass": ["It is 4.", "It is 40."]})]).problems
    assert problem.startswith("a: pass example 2 was judged wrong: last number is 40")


def test_a_failing_example_that_passes_is_reported_with_item_number_and_reason(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, [item_line("a", **{"fail": ["It is 4."]})]).problems
    assert problem.startswith("a: fail example 1 was judged right: last number is 4")


def test_an_example_that_is_none_of_the_choices_is_reported(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, [item_line("a", **CHOICE | {"fail": ["six"]})]).problems
    assert problem == "a: fail example 1 is not one of the choices: 'six'"


def test_a_stratum_without_items_is_reported(tmp_path: Path) -> None:
    assert check(tmp_path, [item_line("a")], strata=["easy", "hard"]).problems == ("stratum 'hard' has no items",)


def test_two_items_with_the_same_question_are_reported(tmp_path: Path) -> None:
    items = [
        item_line(name, prompt="What is two plus two?", system=system) for name, system in (("a", None), ("b", "Be brief."), ("c", None))
    ]
    assert check(tmp_path, items).problems == ("c: has the same prompt as a",)


def test_raw_items_may_share_an_empty_prompt_but_not_their_choices(tmp_path: Path) -> None:
    pairs = {"a": ["four", "five"], "b": ["four", "six"], "c": ["four", "five"]}
    items = [item_line(name, **CHOICE | {"prompt": "", "raw": True, "choices": pair, "fail": [pair[1]]}) for name, pair in pairs.items()]
    assert check(tmp_path, items).problems == ("c: has the same prompt as a",)


def test_a_target_of_the_wrong_form_is_refused_by_item(tmp_path: Path) -> None:
    suite = load_suite(write_suite(tmp_path / "s", [item_line("good"), item_line("bad", target={"answer": "4"})]))
    with pytest.raises(UserError, match=r"items\.jsonl, item 'bad': target does not fit scorer 'exact'") as caught:
        check_targets(suite)
    assert "\n" not in str(caught.value)


def test_an_unknown_scorer_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    suite = load_suite(write_suite(tmp_path / "s", [item_line("a", scorer="vibes")]))
    with pytest.raises(UserError, match="'vibes'; there are abstention, bits_per_byte, choice, choice_mass, classification, code"):
        check_targets(suite)


def test_an_unknown_scorer_is_refused_by_item(tmp_path: Path) -> None:
    suite = load_suite(write_suite(tmp_path / "s", [item_line("good"), item_line("bad", scorer="vibes")]))
    with pytest.raises(UserError, match="'bad'"):
        check_targets(suite)


def test_a_primary_metric_that_no_scorer_gives_is_refused(tmp_path: Path) -> None:
    suite = load_suite(write_suite(tmp_path / "s", primary_metric="rouge"))
    with pytest.raises(UserError, match=r"suite\.yaml: primary_metric 'rouge' .*\(correct\)"):
        check_targets(suite)


@pytest.mark.parametrize(
    "change",
    [
        {"scorer": "exact", "target": {"answers": [""], "match": "contains"}},
        {"scorer": "abstention", "target": {"answers": ["**"], "abstain": False}},
        {"scorer": "constraints", "target": {"constraints": [{"kind": "include", "all": [" "]}]}},
    ],
)
def test_a_target_that_its_scorer_cannot_judge_is_refused_before_anything_is_generated(tmp_path: Path, change: dict[str, Any]) -> None:
    config = {"primary_metric": {"abstention": "truthful", "constraints": "prompt_strict"}.get(change["scorer"], "correct")}
    suite = load_suite(write_suite(tmp_path / "s", [item_line("a", **change)], **config))
    with pytest.raises(UserError, match="'a'"):
        check_targets(suite)


def test_items_of_another_scorer_count_by_that_scorers_first_metric(tmp_path: Path) -> None:
    suite = load_suite(write_suite(tmp_path / "s"))
    assert primary_score(suite, suite.items[0], Score({"correct": 0.0, "other": 1.0})) == 0.0
    assert primary_score(suite, suite.items[0], Score({"other": 1.0, "third": 0.0})) == 1.0


def test_an_example_of_a_choice_item_prefers_that_choice(tmp_path: Path) -> None:
    (item,) = load_suite(write_suite(tmp_path / "s", [item_line("a", **CHOICE)])).items
    logprobs = example_answer(item, "five").choice_logprobs
    assert logprobs is not None
    assert logprobs[1] > logprobs[0]
