"""What a run is: which model answers which items under which conditions. Its hash names the run folder."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from harness.cache import hash_file
from harness.choosing import choose_items
from harness.condition import Condition, Step
from harness.engines.base import EngineSettings
from harness.errors import UserError
from harness.hashing import hash_bytes, hash_json
from harness.item import Item, Lang
from harness.metrics import metric_identities
from harness.postprocess import VERSION, steps_for
from harness.prompts import RENDERING
from harness.scorers import library_versions, load_scorer, runs_programs
from harness.selfchecks.record import SelfCheckLevel
from harness.served import AnyModel, ServedModel
from harness.stack import stack_versions
from harness.store import JOURNAL, MANIFEST
from harness.suite import Suite, hash_items


@dataclass(frozen=True)
class Choice:
    """Which items are taken from each suite, and how often."""

    size: Literal["quick", "full"] = "quick"
    limit: int | None = None
    lang: Lang | None = None
    samples: int = 1
    """Independent responses to each item in one run."""
    seed: int = 0
    draw: int = 0
    """Which independent repetition of the whole run this is."""


@dataclass(frozen=True)
class IsolationChoice:
    """What programs of a model must be kept in by; see docs/sandbox.md. Responses do not depend on it."""

    level: str = "auto"
    accept_weak: bool = False


@dataclass(frozen=True)
class SuitePlan:
    """The items of one suite that a run asks, and how."""

    suite: Suite
    """With a condition, as it makes it; its items are the same."""
    items: tuple[Item, ...]
    condition: Condition | None = None
    plain: "SuitePlan | None" = None
    """The same without the condition."""

    def under(self, condition: Condition) -> "SuitePlan":
        """The same items, asked and judged as `condition` says; raises UserError if it has no words for an item's language."""
        suite, items = condition.apply(self.suite, self.items)
        return SuitePlan(suite, items, condition, self)

    @cached_property
    def items_hash(self) -> str:
        """Hash of the chosen items' contents, in order, and of the facts they are judged by; a condition's words are no part of them."""
        return self.plain.items_hash if self.plain is not None else hash_items(self.items, self.suite.knowledge)

    @property
    def inputs(self) -> list[Any]:
        """What the suite's responses depend on."""
        config = self.suite.config
        shots = [shot.model_dump(mode="json") for shot in config.few_shot]
        # Without examples there is nothing to add, so that runs made before there were any keep their names.
        return [self.items_hash, config.generation.model_dump(mode="json"), *([shots] if shots else [])]

    @property
    def condition_asks(self) -> bool:
        """Whether the condition has any item asked or generated otherwise than without it."""
        if self.plain is None:
            return False
        generated = self.suite.config.generation != self.plain.suite.config.generation
        pairs = zip(self.items, self.plain.items, strict=True)
        return any(item.system != before.system or (generated and not item.is_scored) for item, before in pairs)

    def steps(self, item: Item) -> tuple[Step, ...]:
        """What is done to an answer to `item` before it is judged."""
        return steps_for(self.condition, self.suite, item)

    def facts(self) -> dict[str, Any]:
        """What a manifest says of the suite, as far as it is known before the run."""
        config = self.suite.config
        return {
            "version": config.version,
            "hash": self.suite.content_hash,
            "items_hash": self.items_hash,
            "items": len(self.items),
            "generation": config.generation.model_dump(mode="json"),
            "margin": config.margin,
            "max_errors": config.max_errors,
            "primary_metric": config.primary_metric,
            **({"corpus_metrics": metric_identities(self.suite)} if config.corpus_metrics else {}),
            **self._condition_facts(),
        }

    def _condition_facts(self) -> dict[str, Any]:
        if self.condition is None or self.plain is None:
            return {}
        return {
            "condition": {
                "name": self.condition.name,
                "hash": self.condition.hash,
                "post_version": VERSION if self.condition.post else None,
            },
            "plain_generation": self.plain.suite.config.generation.model_dump(mode="json"),
        }

    def runs_programs(self) -> bool:
        """Whether any item's scorer runs what the model wrote, so that a sandbox is needed."""
        return any(runs_programs(item.scorer) for item in self.items)

    def scorer_versions(self) -> dict[str, int]:
        """Version of each scorer that the items name, in alphabetical order."""
        names = sorted({item.scorer for item in self.items})
        return {name: load_scorer(name).version for name in names}

    def scorer_libraries(self) -> dict[str, dict[str, str]]:
        """By scorer the versions of the packages that it judges with; those that use none are left out."""
        return {name: versions for name in self.scorer_versions() if (versions := library_versions(name))}


@dataclass(frozen=True)
class Conditions:
    """What a signature says of how responses came about, besides suite and items."""

    choice: Choice
    engine: str
    own_template: bool
    stack: dict[str, str]


@dataclass(frozen=True)
class RunPlan:
    """All that responses depend on; its hash names the run folder."""

    model: AnyModel
    suites: tuple[SuitePlan, ...]
    choice: Choice
    engine: EngineSettings
    template: str | None
    """Text of a chat template that replaces the model's own."""
    isolation: IsolationChoice = IsolationChoice()
    self_checks: SelfCheckLevel = "auto"
    """Responses do not depend on it."""

    @property
    def condition(self) -> Condition | None:
        """The condition that all of its suites are under."""
        return self.suites[0].condition

    @property
    def plain(self) -> "RunPlan":
        """The same without the condition."""
        return replace(self, suites=tuple(part.plain or part for part in self.suites))

    def scorer_names(self) -> set[str]:
        """Scorers of the items of all suites."""
        return {item.scorer for part in self.suites for item in part.items}

    @property
    def conditions(self) -> Conditions:
        """What the run's signature says besides suite and items; the template is its own unless the user gave one."""
        return Conditions(self.choice, self.engine.kind, self.template is None, self.stack)

    @property
    def stack(self) -> dict[str, str]:
        """Versions on this machine of what responses depend on; of a server's responses, only what renders their prompts here."""
        if not isinstance(self.model, ServedModel):
            return stack_versions()
        used = () if self.model.tokenizer_folder is None else ("transformers",)
        return {name: version for name, version in stack_versions().items() if name in used}

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Everything that responses depend on, by content; no path, no label, no clock."""
        replayed = self.engine.replay
        return {
            "model": self.model.identity,
            "options": self.model.spec.options.model_dump(mode="json"),
            "suites": {plan.suite.name: plan.inputs for plan in self.suites},
            "samples": self.choice.samples,
            "seed": self.choice.seed,
            "draw": self.choice.draw,
            "template": None if self.template is None else hash_bytes(self.template.encode()),
            "rendering": RENDERING,
            "engine": [self.engine.kind, self.engine.device, self.engine.tensor_parallel],
            "replay": None if replayed is None else _journal_hash(Path(replayed)),
            "stack": self.stack,
            # Runs without a condition keep the names that they had before there were any.
            **({} if self.condition is None else {"condition": self.condition.hash}),
        }

    @cached_property
    def key(self) -> str:
        """Hash of `identity`, shortened to 12 hex digits."""
        return hash_json(self.identity)[:12]

    def folder(self, parent: Path, label: str) -> Path:
        """Where this run lies under `parent`: the folder that has its hash, whatever its label, or a new one."""
        existing = sorted(parent.glob(f"*-{self.key}"), key=lambda path: not (path / MANIFEST).is_file())
        return existing[0] if existing else parent / f"{label}-{self.key}"


def _journal_hash(folder: Path) -> str | None:
    return hash_file(folder / JOURNAL) if (folder / JOURNAL).is_file() else None


def suites_under(parts: Sequence[SuitePlan], condition: Condition) -> tuple[SuitePlan, ...]:
    """Those of the suites that `condition` is for and can change something in, under it.

    Raises UserError if there is none, or the condition has no words for an item's language.
    """
    varied = tuple(part.under(condition) for part in parts if condition.is_for(part.suite))
    changed = tuple(part for part in varied if part.condition_asks or any(part.steps(item) for item in part.items))
    if not changed:
        names = ", ".join(part.suite.name for part in parts)
        wanted = "" if condition.suites is None else f" It is for {', '.join(condition.suites)}."
        raise UserError(
            f"Condition '{condition.name}' changes nothing in the suites that are evaluated ({names}).{wanted} "
            "Choose other SUITES (--suites), or leave the condition out."
        )
    return changed


def plan_suites(suites: list[Suite], choice: Choice) -> tuple[SuitePlan, ...]:
    """Choose each suite's items; raises UserError if a suite has none that fit."""
    chosen = (choose_items(suite, size=choice.size, limit=choice.limit, lang=choice.lang) for suite in suites)
    return tuple(SuitePlan(suite, tuple(items)) for suite, items in zip(suites, chosen, strict=True))
