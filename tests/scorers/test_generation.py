"""Written texts, point by point: each kind of point alone, what scores 0, figures over all answers, and the shipped suite's own rules."""

from typing import Any

import pytest

from harness.item import Item
from harness.records import Answer, Response, Score
from harness.scorers.generation import GenerationScorer
from harness.scorers.text import count_zi
from harness.suite import bundled_folder, load_suite
from harness.suite_check import example_answer

SCORER = GenerationScorer()
PROMPT = "周六九点在东门集合，骑行三天，共36公里。请写摘要。"
TARGET: dict[str, Any] = {"topic": ["骑行"], "facts": [["九点", "9点"], ["东门"]]}


def item(prompt: str = PROMPT, references: tuple[str, ...] = ("九点东门集合骑行。",), **target: Any) -> Item:
    line = {"id": "g", "lang": "zh", "stratum": "s", "prompt": prompt, "references": references, "target": TARGET | target}
    return Item.model_validate({**line, "pass": ["a"], "fail": ["b"]})


def score(text: str, **target: Any) -> Score:
    return SCORER.score(item(**target), Answer((Response("r", text),)))


def failed(text: str, **target: Any) -> list[tuple[str, str]]:
    return [(check.name, check.reason) for check in score(text, **target).checks if not check.passed]


def test_the_score_is_the_share_of_points_met() -> None:
    assert score("9点东门集合骑行").metrics["points"] == score("9点东门集合骑行").metrics["all_points"] == 1.0
    partly = score("骑行，9点集合")
    assert (partly.metrics["points"], partly.metrics["all_points"]) == (pytest.approx(2 / 3), 0.0)
    assert failed("骑行，9点集合") == [("fact", "'东门' is missing")]


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_response_has_nothing_for_being_short_and_saying_nothing_wrong(text: str) -> None:
    result = score(text, limit={"max": 30, "unit": "zi"}, contradictions=["西门"])
    assert result.metrics["points"] == 0.0
    assert {check.passed for check in result.checks} == {False}


def test_a_response_about_something_else_has_nothing() -> None:
    result = score("东门的天气很好", limit={"max": 30, "unit": "zi"}, contradictions=["西门"])
    assert [check.name for check in result.checks if check.passed] == ["length", "fact", "contradiction"]
    assert result.metrics["points"] == 0.0


def test_all_facts_are_about_the_question_whatever_its_words() -> None:
    assert score("九点，东门").metrics["points"] == 1.0
    assert failed("自行车活动九点开始")[0] == ("topic", "names 0 of the topic's words, at least 1 wanted")
    assert failed("骑行", topic=["骑行", "集合"], topic_min=2, facts=[["东门"]])[0][0] == "topic"


@pytest.mark.parametrize(
    ("unit", "longest", "text", "count"),
    [
        ("zi", 8, "九点，东门！骑行 ABC 36。", "8 字"),
        ("words", 2, "骑行 two words 九点东门", "2 words"),
        ("characters", 9, "九点 东门，骑行AB", "9 characters without white space"),
    ],
)
def test_lengths_are_counted_by_the_rule_of_their_unit(unit: str, longest: int, text: str, count: str) -> None:
    assert failed(text, limit={"max": longest, "unit": unit}) == []
    assert failed(text, limit={"max": longest - 1, "unit": unit}) == [("length", f"{count}, at most {longest - 1} allowed")]


def test_zi_are_characters_and_words_without_punctuation() -> None:
    assert [count_zi(text) for text in ("", "，。！", "你好", "don't 你 3.5km")] == [0, 0, 2, 3]


def test_structure_is_judged_by_the_rules_of_constraints() -> None:
    rules = [{"kind": "headings", "titles": ["时间", "地点"]}, {"kind": "lines", "max": 4}]
    assert failed("时间\n九点\n地点\n东门", structure=rules) == []
    assert failed("地点\n东门\n时间\n九点", structure=rules) == [("structure", "the heading '地点' stands too early")]


def test_contradictions_and_numbers_that_the_source_lacks() -> None:
    text = "9点东门集合骑行，"
    assert failed(text + "不是西门", contradictions=["西门"]) == [("contradiction", "'西门' contradicts the source")]
    assert failed(text + "午餐50元", given_numbers=True) == [("contradiction", "the number 50 does not stand in the source")]
    assert failed(text + "午餐50元") == []
    assert failed(text + "15点返回", given_numbers=True) == [("contradiction", "the number 15 does not stand in the source")]
    assert failed(text + "15点返回", prompt=PROMPT + "下午三点返回。", given_numbers=True) == []
    for given in ("3天36公里", "\n1. 出发\n2. 到达\n10. 返回", "1次"):
        assert failed(text + given, given_numbers=True) == [], given


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ({"facts": []}, "needs facts, structure or both"),
        ({"facts": [[]]}, "one has no wordings"),
        ({"topic": []}, "topic"),
        ({"topic_min": 2}, "topic_min 2 is more than the 1 words"),
        ({"limit": {"max": 5, "unit": "lines"}}, "unit"),
        ({"structure": [{"kind": "unheard"}]}, "unheard"),
        ({"surprise": 1}, "surprise"),
        ({"facts": [["  "]]}, "empty phrase"),
    ],
)
def test_a_target_that_could_not_be_judged_is_refused(target: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        SCORER.check_target(item(**target))


def test_references_are_needed() -> None:
    with pytest.raises(ValueError, match="references: the scorer 'generation' needs at least one"):
        SCORER.check_target(item(references=()))


def test_reference_metrics_stand_beside_the_score_between_0_and_1() -> None:
    same, other = score("九点东门集合骑行。").metrics, score("骑行").metrics
    assert [same[name] for name in ("sentence_bleu", "sentence_chrf", "rouge_l")] == [1.0, 1.0, 1.0]
    assert all(0 <= other[name] < 1 for name in ("sentence_bleu", "sentence_chrf", "rouge_l"))
    assert same.keys() == set(SCORER.metrics)


def test_figures_over_all_answers_are_shares_of_points_by_kind() -> None:
    limit = {"limit": {"max": 10, "unit": "zi"}, "contradictions": ["西门"]}
    pairs = [(item(**limit), "九点东门骑行"), (item(**limit), "骑行去西门，" + "好" * 15), (item(), "天气很好")]
    judged = [(each, answer := Answer((Response("r", text),)), SCORER.score(each, answer)) for each, text in pairs]
    figures = SCORER.corpus_figures(judged)
    assert {name: (pytest.approx(figure.value), figure.n) for name, figure in figures.items()} == {
        "on_topic": (2 / 3, 3), "within_limit": (1 / 2, 2), "facts_kept": (2 / 6, 3), "uncontradicted": (1 / 2, 2),
        "verbosity": ((0.6 + 2.0) / 2, 2),
    }  # fmt: skip
    assert all(figure.note and figure.signature for figure in figures.values())
    assert figures["verbosity"].details == {"median": pytest.approx(1.3), "over": 1}


SUITE = load_suite(bundled_folder() / "generation")


def test_the_suite_has_what_it_promises() -> None:
    assert len(SUITE.items) >= 150
    assert sum(one.lang == "zh" for one in SUITE.items) * 2 == len(SUITE.items)
    for metric in ("bleu", "chrf", "rouge", "bert_score", "perplexity", "length_ratio", "evaluate:./edit_similarity"):
        assert metric in SUITE.config.corpus_metrics
    assert all(one.references for one in SUITE.items)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_failing_example_violates_one_point_and_copying_the_prompt_is_no_answer(lang: str) -> None:
    for one in SUITE.items:
        if one.lang == lang:
            for text in one.failing:
                checks = SCORER.score(one, example_answer(one, text)).checks
                assert sum(not check.passed for check in checks) == 1, (
                    one.id,
                    text,
                    [check.reason for check in checks if not check.passed],
                )
            assert SCORER.score(one, example_answer(one, one.prompt)).metrics["points"] < 1, one.id
