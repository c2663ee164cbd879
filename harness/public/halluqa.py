"""HalluQA (Cheng et al., 2023): Chinese questions that mislead, or ask for knowledge, with right and wrong answers."""

from typing import Any

from harness.public.choices import Question
from harness.public.rows import Row

_STRATA = {"Misleading": "misleading", "Misleading-hard": "misleading_hard", "Knowledge": "knowledge"}


def read(row: Row, number: int) -> dict[str, Any]:
    """An item from a row with `question_id`, `Question`, `Best Answer1` … and `Wrong_Answer1` …; its id is the question's."""
    return {
        "id": str(row["question_id"]),
        "lang": "zh",
        "stratum": _STRATA[row["Category"]],
        "prompt": row["Question"].strip(),
        "target": {"right": _answers(row, "Best Answer"), "wrong": _answers(row, "Wrong_Answer")},
    }


def split_choices(row: Row, number: int) -> Question:
    """The first of the right answers against all wrong ones."""
    options = (_answers(row, "Best Answer")[0], *_answers(row, "Wrong_Answer"))
    return Question(str(row["question_id"]), row["Question"].strip(), tuple(dict.fromkeys(options)), 0, _STRATA[row["Category"]])


def _answers(row: Row, name: str) -> list[str]:
    """The answers that are there; some questions have one of a kind, most have four."""
    found = [row[key].strip() for number in range(1, 10) if (key := f"{name}{number}") in row]
    if not found or not all(found):
        raise ValueError(f"{name} is missing or empty")
    return found
