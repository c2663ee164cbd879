"""A suite is a folder: `suite.yaml` says how it is run and judged, `items.jsonl` holds one item a line. Or it is made from a
public benchmark's own file, as a recipe says (`harness/public`).

Reading checks everything that can be checked without a scorer; every complaint names the file, the line and the reason.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.errors import UserError
from harness.hashing import hash_json
from harness.item import Item
from harness.knowledge import Knowledge, load_knowledge
from harness.settings import first_error, one_line, read_yaml
from harness.strict import DuplicateKeyError, load_json
from harness.suite_config import PERPLEXITY, SuiteConfig


@dataclass(frozen=True)
class Suite:
    """A suite as it was read: settings, items, and hashes of both."""

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
        """As its settings have it; unique within a run."""
        return self.config.name

    @property
    def config_file(self) -> Path:
        """What holds the settings: the folder's suite.yaml, or the recipe."""
        return self.folder / "suite.yaml" if self.data is None else self.folder

    @property
    def items_file(self) -> Path:
        """What holds the items: the folder's items.jsonl, or the benchmark's data."""
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

    def parted_messages(self, item: Item) -> list[dict[str, Any]]:
        """The same with the parts of the item's prompt as they are, images and all."""
        *before, prompt = self.messages(item)
        return [*before, {**prompt, "content": [part.model_dump(mode="json") for part in item.parts]}] if item.parts else [*before, prompt]

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
        """Scorers that the items name, in alphabetical order."""
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
    """Names of the suites that come with the project, sorted."""
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
    there = {"ending": item.ending is not None, "turns": bool(item.turns), "references": bool(item.references), "parts": bool(item.parts)}
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
