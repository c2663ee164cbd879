"""The first look: a model against each baseline, suite by suite, with the gate's tiers and margins."""

from collections.abc import Sequence

from harness.compare import compare_runs
from harness.errors import RunError
from harness.gate import GateResult, Judged, decide_gate, reach_note
from harness.gate_config import GateConfig
from harness.nightly.config import Baseline
from harness.nightly.records import Against, Night, Row
from harness.nightly.sides import Member, Workshop, with_run
from harness.plan import SuitePlan

_FLIPS = 10
_USUAL_FLIPS = 0.1
"""Variance of an item's difference where one in ten 0/1 scores flips, as between two checkpoints of one training."""


def screen_member(workshop: Workshop, night: Night, member: Member, bases: Sequence[Member]) -> list[tuple[Against, Member]]:
    """The model against each baseline of the night, in the order of nightly.yaml, with the baseline and its run."""
    found = []
    for asked, bare in zip(workshop.settings.config.baselines, bases, strict=True):
        base = with_run(workshop, bare)
        found.append((_screen(workshop, night, member, base, asked), base))
    return found


def _screen(workshop: Workshop, night: Night, member: Member, base: Member, asked: Baseline) -> Against:
    bare = Against(
        model=member.side.name, kind=asked.kind, baseline=base.side.name, identity=base.side.identity, blocks=asked.blocks,
        missing=base.missing,
    )  # fmt: skip
    if base.missing is not None:
        return bare
    if (error := member.side.error or base.side.error) is not None:
        return bare.model_copy(update={"error": error})
    runs = (str(base.run), str(member.run))
    gate = workshop.settings.gate
    try:
        comparison = compare_runs(workshop.out / runs[0], workshop.out / runs[1], declared=gate.declared)
    except RunError as error:
        return bare.model_copy(update={"error": str(error)})
    result = decide_gate(gate, comparison)
    if base.model is None and (differing := [part for part in result.suites if part.verdict == "NOT COMPARABLE"]):
        gone = f"its weights are gone and its run cannot be made anew under tonight's conditions ({differing[0].reason})"
        return bare.model_copy(update={"missing": gone})
    return bare.model_copy(update={
        "runs": runs, "gate": result.verdict, "gate_reasons": result.reasons,
        "rows": tuple(_row(part, asked.blocks, night.screen_level) for part in _ordered(gate, result)),
    })  # fmt: skip


def _ordered(gate: GateConfig, result: GateResult) -> list[Judged]:
    tiers = ("critical", "supporting", "report-only")
    return sorted(result.suites, key=lambda part: tiers.index(part.tier))


def _row(part: Judged, blocks: bool, level: float) -> Row:
    found = part.found
    decides = blocks and part.tier != "report-only"
    broken = part.verdict in ("ERROR", "NOT COMPARABLE")
    return Row(
        suite=part.suite, tier=part.tier, blocks=decides, verdict=part.verdict, reason=part.reason, margin=part.margin, n=found.n,
        baseline=found.baseline, candidate=found.candidate, difference=found.difference, low=found.low, high=found.high,
        variance=found.variance, detectable=found.detectable, pvalue=found.pvalue_worse, gained=len(found.gained), lost=len(found.lost),
        flips=found.lost[:_FLIPS], flagged=decides and not broken and found.pvalue_worse is not None and found.pvalue_worse <= level,
    )  # fmt: skip


def reach_notes(gate: GateConfig, past: Sequence[Night], parts: Sequence[SuitePlan]) -> list[str]:
    """Sentences on suites that have too few items for their margins, by the variances of the last night that knew them.

    Of a suite that no night knew yet, `_USUAL_FLIPS` is assumed, and the sentence says so.
    """
    known = {row.suite: row for night in past for against in night.against for row in against.rows if row.variance is not None}
    notes = []
    for part in parts:
        name, row = part.suite.name, known.get(part.suite.name)
        if name not in gate.decisive():
            continue
        variance = _USUAL_FLIPS if row is None or row.variance is None else row.variance
        note = reach_note(name, variance, len(part.items), gate.suite(name).margin or part.suite.config.margin)
        if note is not None:
            notes.append(note if row is not None else f"No night knows yet how many items flip; if one in ten does: {note}")
    return notes
