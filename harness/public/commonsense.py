"""ARC, OpenBookQA, PIQA and WinoGrande in the form that LLM-Adapters (Hu et al., 2023) rewrote them to: one instruction that holds a
request, the question, the options numbered "Answer1:" and so on, and the form of the answer. The parts are taken out again.
"""

import re

from harness.public.choices import Question
from harness.public.rows import Row

_OPTION_RE = re.compile(r"\b(?:Answer|Solution|Option)(\d+):")


def split_rewritten(row: Row, number: int) -> Question:
    """A question from a row with `instruction` and `answer`, such as "answer3"; its id is the row's number from 0."""
    body, form, names = row["instruction"].rpartition("Answer format:")
    head, *rest = _OPTION_RE.split(body)
    numbers, options = rest[::2], tuple(option.strip() for option in rest[1::2])
    answers = names.strip().split("/")
    if not form or numbers != [str(position + 1) for position in range(len(options))] or len(answers) != len(options):
        raise ValueError("instruction does not hold options numbered from 1 and the form of the answer")
    _, colon, question = head.partition(":")
    if not colon or not question.strip():
        raise ValueError("instruction holds no question behind its first colon")
    return Question(str(number), question.strip(), options, answers.index(row["answer"]))
