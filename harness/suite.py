"""A suite is a folder: `suite.yaml` says how it is run and judged, `items.jsonl` holds one item a line.

Reading checks everything that can be checked without a scorer; every complaint names the file, the line and the reason.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from harness.errors import UserError
from harness.hashing import hash_bytes, hash_json
from harness.knowledge import Knowledge, load_knowledge

Lang = Literal["zh", "en"]


class Generation(BaseModel):
    """How responses are generated; the same for every model that is compared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_tokens: int = Field(default=256, ge=1)
    """Most new tokens a response may have; a response that reaches it counts as truncated."""
    temperature: float = Field(default=0.0, ge=0.0)
    """0 is greedy."""
    sampling_temperature: float = Field(default=0.7, gt=0.0)
    """Takes the place of a temperature of 0 when several samples an item are asked for."""
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    stop: tuple[str, ...] = ()
    """Generation ends before any of these strings, besides the model's own end-of-turn token."""


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
    generation: Generation = Generation()


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["system", "user", "assistant"]
    content: str


class Item(BaseModel):
    """One question to a model, how its answer is judged, and example answers that prove the judging."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=200, pattern=r"^[^\s/\\#]+$")
    lang: Lang
    stratum: str
    cluster: str = ""
    """Items that are paraphrases or share a passage have the same cluster; by default an item is its own."""
    prompt: str
    """The user's message, whole. With `raw`, the text that choices continue."""
    system: str | None = None
    choices: tuple[str, ...] | None = None
    """Continuations whose log-likelihoods are compared; without it the item is answered freely."""
    raw: bool = False
    """Prompt and choice are scored as plain text, without a chat template."""
    scorer: str = ""
    target: dict[str, Any]
    """What the scorer needs; each scorer has its own schema."""
    passing: tuple[str, ...] = Field(alias="pass", min_length=1)
    """Responses that the scorer must judge right (for choices: the choice's text)."""
    failing: tuple[str, ...] = Field(alias="fail", min_length=1)
    """Responses that the scorer must judge wrong."""
    _knowledge: Knowledge | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _consistent(self) -> "Item":
        if self.choices is not None:
            if len(self.choices) < 2:
                raise ValueError("choices: at least two are needed")
            if not all(choice.strip() for choice in self.choices):
                raise ValueError("choices: one is empty")
            if len(set(self.choices)) < len(self.choices):
                raise ValueError("choices: two are the same")
        elif self.raw:
            raise ValueError("raw: only items with choices can be raw")
        if not self.prompt.strip() and not self.raw:
            raise ValueError("prompt: is empty")
        return self

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
        """The conversation that the model answers, as chat messages."""
        system = [{"role": "system", "content": self.system}] if self.system is not None else []
        return [*system, {"role": "user", "content": self.prompt}]


@dataclass(frozen=True)
class Suite:
    config: SuiteConfig
    items: tuple[Item, ...]
    folder: Path
    content_hash: str
    """Hash of `suite.yaml`, of all items, in order, and of the table of facts."""
    knowledge: Knowledge | None = None

    @property
    def name(self) -> str:
        return self.config.name

    def scorer_names(self) -> list[str]:
        return sorted({item.scorer for item in self.items})

    def chance(self, item: Item) -> float | None:
        """Score that a guesser reaches on `item`, or None if the suite declares no chance level."""
        level = self.config.chance_level
        return level.get(item.stratum, 0.0) if isinstance(level, dict) else level


def bundled_folder() -> Path:
    """Return the folder of the suites that come with the project."""
    return Path(str(files("suites")))


def bundled_names() -> list[str]:
    return sorted(path.parent.name for path in bundled_folder().glob("*/suite.yaml"))


def find_suite(name_or_path: str) -> Path:
    """Return the folder of a suite given by name (bundled) or by path.

    Raises UserError, naming the suites there are, if neither exists.
    """
    path = Path(name_or_path).expanduser()
    if (path / "suite.yaml").is_file():
        return path.resolve()
    bundled = bundled_folder() / name_or_path
    if "/" not in name_or_path and (bundled / "suite.yaml").is_file():
        return bundled
    raise UserError(
        f"Unknown suite '{name_or_path}': neither a bundled suite ({', '.join(bundled_names())}) nor a folder that holds a suite.yaml."
    )


def load_suite(folder: Path) -> Suite:
    """Read and check a suite folder.

    Raises UserError with file, line and reason for whatever is wrong.
    """
    config_file, items_file = folder / "suite.yaml", folder / "items.jsonl"
    try:
        raw_config = yaml.safe_load(config_file.read_text(encoding="utf-8"))
        config = SuiteConfig.model_validate(raw_config)
    except OSError as error:
        raise UserError(
            f"{config_file}: cannot be read ({error.strerror}); a suite is a folder with suite.yaml and items.jsonl."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"{config_file}: not valid YAML in UTF-8: {_one_line(error)}") from error
    except ValidationError as error:
        raise UserError(f"{config_file}: {_first_error(error)}") from error
    if not items_file.is_file():
        raise UserError(f"{items_file}: missing; a suite needs its items there, one JSON object a line.")
    items = _read_items(items_file, config)
    if not items:
        raise UserError(f"{items_file}: the suite is empty; write at least one item.")
    if isinstance(config.chance_level, dict) and (stray := sorted(set(config.chance_level) - set(config.strata))):
        raise UserError(f"{config_file}: chance_level names strata that the suite does not have: {', '.join(stray)}.")
    if len(config.core_items) > config.quick_items:
        raise UserError(f"{config_file}: {len(config.core_items)} core_items do not fit in quick_items ({config.quick_items}).")
    unknown = sorted(set(config.core_items) - {item.id for item in items})
    if unknown:
        raise UserError(f"{config_file}: core_items names ids that are not in items.jsonl: {', '.join(unknown)}.")
    knowledge = None if config.knowledge is None else load_knowledge(folder / config.knowledge)
    content = hash_json([config.model_dump(mode="json"), hash_items(items, knowledge)])
    return Suite(config, tuple(item.with_knowledge(knowledge) for item in items), folder, content, knowledge)


def hash_items(items: Iterable[Item], knowledge: Knowledge | None) -> str:
    """Hash of what items ask and of what they are judged by, in order."""
    contents = [item.model_dump(mode="json") for item in items]
    return hash_json(contents if knowledge is None else [*contents, knowledge.hash])


def _read_items(path: Path, config: SuiteConfig) -> list[Item]:
    items: list[Item] = []
    line_of: dict[str, int] = {}
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            item = Item.model_validate(json.loads(line.decode("utf-8")))
            json.dumps(item.model_dump(mode="json"), ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise UserError(f"{where}: holds half of a surrogate pair, which is no Unicode text.") from error
        except UnicodeDecodeError as error:
            raise UserError(f"{where}: not UTF-8 ({error.reason}).") from error
        except json.JSONDecodeError as error:
            raise UserError(f"{where}: not a JSON object: {error.msg} at column {error.colno}.") from error
        except ValidationError as error:
            raise UserError(f"{where}: {_first_error(error)}") from error
        except (ValueError, RecursionError) as error:
            raise UserError(f"{where}: not a JSON object that can be read: {_one_line(error)}.") from error
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


def _first_error(error: ValidationError) -> str:
    """Turn pydantic's report into one sentence about its first complaint."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    message = str(first["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}." if place else f"{message}."


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
