"""Declared conditions: variants of one model's prompt, generation or answers that are compared with the model as it is.

A condition is a YAML file; docs/conditions.md shows one. Its system message goes to every item that has a chat prompt, its generation
settings to what is generated, its post-processing to what is judged. Applying one to a suite gives a suite of the same items, asked
otherwise; what an item is judged by stays.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from harness.errors import UserError
from harness.hashing import hash_json
from harness.item import Item, Lang
from harness.settings import read_yaml
from harness.suite import Suite, bundled_folder
from harness.suite_config import Generation

StepName = Literal["cut_repeated_sentences", "max_sentences", "max_characters", "correct_claims"]
COUNTED: tuple[StepName, ...] = ("max_sentences", "max_characters")
"""Steps that need a number."""
_STEPS = ", ".join(f"{name}: n" if name in COUNTED else name for name in get_args(StepName))
_Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Step(BaseModel):
    """One step of post-processing; `harness/postprocess.py` says what each does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: StepName
    limit: int | None = None
    """Of steps that need a number: how many sentences or characters are kept."""


class GenerationChanges(BaseModel):
    """What a condition says of generation; what it leaves out stays as the suite has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0.0)
    top_p: float | None = Field(default=None, gt=0.0, le=1.0)
    stop: tuple[str, ...] | None = None
    """Takes the place of the suite's."""


class Condition(BaseModel):
    """The contents of a condition's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)
    title: dict[Lang, str] = {}
    system: dict[Lang, _Text] = {}
    """Text by the item's language, put before the item's own system message, separated from it by an empty line."""
    generation: GenerationChanges = GenerationChanges()
    post: tuple[Step, ...] = ()
    """Applied in this order to what is judged; the stored response stays as it was."""
    suites: tuple[str, ...] | None = Field(default=None, min_length=1)
    """Names of the suites it is for; all if it names none."""

    @field_validator("post", mode="before")
    @classmethod
    def _read_steps(cls, given: Any) -> Any:
        if not isinstance(given, (list, tuple)):
            raise ValueError(f"must be a list of steps; there are {_STEPS}")
        return [_read_step(entry) for entry in given]

    @model_validator(mode="after")
    def _declares_something(self) -> "Condition":
        if not self.system and not self.post and self.generation == GenerationChanges():
            raise ValueError("declares nothing: give system, generation or post")
        return self

    @cached_property
    def hash(self) -> str:
        """16 hex digits for what it does; name, title and the suites it is for are left out."""
        return hash_json(self.model_dump(mode="json", exclude={"name", "title", "suites"}, exclude_defaults=True))[:16]

    def as_json(self) -> dict[str, Any]:
        """All that it says, with its hash, for a manifest."""
        return {**self.model_dump(mode="json"), "hash": self.hash}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Condition":
        """The condition that a manifest holds; raises ValueError if this version cannot read it."""
        return cls.model_validate({name: entry for name, entry in value.items() if name != "hash"})

    def is_for(self, suite: Suite) -> bool:
        """Whether the condition applies to a suite; one that names no suites applies to all."""
        return self.suites is None or suite.name in self.suites

    def apply(self, suite: Suite, items: Iterable[Item]) -> tuple[Suite, tuple[Item, ...]]:
        """The suite and these of its items, asked as the condition says.

        Raises UserError if it has a system message, but none in the language of an item.
        """
        config = suite.config.model_copy(update={"generation": self._generation(suite.config.generation)})
        # The content hash stays: it is of the suite, and the condition is named beside it.
        return replace(suite, config=config), tuple(self._ask(suite, item) for item in items)

    def _generation(self, plain: Generation) -> Generation:
        return plain.model_copy(update=self.generation.model_dump(exclude_none=True))

    def _ask(self, suite: Suite, item: Item) -> Item:
        if not self.system or not _takes_system(item):
            return item
        if item.lang not in self.system:
            raise UserError(
                f"Condition '{self.name}' has no system text in '{item.lang}', but suite '{suite.name}' has items in it; "
                f"write one, or choose items with ITEM_LANG (--lang)."
            )
        text = self.system[item.lang]
        return item.model_copy(update={"system": text if item.system is None else f"{text}\n\n{item.system}"})


def _takes_system(item: Item) -> bool:
    """Plain text, without a chat template, has no place for a system message."""
    return not item.raw and item.text is None


def _read_step(given: Any) -> Any:
    if isinstance(given, Step):
        return given
    if isinstance(given, dict) and "name" in given and given.keys() <= {"name", "limit"}:
        name, limit = given["name"], given.get("limit")  # As a manifest has it.
    elif isinstance(given, dict) and len(given) == 1:
        name, limit = next(iter(given.items()))
    else:
        name, limit = given, None
    if name not in get_args(StepName):
        raise ValueError(f"unknown step '{name}'; there are {_STEPS}")
    if name in COUNTED and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise ValueError(f"step '{name}' needs a whole number of at least 1: '{name}: 3'")
    if name not in COUNTED and limit is not None:
        raise ValueError(f"step '{name}' takes no value")
    return {"name": name, "limit": limit}


def bundled_conditions() -> list[str]:
    """Names of the conditions that come with the project, sorted."""
    return sorted(path.stem for path in (bundled_folder() / "conditions").glob("*.yaml"))


def find_condition(name_or_path: str) -> Path:
    """The file of a condition, given by path, or by name for a bundled one (`concise` or `concise.yaml`).

    Raises UserError, naming the bundled ones, if there is none.
    """
    path = Path(name_or_path).expanduser()
    if path.is_file():
        return path.resolve()
    if (name := name_or_path.removesuffix(".yaml")) in bundled_conditions():
        return bundled_folder() / "conditions" / f"{name}.yaml"
    raise UserError(f"Unknown condition '{name_or_path}': neither a file nor a bundled condition ({', '.join(bundled_conditions())}).")


def load_conditions(names: Sequence[str]) -> list[Condition]:
    """Read and check the conditions of these names or paths.

    Raises UserError with file and reason for whatever is wrong, and if two have one name or say the same.
    """
    read: dict[str, Condition] = {}
    by_hash: dict[str, str] = {}
    for place in dict.fromkeys(find_condition(name) for name in names):
        condition = read_yaml(place, Condition)
        if condition.name in read:
            raise UserError(f"{place}: another condition is called '{condition.name}', too; rename one of them.")
        if (other := by_hash.setdefault(condition.hash, condition.name)) != condition.name:
            raise UserError(f"{place}: condition '{condition.name}' does the same as '{other}'; leave one of them out.")
        read[condition.name] = condition
    return list(read.values())
