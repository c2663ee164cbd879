"""What a night tells besides its colour: the noise floor of tonight's stack, the anchor under a new stack, slow drift, what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path

from harness.compare import compare_runs
from harness.compare.records import SuiteComparison
from harness.errors import RunError, UserError
from harness.nightly.changes import changes, stack_changes
from harness.nightly.confirm import fresh_draw
from harness.nightly.records import Against, Changed, Drift, Night, Repeat, Restacked, Side
from harness.nightly.sides import Member, Workshop
from harness.stats.ewma import ewma
from harness.stats.multiplicity import holm

_ALPHA = 0.05


Screened = Mapping[str, Sequence[tuple[Against, Member]]]
"""By model of the night: each baseline, and what came of it."""


def repeats_of(
    workshop: Workshop, night: Night, past: Sequence[Night], members: Mapping[str, Member], screened: Screened
) -> tuple[tuple[Repeat, ...], tuple[str, ...]]:
    """The A/A run, if its turn has come: an unchanged checkpoint against itself with another draw; and what to say if it failed.

    The checkpoint is the first pinned anchor, else the first other baseline that there is, else the first model.
    """
    last = next((known.number for known in reversed(past) if known.repeats), None)
    if last is not None and night.number - last < workshop.settings.config.aa_every:
        return (), ()
    bases = [(against, base) for pairs in screened.values() for against, base in pairs]
    there = [base for _, base in sorted(bases, key=lambda pair: pair[0].kind != "pinned")]
    member = next((one for one in [*there, *members.values()] if one.model is not None and one.run is not None), None)
    if member is None or member.model is None:
        return (), ()
    choice = replace(workshop.choice, draw=fresh_draw(night, "repeat"))
    try:
        again = workshop.evaluate(member.model, member.side.name, choice=choice)
        comparison = compare_runs(workshop.out / str(member.run), again, declared=workshop.settings.gate.declared)
    except RunError as error:
        return (), (f"The A/A run failed, so that the noise of tonight's stack is not known: {error}",)
    parts = [part for part in comparison.suites if part.pvalue is not None]
    adjusted = holm([part.pvalue or 0.0 for part in parts]).pvalues
    runs = (str(member.run), again.name)
    return tuple(_repeat(member.side.name, runs, part, pvalue) for part, pvalue in zip(parts, adjusted, strict=True)), ()


def _repeat(model: str, runs: tuple[str, ...], part: SuiteComparison, pvalue: float) -> Repeat:
    flips = len(part.gained) + len(part.lost)
    return Repeat(
        model=model, runs=runs, suite=part.suite, n=part.n, flip_rate=flips / part.n, difference=part.difference, pvalue=pvalue,
        alarm=pvalue <= _ALPHA,
    )  # fmt: skip


def restacked_of(out: Path, past: Sequence[Night], night: Night) -> tuple[Restacked, ...]:
    """The pinned anchors under the stack of the last night that had them and of this one, where the two stacks differ."""
    found: list[Restacked] = []
    for name, anchor in night.anchors.items():
        earlier = [known.anchors[name] for known in past if name in known.anchors and known.anchors[name].run is not None]
        before = earlier[-1] if earlier else None
        if before is None or anchor.run is None or before.identity != anchor.identity or not stack_changes(before, anchor):
            continue
        found += _restacked(out, name, before, anchor)
    return tuple(found)


def _restacked(out: Path, model: str, before: Side, after: Side) -> list[Restacked]:
    parts: dict[str, SuiteComparison] = {}
    if before.run != after.run:
        try:
            comparison = compare_runs(out / str(before.run), out / str(after.run), force=True)
            parts = {part.suite: part for part in comparison.suites if part.difference is not None}
        except (RunError, UserError):
            pass  # The run of before is gone or damaged; its scores are in the night's record.
    return [
        Restacked(
            model=model, suite=suite, before=before.scores.get(suite), after=score,
            difference=parts[suite].difference if suite in parts else None, low=parts[suite].low if suite in parts else None,
            high=parts[suite].high if suite in parts else None,
            note="" if suite in parts else "not the same items, or not two runs: the scores stand side by side",
        )
        for suite, score in after.scores.items()
    ]  # fmt: skip


def changed_since_green(past: Sequence[Night], night: Night) -> tuple[Changed, ...]:
    """For each model, what is not as it was on the last green night that had it."""
    found: list[Changed] = []
    for side in night.sides:
        green = next((known for known in reversed(past) if known.colour == "green" and _side(known, side.name) is not None), None)
        before = None if green is None else _side(green, side.name)
        if green is not None and before is not None and side.run is not None:
            found += [Changed(model=side.name, since=green.night, kind=kind, what=what) for kind, what in changes(before, side)]
    return tuple(found)


def _side(night: Night, name: str) -> Side | None:
    return next((side for side in night.sides if side.name == name and side.run is not None), None)


def drift_of(past: Sequence[Night], night: Night) -> tuple[Drift, ...]:
    """The slow-drift chart of each suite against baselines that stay; it begins anew when the baseline changes."""
    return tuple(
        _drift(against, row.suite, series)
        for against in night.against
        if against.kind != "previous"
        for row in against.rows
        if (series := _series([*past, night], against, row.suite))
    )


def _drift(against: Against, suite: str, series: Sequence[tuple[float, float]]) -> Drift:
    # Either side has half of a difference's variance; the baseline's is the same error every night.
    errors = [sqrt(variance / 2) for _, variance in series]
    chart = ewma([difference for difference, _ in series], errors, errors[-1])
    value, lower = chart.values[-1], chart.lower[-1]
    return Drift(model=against.model, kind=against.kind, suite=suite, nights=len(series), value=value, limit=-lower, low=value < lower)


def _series(nights: Sequence[Night], against: Against, suite: str) -> list[tuple[float, float]]:
    """Difference of one suite from the same baseline and its squared standard error, in the order of the nights."""
    return [
        (row.difference, row.variance / row.n)
        for night in nights
        for other in night.against
        if (other.model, other.kind, other.identity) == (against.model, against.kind, against.identity)
        for row in other.rows
        if row.suite == suite and row.difference is not None and row.variance is not None
    ]
