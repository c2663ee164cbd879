"""Judges the responses of a finished run anew, with the scorers and suites of today, without an engine.

Responses and journal stay as they are. Everything is judged before anything is written; then the manifest is set aside, scores
and summary are replaced, and the manifest is written last, as in any run: whatever happens meanwhile, the folder either is as it was,
or has no manifest and is finished by the same command.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import __version__
from harness.errors import RunError, UserError
from harness.evaluate import isolation_facts
from harness.plan import Choice, Conditions, IsolationChoice, SuitePlan
from harness.records import Response
from harness.runner import Sample
from harness.sandbox import Isolation, SandboxRefused
from harness.scorers import open_sandbox
from harness.scoring import corpus_figures, given_rows, judge, stored_sample
from harness.store import JOURNAL, MANIFEST, PLAN, SCORES, SUMMARY, RunFolder, read_journal, read_manifest, read_responses, read_scores
from harness.stored import parts_of_run, suites_of_run
from harness.suite import Suite
from harness.summary import score_rows, summarise

SET_ASIDE = "manifest.rescoring.json"


@dataclass(frozen=True)
class Rescored:
    """A run that was judged anew."""

    manifest: dict[str, Any]
    summary: dict[str, Any]
    changed: dict[str, int]
    """Of each suite that was judged anew, the number of samples whose scores are not what they were."""


def rescore(path: Path, suites: Sequence[str] = (), isolation: IsolationChoice | None = None) -> Rescored:
    """Judge the run in `path` anew: the suites named (by name or path), or all of them, found by name.

    Raises UserError if this is no run, a suite is not found, or its items, prompts or generation are not those of the run, naming
    what differs; RunError if the run is incomplete or programs cannot be run. The folder is then as it was.
    """
    if not (path / PLAN).is_file():
        raise UserError(f"'{path}' is not a run folder: it has no {PLAN}.")
    folder = RunFolder(path)
    try:
        manifest = read_manifest(path) or read_manifest(path, SET_ASIDE)
        if manifest is None:
            raise RunError(f"The run in '{path}' is incomplete (no {MANIFEST}); start the same evaluation again to finish it.")
        return _rescore(folder, manifest, suites_of_run(manifest, suites), isolation or IsolationChoice())
    finally:
        folder.release()


def _rescore(folder: RunFolder, manifest: dict[str, Any], suites: list[Suite], isolation: IsolationChoice) -> Rescored:
    choice = Choice(**manifest["choice"])
    stored, old_scores = read_responses(folder.path), read_scores(folder.path)
    parts = parts_of_run(manifest, suites, stored)
    known = {response.request_id: response for response in read_journal(folder.path / JOURNAL)}
    samples = [sample for part in parts for sample in _samples(part, stored, known)]
    with open_sandbox({sample.item.scorer for sample in samples}, isolation.level, isolation.accept_weak) as surrounding:
        if isinstance(surrounding, SandboxRefused):
            raise RunError(str(surrounding))
        judge(samples, known)
    corpus = {part.suite.name: corpus_figures(part.suite, samples) for part in parts}
    fresh = {_key(row): row for row in score_rows(samples, choice.draw, corpus)}
    scores = [fresh.get(_key(row), row) for row in old_scores]
    own_template = folder.read_json(PLAN)["identity"]["template"] is None
    conditions = Conditions(choice, manifest["engine"]["kind"], own_template, manifest["versions"])
    old_summary = folder.read_json(SUMMARY)
    summary = {**old_summary, **summarise(parts, conditions, scores, given_rows(samples), corpus, samples)}
    renewed = _manifest(manifest, parts, surrounding, old_summary, summary)
    if (folder.path / MANIFEST).is_file():
        (folder.path / MANIFEST).replace(folder.path / SET_ASIDE)
    folder.write_lines(SCORES, scores)
    folder.write_json(SUMMARY, summary)
    for comparison in folder.path.glob("comparison-*.json"):
        comparison.unlink()  # It speaks of scores that are no more.
    folder.write_json(MANIFEST, renewed)
    (folder.path / SET_ASIDE).unlink(missing_ok=True)
    judged = [(row, fresh[_key(row)]) for row in old_scores if _key(row) in fresh]
    names = [part.suite.name for part in parts]
    changed = {name: sum(1 for old, new in judged if old["suite"] == name and _verdict(old) != _verdict(new)) for name in names}
    return Rescored(renewed, summary, changed)


def _samples(part: SuitePlan, rows: list[dict[str, Any]], known: dict[str, Response]) -> list[Sample]:
    items = {item.id: item for item in part.items}
    samples = []
    for row in rows:
        if row["suite"] != part.suite.name:
            continue
        item, base = items[row["item"]], f"{row['suite']}/{row['item']}/{row['sample']}"
        names = part.suite.request_names(item, row["sample"])
        responses = [known[f"{base}/{name}"] for name in names if f"{base}/{name}" in known]
        # What was never answered stays the error that it is; a scorer's error is judged anew.
        error = None if len(responses) == len(names) else row["error"] or "its response is not in the journal"
        samples.append(stored_sample(part.suite, item, row["sample"], responses, error, part.steps(item)))
    return samples


def _manifest(
    manifest: dict[str, Any], parts: Sequence[SuitePlan], surrounding: Isolation | None, old: dict[str, Any], summary: dict[str, Any]
) -> dict[str, Any]:
    """The manifest with today's suites and scorers; `before` keeps what it said of them, the latest last."""
    names = [part.suite.name for part in parts]
    was = {
        "time": manifest.get("rescored", manifest["finished"]),
        "harness": manifest["harness"],
        "scorers": {name: manifest["scorers"][name] for name in names},
        "scorer_libraries": {name: manifest["scorer_libraries"][name] for name in names if name in manifest.get("scorer_libraries", {})},
        "suites": {name: manifest["suites"][name] for name in names},
        "scores": {name: {"score": old[name]["score"], "metrics": old[name]["metrics"], "errors": old[name]["errors"]} for name in names},
    }
    errors = sum(part["errors"] for part in summary.values())
    level = None if surrounding is None else surrounding.level
    suites = {
        part.suite.name: {**manifest["suites"][part.suite.name], **part.facts(), "isolation": level if part.runs_programs() else None}
        for part in parts
    }
    return {
        **manifest,
        "status": "errors" if errors else "complete",
        "harness": __version__,
        "suites": {**manifest["suites"], **suites},
        "scorers": {**manifest["scorers"], **{part.suite.name: part.scorer_versions() for part in parts}},
        "scorer_libraries": {**manifest.get("scorer_libraries", {}), **{part.suite.name: part.scorer_libraries() for part in parts}},
        "isolation": manifest["isolation"] if surrounding is None else isolation_facts(surrounding),
        "counts": {**manifest["counts"], "errors": errors},
        "rescored": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "before": [*manifest.get("before", []), was],
    }


def _key(row: dict[str, Any]) -> tuple[str, str, int]:
    return row["suite"], row["item"], row["sample"]


def _verdict(row: dict[str, Any]) -> tuple[Any, Any, Any]:
    return row["score"], row["scores"], row["error"]
