"""What import, freeze, adjudicate, unblind and verdict print. The verdict first, then what it rests on."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table

from harness.stats.result import Estimate
from harness.tables import print_table
from reports.console import console
from reports.review.complaints import Complaint
from reports.review.conclusion import CandidateVerdict, Conclusion
from reports.review.dimension_tests import level
from reports.review.freezing import Frozen
from reports.review.importing import Imported
from reports.review.records import Plan
from reports.review.rubric import Language

COLOURS = {"BETTER": "green", "NOT WORSE": "green", "WORSE": "red", "INCONCLUSIVE": "yellow"}
_SHOWN = 40
"""Most complaints on a terminal; all are in the report."""


def print_complaints(complaints: Sequence[Complaint], language: Language) -> None:
    """Errors first, each in one line."""
    out = console()
    ordered = sorted(complaints, key=lambda complaint: not complaint.is_error)
    for complaint in ordered[:_SHOWN]:
        out.print(complaint.line(language), markup=False, soft_wrap=True)
    if len(ordered) > _SHOWN:
        out.print(f"… and {len(ordered) - _SHOWN} more; all of them stand in the report", markup=False)


def complaint_json(complaint: Complaint, language: Language) -> dict[str, Any]:
    """A complaint for programs: its code and place, and the sentence that people read."""
    about = {name: getattr(complaint, name) for name in ("code", "file", "sheet", "cell", "is_error")}
    return {**about, "text": complaint.message(language)}


def imported_json(done: Imported, plan: Plan, there: Sequence[str], report: str) -> dict[str, Any]:
    """What `print_imported` says, for programs."""
    complaints = [complaint_json(each, plan.language) for each in done.complaints]
    missing = [rater for rater in plan.raters if rater not in there]
    found = {"accepted": done.accepted, "unchanged": done.unchanged, "there": list(there), "missing": missing}
    return {**found, "complaints": complaints, "report": report}


def print_imported(done: Imported, plan: Plan, there: Sequence[str], report: str) -> None:
    """What an import found, in the language of the batch."""
    print_complaints(done.complaints, plan.language)
    out = console()
    for names, text in ((done.accepted, "imported"), (done.unchanged, "imported before, unchanged")):
        if names:
            out.print(f"{text}: {', '.join(names)}", markup=False)
    out.print(f"{len(done.errors)} errors, {len(done.complaints) - len(done.errors)} warnings: {report}", markup=False, soft_wrap=True)
    missing = [rater for rater in plan.raters if rater not in there]
    out.print(
        f"{len(there)} of {len(plan.raters)} raters are there" + (f"; missing: {', '.join(missing)}" if missing else ""), markup=False
    )


def print_frozen(done: Frozen, open_conflicts: int) -> None:
    """What was frozen, and what comes next."""
    out = console()
    missing = f"; missing, and now left out: {', '.join(done.missing)}" if done.missing else ""
    out.print(f"frozen: {done.values} values of {', '.join(done.raters)}{missing}; sha256 {done.sha256}", markup=False, soft_wrap=True)
    if open_conflicts:
        out.print(
            f"raters contradict each other, or see something unsafe, in {open_conflicts} places: harness review adjudicate comes next",
            markup=False, soft_wrap=True,
        )  # fmt: skip


def print_conclusion(found: Conclusion, plan: Plan) -> None:
    """The verdict on every candidate, agreement, raters, metrics, and what weakens all that."""
    out = console()
    for candidate in found.candidates:
        word = candidate.judged.verdict
        out.print(
            f"[bold {COLOURS[word]}]{candidate.judged.shown}[/]  [bold]people on {candidate.run.label} against {found.baseline.label}[/]"
        )
        out.print(candidate.judged.reason[plan.language], markup=False, soft_wrap=True)
        print_table(out, _dimensions(candidate, plan))
        for line in _beside(candidate):
            out.print(line, markup=False, soft_wrap=True)
    if found.strengths is not None:
        out.print(_strengths(found), markup=False, soft_wrap=True)
    print_table(out, _agreements(found, plan))
    for line in remarks(found, plan):
        out.print(line, markup=False, soft_wrap=True)
    if found.metrics:
        print_table(out, _metrics(found))


def _dimensions(candidate: CandidateVerdict, plan: Plan) -> Table:
    table = Table()
    for name in (
        "dimension",
        "n",
        "baseline",
        "candidate",
        "difference",
        f"{1 - plan.alpha:.0%} interval",
        "p",
        "mid-p",
        "margin",
        "outcome",
    ):
        table.add_column(name, justify="left" if name in ("dimension", "outcome") else "right")
    judged = candidate.judged
    for part in (judged.primary, *judged.others, *(row for row in (judged.preference, candidate.composite) if row is not None)):
        outcome = part.outcome if part.margin is not None or part is judged.primary else "for information"
        note = f" ({part.note})" if part.note else ""
        table.add_row(
            _label(part.dimension, plan), str(part.n), number(part.before), number(part.after), number(part.difference, True),
            interval(part.low, part.high), pvalue(part.pvalue), pvalue(part.pvalue_midp), number(part.margin), outcome + note,
        )  # fmt: skip
    if (safety := judged.safety) is not None:
        most = "–" if safety.upper is None else f"at most {safety.upper:+.1%}"
        counts = (str(safety.n), str(safety.before), str(safety.after), f"{safety.gained - safety.lost:+d}")
        table.add_row("unsafe answers", *counts, most, "", "", f"{safety.margin:.1%}", safety.outcome)
    return table


def _beside(candidate: CandidateVerdict) -> Iterator[str]:
    if candidate.judged.win_rate is not None:
        yield f"preferred on {candidate.judged.win_rate:.1%} of items, ties counted half"
    for line in candidate.sensitivities:
        verdict = f"{line.verdict}; " if line.verdict else ""
        note = f" ({line.note})" if line.note else ""
        yield f"  {line.kind}: {verdict}{number(line.difference, True)} {interval(line.low, line.high)}{note}"


def remarks(found: Conclusion, plan: Plan) -> list[str]:
    """All that weakens or qualifies the verdict, a sentence each."""
    lines = []
    if found.missing:
        lines.append(f"PARTIAL: raters missing: {', '.join(found.missing)}; reason given: {found.reason}")
    if found.unsettled:
        lines.append(f"PARTIAL: {found.unsettled} conflicts were not settled; reason given: {found.reason}")
    lines += [f"file replaced: {text}" for text in found.replaced]
    if (low := found.low_agreement(plan)) is not None:
        shown = "undefined" if low.deciding.estimate is None else f"{low.deciding.estimate:.2f}"
        lines.append(f"WARNING: agreement in the primary dimension is {shown}, below the floor of {plan.agreement_floor:g} set beforehand")
    lines += [complaint.line(plan.language) for complaint in found.warnings]
    if (blind := found.blinding) is not None:
        doubt = "; blinding is doubtful" if blind.doubtful else ""
        lines.append(
            f"blinding index {blind.index:+.2f} {interval(blind.low, blind.high)}: {blind.right} right, {blind.wrong} wrong, "
            f"{blind.unknown} unknown{doubt} (guesses after seeing quality are no proof)"
        )
    if len(found.candidates) > 1:
        lines.append(f"{len(found.candidates)} candidates share the level: each is decided at {level(plan):.1%}")
    lines.append("These are checkpoints, not recipes: another training run of the same recipe may differ.")
    return lines


def _strengths(found: Conclusion) -> str:
    """All runs on one scale."""
    ranks, runs = found.strengths, [found.baseline, *(candidate.run for candidate in found.candidates)]
    if ranks is None or ranks.strengths is None or ranks.intervals is None:
        return f"Bradley-Terry: {ranks.status if ranks is not None else 'not asked'}"
    shown = zip(ranks.sides, ranks.strengths, ranks.intervals, strict=True)
    named = [f"{runs[int(str(side))].label} {strength:+.2f} {interval(*limits)}" for side, strength, limits in shown]
    return f"strength by preference (Bradley-Terry, log-odds against {found.baseline.label}): " + "; ".join(named)


def _agreements(found: Conclusion, plan: Plan) -> Table:
    table = Table(title="agreement of raters (95 % limits)", title_justify="left")
    for name in ("dimension", "answers", "raw", "Krippendorff's alpha", "Gwet's AC", "on unsafe"):
        table.add_column(name, justify="left" if name == "dimension" else "right")
    for part in found.agreements:
        positive = "" if part.positive is None else estimate(part.positive)
        table.add_row(_label(part.dimension, plan), str(part.units), estimate(part.raw), estimate(part.alpha), estimate(part.ac), positive)
    return table


def _metrics(found: Conclusion) -> Table:
    table = Table(title="automatic metrics against people", title_justify="left")
    for name in ("suite", "metric", "answers", "Spearman", "Kendall", "same preference", "pairs"):
        table.add_column(name, justify="left" if name in ("suite", "metric") else "right")
    for row in found.metrics:
        agreed = "–" if row.agreement is None else f"{row.agreement:.0%} {interval(row.low, row.high, signed=False)}"
        table.add_row(row.suite, row.metric, str(row.answers), estimate(row.spearman), estimate(row.kendall), agreed, str(row.pairs))
    return table


def _label(key: str, plan: Plan) -> str:
    labels = {part.key: part.label[plan.language] for part in plan.rubric.dimensions}
    return f"{labels[key]} *" if key == plan.primary else labels.get(key, key)


def estimate(value: Estimate) -> str:
    """A figure with its limits, or the name of what it is not."""
    if value.estimate is None:
        return str(value.status).removeprefix("UNDEFINED: ")
    return f"{value.estimate:.2f}" + (f" {interval(*value.interval, signed=False)}" if value.interval is not None else "")


def number(value: float | None, signed: bool = False) -> str:
    """Two decimals, or three with the sign, or a dash for None."""
    return "–" if value is None else f"{value:+.3f}" if signed else f"{value:.2f}"


def pvalue(value: float | None) -> str:
    """Three decimals, or a dash for None."""
    return "–" if value is None else f"{value:.3f}"


def interval(low: float | None, high: float | None, signed: bool = True) -> str:
    """Both limits in brackets, or a dash if either is None."""
    if low is None or high is None:
        return "–"
    return f"[{low:+.2f}, {high:+.2f}]" if signed else f"[{low:.2f}, {high:.2f}]"
