"""What `harness suite check` found, for a terminal: a table and a line on stdout, problems on stderr."""

import sys
from collections import defaultdict

from rich.table import Table

from harness.screen import PlainConsole
from harness.suite_report import SuiteCheck
from harness.tables import print_table
from reports.console import console

_COLUMNS = ("stratum", "zh", "en", "distinct skeletons", "largest group")
_CHOICE_COLUMNS = ("right answers' positions, zh", "en", "right is longest")


def print_suite_check(check: SuiteCheck, verbose: bool = False) -> None:
    """Print a row a stratum, every problem, with `verbose` every warning, and a line that sums up."""
    out = console()
    print_table(out, _table(check))
    errors = PlainConsole(file=sys.stderr, soft_wrap=True, highlight=False)
    for finding in check.problems:
        errors.print(f"{check.name}: {finding.text}", markup=False)
    for finding in check.warnings if verbose else ():
        out.print(f"{check.name}: warning: {finding.text}", soft_wrap=True, markup=False)
    out.print(_summary(check, verbose), soft_wrap=True, markup=False)


def _summary(check: SuiteCheck, verbose: bool) -> str:
    sizes, skeletons = check.audit.cluster_sizes, check.audit.skeletons
    hint = " (--verbose shows them)" if check.warnings and not verbose else ""
    return (
        f"{check.name}: {_count(check.items, 'item')}, {_count(check.examples, 'example')}, "
        f"{_count(sum(sizes.values()), 'cluster')} (largest {max(sizes)}), {skeletons.share:.0%} distinct skeletons, "
        f"{_count(len(check.problems), 'problem')}, {_count(len(check.warnings), 'warning')}{hint}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _table(check: SuiteCheck) -> Table:
    audit = check.audit
    columns = (*_COLUMNS, *_CHOICE_COLUMNS) if audit.positions else _COLUMNS
    table = Table(title=f"{check.name} (version {check.version})", title_justify="left")
    for number, name in enumerate(columns):
        table.add_column(name, justify="left" if number in (0, 5, 6) else "right")
    lengths = {count.stratum: f"{count.share:.0%}" for count in audit.lengths}
    positions = _positions(check)
    for stratum, skeletons in audit.skeletons_by_stratum.items():
        counts = [str(audit.groups.get((stratum, lang), 0)) for lang in ("zh", "en")]
        row = [stratum, *counts, f"{skeletons.distinct}/{skeletons.prompts}", str(skeletons.largest)]
        if audit.positions:
            row += [positions.get((stratum, "zh"), "–"), positions.get((stratum, "en"), "–"), lengths.get(stratum, "–")]
        table.add_row(*row)
    return table


def _positions(check: SuiteCheck) -> dict[tuple[str, str], str]:
    """Counts by stratum and language: "3 2 3 4"; where items have different numbers of choices, "3 2; 3 2 3 4"."""
    cells: dict[tuple[str, str], list[str]] = defaultdict(list)
    for group in check.audit.positions:
        cells[group.stratum, group.lang].append(" ".join(map(str, group.counts)))
    return {key: "; ".join(parts) for key, parts in cells.items()}
