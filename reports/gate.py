"""A gate's verdict for people: what was decided, on what, and what to bear in mind."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from harness.gate import GateResult
from harness.tables import print_table
from reports.console import console
from reports.numbers import interval, signed

_COLOURS = {"GO": "green", "NO-GO": "red", "ERROR": "red", "INCONCLUSIVE": "yellow"}


def print_gate(result: GateResult, people: Sequence[str] = ()) -> None:
    """What `people` found, if they did; a row a suite with tier, difference, one-sided limits, margin and verdict; the gate's verdict and
    its reasons."""
    table = Table(title=escape(f"baseline {result.baseline} → candidate {result.candidate}"), title_justify="left")
    for name, justify in (("suite", "left"), ("tier", "left"), ("n", "right"), ("difference", "right"), ("one-sided 95 % limits", "left"),
                          ("margin", "right"), ("verdict", "left")):  # fmt: skip
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for part in result.suites:
        found = part.found
        limits = interval(found.lower, found.upper, with_signs=True)
        margin = "–" if part.margin is None else f"{part.margin:g}"
        tier = part.tier if part.direction == "higher" else f"{part.tier} (lower is better)"
        table.add_row(
            escape(part.suite), tier, str(found.n), signed(found.difference), limits, margin, part.verdict,
        )  # fmt: skip
    if (whole := result.composite) is not None:
        limits = interval(whole.lower, whole.upper, with_signs=True)
        table.add_row("composite", "critical", "", signed(whole.difference), limits, f"{whole.margin:g}", whole.verdict)
    out = console()
    for line in people:
        out.print(line, soft_wrap=True, markup=False)
    print_table(out, table)
    for line in lines(result):
        out.print(line, soft_wrap=True, markup=False)
    out.print(f"[{_COLOURS[result.verdict]}]{result.verdict}[/]")


def lines(result: GateResult) -> list[str]:
    """What stands under the table: declared conditions, the reasons, and notes."""
    declared = {text: None for part in result.suites for text in part.declared}
    return [
        *(f"differs, as declared: {text}" for text in declared),
        *result.reasons,
        *(f"note: {note}" for note in result.notes),
    ]
