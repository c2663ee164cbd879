"""`harness eval`: from what was typed to finished runs, a table, and an exit code."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from harness.condition import Condition, load_conditions
from harness.engines.base import Device, EngineKind, EngineSettings
from harness.errors import UserError
from harness.evaluate import Evaluated, evaluate
from harness.item import Lang
from harness.machine import print_json
from harness.model import Model, parse_model, resolve_model, split_models
from harness.plan import Choice, IsolationChoice, RunPlan, SuitePlan, plan_suites, suites_under
from harness.prompts import read_template
from harness.screen import Screen
from harness.store import SUMMARY, write_atomic
from harness.suite import MISSION, Suite, bundled_names, find_suite, load_suite
from harness.suite_check import check_targets

if TYPE_CHECKING:
    from harness.compare import Report

Compared = tuple[Path, ...]
"""Folders of the runs of a comparison, the baseline's first."""


@dataclass(frozen=True)
class EvalArguments:
    """What was typed behind `harness eval`; the fields are its options."""

    model: str
    baseline: str | None
    suites: str
    size: Literal["quick", "full"]
    limit: int | None
    lang: Lang | None
    out: str
    name: str | None
    samples: int
    seed: int
    draw: int
    template: str | None
    engine: EngineKind
    device: Device
    tensor_parallel: int
    replay: str | None
    declared: tuple[str, ...]
    force: bool
    isolation: IsolationChoice
    conditions: tuple[str, ...] = ()
    as_json: bool = False
    """JSON to stdout in place of tables."""


def run_eval(arguments: EvalArguments) -> int:
    """Do the evaluation and print its tables; returns the exit code: 0, or 3 if items have errors.

    Raises UserError before anything is generated for whatever is wrong with the arguments.
    """
    screen = Screen()
    started = time.monotonic()
    suites = load_suites(arguments.suites)
    engine = EngineSettings(arguments.engine, arguments.device, arguments.tensor_parallel, arguments.replay)
    if (arguments.engine == "replay") != (arguments.replay is not None):
        raise UserError("--engine replay and --replay RUN_FOLDER go together.")
    choice = Choice(arguments.size, arguments.limit, arguments.lang, arguments.samples, arguments.seed, arguments.draw)
    chosen = plan_suites(suites, choice)
    template = read_template(arguments.template)
    conditions = load_conditions([name for text in arguments.conditions for name in split_models(text)])
    candidates = [resolve_model(parse_model(text), screen.say) for text in split_models(arguments.model)]
    if not candidates:
        raise UserError("MODEL is empty; leave it out for the default model, or name one.")
    baselines = (
        [] if arguments.baseline is None else [resolve_model(parse_model(text), screen.say) for text in split_models(arguments.baseline)]
    )
    if len(baselines) > 1:
        raise UserError(f"BASELINE names {len(baselines)} models; name one. Quote a path that has spaces.")
    varied = {condition.name: _under(chosen, condition, engine, screen) for condition in conditions}
    plans = [RunPlan(model, chosen, choice, engine, template, arguments.isolation) for model in [*baselines, *candidates]]
    results: list[Evaluated] = []
    out = Path(arguments.out).expanduser()
    for plan in plans:
        label = _label(plan.model, arguments.name if plan.model in candidates else None)
        results.append(evaluate(plan, out, label, screen))
        screen.say(_story(results[-1]))
    own = results[len(baselines) :]
    code = max(_show(result, arguments) for result in own)
    reports = [_compare(results[0], own, arguments)] if baselines else []
    for plan, result in zip(plans[len(baselines) :], own, strict=True):
        under = []
        for name, parts in varied.items():
            label = f"{_label(plan.model, arguments.name)}+{name}"
            under.append(evaluate(replace(plan, suites=parts), out, label, screen, result.folder))
            screen.say(_story(under[-1]))
            code = max(code, _show(under[-1], arguments))
        results += under
        if under:
            reports.append(_compare(result, under, arguments))
    screen.say(f"{time.monotonic() - started:.1f} s in all")
    if arguments.as_json:
        print_json(_as_json(results, reports))
    return 3 if any(report.has_error for _, report in reports) else code


def _under(chosen: Sequence[SuitePlan], condition: Condition, engine: EngineSettings, screen: Screen) -> tuple[SuitePlan, ...]:
    """The suites under `condition`; says which ones it leaves out, and raises UserError if it leaves out all."""
    varied = suites_under(chosen, condition)
    if engine.kind == "replay" and any(part.condition_asks for part in varied):
        raise UserError(
            f"Condition '{condition.name}' asks for other responses than were recorded; only post-processing can be replayed (--engine)."
        )
    kept = {part.suite.name for part in varied}
    if left := [part.suite.name for part in chosen if part.suite.name not in kept]:
        screen.say(f"condition {condition.name} is not for {', '.join(left)}, or changes nothing there: left out")
    return varied


def _as_json(results: Sequence[Evaluated], reports: "Sequence[tuple[Compared, Report]]") -> dict[str, Any]:
    """All runs and comparisons; what people found of them stands first in each."""
    from reports.people import verdicts_on, with_people

    runs = [
        {"people": [found.as_json() for found in verdicts_on(result.folder)], "folder": str(result.folder), "manifest": result.manifest,
         "summary": _summary(result)}
        for result in results
    ]  # fmt: skip
    comparisons = [
        with_people(one, folders[0], folder)
        for folders, report in reports
        for folder, one in zip(folders[1:], report.comparisons, strict=True)
    ]
    return {"runs": runs, "comparisons": comparisons}


def _summary(result: Evaluated) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((result.folder / SUMMARY).read_text(encoding="utf-8"))
    return summary


def _show(result: Evaluated, arguments: EvalArguments) -> int:
    """Print a run; returns the exit code that its errors ask for."""
    from reports.people import run_lines
    from reports.terminal import print_lines, print_summary

    summary = _summary(result)
    if not arguments.as_json:
        print_lines(run_lines(result.folder))
        print_summary(result.folder, result.manifest, summary)
    return 3 if any(part["errors"] > part["max_errors"] for part in summary.values()) else 0


def load_suites(text: str) -> list[Suite]:
    """Load the suites that `text` names, separated by spaces or commas; `all` names the bundled ones, and an empty text `MISSION`.

    Raises UserError for an unknown or broken one.
    """
    names = split_models(text) if text and Path(text).exists() else text.replace(",", " ").split()
    names = [every for name in names or MISSION for every in (bundled_names() if name == "all" else [name])]
    folders = [find_suite(name) for name in names]
    suites = [load_suite(folder) for folder in dict.fromkeys(folders)]
    for suite in suites:
        check_targets(suite)
    twice = [suite.name for suite in suites if [other.name for other in suites].count(suite.name) > 1]
    if twice:
        raise UserError(f"Two suites are called '{twice[0]}'; rename one in its suite.yaml.")
    return suites


def _compare(baseline: Evaluated, candidates: Sequence[Evaluated], arguments: EvalArguments) -> "tuple[Compared, Report]":
    """Compare, print, and leave each comparison in its candidate's folder; returns the folders, the baseline's first, with the report."""
    from harness.compare import Report, compare_family
    from reports.people import people_lines, verdicts_of
    from reports.terminal import print_lines, print_report

    folders = [candidate.folder for candidate in candidates]
    comparisons = compare_family(baseline.folder, folders, declared=arguments.declared, force=arguments.force)
    for folder, comparison in zip(folders, comparisons, strict=True):
        text = json.dumps(comparison.as_json(), ensure_ascii=False, indent=1, allow_nan=False)
        write_atomic(folder / f"comparison-{baseline.manifest['run']}.json", [text])
    report = Report(comparisons=comparisons)
    if not arguments.as_json:
        for folder, comparison in zip(folders, comparisons, strict=True):
            about = f" on {comparison.candidate}" if len(folders) > 1 else ""
            print_lines(people_lines(baseline.folder, folder, verdicts_of(comparison), about))
        print_report(report, strata=False)
    return (baseline.folder, *folders), report


def _label(model: Model, name: str | None) -> str:
    if name is None:
        return model.label
    if not name.strip() or any(char in name for char in "/\\\0\n") or len(name.encode()) > 100:
        raise UserError(f"NAME {name!r} cannot be part of a folder's name: leave out slashes and line breaks, and keep it under 100 bytes.")
    return name.strip()


def _story(result: Evaluated) -> str:
    counts = result.manifest["counts"]
    if result.cached:
        return f"{result.manifest['label']}: unchanged, answered from {result.folder}"
    label, seconds = result.manifest["label"], result.manifest["seconds"]
    reused = f", {counts['reused_now']} taken from the run without the condition" if counts["reused_now"] else ""
    return f"{label}: {counts['samples']} samples, {counts['generated_now']} responses generated{reused}, {seconds:.0f} s"
