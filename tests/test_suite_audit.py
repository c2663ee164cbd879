"""The audit of a suite: each rule finds what it is for, names it, and lets pass what it allows."""

import random
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import chisquare

from harness import suite_similar
from harness.suite import bundled_names, find_suite, load_suite
from harness.suite_audit import BOILERPLATE_ITEMS, audit_suite
from harness.suite_choices import position_pvalue
from harness.suite_report import Audit, SkeletonCount
from harness.suite_similar import jaccard, ngrams, similar_pairs
from tests.conftest import item_line, write_suite

_TEXT = (
    "anchor basket candle donkey engine feather garden hammer island jacket kettle ladder magnet needle orange pepper quarry ribbon "
    "saddle tunnel umbrella violin walnut yogurt zipper bridge castle dragon falcon guitar harbour insect jungle kitten lantern mirror"
)
WORDS = _TEXT.split()


def audit(folder: Path, items: list[dict[str, Any]], **config: Any) -> Audit:
    """Audit a suite whose items have prompts of their own, unless they were given some."""
    return audit_suite(load_suite(write_suite(folder / "s", items, **config)))


def own(number: int, **changes: Any) -> dict[str, Any]:
    """An item that is like no other: six words of its own, and its number nowhere in them."""
    words = random.Random(number).sample(WORDS, 6)
    fields: dict[str, Any] = {
        "prompt": " ".join(words),
        "fail": [f"not {' '.join(words)}"],
        "target": {"answers": ["no"], "match": "equals"},
    }
    return item_line(f"i{number}", **{**fields, "pass": ["no"], **changes})


def choice(number: int, right: int, choices: tuple[str, ...] = ("aa", "bb", "cc", "dd"), **changes: Any) -> dict[str, Any]:
    fields = {"scorer": "choice", "choices": choices, "target": {"answer": right}, "pass": [choices[right]], "fail": [choices[right - 1]]}
    return own(number, **{**fields, **changes})


def of_rule(audit: Audit, rule: str) -> list[str]:
    return [finding.text for finding in (*audit.problems, *audit.warnings) if finding.rule == rule]


def test_a_suite_of_items_of_their_own_has_nothing_to_be_said_about_it(tmp_path: Path) -> None:
    found = audit(tmp_path, [own(number) for number in range(30)])
    assert (found.problems, found.warnings) == ((), ())
    assert found.skeletons == SkeletonCount(30, 30, 1)


def test_items_are_counted_by_stratum_and_language_and_clusters_by_size(tmp_path: Path) -> None:
    places = [("easy", "en", "a"), ("easy", "en", "a"), ("easy", "zh", "a"), ("hard", "zh", ""), ("hard", "zh", "")]
    items = [own(n, stratum=stratum, lang=lang, cluster=cluster) for n, (stratum, lang, cluster) in enumerate(places)]
    found = audit(tmp_path, items, strata=["easy", "hard"])
    assert found.groups == {("easy", "en"): 2, ("easy", "zh"): 1, ("hard", "zh"): 2}
    assert found.cluster_sizes == {1: 2, 3: 1}


# Skeletons


def templates(count: int, size: int, **changes: Any) -> list[dict[str, Any]]:
    """`count` clusters of `size` items that differ in a number only."""
    forms = [" ".join(random.Random(group).sample(WORDS, 9)) for group in range(count)]
    pairs = [(form, n) for form in forms for n in range(size)]
    return [own(number, prompt=f"{form} {n} times", cluster=form, **changes) for number, (form, n) in enumerate(pairs)]


@pytest.mark.parametrize(("size", "wrong"), [(3, False), (4, True)])
def test_more_than_three_prompts_of_one_skeleton_are_a_problem(tmp_path: Path, size: int, wrong: bool) -> None:
    items = [*templates(1, size), *(own(100 + n) for n in range(10))]
    found = audit(tmp_path, items)
    assert found.skeletons == SkeletonCount(size + 10, 11, size)
    assert len(found.problems) == wrong
    if wrong:
        (problem,) = found.problems
        assert problem.items == ("i0", "i1", "i2", "i3")
        assert "i0, i1, i2, i3: 4 prompts have one skeleton, at most 3 may: '" in problem.text
        assert problem.text.endswith(" # times'")


@pytest.mark.parametrize(("size", "wrong"), [(10, False), (11, True)])
def test_a_repetitive_stratum_may_have_ten_prompts_of_one_skeleton(tmp_path: Path, size: int, wrong: bool) -> None:
    items = [*templates(1, size, stratum="sums"), *(own(100 + n) for n in range(20))]
    found = audit(tmp_path, items, strata=["easy", "sums"], repetitive_strata=["sums"])
    assert len(of_rule(found, "skeletons")) == wrong
    assert found.skeletons_by_stratum == {"easy": SkeletonCount(20, 20, 1), "sums": SkeletonCount(size, 1, size)}


def test_a_skeleton_that_another_stratum_uses_too_is_no_habit_of_the_repetitive_one(tmp_path: Path) -> None:
    items = [*templates(1, 4, stratum="sums"), *(own(100 + n) for n in range(20))]
    items[0]["stratum"] = "easy"
    assert len(of_rule(audit(tmp_path, items, strata=["easy", "sums"], repetitive_strata=["sums"]), "skeletons")) == 1


@pytest.mark.parametrize(("single", "wrong"), [(2, False), (1, True)])
def test_fewer_than_six_prompts_in_ten_with_a_skeleton_of_their_own_are_a_problem(tmp_path: Path, single: int, wrong: bool) -> None:
    # Four skeletons twice, and 2 or 1 singly: 6 of 10, or 5 of 9.
    items = [*templates(4, 2), *(own(100 + n) for n in range(single))]
    found = of_rule(audit(tmp_path, items), "skeletons")
    assert len(found) == wrong
    if wrong:
        assert found[0].startswith("5 skeletons for 9 prompts are too few: 56%, 60% wanted")


def test_the_choices_of_a_raw_item_without_a_prompt_are_its_prompt(tmp_path: Path) -> None:
    animals = ("horses", "goats", "sheep", "cows")
    pairs = [(f"There were {n + 2} {animals[n]} here.", f"There was {n + 2} {animals[n]} here.") for n in range(4)]
    items = [choice(n, n % 2, pair, prompt="", raw=True) for n, pair in enumerate(pairs)]
    assert audit(tmp_path, items).skeletons == SkeletonCount(4, 4, 1)
    same = [choice(n, n % 2, (f"There were {n + 2} cows.", f"There was {n + 2} cows."), prompt="", raw=True) for n in range(4)]
    assert audit(tmp_path, same).skeletons == SkeletonCount(4, 1, 4)


# Prompts that are nearly the same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Write a poem about autumn in fewer than fifty words.", "Write a short poem about autumn in fewer than fifty words."),
        ("请写一段关于秋天的短文，不超过五十个字。", "请写一段关于春天的短文，不超过五十个字。"),
        ("请写一段关于秋天的短文，不超过五十个字。", "写一段关于秋天的短文，不要超过五十个字。"),
    ],
)
def test_a_prompt_with_a_word_changed_is_a_warning_with_both_ids(tmp_path: Path, one: str, other: str) -> None:
    found = audit(tmp_path, [own(1, prompt=one), own(2), own(3, prompt=other)])
    assert found.problems == ()
    (warning,) = found.warnings
    assert warning.items == ("i1", "i3")
    assert warning.text.startswith("i3: nearly the same prompt as i1 (")
    assert audit(tmp_path, [own(1, prompt=one, cluster="c"), own(2), own(3, prompt=other, cluster="c")]).warnings == ()


def test_prompts_on_one_subject_are_not_nearly_the_same(tmp_path: Path) -> None:
    prompts = [
        "法国的首都在哪一条河边？",
        "德国哪一座城市最大？",
        "What is the capital of France?",
        "Which river runs through the capital of Germany?",
    ]
    assert of_rule(audit(tmp_path, [own(n, prompt=prompt) for n, prompt in enumerate(prompts)]), "similar") == []


def test_prompts_that_differ_in_case_and_width_only_are_a_problem(tmp_path: Path) -> None:
    found = audit(tmp_path, [own(1, prompt="Open the ＬＥＦＴ window"), own(2, prompt="open  the left Window"), own(3)])
    assert [problem.items for problem in found.problems] == [("i1", "i2")]


def test_equal_questions_with_other_choices_or_another_order_of_them(tmp_path: Path) -> None:
    asked = {"prompt": "Which of these is right?"}
    other = [choice(1, 0, ("The cabin is warm.", "The cabin are warm."), **asked), choice(2, 0, ("He swims.", "He swim."), **asked)]
    assert of_rule(audit(tmp_path, other), "similar") == []
    turned = [choice(1, 0, ("He swims well.", "He swim well."), **asked), choice(2, 1, ("He swim well.", "He swims well."), **asked)]
    assert len(of_rule(audit(tmp_path, turned), "similar")) == 1


def test_one_question_under_two_system_messages_is_two_items(tmp_path: Path) -> None:
    long = "Answer every question of the driver in one short sentence and never name a number."
    assert of_rule(audit(tmp_path, [own(1, prompt="How far is it?", system=long), own(2, prompt="How far is it?")]), "similar") == []
    assert (
        of_rule(audit(tmp_path, [own(1, prompt="How far is it?", system=long), own(2, prompt="Is it warm?", system=long)]), "similar") == []
    )


def test_equal_prompts_are_left_to_the_proof_of_examples(tmp_path: Path) -> None:
    assert of_rule(audit(tmp_path, [own(1, prompt="How far is it?"), own(2, prompt="How far is it?")]), "similar") == []


def test_very_many_pairs_are_counted_and_not_all_listed(tmp_path: Path) -> None:
    items = [own(n, prompt=f"Please close the {WORDS[n]} window of the old car that stands in front of the house now") for n in range(22)]
    found = of_rule(audit(tmp_path, items), "similar")
    assert len(found) == 201
    assert found[-1] == "31 more pairs of prompts are nearly the same"


def test_pairs_are_those_of_a_plain_comparison_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite_similar, "_BLOCK", 7)
    draw = random.Random(3)
    texts = [" ".join(draw.choices(WORDS[:5], k=draw.randint(1, 4))) for _ in range(40)] + ["", "空调", "空调开", "调空"]
    expected = {
        (one, other): jaccard(ngrams(texts[one]), ngrams(texts[other]))
        for one in range(len(texts)) for other in range(one + 1, len(texts)) if texts[one] and texts[other]
    }  # fmt: skip
    found = {(one, other): similarity for one, other, similarity in similar_pairs(texts, 0.4)}
    assert found == pytest.approx({pair: value for pair, value in expected.items() if value >= 0.4})
    assert len(found) > 50


# Answers that stand in the prompt


@pytest.mark.parametrize(
    ("target", "prompt", "given"),
    [
        ({"answers": ["Paris"], "match": "contains"}, "Is paris the capital?", True),
        ({"answers": ["Lutetia", "Paris"], "match": "equals"}, "Is PARIS the capital?", True),
        ({"answers": ["巴黎"], "match": "contains"}, "巴黎是哪国的首都？", True),
        ({"answers": ["Paris"], "match": "contains"}, "Who was Parisian?", False),
        ({"answers": ["24"], "match": "number"}, "It is ２４ already, raise it.", True),
        ({"answers": ["1200"], "match": "number"}, "It is 1,200 already.", True),
        ({"answers": ["24.0"], "match": "number"}, "It is 24 already.", True),
        ({"answers": ["24"], "match": "number"}, "It is 124 or 24.5 already.", False),
    ],
)
def test_an_accepted_answer_in_the_prompt_is_a_warning(tmp_path: Path, target: dict[str, Any], prompt: str, given: bool) -> None:
    found = audit(tmp_path, [own(1, target=target, prompt=prompt)])
    assert found.problems == ()
    assert [(warning.rule, warning.items) for warning in found.warnings] == [("answer", ("i1",))] * given


def test_an_accepted_answer_in_the_system_message_is_a_warning(tmp_path: Path) -> None:
    target = {"answers": ["Lingyun"], "match": "contains"}
    found = audit(tmp_path, [own(1, target=target, system="You are Lingyun, a car.", prompt="Who are you?")])
    assert of_rule(found, "answer") == ["i1: the accepted answer 'Lingyun' stands in the prompt"]


@pytest.mark.parametrize(
    ("prompt", "given"),
    [
        ("Which gas, oxygen or another, do plants give off?", True),
        ("Which gas, oxygen or nitrogen, do plants give off?", False),
        ("Which gas do plants give off?", False),
    ],
)
def test_the_right_choice_in_the_prompt_is_a_warning_unless_a_wrong_one_stands_there_too(tmp_path: Path, prompt: str, given: bool) -> None:
    found = audit(tmp_path, [choice(1, 1, ("nitrogen", "oxygen", "**"), prompt=prompt)])
    assert of_rule(found, "answer") == ["i1: the right choice 'oxygen' stands in the prompt, and no wrong one does"] * given


def test_a_question_about_a_passage_may_hold_its_answer_and_a_bare_question_may_not(tmp_path: Path) -> None:
    def found(prompt: str, **changes: Any) -> list[str]:
        target = changes.pop("target", {"answers": ["nine"], "abstain": False})
        items = [own(1, scorer="abstention", target=target, prompt=prompt, **changes), own(2, cluster="c")]
        return of_rule(audit(tmp_path, items, primary_metric="truthful"), "answer")

    assert len(found("Is it nine that it opens? Or not stated.")) == 1
    assert found("The shop opens at nine. It shuts at six. When does it open?") == []
    assert found("Is it nine that it opens?", cluster="c") == []
    assert found("Is it nine that it opens?", target={"answers": [], "abstain": True, "corrections": ["nine"]}) == []


# Choices


def test_right_choices_in_one_position_are_a_problem_of_their_stratum_and_language(tmp_path: Path) -> None:
    uneven = [choice(n, 2, lang="zh") for n in range(12)]
    even = [choice(100 + n, n % 4) for n in range(12)]
    found = audit(tmp_path, uneven + even)
    assert [(group.lang, group.counts) for group in found.positions] == [("en", (3, 3, 3, 3)), ("zh", (0, 0, 12, 0))]
    (problem,) = found.problems
    assert problem.rule == "positions"
    assert problem.text.startswith("stratum 'easy', zh: the positions of right choices are uneven: 0 0 12 0 from first to last (p = ")


def test_items_with_other_numbers_of_choices_are_counted_apart(tmp_path: Path) -> None:
    items = [choice(n, n % 2, ("yy", "nn")) for n in range(20)] + [choice(100 + n, n % 4) for n in range(20)]
    found = audit(tmp_path, items)
    assert [group.counts for group in found.positions] == [(10, 10), (5, 5, 5, 5)]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("counts", "wrong"),
    [
        ((4, 0, 0, 0), False),
        ((5, 0, 0, 0), True),
        ((7, 0), False),
        ((8, 0), True),
        ((9, 1), False),
        ((20, 20, 20, 0), True),
        ((6, 5, 9, 4), False),
    ],
)
def test_what_chance_does_in_one_case_of_a_hundred_is_uneven(counts: tuple[int, ...], wrong: bool) -> None:
    # 4 of 4 by chance: 4/256; 5 of 5: 4/1024; 7 of 7 at two positions: 2/128; 8 of 8: 2/256.
    assert (position_pvalue(counts) < 0.01) == wrong


def test_from_ten_items_on_the_test_is_pearsons() -> None:
    assert position_pvalue((6, 5, 9, 4)) == pytest.approx(chisquare((6, 5, 9, 4)).pvalue)
    assert position_pvalue((3, 3, 3)) == 1.0


def lengths(folder: Path, longest: int, items: int) -> Audit:
    """`items` items of four choices; the right one is the longest in `longest` of them, and as long as another in the rest."""
    right, tie = ("aaaa", "bb", "cc", "dd"), ("aaaa", "bbbb", "cc", "dd")
    turned = [[*(right if n < longest else tie)] for n in range(items)]
    rows = [choice(n, n % 4, tuple(choices[-(n % 4) :] + choices[: -(n % 4)])) for n, choices in enumerate(turned)]
    return audit(folder, rows)


@pytest.mark.parametrize(("longest", "items", "wrong"), [(9, 20, False), (10, 20, True), (19, 19, False)])
def test_right_choices_that_are_often_the_longest_are_a_warning(tmp_path: Path, longest: int, items: int, wrong: bool) -> None:
    found = lengths(tmp_path, longest, items)
    (count,) = found.lengths
    assert (count.longest, count.items, count.chance) == (longest, items, 0.25)
    assert of_rule(found, "length") == [
        "stratum 'easy': the right choice is the longest in 10 of 20 items (50%, 25% by chance); lengthen wrong choices"
    ] * wrong  # fmt: skip
    assert not any(problem.rule == "length" for problem in found.problems)


# Failing examples


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_failing_example_is_a_problem(tmp_path: Path, text: str) -> None:
    found = audit(tmp_path, [own(1, fail=["wrong", text])])
    assert [problem.text for problem in found.problems] == ["i1: fail example 2 is empty, which proves nothing; write a wrong answer"]


@pytest.mark.parametrize(("users", "wrong"), [(BOILERPLATE_ITEMS, False), (BOILERPLATE_ITEMS + 1, True)])
def test_one_failing_example_for_many_items_is_a_problem(tmp_path: Path, users: int, wrong: bool) -> None:
    items = [own(n, fail=["I refuse.", " I refuse."] if n < users else ["never"]) for n in range(users + 2)]
    found = audit(tmp_path, items)
    assert len(found.problems) == wrong
    if wrong:
        assert found.problems[0].items == tuple(f"i{n}" for n in range(users))
        assert "6 items have the same fail example, at most 5 may: 'I refuse.'" in found.problems[0].text


def test_failing_examples_that_are_choices_may_be_the_same(tmp_path: Path) -> None:
    assert audit(tmp_path, [choice(n, n % 2, ("yes", "no")) for n in range(20)]).problems == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", bundled_names())
def test_a_bundled_suite_has_no_problems(name: str) -> None:
    assert [finding.text for finding in audit_suite(load_suite(find_suite(name))).problems] == []
