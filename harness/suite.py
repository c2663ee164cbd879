"""A suite is a folder: `suite.yaml` says how it is run and judged, `items.jsonl` holds one item a line. Or it is made from a
public benchmark's own file, as a recipe says (`harness/public`).

Reading checks everything that can be checked without a scorer; every complaint names the file, the line and the reason.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from harness.errors import UserError
from harness.hashing import hash_bytes, hash_json
from harness.knowledge import Knowledge, load_knowledge
from harness.strict import DuplicateKeyError, load_json, load_yaml

Lang = Literal["zh", "en"]
PERPLEXITY = "perplexity"
"""The corpus metric that needs the likelihood of each item's first reference."""


Tokens = Annotated[int, Field(ge=1)]


class Generation(BaseModel):
    """How responses are generated; the same for every model that is compared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_tokens: Tokens | dict[str, Tokens] = 256
    """Most new tokens a response may have, in the suite or by stratum; a response that reaches it counts as truncated."""
    temperature: float = Field(default=0.0, ge=0.0)
    """0 is greedy."""
    sampling_temperature: float = Field(default=0.7, gt=0.0)
    """Takes the place of a temperature of 0 when several samples an item are asked for."""
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    stop: tuple[str, ...] = ()
    """Generation ends before any of these strings, besides the model's own end-of-turn token."""

    def longest(self, stratum: str) -> int:
        """Most new tokens for an item of `stratum`."""
        return self.max_tokens[stratum] if isinstance(self.max_tokens, dict) else self.max_tokens


class Shot(BaseModel):
    """An example that is put before every item, as a turn of the user and one of the assistant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str = Field(min_length=1)
    assistant: str = Field(min_length=1)


class SuiteConfig(BaseModel):
    """The contents of `suite.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: int = Field(ge=1)
    """Raised by hand when the meaning of the suite changes."""
    title: dict[Lang, str] = {}
    scorer: str
    """The scorer of items that name none."""
    primary_metric: str
    """The metric that verdicts are about; higher is better."""
    margin: float = Field(gt=0.0, lt=1.0)
    """Largest loss in the primary metric that still counts as no loss."""
    chance_level: float | dict[str, float] | None = None
    """Score of a guesser, for the suite or by stratum; strata not named count as 0."""
    strata: tuple[str, ...]
    repetitive_strata: tuple[str, ...] = ()
    """Strata whose prompts are alike by nature (arithmetic, grammar): `harness suite check` allows more prompts of one form there."""
    quick_items: int = Field(default=80, ge=1, le=80)
    """Most items that a quick run takes; fewer for suites whose responses are long."""
    core_items: tuple[str, ...] = ()
    """Ids always chosen in quick runs."""
    max_errors: int = Field(default=0, ge=0)
    """Items that may end in an error before the suite's verdict is ERROR."""
    knowledge: str | None = Field(default=None, pattern=r"^[^/\\]+\.ya?ml$")
    """File in the suite's folder that holds the facts which responses are checked against."""
    consistency: bool = False
    """Summaries say how far the samples of an item agree with each other."""
    corpus_metrics: tuple[str, ...] = ()
    """Figures of all responses together against the items' references, such as "bleu" or "evaluate:./my_metric"; shown, never a verdict."""
    generation: Generation = Generation()
    few_shot: tuple[Shot, ...] = ()
    """Examples put before every item as chat turns; raw items cannot have them."""


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["system", "user", "assistant"]
    content: str


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
    """The user's message, whole. With `raw`, the text that choices continue."""
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
        elif self.raw:
            raise ValueError("raw: only items with choices can be raw")
        if self.ending is not None and not (self.raw and self.ending.strip()):
            raise ValueError("ending: must not be empty, and only raw items have one")
        if not self.prompt.strip() and not self.raw:
            raise ValueError("prompt: is empty")
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
        return (self.prompt, *self.turns)

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
        return [*system, {"role": "user", "content": self.prompt}]


class PublicItem(Item):
    """An item made from a public benchmark's row, which brings no example answers."""

    needs_examples: ClassVar[bool] = False


@dataclass(frozen=True)
class Suite:
    config: SuiteConfig
    items: tuple[Item, ...]
    folder: Path
    """The suite's folder, or the recipe's file."""
    content_hash: str
    """Hash of what the suite says about running and judging, of all items, in order, and of the table of facts."""
    knowledge: Knowledge | None = None
    data: Path | None = None
    """The benchmark's file that a recipe was applied to, or the folder of its files."""
    unverified: tuple[str, ...] = ()
    """Names of data files that the recipe knows no hash of."""

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def config_file(self) -> Path:
        return self.folder / "suite.yaml" if self.data is None else self.folder

    @property
    def items_file(self) -> Path:
        return self.data or self.folder / "items.jsonl"

    def messages(self, item: Item) -> list[dict[str, str]]:
        """The conversation that the model answers: system, examples, the item's prompt."""
        *system, prompt = item.messages
        shots = [
            {"role": role, "content": text}
            for shot in self.config.few_shot
            for role, text in (("user", shot.user), ("assistant", shot.assistant))
        ]
        return [*system, *shots, prompt]

    def scored_reference(self, item: Item) -> str | None:
        """The reference whose likelihood is measured beside the generated response, if the suite wants it."""
        return item.references[0] if item.references and PERPLEXITY in self.config.corpus_metrics else None

    def request_names(self, item: Item, sample: int) -> list[str]:
        """Names of the requests of one sample of `item`, in order; follow-ups come after these."""
        if item.text is not None:
            return ["text"]
        if item.choices is not None:
            return [f"choice{index}" for index in range(len(item.choices))]
        # The likelihood of a reference is not drawn: one sample has it.
        return ["0", "reference"] if sample == 0 and self.scored_reference(item) is not None else ["0"]

    def asked(self, item: Item) -> str:
        """Hash of all that a model is given for `item`; what judges the answer is left out."""
        shown = [] if item.ending is None else [item.ending]
        scored = [text for text in (item.text, self.scored_reference(item)) if text is not None]
        later = [list(item.turns)] if item.turns else []  # Nothing is added where there are none: finished runs keep their hashes.
        return hash_json([self.messages(item), item.choices, item.raw, *shown, *scored, *later])[:16]

    def scorer_names(self) -> list[str]:
        return sorted({item.scorer for item in self.items})

    def chance(self, item: Item) -> float | None:
        """Score that a guesser reaches on `item`, or None if the suite declares no chance level."""
        level = self.config.chance_level
        return level.get(item.stratum, 0.0) if isinstance(level, dict) else level


MISSION = ("code_execution", "forgetting", "hallucination", "instruction_following")
"""Suites that are evaluated where none is named: what every fine-tuned model should be asked, in a few minutes."""


def bundled_folder() -> Path:
    """Return the folder of the suites that come with the project."""
    return Path(str(files("suites")))


def bundled_names() -> list[str]:
    return sorted(path.parent.name for path in bundled_folder().glob("*/suite.yaml"))


def recipe_names() -> list[str]:
    """Names of the public benchmarks that there are recipes for."""
    return sorted(path.stem for path in (bundled_folder() / "public").glob("*.yaml"))


def find_suite(name_or_path: str) -> Path:
    """Return the folder of a suite, or the file of a recipe, given by name (bundled; `public/` may be left out) or by path.

    Raises UserError, naming the suites there are, if neither exists.
    """
    path = Path(name_or_path).expanduser()
    if (path / "suite.yaml").is_file() or (path.suffix in (".yaml", ".yml") and path.is_file()):
        return path.resolve()
    bundled = bundled_folder() / name_or_path
    if "/" not in name_or_path and (bundled / "suite.yaml").is_file():
        return bundled
    if (recipe := name_or_path.removeprefix("public/")) in recipe_names():
        return bundled_folder() / "public" / f"{recipe}.yaml"
    raise UserError(
        f"Unknown suite '{name_or_path}': neither a bundled suite ({', '.join(bundled_names())}), nor a public benchmark's recipe "
        f"({', '.join(recipe_names())}), nor a folder that holds a suite.yaml, nor a recipe's file."
    )


def load_suite(place: Path) -> Suite:
    """Read and check a suite's folder, or make a suite as a recipe's file says.

    Raises UserError with file, line and reason for whatever is wrong.
    """
    if place.is_file() and place.name != "suite.yaml":
        from harness.public import load_recipe  # Recipes are made of suites; the way back is taken here only.

        return load_recipe(place)
    folder = place.parent if place.is_file() else place
    config_file, items_file = folder / "suite.yaml", folder / "items.jsonl"
    config = read_yaml(config_file, SuiteConfig)
    if not items_file.is_file():
        raise UserError(f"{items_file}: missing; a suite needs its items there, one JSON object a line.")
    items = _read_items(items_file, config)
    if not items:
        raise UserError(f"{items_file}: the suite is empty; write at least one item.")
    return make_suite(config, items, folder, config_file)


_Config = TypeVar("_Config", bound=BaseModel)


def read_yaml(path: Path, form: type[_Config]) -> _Config:
    """Read a YAML file of this form; raises UserError with file and reason."""
    try:
        return form.model_validate(load_yaml(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); a suite is a folder with suite.yaml and items.jsonl.") from error
    except DuplicateKeyError as error:
        raise UserError(
            f"{path}, line {error.line}: key '{error.key}' already stands in line {error.first_line}; keep one of them."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"{path}: not valid YAML in UTF-8: {one_line(error)}") from error
    except ValidationError as error:
        raise UserError(f"{path}: {first_error(error)}") from error


def make_suite(
    config: SuiteConfig, items: list[Item], folder: Path, config_file: Path, data: Path | None = None, unverified: tuple[str, ...] = ()
) -> Suite:
    """Put a suite together, checking what concerns settings and items at once; raises UserError that names `config_file`."""
    if stray := sorted(set(config.repetitive_strata) - set(config.strata)):
        raise UserError(f"{config_file}: repetitive_strata names strata that the suite does not have: {', '.join(stray)}.")
    if isinstance(config.chance_level, dict) and (stray := sorted(set(config.chance_level) - set(config.strata))):
        raise UserError(f"{config_file}: chance_level names strata that the suite does not have: {', '.join(stray)}.")
    caps = config.generation.max_tokens
    if isinstance(caps, dict) and (differing := sorted(set(caps) ^ set(config.strata))):
        raise UserError(f"{config_file}: generation.max_tokens takes one number, or one for each stratum: look at {', '.join(differing)}.")
    if len(config.core_items) > config.quick_items:
        raise UserError(f"{config_file}: {len(config.core_items)} core_items do not fit in quick_items ({config.quick_items}).")
    unknown = sorted(set(config.core_items) - {item.id for item in items})
    if unknown:
        raise UserError(f"{config_file}: core_items names ids that no item has: {', '.join(unknown)}.")
    if config.few_shot and (raw := next((item.id for item in items if item.raw), None)):
        raise UserError(
            f"{config_file}: few_shot are chat turns, which raw items such as '{raw}' do not have; write them into the prompts."
        )
    knowledge = None if config.knowledge is None else load_knowledge(folder / config.knowledge)
    # Which prompts may be alike says nothing about how models are judged, nor do figures that are only shown.
    judging = config.model_dump(mode="json", exclude={"repetitive_strata", "corpus_metrics"})
    content = hash_json([judging, hash_items(items, knowledge)])
    return Suite(config, tuple(item.with_knowledge(knowledge) for item in items), folder, content, knowledge, data, unverified)


def hash_items(items: Iterable[Item], knowledge: Knowledge | None) -> str:
    """Hash of what items ask and of what they are judged by, in order."""
    # What is not there is left out, so that runs made before it could be keep their names.
    contents = [item.model_dump(mode="json", exclude=_absent(item)) for item in items]
    return hash_json(contents if knowledge is None else [*contents, knowledge.hash])


def _absent(item: Item) -> set[str]:
    there = {"ending": item.ending is not None, "turns": bool(item.turns), "references": bool(item.references)}
    return {name for name, given in there.items() if not given}


def _read_items(path: Path, config: SuiteConfig) -> list[Item]:
    items: list[Item] = []
    line_of: dict[str, int] = {}
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            item = Item.model_validate(load_json(line.decode("utf-8")))
            json.dumps(item.model_dump(mode="json"), ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise UserError(f"{where}: holds half of a surrogate pair, which is no Unicode text.") from error
        except UnicodeDecodeError as error:
            raise UserError(f"{where}: not UTF-8 ({error.reason}).") from error
        except json.JSONDecodeError as error:
            raise UserError(f"{where}: not a JSON object: {error.msg} at column {error.colno}.") from error
        except ValidationError as error:
            raise UserError(f"{where}: {first_error(error)}") from error
        except DuplicateKeyError as error:
            raise UserError(f"{where}: key '{error.key}' stands twice in one object; keep one of them.") from error
        except (ValueError, RecursionError) as error:
            raise UserError(f"{where}: not a JSON object that can be read: {one_line(error)}.") from error
        if item.id in line_of:
            raise UserError(f"{where}: id '{item.id}' was already used in line {line_of[item.id]}; ids must be unique.")
        if item.stratum not in config.strata:
            raise UserError(f"{where}: stratum '{item.stratum}' is not one of suite.yaml's ({', '.join(config.strata)}).")
        line_of[item.id] = number
        defaults = {"cluster": item.cluster or item.id, "scorer": item.scorer or config.scorer}
        items.append(item.model_copy(update=defaults))
    return items


def choose_items(
    suite: Suite,
    *,
    size: Literal["quick", "full"] = "quick",
    limit: int | None = None,
    lang: Lang | None = None,
) -> list[Item]:
    """Choose the items of a run: always the same ones for the same suite and arguments.

    `quick` takes at most the suite's `quick_items` (80), core items first, then each stratum and language in proportion, in the order of
    the hash of the id. `limit` caps the number in the same way.
    Returns items in file order.
    """
    candidates = [item for item in suite.items if lang in (None, item.lang)]
    if not candidates:
        raise UserError(f"Suite '{suite.name}' has no items in language '{lang}'; leave ITEM_LANG (--lang) out.")
    caps = [cap for cap in (suite.config.quick_items if size == "quick" else None, limit) if cap is not None]
    if not caps or min(caps) >= len(candidates):
        return candidates
    chosen = set(_stratified_order(candidates, suite.config.core_items)[: min(caps)])
    return [item for item in candidates if item.id in chosen]


def _stratified_order(items: list[Item], core: tuple[str, ...]) -> list[str]:
    """Order ids so that every prefix holds the strata and languages in about their own proportions."""
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in sorted(items, key=lambda item: hash_bytes(item.id.encode())):
        groups.setdefault((item.stratum, item.lang), []).append(item)
    ranked = [
        (item.id not in core, (position + 0.5) / len(group), hash_bytes(item.id.encode()), item.id)
        for group in groups.values()
        for position, item in enumerate(group)
    ]
    return [row[-1] for row in sorted(ranked)]


def first_error(error: ValidationError) -> str:
    """Turn pydantic's report into one sentence about its first complaint."""
    first = error.errors()[0]
    # Where several types are allowed, pydantic names the one that it speaks of.
    place = ".".join(str(part) for part in first["loc"] if part not in ("constrained-int", "dict[str,constrained-int]"))
    message = str(first["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}." if place else f"{message}."


def one_line(error: Exception) -> str:
    return " ".join(str(error).split())
