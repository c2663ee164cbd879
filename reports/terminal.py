"""Tables for a terminal, written to stdout so that they can be piped."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from harness.tables import print_table
from reports.console import console
from reports.numbers import interval, number, signed
from reports.selfchecks import check_lines, odd_lines

if TYPE_CHECKING:  # A run without a comparison does not wait for the statistics to be imported.
    from harness.compare.records import NoiseFloor, Report

_COLOURS = {"IMPROVED": "green", "PASS": "green", "REGRESSED": "red", "ERROR": "red", "NOT COMPARABLE": "magenta"}


def print_summary(folder: Path, manifest: dict[str, Any], summary: dict[str, Any]) -> None:
    """One run: a row a suite with n, score, 95 % interval, truncation and errors, then where it lies."""
    table = Table(title=escape(f"{manifest['label']} ({manifest['model']['identity'][:8]})"), title_justify="left")
    for name, justify in (("suite", "left"), ("metric", "left"), ("n", "right"), ("score", "right"), ("95 % interval", "left"),
                          ("truncated", "right"), ("errors", "right")):  # fmt: skip
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for name, part in summary.items():
        truncated = "–" if part["truncated"] is None else f"{part['truncated']:.0%}"
        table.add_row(name, part["primary_metric"], str(part["n"]), number(part["score"]), interval(part["low"], part["high"]),
                      truncated, str(part["errors"]))  # fmt: skip
    out = console()
    print_table(out, table)
    details = (line for name, part in summary.items() for line in _details(name, part))
    for line in [*_condition(manifest), *details, *_isolation(manifest, summary), *_self_checks(manifest)]:
        out.print(line, soft_wrap=True, markup=False)
    out.print(f"run folder: {folder}", soft_wrap=True, markup=False)


def print_scored(name: str, part: dict[str, Any], extent: str, to_stderr: bool) -> None:
    """One suite's figures for responses from a file: a row a metric, the primary one first and with its interval."""
    table = Table(title=f"{name}, {extent}", title_justify="left")
    for column, justify in (("metric", "left"), ("n", "right"), ("score", "right"), ("95 % interval", "left"), ("truncated", "right"),
                            ("errors", "right")):  # fmt: skip
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    primary = part["primary_metric"]
    truncated = "–" if part["truncated"] is None else f"{part['truncated']:.0%}"
    table.add_row(primary, str(part["n"]), number(part["score"]), interval(part["low"], part["high"]), truncated, str(part["errors"]))
    for metric, value in part["metrics"].items():
        if metric != primary:
            table.add_row(metric, str(part["n"]), number(value), "", "", "")
    out = console(to_stderr)
    print_table(out, table)
    for line in _details(name, part):
        out.print(line, soft_wrap=True, markup=False)


def _details(name: str, part: dict[str, Any]) -> list[str]:
    """What some suites have besides their scores: pass@k, the rates of single checks, and data that no recipe knows."""
    lines = [f"{name}: {line}" for line in odd_lines(part)]
    if unverified := part.get("unverified"):
        lines.append(
            f"{name}: data unverified: the recipe knows no hash of {len(unverified)} files, first {unverified[0]}; pinned at first use"
        )
    if part.get("pass_at_k"):
        lines.append(f"{name}: " + ", ".join(f"pass@{k} {value:.4f}" for k, value in part["pass_at_k"].items()))
    if checks := part.get("checks"):
        lines.append(f"{name}: of {checks['n']} single checks {checks['strict']:.4f} passed strictly, {checks['loose']:.4f} loosely")
    if part.get("consistency") is not None:
        lines.append(f"{name}: of the samples of an item, {part['consistency']:.0%} agree with each other")
    for figure, row in part.get("corpus", {}).items():
        value = f"{row['value']:.4f}" if row["value"] is not None else "unavailable"
        remarks = (row["signature"], row["note"].removeprefix("unavailable: "))
        lines.append(f"{name}: {figure} {value}" + "".join(f" ({text})" for text in remarks if text))
    # Figures that are no scores, such as bits per byte: a line a stratum and metric.
    for stratum, metrics in part.get("measured", {}).items():
        for metric, by_lang in metrics.items():
            shown = (f"{lang} {number(row['mean'])} ({interval(row['low'], row['high'])}, n {row['n']})" for lang, row in by_lang.items())
            lines.append(f"{name}, {stratum}: {metric} {'; '.join(shown)}")
    return lines


def _self_checks(manifest: dict[str, Any]) -> list[str]:
    return [f"self-checks: {line}" for line in check_lines(manifest)]


def _condition(manifest: dict[str, Any]) -> list[str]:
    """The condition that the run was made under, if any."""
    if (condition := manifest.get("condition")) is None:
        return []
    titles = [condition["title"][lang] for lang in ("en", "zh") if lang in condition["title"]]
    return [f"condition {condition['name']}@{condition['hash']}" + (f": {' / '.join(titles)}" if titles else "")]


def _isolation(manifest: dict[str, Any], summary: dict[str, Any]) -> list[str]:
    """What kept the model's programs in, and how many verdicts could have been forged."""
    isolation = manifest.get("isolation")
    if isolation is None:
        return []
    if "refused" in isolation:
        return [f"programs were not run: {isolation['refused']}"]
    counts = [part.get("tags", {}).get("integrity", {}) for part in summary.values()]
    shared, total = sum(part.get("shared-process", 0) for part in counts), sum(sum(part.values()) for part in counts)
    line = f"isolation of programs: {isolation['summary']}"
    return [f"{line}; {shared} of {total} verdicts made in a process shared with the program" if shared else line]


def print_lines(lines: Sequence[str]) -> None:
    """Sentences as they are, each on a line of its own."""
    out = console()
    for line in lines:
        out.print(line, soft_wrap=True, markup=False)


def print_report(report: "Report", strata: bool = True) -> None:
    """Comparisons: a row a suite with scores, difference and their intervals, p-values, flips, verdict; then the reasons."""
    from reports.comparison import sections

    out = console()
    for section in sections(report, strata):
        table = Table(
            title=escape(section.title), title_justify="left", box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold"
        )
        for column in section.columns:
            table.add_column(column, justify="right" if column == "n" else "left", overflow="fold")
        for row in section.rows:
            colour = _COLOURS.get(row.verdict, "yellow")
            *cells, verdict = (escape(cell) for cell in row.cells)
            table.add_row(*cells, f"[{colour}]{verdict}[/{colour}]")
        print_table(out, table)
        for line in section.lines:
            out.print(line, soft_wrap=True, markup=False)
    for line in report.scope:
        out.print(line, soft_wrap=True, markup=False)


def print_noise(floors: "Sequence[NoiseFloor]", path: Path) -> None:
    """How much one checkpoint differs from itself: a row a suite, then where it is kept."""
    table = Table(
        title=escape(f"{floors[0].model} ({floors[0].identity[:8]}) against itself, draws {floors[0].draws[0]} and {floors[0].draws[1]}"),
        title_justify="left",
    )
    for name in ("suite", "n", "items that change", "mean change of an item", "change of the mean", "responses are"):
        table.add_column(name, justify="left" if name in ("suite", "responses are") else "right")
    for floor in floors:
        table.add_row(floor.suite, str(floor.n), f"{floor.flip_rate:.1%}", number(floor.mean_absolute_difference),
                      signed(floor.difference), "greedy" if floor.greedy else "drawn")  # fmt: skip
    out = console()
    print_table(out, table)
    if any(floor.greedy for floor in floors):
        out.print("Of greedy suites a second run shows numerical noise only (other batches, other rounding): nothing is drawn.")
    out.print(f"kept in {path}; `harness compare` shows it beside differences of this checkpoint", soft_wrap=True, markup=False)
