"""`harness eval --dry-run`: what an evaluation would ask, what of it is known, and how long the rest would take."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import RunError
from harness.evaluate import is_finished
from harness.forecast_records import Forecast, RunForecast, SuiteForecast
from harness.hashing import hash_json
from harness.plan import RunPlan
from harness.prompts import Renderer, renderer_for
from harness.response_cache import CACHED_ENGINES, ResponseCache
from harness.runner import Sample, samples_of
from harness.stack import hardware
from harness.store import JOURNAL, MANIFEST, read_journal, read_manifest, read_responses

PROMPT_WEIGHT = 1 / 2
"""Time that reading a prompt's token takes, in that of generating one among many: as measured on two cores between a suite that is written
and one of multiple choice. It matters only where earlier runs were of other suites."""
_LOOKED_AT = 50
"""Earlier runs that are read, the latest first."""
_TAKEN = 5
"""Runs that an estimate rests on at the most."""


@dataclass(frozen=True)
class _Past:
    """An earlier run beside those that are planned."""

    folder: Path
    manifest: dict[str, Any]


def forecast(plans: Sequence[RunPlan], out: Path, use_cache: bool) -> Forecast:
    """Count what `plans` ask and what is known; starts no engine and writes nothing under `out`.

    Raises UserError for what cannot be rendered.
    """
    past = _earlier(out)
    speeds = {plan.key: _speeds(plan, past) for plan in plans}
    rendered: dict[str, Renderer] = {}
    runs = tuple(_run(plan, out, past, speeds[plan.key], _renderer(plan, rendered), use_cache) for plan in plans)
    working = [run for run in runs if any(part.known < part.requests for part in run.suites)]
    starts = [speed["start_seconds"] for found in speeds.values() for speed in found]
    start = max(starts) if starts and working else 0.0 if not working else None
    known = start is not None and all(run.seconds is not None for run in working)
    seconds = round(start + sum(run.seconds or 0.0 for run in working), 1) if known and start is not None else None
    return Forecast(runs, start, seconds, max(map(len, speeds.values()), default=0))


def _renderer(plan: RunPlan, made: dict[str, Renderer]) -> Renderer:
    """One for all models that render alike."""
    hashes = plan.model.hashes
    key = hash_json(
        [hashes.get("served"), hashes.get("tokenizer"), hashes.get("chat_template"), plan.model.spec.options.thinking, plan.template]
    )
    if key not in made:
        made[key] = renderer_for(plan.model, plan.template)
    return made[key]


def _earlier(out: Path) -> list[_Past]:
    """The latest runs under `out`, as far as they can be read."""
    paths = sorted(out.glob(f"*/{MANIFEST}"), key=lambda path: path.stat().st_mtime, reverse=True)[:_LOOKED_AT]
    found = []
    for path in paths:
        try:
            manifest = read_manifest(path.parent)
        except RunError:
            continue  # An estimate can do without it; `harness history` says what is wrong with it.
        if manifest is not None:
            found.append(_Past(path.parent, manifest))
    return found


def _speeds(plan: RunPlan, past: Sequence[_Past]) -> list[dict[str, Any]]:
    """How fast earlier runs of models of this size were, by this engine on this machine; those of the same suites, if there are any."""
    machine, suites = hardware(), {part.suite.name for part in plan.suites}
    fitting = [
        run
        for run in past
        if run.manifest.get("speed")
        and run.manifest["engine"]["kind"] == plan.engine.kind
        and run.manifest["model"]["hashes"].get("config") == plan.model.hashes.get("config")
        and all(run.manifest["hardware"].get(name) == machine.get(name) for name in ("cpu", "cores", "gpu"))
    ]
    same = [run for run in fitting if set(run.manifest["suites"]) == suites]
    return [run.manifest["speed"] for run in (same or fitting)[:_TAKEN]]


def _run(
    plan: RunPlan, out: Path, past: Sequence[_Past], speeds: Sequence[dict[str, Any]], renderer: Renderer, use_cache: bool
) -> RunForecast:
    folder = plan.folder(out, plan.model.label)
    samples = list(samples_of(plan, renderer))
    finished = is_finished(plan, folder)
    known = {request.id for sample in samples for request in sample.requests} if finished else _known(plan, folder, samples, use_cache)
    suites = tuple(
        _suite(part.suite.name, len(part.items), [one for one in samples if one.suite.name == part.suite.name], known, plan, past)
        for part in plan.suites
    )
    likely = [part.likely_tokens for part in suites]
    seconds = None
    if speeds and None not in likely:
        work = sum(filter(None, likely)) + PROMPT_WEIGHT * sum(part.prompt_tokens for part in suites)
        rates = [speed["stream_seconds"] / (speed["tokens"] + PROMPT_WEIGHT * speed["prompt_tokens"]) for speed in speeds]
        seconds = round(work * statistics.median(rates), 1)
    condition = None if plan.condition is None else plan.condition.name
    return RunForecast(plan.model.label, str(folder), condition, finished, suites, seconds)


def _known(plan: RunPlan, folder: Path, samples: Sequence[Sample], use_cache: bool) -> set[str]:
    requests = [request for sample in samples for request in sample.requests]
    known = {response.request_id for response in read_journal(folder / JOURNAL)}
    if use_cache and plan.engine.kind in CACHED_ENGINES:
        known |= ResponseCache(plan, lambda _: None).known([request for request in requests if request.id not in known])
    return known


def _suite(name: str, items: int, samples: Sequence[Sample], known: set[str], plan: RunPlan, past: Sequence[_Past]) -> SuiteForecast:
    requests = [request for sample in samples for request in sample.requests]
    left = [request for request in requests if request.id not in known]
    generated = [request for request in left if request.score_from is None]
    mean = _mean_tokens(name, plan.model.identity, past) if generated else 0.0
    return SuiteForecast(
        name, items, len(requests), len(requests) - len(left), sum(len(request.prompt) for request in left),
        sum(request.max_tokens for request in generated), None if mean is None else round(mean * len(generated)),
    )  # fmt: skip


def _mean_tokens(suite: str, identity: str, past: Sequence[_Past]) -> float | None:
    """Tokens that a sample of the suite took in earlier runs, all its turns together: those of this model, or else of any."""
    having = [run for run in past if suite in run.manifest["suites"]]
    own = [run for run in having if run.manifest["model"]["identity"] == identity]
    rows = [row for run in (own or having)[:_TAKEN] for row in read_responses(run.folder)]
    tokens = [row["tokens"] for row in rows if row["suite"] == suite and row["choice_logprobs"] is None]
    return statistics.fmean(tokens) if tokens else None
