"""The models of a night: found, evaluated, and their runs described as the night's record keeps them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.baseline import Accepted, accepted, typed
from harness.engines.base import EngineSettings
from harness.errors import RunError, UserError
from harness.evaluate import Evaluated
from harness.model import Model, parse_model, resolve_model
from harness.nightly.changes import stack_of, training_facts
from harness.nightly.config import Baseline, NightlyModel, NightlySettings
from harness.nightly.records import Night, Side
from harness.plan import Choice, RunPlan, SuitePlan
from harness.screen import Screen
from harness.store import read_manifest, read_summary

Evaluate = Callable[[RunPlan, Path, str], Evaluated]
"""From a plan, the folder of runs and a label to the finished run; raises RunError or UserError."""


@dataclass(frozen=True)
class Workshop:
    """What every step of a night works with."""

    settings: NightlySettings
    parts: tuple[SuitePlan, ...]
    choice: Choice
    """Of the screening."""
    screen: Screen
    run: Evaluate

    @property
    def out(self) -> Path:
        """The folder of all runs, nights and the ledger of baselines, absolute."""
        return self.settings.out

    def evaluate(self, model: Model, label: str, parts: Sequence[SuitePlan] | None = None, choice: Choice | None = None) -> Path:
        """The finished run of these suites, or of the screening; raises RunError if it cannot be finished."""
        asked = self.settings.config.engine
        engine = EngineSettings(asked.kind, asked.device, asked.tensor_parallel)
        plan = RunPlan(model, tuple(parts or self.parts), choice or self.choice, engine, None)
        try:
            return self.run(plan, self.out, label).folder
        except RunError as error:
            if isinstance(error.__cause__, KeyboardInterrupt):  # Whoever stops one run means the night.
                raise KeyboardInterrupt from error
            raise


@dataclass(frozen=True)
class Member:
    """A model of the night, and its run once there is one."""

    side: Side
    model: Model | None
    """None if its weights are gone."""
    missing: str | None = None
    """Why there is nothing to compare with, which is no error."""

    @property
    def run(self) -> str | None:
        """Path of its run; None until there is one."""
        return self.side.run


def find_model(workshop: Workshop, asked: NightlyModel) -> Member:
    """A model of the night; raises UserError if there is none, or it is broken."""
    return _found(asked.name, resolve_model(parse_model(workshop.settings.model_text(asked.model)), workshop.screen.say))


def find_baseline(workshop: Workshop, asked: Baseline, name: str, past: Sequence[Night]) -> Member:
    """What the nightly model `name` is compared with; raises UserError if it should be there and is not."""
    if asked.kind == "previous":
        return _previous(workshop, name, past)
    entry = accepted(workshop.out, name) if asked.kind == "pinned" else None
    given = workshop.settings.model_text(asked.model or "") if entry is None else entry.given
    model = resolve_model(parse_model(given), workshop.screen.say)
    if asked.kind == "pinned":
        _check_anchor(model, entry, name, past)
    return _found(model.label, model)


def with_run(workshop: Workshop, member: Member) -> Member:
    """The model with its screening run; what goes wrong in that is recorded, for the other models of the night go on."""
    if member.model is None:
        return member
    try:
        folder = workshop.evaluate(member.model, member.side.name)
    except RunError as error:
        return replace(member, side=member.side.model_copy(update={"error": str(error)}))
    manifest = read_manifest(folder)
    assert manifest is not None
    scores = {suite: part["score"] for suite, part in read_summary(folder).items()}
    update = {"run": folder.name, "stack": stack_of(manifest), "scores": scores}
    return replace(member, side=member.side.model_copy(update=update))


def _found(label: str, model: Model) -> Member:
    adapter = None if model.adapter is None else str(model.adapter)
    given = typed(str(model.folder), adapter, model.spec.options.model_dump())
    return Member(Side(name=label, given=given, identity=model.identity, hashes=model.hashes, data=training_facts(model)), model)


def _check_anchor(model: Model, entry: Accepted | None, name: str, past: Sequence[Night]) -> None:
    """An anchor that moves by itself holds nothing; raises UserError if it is not the model that it was."""
    held = next((night.anchors[name] for night in reversed(past) if name in night.anchors), None)
    known = entry.identity if entry is not None else None if held is None else held.identity
    if known is None or known == model.identity:
        return
    since = f"accepted {entry.at} as run {entry.run}" if entry is not None else "as in the nights before"
    raise UserError(
        f"The pinned anchor of '{name}' ({since}) is not what it was: '{model.spec.text}' holds other weights. Bring them back, or "
        "decide on another with `harness baseline accept RUN --reason TEXT`."
    )


def _previous(workshop: Workshop, name: str, past: Sequence[Night]) -> Member:
    found = [side for night in past if night.colour != "running" for side in night.sides if side.name == name and side.run is not None]
    if not found:
        return Member(Side(name="none", given="", identity=""), None, "there is no finished night of this model before")
    side = found[-1]
    try:
        model = resolve_model(parse_model(side.given), workshop.screen.say)
    except UserError:
        return _gone(workshop, side)
    return _found(name, model) if model.identity == side.identity else _gone(workshop, side)


def _gone(workshop: Workshop, side: Side) -> Member:
    """A model whose weights were overwritten or removed: its run can still be compared with, but not drawn from again."""
    there = side.run is not None and read_manifest(workshop.out / side.run) is not None
    missing = None if there else f"its weights are no longer at '{side.given}', and its run {side.run} is gone, too"
    return Member(side, None, missing)
