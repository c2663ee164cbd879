"""What the review commands print."""

from collections.abc import Iterator
from typing import Any

from harness.machine import print_json
from reports.console import console
from reports.review.batch import Batch, State
from reports.review.export import Exported

_NEXT: dict[State, str] = {
    "exported": "send each rater the workbook in out/, then: harness review import {batch} FILES",
    "collecting": "harness review import {batch} FILES for what comes back; when all is there: harness review freeze {batch}",
    "frozen": "harness review adjudicate {batch} where raters contradict each other, then: harness review unblind {batch}",
    "unblinded": "harness review verdict {batch}",
    "verdict": "harness review verdict {batch} writes the report anew",
}


def print_exported(done: Exported, as_json: bool = False) -> None:
    """What was chosen, for whom, what is doubtful, and where everything lies."""
    if as_json:
        print_json(_exported_json(done))
        return
    out = console()
    for line in _exported(done):
        out.print(line, markup=False, soft_wrap=True)


def _exported(done: Exported) -> Iterator[str]:
    plan, batch = done.plan, done.batch
    yield from (f"shortlist: {line}" for line in done.shortlisted)
    yield f"batch {batch.id}: {plan.layout}, {len(plan.raters)} raters, {plan.per_item} an item, {plan.runs} runs"
    for name, share in plan.suites.items():
        strata = ", ".join(f"{stratum} {count}" for stratum, count in sorted(share.sampled.items()))
        yield f"  {name}: {share.reviewed} of {share.items} items are reviewed, {share.core} of them core ({strata or 'none'})"
        yield from (f"    left out by the filter '{reason}': {count}" for reason, count in share.dropped.items())
    for run in done.runs:
        yield from (f"  {run.label}: {reason}: {count}" for reason, count in run.dropped.items())
        if run.masked:
            yield f"  {run.label}: taken out of its answers: " + ", ".join(f"{kind} {count}" for kind, count in sorted(run.masked.items()))
    if done.ties:
        yield f"  {done.ties} pairs are the same on both sides: they count as ties, and nobody is asked"
    for rater, sheets in done.rows.items():
        yield f"  {rater}: " + ", ".join(f"{count} rows of {sheet}" for sheet, count in sheets.items() if count)
    checks = ", ".join(f"{kind} {count}" for kind, count in plan.catch.kinds.items())
    yield f"  rows that check a rater: {checks or 'none'}; {plan.catch.needed} must be judged as expected"
    yield f"  detectable with 80 % power: a difference of {plan.detectable:.2f} levels in '{plan.primary}'"
    yield from (f"warning: {warning}" for warning in [*done.manifest.warnings, *done.notes])
    yield f"workbooks to send: {batch.out}"
    yield f"key (never send it; keep it where raters cannot come): {batch.key_file}"
    yield f"next: {_NEXT['exported'].format(batch=batch.folder)}"


def _exported_json(done: Exported) -> dict[str, Any]:
    batch, workbooks = done.batch, done.manifest.workbooks
    return {
        "batch": batch.id, "folder": str(batch.folder), "workbooks": {rater: str(batch.out / name) for rater, name in workbooks.items()},
        "key": str(batch.key_file), "rows": done.rows, "ties": done.ties, "detectable": done.plan.detectable,
        "suites": {name: share.model_dump(mode="json") for name, share in done.plan.suites.items()},
        "shortlisted": done.shortlisted, "warnings": [*done.manifest.warnings, *done.notes],
    }  # fmt: skip


def print_status(batch: Batch, as_json: bool = False) -> None:
    """State, what was released, what was done when, what comes next."""
    out, state, manifest = console(), batch.state, batch.manifest()
    if as_json:
        following = _NEXT[state].format(batch=batch.folder)
        print_json(
            {"batch": batch.id, "state": state, "manifest": manifest.model_dump(mode="json"), "log": batch.audit(), "next": following}
        )
        return
    out.print(f"batch {batch.id}: {state}", markup=False)
    out.print(
        f"{manifest.layout}, released {manifest.created}; workbooks: {', '.join(manifest.workbooks.values())}", markup=False, soft_wrap=True
    )
    for line in batch.audit():
        details = ", ".join(f"{name} {value}" for name, value in line["details"].items() if isinstance(value, str | int | float))
        out.print(f"  {line['time']}  {line['user']}: {line['action']}  {details}", markup=False, soft_wrap=True)
    out.print(f"next: {_NEXT[state].format(batch=batch.folder)}", markup=False, soft_wrap=True)
