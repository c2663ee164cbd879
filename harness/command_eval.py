"""`harness eval`: from what was typed to finished runs, a table, and an exit code."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from harness.asked import asked_models, find_models
from harness.condition import Condition, load_conditions
from harness.engines import EngineKind, EngineSettings, find_model
from harness.engines.base import Device
from harness.errors import UserError
from harness.evaluate import Evaluated
from harness.item import Lang
from harness.machine import print_json
from harness.model import split_models
from harness.plan import Choice, IsolationChoice, RunPlan, SuitePlan, plan_suites, suites_under
from harness.prompts import read_template
from harness.screen import Screen
from harness.selfchecks.record import SelfCheckLevel
from harness.served import AnyModel
from harness.several import Failed, Runs
from harness.store import read_summary, write_atomic
from harness.suite import MISSION, Suite, bundled_names, find_suite, load_suite
from harness.suite_check import check_targets

if TYPE_CHECKING:
    from harness.compare import Comparison, Report

Compared = tuple[Path, ...]
"""Folders of the runs of a comparison, the baseline's first."""


@dataclass(frozen=True)
class EvalArguments:
    """What was typed behind `harness eval`; the fields are its options."""

    models: tuple[str, ...]
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
    self_checks: SelfCheckLevel = "auto"
    urls: tuple[str, ...] = ()
    as_json: bool = False
    """JSON to stdout in place of tables."""
    dry_run: bool = False
    """Only say what would be done."""
    use_cache: bool = True
    """Take and keep responses in the cache of all runs."""


@dataclass(frozen=True)
class _Planned:
    """What the command is going to do."""

    base: tuple[RunPlan, ...]
    """Of the baseline, if there is one."""
    own: tuple[RunPlan, ...]
    labels: tuple[str, ...]
    """What the candidates' runs are called."""
    varied: dict[str, tuple[SuitePlan, ...]]
    """The suites under each condition, by its name."""
    broken: tuple[tuple[str, UserError], ...]
    """Models that were asked for by a pattern and cannot be used."""

    @property
    def alone(self) -> bool:
        return len(self.base) + len(self.own) + len(self.varied) + len(self.broken) == 1


def run_eval(arguments: EvalArguments) -> int:
    """Do the evaluation and print its tables; returns the exit code: the worst of all runs, 0, 2, or 3 if items have errors.

    Raises UserError before anything is generated for whatever is wrong with the arguments.
    """
    screen = Screen()
    started = time.monotonic()
    planned = _plan(arguments, screen)
    if arguments.dry_run:
        return _forecast(planned, arguments)
    code = _carry_out(planned, arguments, screen)
    screen.say(f"{time.monotonic() - started:.1f} s in all")
    return code


def _plan(arguments: EvalArguments, screen: Screen) -> _Planned:
    suites = load_suites(arguments.suites)
    engine = EngineSettings.chosen(arguments.engine, arguments.device, arguments.tensor_parallel, arguments.replay, arguments.urls)
    choice = Choice(arguments.size, arguments.limit, arguments.lang, arguments.samples, arguments.seed, arguments.draw)
    chosen = plan_suites(suites, choice)
    template = read_template(arguments.template)
    conditions = load_conditions([name for text in arguments.conditions for name in split_models(text)])

    def find(text: str) -> AnyModel:
        return find_model(text, engine, screen.say)

    def plan(models: Sequence[AnyModel]) -> tuple[RunPlan, ...]:
        settings = (choice, engine, template, arguments.isolation, arguments.self_checks)
        return tuple(RunPlan(model, chosen, *settings) for model in models)

    baselines = [] if arguments.baseline is None else find_models(asked_models([arguments.baseline]), find, screen.say).models
    if len(baselines) > 1:
        raise UserError(f"BASELINE names {len(baselines)} models; name one. Quote a path that has spaces.")
    asked = asked_models(arguments.models)
    if not asked:
        raise UserError("MODEL is empty; leave it out for the default model, or name one.")
    found = find_models(asked, find, screen.say, *baselines)
    varied = {condition.name: _under(chosen, condition, engine, screen) for condition in conditions}
    return _Planned(plan(baselines), plan(found.models), _labels(found.models, arguments.name), varied, tuple(found.broken))


def _carry_out(planned: _Planned, arguments: EvalArguments, screen: Screen) -> int:
    models = [plan.model for plan in (*planned.base, *planned.own)]
    runs = Runs(Path(arguments.out).expanduser(), screen, models, planned.alone, arguments.use_cache)
    for text, error in planned.broken:
        runs.fail(text, error)
    try:
        base = [result for plan in planned.base if (result := runs.do(plan, plan.model.label)) is not None]
        own = [runs.do(plan, label) for plan, label in zip(planned.own, planned.labels, strict=True)]
        done = [result for result in own if result is not None]
        shown = [*base, *done]
        code = max((_show(result, arguments) for result in done), default=0)
        reports = [_compare(result, done, arguments) for result in base if done]
        beside = reports[0][1].comparisons if reports else ()
        for plan, label, plain in zip(planned.own, planned.labels, own, strict=True):
            if plain is None:
                continue
            asked = (runs.do(replace(plan, suites=parts), f"{label}+{name}", plain.folder) for name, parts in planned.varied.items())
            under = [one for one in asked if one is not None]
            code = max([code, *(_show(one, arguments) for one in under)])
            shown += under
            if under:
                reports.append(_compare(plain, under, arguments))
    finally:
        runs.close()
    if len(done) > 1 and not arguments.as_json:
        _side_by_side([*base, *done], beside)
    runs.tell_failed()
    if arguments.as_json:
        print_json(_as_json(shown, reports, runs.failed))
    return 3 if any(report.has_error for _, report in reports) else max(code, runs.code)


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


def _as_json(results: Sequence[Evaluated], reports: "Sequence[tuple[Compared, Report]]", failed: Sequence[Failed]) -> dict[str, Any]:
    """All runs and comparisons, what people found of them first in each; and models that could not be evaluated."""
    from reports.people import verdicts_on, with_people

    runs = [
        {"people": [found.as_json() for found in verdicts_on(result.folder)], "folder": str(result.folder), "manifest": result.manifest,
         "summary": read_summary(result.folder)}
        for result in results
    ]  # fmt: skip
    comparisons = [
        with_people(one, folders[0], folder)
        for folders, report in reports
        for folder, one in zip(folders[1:], report.comparisons, strict=True)
    ]
    return {"runs": runs, "comparisons": comparisons, "failed": [asdict(one) for one in failed]}


def _show(result: Evaluated, arguments: EvalArguments) -> int:
    """Print a run; returns the exit code that its errors ask for."""
    from reports.people import run_lines
    from reports.terminal import print_lines, print_summary

    summary = read_summary(result.folder)
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


def _labels(models: Sequence[AnyModel], name: str | None) -> tuple[str, ...]:
    """What the models' runs are called: as the user says, together with the model where there are several."""
    if name is None:
        return tuple(model.label for model in models)
    shown = name.isprintable() and not any(char in name for char in "/\\")
    if not shown or not name.strip(" .") or len(name.encode("utf-8", "replace")) > 100:
        raise UserError(
            f"NAME {name!r} cannot be part of a folder's name: no slashes, no line breaks, nothing that is not seen, and under 100 bytes."
        )
    return tuple(name.strip() if len(models) == 1 else f"{name.strip()}-{model.label}" for model in models)


def _side_by_side(results: Sequence[Evaluated], comparisons: Sequence["Comparison"]) -> None:
    from reports.side_by_side import print_side_by_side

    print_side_by_side([(result.folder, result.manifest, read_summary(result.folder)) for result in results], comparisons)


def _forecast(planned: _Planned, arguments: EvalArguments) -> int:
    """Print what the evaluation would be, and start nothing; returns the exit code."""
    from harness.forecast import forecast
    from reports.forecast import print_forecast

    under = [replace(plan, suites=parts) for plan in planned.own for parts in planned.varied.values()]
    found = forecast([*planned.base, *planned.own, *under], Path(arguments.out).expanduser(), arguments.use_cache)
    if arguments.as_json:
        print_json(asdict(found))
    else:
        print_forecast(found)
    for _, error in planned.broken:
        print(f"harness: {error}", file=sys.stderr)
    return UserError.exit_code if planned.broken else 0
