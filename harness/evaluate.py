"""One evaluation: find the run folder, use what is there, do what is missing, finish the folder."""

import datetime
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import __version__
from harness.chatter import chatter_to
from harness.contamination import read_contamination
from harness.engines.kept import Engines
from harness.errors import RunError, UserError
from harness.model import resolve_model
from harness.plan import RunPlan
from harness.sandbox import Isolation, SandboxRefused
from harness.screen import Screen
from harness.served import ServedModel
from harness.stack import hardware
from harness.store import (
    ENGINE,
    FORMAT_VERSION,
    LOG,
    MANIFEST,
    PLAN,
    RESPONSES,
    SCORES,
    SELF_CHECKS,
    SUMMARY,
    RunFolder,
    read_manifest,
    read_part,
)

if TYPE_CHECKING:
    from harness.runner import RunOutcome


@dataclass(frozen=True)
class Evaluated:
    """A finished run."""

    folder: Path
    manifest: dict[str, Any]
    cached: bool
    """Nothing had to be done: the run was complete."""


def evaluate(
    plan: RunPlan, parent: Path, label: str, screen: Screen, plain: Path | None = None, engines: Engines | None = None,
    use_cache: bool = True,
) -> Evaluated:  # fmt: skip
    """Return the run of `plan` under `parent`, doing what is missing of it.

    `plain`: folder of the finished run without the plan's condition. What was asked there in the same way is not asked again.
    `engines`: where the engine comes from and goes back to, if more runs follow. `use_cache`: take and keep responses in the cache of
    all runs.
    Raises UserError or RunError; what was done by then is kept and used by the next call.
    """
    path = plan.folder(parent, label)
    contamination = _contamination(plan)
    manifest = read_manifest(path)
    if manifest is not None and _up_to_date(manifest, plan):
        return Evaluated(path, _with_contamination(path, manifest, contamination), cached=True)
    folder = RunFolder(path)
    try:
        return Evaluated(path, _do(plan, folder, label, screen, plain, contamination, engines, use_cache), cached=False)
    except RunError as error:
        raise RunError(f"{error} (The log is {path / LOG}; the same command continues with what was answered.)") from error
    except KeyboardInterrupt as error:
        raise RunError(f"Stopped. The same command continues with what was answered; it is in {path}.") from error
    finally:
        folder.release()


def _contamination(plan: RunPlan) -> dict[str, Any] | None:
    """What the checkpoint and the adapter say of items that they were trained on."""
    folders = [folder for folder in (plan.model.folder, plan.model.adapter) if folder is not None]
    found = read_contamination(*folders)
    return None if found is None else found.model_dump(mode="json")


def _with_contamination(path: Path, manifest: dict[str, Any], contamination: dict[str, Any] | None) -> dict[str, Any]:
    """The manifest of a finished run, brought up to what its checkpoint says now: data may be searched after the evaluation."""
    if contamination is None or manifest.get("contamination") == contamination:
        return manifest
    folder = RunFolder(path)
    try:
        manifest = {**manifest, "contamination": contamination}
        folder.write_json(MANIFEST, manifest)
        return manifest
    finally:
        folder.release()


def _do(
    plan: RunPlan, folder: RunFolder, label: str, screen: Screen, plain: Path | None, contamination: dict[str, Any] | None,
    engines: Engines | None, use_cache: bool,
) -> dict[str, Any]:  # fmt: skip
    from harness.prompts import renderer_for
    from harness.reuse import Earlier
    from harness.runner import run, samples_of
    from harness.scorers import open_sandbox
    from harness.scoring import corpus_figures
    from harness.summary import prompts_hashes, response_rows, score_rows, summarise

    started = time.monotonic()
    (folder.path / MANIFEST).unlink(missing_ok=True)
    folder.write_json(PLAN, {"identity": plan.identity, "model": plan.model.spec.text, "folder": _text(plan.model.folder)})
    names = plan.scorer_names()
    # Before anything is generated: responses that nothing may judge would be work for nothing.
    with open_sandbox(names, plan.isolation.level, plan.isolation.accept_weak) as isolation, chatter_to(folder.path / LOG):
        unavailable = _refused(names, isolation, screen)
        renderer = renderer_for(plan.model, plan.template)
        without = [] if plan.condition is None else list(samples_of(plan.plain, renderer))
        earlier = (
            None
            if plain is None or not _is_plain_run(plan, plain)
            else Earlier(plain, frozenset(request for sample in without for request in sample.requests))
        )
        outcome = run(plan, folder, renderer, screen, unavailable, earlier, engines, use_cache)
        plain_prompts = prompts_hashes(response_rows(without, plan.choice.draw, renderer))
        responses = response_rows(outcome.samples, plan.choice.draw, renderer)
        corpus = {part.suite.name: corpus_figures(part.suite, outcome.samples) for part in plan.suites}
        scores = score_rows(outcome.samples, plan.choice.draw, corpus)
        summary = summarise(plan.suites, plan.conditions, scores, responses, corpus, outcome.samples)
    _check_unchanged(plan)
    folder.write_lines(RESPONSES, responses)
    folder.write_lines(SCORES, scores)
    folder.write_json(SUMMARY, summary)
    prompts = prompts_hashes(responses)
    broken = {name: part["errors"] for name, part in summary.items() if part["errors"]}
    manifest = {
        "format_version": FORMAT_VERSION,
        "status": "errors" if broken else "complete",
        "run": plan.key,
        "label": label,
        "condition": None if plan.condition is None else plan.condition.as_json(),
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "harness": __version__,
        "model": {
            "given": plan.model.spec.text,
            "folder": _text(plan.model.folder),
            "adapter": _text(plan.model.adapter),
            "identity": plan.model.identity,
            "hashes": plan.model.hashes,
            "options": plan.model.spec.options.model_dump(mode="json"),
            **({"served": plan.model.name, "stated": dict(plan.model.stated)} if isinstance(plan.model, ServedModel) else {}),
        },
        "contamination": contamination,
        "suites": {
            part.suite.name: {
                **part.facts(),
                "isolation": isolation.level if part.runs_programs() and isinstance(isolation, Isolation) else None,
                "prompts_hash": prompts[part.suite.name],
                **({"plain_prompts_hash": plain_prompts[part.suite.name]} if plan.condition is not None else {}),
            }
            for part in plan.suites
        },
        "scorers": _scorers(plan),
        "scorer_libraries": _scorer_libraries(plan),
        "isolation": isolation_facts(isolation),
        "choice": {"size": plan.choice.size, "limit": plan.choice.limit, "lang": plan.choice.lang, "samples": plan.choice.samples,
                   "seed": plan.choice.seed, "draw": plan.choice.draw},
        "engine": _engine(folder, plan),
        "self_checks": _self_checks(folder),
        "versions": plan.stack,
        "hardware": hardware(),
        "counts": {"samples": len(scores), "generated_now": outcome.generated, "reused_now": outcome.reused,
                   "cached_now": outcome.cached,
                   "tokens": sum(row["tokens"] for row in responses),
                   "errors": sum(broken.values())},
        "speed": speed_facts(outcome),
        "seconds": round(time.monotonic() - started, 2),
    }  # fmt: skip
    folder.write_json(MANIFEST, manifest)
    return manifest


def speed_facts(outcome: "RunOutcome") -> dict[str, Any] | None:
    """How fast the engine was, for estimates; None if little of what was asked was generated now."""
    made = [sample.responses.values() for sample in outcome.samples]
    every = [response for responses in made for response in responses]
    if not outcome.generated or outcome.generated < 0.9 * len(every):
        return None
    return {
        "start_seconds": round(outcome.start_seconds, 2),
        "stream_seconds": round(outcome.stream_seconds, 2),
        "requests": len(every),
        "prompt_tokens": sum(len(request.prompt) for sample in outcome.samples for request in sample.requests),
        "tokens": sum(response.tokens for response in every),
    }


def _check_unchanged(plan: RunPlan) -> None:
    """Raise RunError if the model's files are no longer those that the run is named after: nobody knows which ones answered."""
    model = plan.model.local if isinstance(plan.model, ServedModel) else plan.model
    if model is None:
        return
    try:
        unchanged = resolve_model(model.spec).identity == model.identity
    except UserError:
        unchanged = False
    if not unchanged:
        raise RunError(f"ERROR: the files of '{plan.model.label}' were changed during the run; start it again, and it is made anew.")


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _is_plain_run(plan: RunPlan, folder: Path) -> bool:
    """Whether the run in `folder` is what `plan` would be without its condition, over these suites and maybe more."""
    theirs = read_part(folder / PLAN)["identity"]
    ours = json.loads(json.dumps(plan.plain.identity))
    return bool({**theirs, "suites": {name: theirs["suites"].get(name) for name in ours["suites"]}} == ours)


def _refused(names: set[str], isolation: "Isolation | SandboxRefused | None", screen: Screen) -> dict[str, str]:
    """Per scorer that cannot do its work for want of isolation: why."""
    from harness.scorers import runs_programs

    if isinstance(isolation, SandboxRefused):
        screen.say(str(isolation))
        return {name: str(isolation) for name in names if runs_programs(name)}
    if isolation is not None:
        screen.say(f"programs run at isolation {isolation.describe()}")
    return {}


def isolation_facts(isolation: "Isolation | SandboxRefused | None") -> dict[str, Any] | None:
    """What a manifest says of the isolation of programs; None if none were run."""
    if isinstance(isolation, SandboxRefused):
        return {"refused": str(isolation)}
    return None if isolation is None else {**asdict(isolation), "summary": isolation.describe()}


def _engine(folder: RunFolder, plan: RunPlan) -> Any:
    """What the engine was; where nothing could be judged, none was started, and no condition is known."""
    if (folder.path / ENGINE).is_file():
        return folder.read_json(ENGINE)
    return {"kind": plan.engine.kind, "conditions": {}, "settings": {}}


def _self_checks(folder: RunFolder) -> Any:
    """What was found when the engine was last started; a run that took every response from another one started none."""
    return folder.read_json(SELF_CHECKS) if (folder.path / SELF_CHECKS).is_file() else []


def _scorers(plan: RunPlan) -> dict[str, dict[str, int]]:
    return {part.suite.name: part.scorer_versions() for part in plan.suites}


def _scorer_libraries(plan: RunPlan) -> dict[str, dict[str, dict[str, str]]]:
    return {part.suite.name: part.scorer_libraries() for part in plan.suites}


def is_finished(plan: RunPlan, folder: Path) -> bool:
    """Whether `folder` holds all of the run, so that nothing would be done."""
    manifest = read_manifest(folder)
    return manifest is not None and _up_to_date(manifest, plan)


def _up_to_date(manifest: dict[str, Any], plan: RunPlan) -> bool:
    """Whether the finished run still says what this plan would: same scorers and their libraries, same suites, no item with an error."""
    facts = {part.suite.name: json.loads(json.dumps(part.facts())) for part in plan.suites}
    known = {name: {key: manifest["suites"].get(name, {}).get(key) for key in part} for name, part in facts.items()}
    scorers = manifest["scorers"] == _scorers(plan) and manifest.get("scorer_libraries") == _scorer_libraries(plan)
    return bool(manifest["status"] == "complete" and scorers and known == facts)
