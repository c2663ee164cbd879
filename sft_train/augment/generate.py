"""New rows by a model: paraphrases, back-translations, new instructions, questions about a document. All of it waits for a person.

The model is asked through `Ask`, which an engine of the harness or anything else may stand behind.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from harness.item import Lang
from harness.scorers.text import normalise
from sft_train.data.queue import waiting
from sft_train.data.record import Row, Turn, guess_lang

Kind = Literal["paraphrase", "back_translation", "self_instruct", "document_qa"]
Ask = Callable[[Sequence[str]], list[str]]
"""Takes prompts, each a user's message, and returns an answer to each, in order."""

_PARAPHRASE = {
    "zh": "换一种说法说下面这句话，意思、数字和名称都不变。只写改写后的话。\n\n{text}",
    "en": "Say the following in other words. Meaning, figures and names stay the same. Write only the new wording.\n\n{text}",
}
_TO_OTHER = {"zh": "Translate into English. Write only the translation.\n\n{text}", "en": "译成中文，只写译文。\n\n{text}"}
_TO_OWN = {"zh": "译成中文，只写译文。\n\n{text}", "en": "Translate into English. Write only the translation.\n\n{text}"}
_INSTRUCT = {
    "zh": "下面是几个同类任务的例子：\n\n{examples}\n\n再写一个同类的、内容不同的例子，格式一样：\n问：……\n答：……",
    "en": "Here are some examples of one kind of task:\n\n{examples}\n\n"
    "Write one more of the same kind with other contents, in the same form:\nQ: …\nA: …",
}
_DOCUMENT = {
    "zh": "根据下面的资料写一个问题和它的答案，答案只能来自资料。格式：\n问：……\n答：……\n\n资料：\n{text}",
    "en": "Write a question about the document below, and its answer, taken from the document alone. Form:\nQ: …\nA: …\n\n"
    "Document:\n{text}",
}
_PAIR_RE = re.compile(r"(?:问|Q|Question)\s*[:：]\s*(.+?)\n+\s*(?:答|A|Answer)\s*[:：]\s*(.+)", re.DOTALL | re.IGNORECASE)
_MARK: dict[Lang, tuple[str, str]] = {"zh": ("问：", "答："), "en": ("Q: ", "A: ")}
_SHOWN = 3


def paraphrase(rows: Sequence[Row], ask: Ask, model: str) -> Iterator[Row]:
    """The last question in other words, with the same answer."""
    talks = [row for row in rows if row.turns]
    answers = ask([_PARAPHRASE[row.lang].format(text=row.question) for row in talks])
    yield from _reworded(talks, answers, "paraphrase", model)


def back_translate(rows: Sequence[Row], ask: Ask, model: str) -> Iterator[Row]:
    """The last question, translated into the other language and back."""
    talks = [row for row in rows if row.turns]
    away = ask([_TO_OTHER[row.lang].format(text=row.question) for row in talks])
    back = ask([_TO_OWN[row.lang].format(text=text) for row, text in zip(talks, away, strict=True)])
    yield from _reworded(talks, back, "back_translation", model)


def self_instruct(rows: Sequence[Row], ask: Ask, model: str) -> Iterator[Row]:
    """For each row a new question of its kind with an answer, after the row and the next ones of its task and language as examples."""
    talks = [row for row in rows if row.rounds == 1]
    prompts = []
    for row in talks:
        kin = [other for other in talks if (other.task, other.lang) == (row.task, row.lang)]
        at = kin.index(row)
        question, answer = _MARK[row.lang]
        shown = [f"{question}{each.question}\n{answer}{each.answer}" for each in (kin + kin)[at : at + min(_SHOWN, len(kin))]]
        prompts.append(_INSTRUCT[row.lang].format(examples="\n\n".join(shown)))
    yield from _pairs(talks, ask(prompts), "self_instruct", model)


def document_qa(rows: Sequence[Row], ask: Ask, model: str) -> Iterator[Row]:
    """Of each plain text a question and its answer; the text is kept as the row's fact."""
    texts = [row for row in rows if not row.turns]
    answers = ask([_DOCUMENT[row.lang].format(text=row.text) for row in texts])
    yield from _pairs([replace(row, text="", facts=(row.text,)) for row in texts], answers, "document_qa", model)


GENERATORS: dict[Kind, Callable[[Sequence[Row], Ask, str], Iterator[Row]]] = {
    "paraphrase": paraphrase, "back_translation": back_translate, "self_instruct": self_instruct, "document_qa": document_qa,
}  # fmt: skip


def _reworded(rows: Sequence[Row], questions: Sequence[str], made: str, model: str) -> Iterator[Row]:
    """Rows with another question; what is empty, the same, or in the other language is no rewording."""
    for row, question in zip(rows, questions, strict=True):
        question = question.strip()
        if not question or normalise(question) == normalise(row.question) or guess_lang(question) != guess_lang(row.question):
            continue
        at = max(at for at, turn in enumerate(row.turns) if turn.role == "user")
        turns = (*row.turns[:at], Turn("user", question), *row.turns[at + 1 :])
        yield waiting(replace(row, turns=turns), made, row, model=model)


def _pairs(rows: Sequence[Row], answers: Sequence[str], made: str, model: str) -> Iterator[Row]:
    for row, written in zip(rows, answers, strict=True):
        if (match := _PAIR_RE.search(written)) is None:
            continue
        system = tuple(turn for turn in row.turns if turn.role == "system")
        turns = (*system, Turn("user", match[1].strip()), Turn("assistant", match[2].strip()))
        yield waiting(replace(row, turns=turns), made, row, model=model)
