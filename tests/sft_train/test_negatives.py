"""Drawn rejected answers are answers to something else, in the same language, and always the same ones."""

from dataclasses import replace

from sft_train.training.negatives import with_drawn_negatives
from tests.sft_train.rows import talk

ZH = [talk("开窗", "已开窗。", number=1), talk("放歌", "正在放歌。", number=2), talk("几度？", "二十四度。", number=3)]
EN = [talk("Open it", "Opened the window.", number=4), talk("Play it", "Playing the song.", number=5)]


def test_a_row_without_a_rejected_answer_gets_one_that_answers_something_else() -> None:
    made = with_drawn_negatives([*ZH, *EN], seed=0)
    answers = {lang: {row.turns[-1].content for row in rows} for lang, rows in (("zh", ZH), ("en", EN))}
    for before, row in zip([*ZH, *EN], made, strict=True):
        assert row.rejected in answers[row.lang] - {row.turns[-1].content}
        assert replace(row, rejected="") == before
    assert with_drawn_negatives([*ZH, *EN], seed=0) == made


def test_a_rejected_answer_that_was_given_stays_and_one_that_says_the_same_is_none() -> None:
    given = replace(ZH[0], rejected="不开。")
    same = [talk("开窗", "好。", number=1), talk("放歌", "好。", number=2)]
    grouped = [replace(row, group="g") for row in ZH[:2]]
    assert with_drawn_negatives([given, *ZH[1:]], seed=0)[0].rejected == "不开。"
    assert [row.rejected for row in with_drawn_negatives(same, seed=0)] == ["", ""]
    assert [row.rejected for row in with_drawn_negatives(grouped, seed=0)] == ["", ""]


def test_running_text_and_rows_that_end_with_a_question_get_none() -> None:
    question = replace(ZH[0], turns=ZH[0].turns[:1])
    made = with_drawn_negatives([question, *ZH[1:]], seed=0)
    assert made[0] == question
    assert "开窗" not in {row.rejected for row in made}
