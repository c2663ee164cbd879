"""One row of training data, whatever form it came in, and a sentence about what is wrong with a row."""

from dataclasses import dataclass, field
from typing import Any, Literal

from harness.item import Lang
from harness.scorers.text import count_hanzi, words

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: Role
    content: str
    weight: float | None = None
    """Weight of this turn in the loss; None: as the trainer's mask says."""


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation that ends with the assistant, or a plain text that is learnt whole."""

    place: str
    """File, hub data set or queue that it was read from."""
    number: int
    """Where it stands there, from 1: the line of a JSONL file, otherwise the record."""
    turns: tuple[Turn, ...] = ()
    text: str = ""
    """Running text; such a row has no turns."""
    id: str = ""
    task: str = ""
    lang: Lang = "en"
    source: str = ""
    """Where the row comes from, as its licence is given: a log, an author, a public data set."""
    license: str = ""
    tags: tuple[str, ...] = ()
    group: str = ""
    """Rows of one group stay on one side of a split, beyond near-duplicates."""
    facts: tuple[str, ...] = ()
    """Statements that the answer relies on."""
    state: dict[str, Any] | None = None
    """The dialogue's state after the last turn, for state tracking."""
    rejected: str = ""
    """A worse answer, for contrast."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Other fields that were asked for, such as keys to stratify by."""

    @property
    def where(self) -> str:
        """For messages: the source, and the row's number in it."""
        return f"{self.place}, row {self.number}"

    @property
    def prompt(self) -> str:
        """All that the user says, and what the system message says before it; a plain text has none."""
        return "\n".join(turn.content for turn in self.turns if turn.role != "assistant")

    @property
    def question(self) -> str:
        """The user's last message."""
        return next((turn.content for turn in reversed(self.turns) if turn.role == "user"), "")

    @property
    def answer(self) -> str:
        """The assistant's last message."""
        return next((turn.content for turn in reversed(self.turns) if turn.role == "assistant"), "")

    @property
    def answers(self) -> tuple[str, ...]:
        """What the assistant says, turn by turn."""
        return tuple(turn.content for turn in self.turns if turn.role == "assistant")

    @property
    def rounds(self) -> int:
        """How often the user and the assistant took turns."""
        return len(self.answers)

    @property
    def parts(self) -> tuple[str, ...]:
        """The texts of the row: one a turn, or the running text."""
        return tuple(turn.content for turn in self.turns) or (self.text,)

    @property
    def whole(self) -> str:
        """All text of the row."""
        return "\n".join(self.parts)

    @property
    def talk(self) -> str:
        """What user and assistant say, or the running text; what near-duplicates are found by, since many rows share a system message."""
        return "\n".join(turn.content for turn in self.turns if turn.role != "system") or self.text

    @property
    def json(self) -> dict[str, Any]:
        """The row as a JSON object in the messages form, without what is not there."""
        messages = [
            {"role": turn.role, "content": turn.content} | ({} if turn.weight is None else {"weight": turn.weight}) for turn in self.turns
        ]
        fields = {
            "id": self.id, "task": self.task, "lang": self.lang, "source": self.source, "license": self.license, "tags": list(self.tags),
            "group": self.group, "facts": list(self.facts), "state": self.state, "rejected": self.rejected,
        }  # fmt: skip
        content: dict[str, Any] = {"messages": messages} if messages else {"text": self.text}
        return content | {key: value for key, value in fields.items() if value} | self.extra


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row, or with a file as a whole (`number` 0)."""

    place: str
    number: int
    reason: str
    """One word that counts are kept by, such as role or json."""
    text: str


def guess_lang(text: str) -> Lang:
    """Chinese if there are more Chinese characters than words in other letters.

    >>> guess_lang("打开 Android Auto 吧，谢谢"), guess_lang("Open 微信 for me")
    ('zh', 'en')
    """
    return "zh" if count_hanzi(text) > len(words(text)) else "en"
