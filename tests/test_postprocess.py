"""Steps of post-processing: each by its rule, in order, and only on what is generated and judged as text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.condition import Condition, Step
from harness.plan import Choice, plan_suites
from harness.postprocess import cut_repeated_sentences, max_characters, max_sentences, processed
from harness.records import Answer, Response
from harness.scorers.text import count_characters, sentences
from harness.suite import bundled_folder, load_suite

TEXTS = st.text(alphabet="aA1 .。！？\n\t“”*空调度，,-", max_size=60)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("空调已打开。好的。空调已打开。", "空调已打开。好的。"),
        ("It is on. It is on! it is ON.", "It is on."),
        ("It is on. It is off.", "It is on. It is off."),
        ("1. Open it.\n2. Open it.\n3. Close it.", "1. Open it.\n3. Close it."),
        ("It is 24. It is 25. It is 24.", "It is 24. It is 25."),
        ("行。\n\n行。\n\n走。", "行。\n\n走。"),
        ("是C++。是C。", "是C++。是C。"),
        ("**Open.** Then close. **Open.** Done.", "**Open.** Then close. Done."),
        ("", ""),
        ("…", "…"),
    ],
)
def test_repeated_sentences_are_cut(text: str, cut: str) -> None:
    assert cut_repeated_sentences(text) == cut


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("一。二！三？", 2, "一。二！"),
        ("It is 3.5 km, e.g. by car. Yes. No.", 1, "It is 3.5 km, e.g. by car."),
        ("one\ntwo\nthree", 2, "one\ntwo"),
        ("one\ntwo\nthree\n", 3, "one\ntwo\nthree\n"),
        ("“好。”然后走。", 1, "“好。”"),
    ],
)
def test_sentences_after_the_limit_are_cut(text: str, limit: int, cut: str) -> None:
    assert max_sentences(text, limit) == cut


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("一二三。四五六。七", 8, "一二三。四五六。"),
        ("一二三。四五六。七", 7, "一二三。"),
        ("一二三。四五六。七", 9, "一二三。四五六。七"),
        ("一 二 三。 四", 4, "一 二 三。"),
        ("一二三四五。", 3, "一二三"),
        ("ab cd ef", 4, "ab cd"),
    ],
)
def test_characters_after_the_limit_are_cut_at_the_end_of_a_sentence_if_there_is_one(text: str, limit: int, cut: str) -> None:
    assert max_characters(text, limit) == cut


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(1, 6))
def test_what_is_left_keeps_the_limit_and_is_a_beginning(text: str, limit: int) -> None:
    assert len(sentences(max_sentences(text, limit))) <= limit
    assert count_characters(max_characters(text, limit)) <= limit
    for cut in (max_sentences(text, limit), max_characters(text, limit)):
        assert text.startswith(cut)
    once = cut_repeated_sentences(text)
    assert len(sentences(once)) <= len(sentences(text))


def test_long_texts_are_cut_too() -> None:
    text = "好的。空调已打开。" * 4_000
    assert cut_repeated_sentences(text) == "好的。空调已打开。"
    assert max_characters(text, 10_000).endswith("。")
    assert max_characters("a" * 1_000_000, 10) == "a" * 10


def test_steps_are_applied_in_their_order_to_the_answer_without_thoughts() -> None:
    item = load_suite(bundled_folder() / "hallucination").items[0]
    answer = Answer((Response("a", "<think>A. B.</think>好。好。走。停。"), Response("b", "好。好。")))
    cut, first = Step(name="cut_repeated_sentences"), Step(name="max_sentences", limit=2)
    assert processed(answer, (cut, first), item).text == "好。走。"
    assert processed(answer, (first, cut), item).text == "好。"
    assert processed(answer, (first, cut), item).texts[1] == "好。好。"
    assert processed(answer, (Step(name="max_sentences", limit=9),), item) is answer
    assert processed(answer, (), item) is answer
    assert processed(Answer((), ((-1.0,),)), (cut,), item).choice_logprobs == ((-1.0,),)


def test_programs_choices_and_texts_are_left_alone_and_claims_need_a_table() -> None:
    names = ("code_execution", "forgetting", "hallucination", "instruction_following")
    condition = Condition.model_validate({"name": "all", "post": ["correct_claims", {"max_sentences": 1}]})
    parts = plan_suites([load_suite(bundled_folder() / name) for name in names], Choice(size="full"))
    for part in (part.under(condition) for part in parts):
        for item in part.items:
            found = [step.name for step in part.steps(item)]
            if item.is_scored or item.scorer == "code":
                assert found == []
            else:
                assert found == (["correct_claims"] if part.suite.name == "hallucination" else []) + ["max_sentences"]
