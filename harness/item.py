"""One item of a suite: a question, how its answer is judged, and example answers."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from harness.knowledge import Knowledge
from harness.parts import ImagePart, Part, flat, take_parts

Lang = Literal["zh", "en"]


def _require_example(value: Any) -> Any:
    if isinstance(value, str) or (isinstance(value, list | tuple) and all(isinstance(turn, str) for turn in value)):
        return value
    raise ValueError("must be a string, or in an item with turns a list of strings")


Example = Annotated[str | tuple[str, ...], BeforeValidator(_require_example)]
"""A response; for an item with `turns` all responses of a dialogue, one a turn."""
MAX_TURNS = 16
"""Most later turns of a dialogue; the runner grants a few more follow-ups, for a judge."""


class Item(BaseModel):
    """One question to a model, how its answer is judged, and example answers that prove the judging."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=200, pattern=r"^[^\s/\\#]+(?:/[^\s/\\#]+)*$")
    """May hold single slashes, as `HumanEval/0` does; it is never part of a file's path."""
    lang: Lang
    stratum: str
    cluster: str = ""
    """Items that are paraphrases or share a passage have the same cluster; by default an item is its own."""
    prompt: str = ""
    """The user's message, whole. With `raw`, the text that choices continue. Written as a list of parts, it is their text."""
    parts: tuple[Part, ...] = ()
    """The prompt's parts, text and images, where it is written as a list of them."""
    turns: tuple[str, ...] = Field(default=(), max_length=MAX_TURNS)
    """What the user says afterwards, message by message, whatever the model answered before; the model sees its own earlier answers."""
    system: str | None = None
    choices: tuple[str, ...] | None = None
    """Continuations whose log-likelihoods are compared; without it the item is answered freely."""
    raw: bool = False
    """Prompt and choice are scored as plain text, without a chat template."""
    ending: str | None = None
    """Text after each choice, whose log-likelihood is compared in the place of the choice's own; only with `raw`."""
    text: str | None = None
    """Running text whose likelihood is measured, as plain text; such an item has no prompt and needs no examples."""
    references: tuple[str, ...] = ()
    """Good answers that responses are compared with by reference metrics; the first one is the one whose likelihood is measured."""
    scorer: str = ""
    target: dict[str, Any]
    """What the scorer needs; each scorer has its own schema."""
    passing: tuple[Example, ...] = Field(alias="pass", default=())
    """Responses that the scorer must judge right (for choices: the choice's text); at least one, unless there is `text`."""
    failing: tuple[Example, ...] = Field(alias="fail", default=())
    """Responses that the scorer must judge wrong; at least one, unless there is `text`."""
    needs_examples: ClassVar[bool] = True
    _knowledge: Knowledge | None = PrivateAttr(default=None)

    @model_validator(mode="before")
    @classmethod
    def _take_parts(cls, fields: Any) -> Any:
        return take_parts(fields)

    @model_validator(mode="after")
    def _consistent(self) -> "Item":
        if {".", ".."} & set(self.id.split("/")):
            raise ValueError("id: '.' and '..' are no names")
        if self.text is not None:
            if not self.text.strip() or self.prompt or self.turns or self.choices or self.passing or self.failing:
                raise ValueError("text: must not be empty, and stands alone: no prompt, turns, choices, pass or fail")
            return self
        if not all(text.strip() for text in self.references):
            raise ValueError("references: one is empty")
        if self.references and self.choices is not None:
            raise ValueError("references: an item with choices generates nothing that could be compared with them")
        for name, examples in (("pass", self.passing), ("fail", self.failing)):
            if self.needs_examples and not examples:
                raise ValueError(f"{name}: at least one example response is needed")
            for number, example in enumerate(examples, start=1):
                self._check_turns(name, number, example)
        for number, turn in enumerate(self.turns, start=1):
            if not turn.strip():
                raise ValueError(f"turns: number {number} is empty")
        if self.turns and self.choices is not None:
            raise ValueError("turns: an item with choices has none, since nothing is generated")
        if self.choices is not None:
            if len(self.choices) < 2:
                raise ValueError("choices: at least two are needed")
            if not all(choice.strip() for choice in self.choices):
                raise ValueError("choices: one is empty")
            if len(set(self.choices)) < len(self.choices):
                raise ValueError("choices: two are the same")
        if self.parts and (self.choices is not None or self.raw):
            raise ValueError("prompt: content parts go to a chat model that answers freely; items with choices take a string")
        if self.raw and self.choices is None:
            raise ValueError("raw: only items with choices can be raw")
        if self.ending is not None and not (self.raw and self.ending.strip()):
            raise ValueError("ending: must not be empty, and only raw items have one")
        if not self.prompt.strip() and not self.raw:
            raise ValueError("prompt: is empty" if not self.parts else "prompt: has no text part")
        return self

    def _check_turns(self, name: str, number: int, example: str | tuple[str, ...]) -> None:
        """Raise ValueError unless `example` has a response for each of the user's messages."""
        wanted = len(self.user_turns)
        if isinstance(example, str):
            if self.turns:
                raise ValueError(f"{name}: example {number} is one response, but the dialogue has {wanted} turns; give a list of {wanted}")
        elif not self.turns:
            raise ValueError(f"{name}: example {number} is a list, which only an item with turns can have")
        elif len(example) != wanted:
            raise ValueError(f"{name}: example {number} has {len(example)} responses, but the dialogue has {wanted} turns")

    @property
    def user_turns(self) -> tuple[str, ...]:
        """All that the user says, message by message: the prompt, then the later turns."""
        return (self.shown_prompt, *self.turns)

    @property
    def has_images(self) -> bool:
        """Whether any part of the prompt is an image, so that the model must be able to see."""
        return any(isinstance(part, ImagePart) for part in self.parts)

    @property
    def shown_prompt(self) -> str:
        """The prompt as a text-only reader sees it: with the names of its images, if it has any."""
        return flat(self.parts) if self.parts else self.prompt

    @property
    def is_scored(self) -> bool:
        """The likelihood of given text is the answer; nothing is generated."""
        return self.choices is not None or self.text is not None

    @property
    def knowledge(self) -> Knowledge:
        """The suite's table of facts; raises ValueError if the suite names none."""
        if self._knowledge is None:
            raise ValueError("suite.yaml names no knowledge table")
        return self._knowledge

    def with_knowledge(self, table: Knowledge | None) -> "Item":
        """The same item, to be judged by `table`."""
        item = self.model_copy()
        item._knowledge = table
        return item

    @property
    def given(self) -> str:
        """All text that the model is given: the system message, if there is one, and the prompt."""
        return self.prompt if self.system is None else f"{self.system}\n{self.prompt}"

    @property
    def messages(self) -> list[dict[str, str]]:
        """The item's own messages; `Suite.messages` puts the suite's examples before them."""
        system = [{"role": "system", "content": self.system}] if self.system is not None else []
        return [*system, {"role": "user", "content": self.shown_prompt}]


class PublicItem(Item):
    """An item made from a public benchmark's row, which brings no example answers."""

    needs_examples: ClassVar[bool] = False
