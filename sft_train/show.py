"""A check's result for a terminal: tables on stdout, problems and errors on stderr."""

import sys
from collections import Counter

from rich.table import Table

from harness.screen import PlainConsole
from harness.tables import print_table
from sft_train.check import Checked

_LISTED = 20


def print_checked(checked: Checked, verbose: bool = False) -> None:
    """Print counts by reason, figures of each task, what was found; with `verbose` every row that is concerned."""
    out, errors = PlainConsole(soft_wrap=True, highlight=False), PlainConsole(file=sys.stderr, soft_wrap=True, highlight=False)
    most = None if verbose else _LISTED
    for problem in checked.problems[:most]:
        errors.print(f"{problem.place}, row {problem.number}: {problem.text}", markup=False)
    if most is not None and len(checked.problems) > most:
        errors.print(f"… and {len(checked.problems) - most} more problems (--verbose shows them)", markup=False)
    print_table(out, _reasons(checked))
    print_table(out, _tasks(checked))
    for match in checked.matches[:most]:
        probe = match.probe
        out.print(
            f"contamination: {match.row.where}: {probe.suite} {probe.item} ({probe.part}), {match.kind} {match.score:.2f}", markup=False
        )
    if most is not None and len(checked.matches) > most:
        out.print(f"… and {len(checked.matches) - most} more matches", markup=False)
    for each in checked.findings:
        (errors if each.level == "error" else out).print(f"{each.level}: {each.text}", markup=False)
        for place in each.rows if verbose else each.rows[:3]:
            (errors if each.level == "error" else out).print(f"    {place}", markup=False)


def _reasons(checked: Checked) -> Table:
    title = f"{checked.read} rows read, {len(checked.rows) - checked.tracked} kept"
    table = Table(title=title + (f", {checked.tracked} more ask for a state" if checked.tracked else ""), title_justify="left")
    table.add_column("left out for")
    table.add_column("rows", justify="right")
    table.add_column("for example")
    broken = len({(each.place, each.number) for each in checked.problems})
    if broken:
        table.add_row("wrong form", str(broken), f"row {checked.problems[0].number}")
    for reason, count in Counter(each.reason for each in checked.left).most_common():
        first = next(each for each in checked.left if each.reason == reason)
        table.add_row(reason, str(count), f"row {first.row.number}: {first.text}"[:90])
    for task, count in sorted(Counter(each.row.task for each in checked.reworded).items()):
        table.add_row(f"(worded as the template of '{task}')", str(count), f"row {checked.reworded[0].row.number}")
    for field, count in sorted(checked.ignored.items()):
        table.add_row(f"(field '{field}' is ignored)", str(count), "")
    return table


def _tasks(checked: Checked) -> Table:
    table = Table(title="tasks", title_justify="left")
    for number, name in enumerate(("task", "rows", "before cleaning", "distinct skeletons", "largest", "distinct-2")):
        table.add_column(name, justify="right" if number else "left")
    for task, before in checked.before.items():
        if (after := checked.after.get(task)) is None:
            table.add_row(task, "0", str(before.rows))
        else:
            table.add_row(task, str(after.rows), str(before.rows), f"{after.skeletons:.0%}", str(after.largest), f"{after.distinct_2:.2f}")
    return table
