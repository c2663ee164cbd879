"""The same request in other words: meaning by required points, agreement by group, variety of wording."""

from typing import Any

import pytest

from harness.choosing import choose_items
from harness.item import Item
from harness.records import CorpusFigure
from harness.scorers import CorpusScorer, variety
from harness.scorers.paraphrase import ParaphraseScorer
from harness.suite import bundled_folder, load_suite
from harness.suite_check import example_answer
from tests.conftest import item_line

POINTS = [["hot", "heat*"], ["danger*", "die*"]]
ALIKE = "It gets hot and that is dangerous."


def item(number: int, cluster: str = "g", lang: str = "en") -> Item:
    return Item.model_validate(item_line(f"q{number}", lang=lang, cluster=cluster, target={"points": POINTS}))


@pytest.mark.parametrize(
    ("response", "meaning", "points"),
    [(ALIKE, 1.0, 1.0), ("Heating up quickly, it may die.", 1.0, 1.0), ("It gets hot.", 0.0, 0.5), ("Shot.", 0.0, 0.0), ("", 0.0, 0.0)],
)
def test_meaning_is_all_points(response: str, meaning: float, points: float) -> None:
    one = item(0)
    assert ParaphraseScorer().score(one, example_answer(one, response)).metrics == {"meaning": meaning, "points": points}


def figures(*groups: list[str], lang: str = "en") -> dict[str, CorpusFigure]:
    scorer = ParaphraseScorer()
    assert isinstance(scorer, CorpusScorer)
    items = [(item(n, f"g{g}", lang), text) for g, group in enumerate(groups) for n, text in enumerate(group)]
    answers = [(one, example_answer(one, text)) for one, text in items]
    return scorer.corpus_figures([(one, answer, scorer.score(one, answer)) for one, answer in answers])


VARIED = ["It gets hot, a danger.", "Heat builds up, so people die.", "Dangerous heat!", "You could die: it is that hot."]


def test_the_same_meaning_in_other_words() -> None:
    found = figures(VARIED)
    assert found["group_agreement"].value == 1.0
    assert found["groups_all_right"].value == 1.0
    same = figures([ALIKE] * 4)
    for name, better in (("distinct_1/en", 1), ("distinct_2/en", 1), ("self_bleu/en", -1)):
        values = found[name].value, same[name].value
        assert values[0] is not None
        assert values[1] is not None
        assert better * values[0] > better * values[1], name
    assert same["distinct_1/en"].value == pytest.approx(1 / 4)
    assert same["self_bleu/en"].value == pytest.approx(100)


@pytest.mark.parametrize(
    ("group", "agreement"),
    [
        ([ALIKE, "It gets hot.", "Hot!", "It is a danger."], 0.5),
        (["no", "Paris.", "In Paris", "Rome"], 0.5),  # None holds a point: the rule for samples.
        (["", " ", "", ""], 0.0),
        (["", "Paris.", "", ""], 0.25),
        ([ALIKE, "", "", ""], 0.25),
    ],
)
def test_agreement_is_the_largest_group_of_one_meaning(group: list[str], agreement: float) -> None:
    assert figures(group)["group_agreement"].value == agreement


def test_figures_are_means_over_groups() -> None:
    found = figures([ALIKE] * 2, ["Hot.", ALIKE], ["alone"])
    assert found["group_agreement"].value == 0.75
    assert found["groups_all_right"].value == 0.5
    assert found["group_agreement"].n == 4
    assert found["self_bleu/en"].details == {"right_only": pytest.approx(100), "right_groups": 1}


def test_empty_answers_are_never_good() -> None:
    full, empty = figures(VARIED), figures(["", "", " ", "!!!"])
    assert (empty["distinct_1/en"].value, empty["distinct_2/en"].value, empty["self_bleu/en"].value) == (0.0, 0.0, 100.0)
    assert "3 answers empty" in empty["distinct_1/en"].note
    assert empty["self_bleu/en"].details["right_only"] is None
    partly = figures([*VARIED[:2], "", ""])
    assert full["self_bleu/en"].value is not None
    assert full["distinct_1/en"].value is not None
    assert partly["self_bleu/en"].value is not None
    assert partly["distinct_1/en"].value is not None
    assert partly["self_bleu/en"].value > 50
    assert partly["distinct_1/en"].value <= 0.5


def test_without_groups_figures_are_undefined_not_zero() -> None:
    found = figures(["alone"])
    assert set(found) == {"group_agreement", "groups_all_right"}
    assert {figure.value for figure in found.values()} == {None}
    assert "no group has two answers" in found["group_agreement"].note


def test_chinese_is_counted_by_characters_and_says_so() -> None:
    assert variety.tokens("车里很热，OK！", "zh") == ["车", "里", "很", "热", "ok"]
    assert variety.distinct(["很热", "很冷"], 1, "zh") == 0.75
    found = figures(["车里很热", "车里很冷"], lang="zh")
    assert set(found) == {"group_agreement", "groups_all_right", "distinct_1/zh", "distinct_2/zh", "self_bleu/zh"}
    assert "tok:zh" in found["self_bleu/zh"].signature
    assert "tok:13a" in figures(VARIED)["self_bleu/en"].signature
    assert "nrefs:group-1" in found["self_bleu/zh"].signature


def test_self_bleu_is_sacrebleu_of_each_against_the_others() -> None:
    from sacrebleu.metrics.bleu import BLEU

    bleu = BLEU(tokenize="13a", lowercase=True, effective_order=True)
    expected = sum(bleu.sentence_score(VARIED[n], VARIED[:n] + VARIED[n + 1 :]).score for n in range(4)) / 4
    assert variety.self_bleu(VARIED, "en") == pytest.approx(expected)


def test_a_group_needs_answers() -> None:
    with pytest.raises(ValueError, match="at least one"):
        variety.distinct([], 1, "en")
    with pytest.raises(ValueError, match="at least two"):
        variety.self_bleu(["one"], "en")


@pytest.mark.parametrize("target", [{}, {"points": []}, {"points": [[]]}, {"points": [["*"]]}, {"points": [["a"]], "group": 1}])
def test_a_target_of_another_form_is_refused(target: dict[str, Any]) -> None:
    one = item(0).model_copy(update={"target": target})
    with pytest.raises(ValueError, match="validation error"):
        ParaphraseScorer().check_target(one)


def test_quick_runs_of_the_suite_take_whole_groups() -> None:
    suite = load_suite(bundled_folder() / "diversity")
    sizes: dict[str, int] = {}
    for one in choose_items(suite, size="quick"):
        sizes[one.cluster] = sizes.get(one.cluster, 0) + 1
    assert len(sizes) == 20
    assert set(sizes.values()) == {4}


def test_items_of_a_group_have_the_same_points() -> None:
    points: dict[str, set[str]] = {}
    for one in load_suite(bundled_folder() / "diversity").items:
        points.setdefault(one.cluster, set()).add(str(one.target))
    assert {len(targets) for targets in points.values()} == {1}
