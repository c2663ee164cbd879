"""TruthfulQA (Lin et al., 2022), multiple choice: a question with true and false answers.

Some rows have an empty false answer, which is left out.
"""

from harness.public.choices import Question
from harness.public.rows import Row


def split_mc1(row: Row, number: int) -> Question:
    """A question from a row with `question` and `mc1_targets`, answers to 1 or 0 of which one is 1; its id is the row's number from 0."""
    answers = _filled(row["mc1_targets"])
    (right,) = _right(answers)
    return Question(str(number), row["question"].strip(), tuple(answers), right)


def split_mc2(row: Row, number: int) -> Question:
    """Likewise from `mc2_targets`, of which any number is 1."""
    answers = _filled(row["mc2_targets"])
    return Question(str(number), row["question"].strip(), tuple(answers), _right(answers))


def _filled(answers: dict[str, int]) -> dict[str, int]:
    return {text.strip(): value for text, value in answers.items() if text.strip()}


def _right(answers: dict[str, int]) -> tuple[int, ...]:
    return tuple(position for position, value in enumerate(answers.values()) if value == 1)
