"""Multiple choice: from a row to a question with its options, and from there to an item as the recipe's `layout` asks it.

A splitter finds question, options and right answer in a row of one benchmark's form; `split_fields` does so for any plain table, by
the names of its fields. How the question is asked is the same for all.
"""

from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.public.rows import FILE, Row, row_id


@dataclass(frozen=True)
class Question:
    """A question of multiple choice, taken out of a benchmark's row."""

    id: str
    text: str
    options: tuple[str, ...]
    right: int | tuple[int, ...]
    """Position of the right option; or those of all right ones, where their probabilities are summed."""
    stratum: str = "all"
    subject: str = ""
    """What the question belongs to, in words, for the prompt."""


class Layout(BaseModel):
    """How a question is put to a model. All is scored as plain text, without a chat template."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str = ""
    """`{question}`, `{subject}` and `{options}` (a lettered line each) stand for the question's own. A blank at the end belongs to the
    scored text for the tokenizer, and not to its length."""
    scored: Literal["text", "letter", "ending"]
    """text: the options' own texts. letter: A, B, C … ending: what follows the blank `_` in the question, after each option in turn."""


class Fields(BaseModel):
    """Names of a table's fields, for `split_fields`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    options: str | tuple[str, ...]
    """The field that holds a list of options, or a field for each."""
    answer: str
    """The right option: its letter, or its position from 0."""
    subject: str = Field(default="")
    """The field that names the subject, which is the stratum too; by default the file's name where there are several."""


def split_fields(row: Row, number: int, fields: Fields) -> Question:
    """Take a row apart by the names of its fields, as a recipe gives them; raises KeyError if a field is not there."""
    options = row[fields.options] if isinstance(fields.options, str) else [row[name] for name in fields.options]
    answer, subject = row[fields.answer], row[fields.subject] if fields.subject else row.get(FILE, "all")
    subject = subject.removesuffix("_test").removesuffix("_val")
    right = answer if isinstance(answer, int) else _position(answer)
    return Question(row_id(row, number), row[fields.question].strip(), _texts(options), right, subject, subject.replace("_", " "))


def _position(answer: str) -> int:
    if len(answer.strip()) != 1 or answer.strip() not in ascii_uppercase:
        raise ValueError(f"answer '{answer}' is no letter")
    return ascii_uppercase.index(answer.strip())


def _texts(options: list[str]) -> tuple[str, ...]:
    if not all(isinstance(option, str) for option in options):
        raise ValueError("an option is no text")
    return tuple(option.strip() for option in options)


def choice_item(question: Question, layout: Layout) -> dict[str, Any]:
    """The fields of an item; raises ValueError if the right answer is none of the options or the blank is missing."""
    rights = (question.right,) if isinstance(question.right, int) else question.right
    if not all(0 <= right < len(question.options) for right in rights):
        raise ValueError(f"the right answer is none of {len(question.options)} options")
    letters = ascii_uppercase[: len(question.options)]
    lettered = "\n".join(f"{letter}. {option}" for letter, option in zip(letters, question.options, strict=True))
    item: dict[str, Any] = {
        "id": question.id,
        "stratum": question.stratum,
        "prompt": layout.prompt.format(question=question.text, subject=question.subject, options=lettered),
        "choices": tuple(letters) if layout.scored == "letter" else question.options,
        "raw": True,
        "target": {"answer": question.right} if isinstance(question.right, int) else {"answers": list(question.right)},
    }
    if layout.scored == "ending":
        before, blank, after = question.text.partition("_")
        if not blank or "_" in after or not after.strip():
            raise ValueError("the question has no blank _ with text behind it")
        item |= {"prompt": before, "ending": after}
    return item
