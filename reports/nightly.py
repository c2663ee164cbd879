"""A night for people: the alert as Markdown, and a few lines for a terminal. The night as JSON is its own record."""

from collections.abc import Mapping, Sequence

from harness.nightly.records import Against, Night, Row
from reports.numbers import interval, number, signed

_TITLES = {
    "red": "RED: confirmed regression",
    "green": "GREEN",
    "error": "ERROR: not everything could be judged",
    "running": "NOT FINISHED",
}
_SHOWN = 20
People = Mapping[tuple[str, ...], Sequence[str]]
"""What people found of two runs, in sentences, by the runs' folders; it changes no colour, and stands above what metrics say."""


def markdown(night: Night, people: People) -> str:
    """The whole alert: colour, what people found, confirmed regressions in full, a table a comparison, what changed, what only informs."""
    title = _TITLES[night.colour]
    parts = [f"# Night {night.night}: {title}", *(f"**{line}**" for lines in people.values() for line in lines), _rule(night)]
    parts += [regression(against, row) for against, row in night.red]
    if night.errors:
        parts.append("\n".join(["## Errors", *(f"- {line}" for line in night.errors)]))
    parts += [_changed(night), *(_against(against, people) for against in night.against), _restacked(night), _repeats(night), _drift(night)]
    if night.notes:
        parts.append("\n".join(["## Notes", *(f"- {note}" for note in night.notes)]))
    return "\n\n".join(part for part in parts if part) + "\n"


def _rule(night: Night) -> str:
    return (
        f"A suite is flagged at p ≤ {night.screen_level:g} (one-sided) and red if a second look the same night confirms it at "
        f"p ≤ {night.confirm_level:.2g}; {night.tests} such tests a night. INCONCLUSIVE is no alarm."
    )


def regression(against: Against, row: Row) -> str:
    """All that is known of one confirmed regression, as Markdown."""
    look = row.confirmation
    assert look is not None
    margin = "–" if row.margin is None else f"{row.margin:g}"
    lines = [
        f"## {row.suite}: {against.model} is worse than {against.kind} ({against.baseline})",
        f"- screening: {number(row.baseline)} → {number(row.candidate)}, difference {signed(row.difference)} "
        f"(95 % interval {interval(row.low, row.high, with_signs=True)}, n = {row.n}), p = {_probability(row.pvalue)}, margin {margin}",
        f"- second look: difference {signed(look.difference)} "
        f"(95 % interval {interval(look.low, look.high, with_signs=True)}, n = {look.n}, {look.draws} responses an item), "
        f"p = {_probability(look.pvalue)}: {look.reason}",
        f"- items of the screening that score higher / lower: {row.gained} / {row.lost}",
    ]
    if look.lost or row.flips:
        lines.append(f"- lost, the first of them: {', '.join(row.flips)}; in the second look: {', '.join(look.lost)}")
    if against.runs:
        lines.append(f"- look at one: `harness show {against.runs[1]} {row.flips[0] if row.flips else 'ITEM'}`, in the folder of runs")
    lines.append(
        f"- green again: when a loss of {margin} is ruled out or a second look does not confirm it; if the loss is accepted, by "
        "`harness baseline accept RUN --reason TEXT`"
    )
    return "\n".join(lines)


def _changed(night: Night) -> str:
    if not night.changed:
        return ""
    lines = [f"- {change.model}, since {change.since}: **{change.kind}** {change.what}" for change in night.changed]
    return "\n".join(["## What changed since the last green night", *lines])


def _against(against: Against, people: People) -> str:
    role = "" if against.blocks else ", reported only"
    lines = [f"## {against.model} against {against.kind} ({against.baseline}){role}"]
    if against.missing or against.error:
        return "\n".join([*lines, f"Not compared: {against.missing or against.error}"])
    lines += [f"**{line}**\n" for line in people.get(against.runs, ())]
    lines += [
        "| suite | tier | n | baseline | candidate | difference | 95 % interval | margin | +/− | p (worse) | verdict | second look |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
        *(_line(row) for row in against.rows),
    ]
    lines += ["", *(f"- {row.suite}: {row.verdict}: {row.reason}{_detectable(row)}" for row in against.rows)]
    lines += ["", f"The gate on the screening alone: {against.gate}."]
    return "\n".join(lines)


def _line(row: Row) -> str:
    look = row.confirmation
    second = "–" if look is None else look.reason if look.pvalue is None else f"p = {_probability(look.pvalue)}: {look.reason}"
    margin = "–" if row.margin is None else f"{row.margin:g}"
    cells = [
        row.suite, row.tier, str(row.n), number(row.baseline), number(row.candidate), signed(row.difference),
        interval(row.low, row.high, with_signs=True), margin, f"{row.gained}/{row.lost}", _probability(row.pvalue), row.verdict, second,
    ]  # fmt: skip
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _detectable(row: Row) -> str:
    if row.detectable is None or row.verdict in ("IMPROVED", "REGRESSED"):
        return ""
    return f" (a true difference of {row.detectable:.3f} would be found in 80 % of cases)"


def _restacked(night: Night) -> str:
    if not night.restacked:
        return ""
    lines = [
        "## The pinned anchor under the old and the new stack",
        "| model | suite | before | now | difference | 95 % interval | |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {part.model} | {part.suite} | {number(part.before)} | {number(part.after)} | {signed(part.difference)} | "
        f"{interval(part.low, part.high, with_signs=True)} | {part.note} |"
        for part in night.restacked
    ]
    return "\n".join(lines)


def _repeats(night: Night) -> str:
    if not night.repeats:
        return ""
    lines = [f"## A/A: {night.repeats[0].model} against itself"]
    for part in night.repeats:
        alarm = ": **more than chance: look at the engine before believing tonight's verdicts**" if part.alarm else ""
        share = f"{part.flip_rate:.1%} of {part.n} items scored otherwise"
        lines.append(f"- {part.suite}: {share}, difference {signed(part.difference)}, p = {_probability(part.pvalue)}{alarm}")
    return "\n".join(lines)


def _drift(night: Night) -> str:
    if not night.drift:
        return ""
    lines = [
        "## Slow drift (informs, does not block)",
        "| model | against | suite | nights | moving average | limit | |",
        "|---|---|---|---|---|---|---|",
    ]
    for part in night.drift:
        mark = "**below**" if part.low else ""
        value, limit = signed(part.value), f"±{part.limit:.3f}"
        lines.append(f"| {part.model} | {part.kind} | {part.suite} | {part.nights} | {value} | {limit} | {mark} |")
    return "\n".join(lines)


def summary_lines(night: Night, people: People) -> list[str]:
    """The night in a few lines, for a terminal."""
    lines = [f"night {night.night}: {_TITLES[night.colour]}", *(f"  {line}" for found in people.values() for line in found)]
    lines += [
        f"  {against.model} against {against.kind}: {row.suite} {signed(row.difference)}, p = {_probability(row.pvalue)}, then "
        f"p = {_probability(row.confirmation.pvalue if row.confirmation else None)}"
        for against, row in night.red
    ]
    lines += [f"  {line}" for line in night.errors]
    counts: dict[str, int] = {}
    for against in night.against:
        for row in against.rows:
            counts[row.verdict] = counts.get(row.verdict, 0) + 1
    lines.append("  " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) if counts else "  nothing was compared")
    changed = [f"{change.kind} {change.what}" for change in night.changed]
    if changed and night.colour != "green":
        shown = "; ".join(changed[:_SHOWN])
        lines.append(f"  changed since the last green night: {shown}")
    return lines


def _probability(value: float | None) -> str:
    """Two digits however small: whether it is below a corrected level must show."""
    return "–" if value is None else f"{value:.2g}"
