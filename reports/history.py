"""Runs over time as a table: a block a model and suite, the latest run last."""

from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from harness.errors import RunError
from harness.history import History, Point, as_csv, read_history
from harness.store import write_atomic
from reports.console import console
from reports.numbers import interval, number

_SHOWN = 60


def show_history(parent: Path, model: str, suite: str, csv_file: Path | None) -> int:
    """Print the history under `parent`, and write it as CSV if a file is named; returns the exit code: 0, or 3 if a run is damaged."""
    history = read_history(parent, model, suite)
    if csv_file is not None:
        write_atomic(csv_file, [as_csv(history.points)], "choose another file with --csv")
    print_history(history)
    return RunError.exit_code if history.unreadable else 0


def print_history(history: History) -> None:
    """The latest points by model and suite, how many older ones are left out, and what could not be read."""
    out, points = console(), history.points[-_SHOWN:]
    if not points:
        out.print("no finished run fits")
    table = Table(title_justify="left")
    for name in ("model", "suite", "finished (UTC)", "n", "score", "95 % interval", "errors", "condition", "run"):
        table.add_column(name, justify="right" if name in ("n", "score", "errors") else "left")
    for model, suite in sorted({(point.model, point.suite) for point in points}):
        _block(table, [point for point in points if (point.model, point.suite) == (model, suite)])
    if points:
        out.print(table)
    if older := len(history.points) - len(points):
        out.print(f"{older} older rows are not shown; narrow down with --model and --suite, or write all with --csv")
    for folder, reason in history.unreadable.items():
        out.print(f"left out: {folder}: {reason}", soft_wrap=True, markup=False)


def _block(table: Table, points: Sequence[Point]) -> None:
    for at, point in enumerate(points):
        first = at == 0
        table.add_row(
            escape(point.model) if first else "", f"{point.suite} v{point.version}", point.finished[:16].replace("T", " "), str(point.n),
            number(point.score), interval(point.low, point.high), str(point.errors), escape(point.condition), point.run,
            end_section=at == len(points) - 1,
        )  # fmt: skip
