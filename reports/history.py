"""Runs over time: a table a model and suite, the latest run last."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from harness.errors import RunError
from harness.history import History, Point, as_csv, read_history
from harness.machine import print_json
from harness.store import write_atomic
from harness.tables import print_table
from reports.console import console
from reports.numbers import interval, number

_SHOWN = 60


def show_history(parent: Path, model: str, suite: str, csv_file: Path | None, as_json: bool = False) -> int:
    """Print the history under `parent`, as a table or whole as JSON, and write it as CSV if a file is named.

    Returns the exit code: 0, or 3 if a run is damaged.
    """
    history = read_history(parent, model, suite)
    if csv_file is not None:
        write_atomic(csv_file, [as_csv(history.points)], "choose another file with --csv")
    if as_json:
        print_json(asdict(history))
    else:
        print_history(history)
    return RunError.exit_code if history.unreadable else 0


def print_history(history: History) -> None:
    """The latest points by model and suite, how many older ones are left out, and what could not be read."""
    out, points = console(), history.points[-_SHOWN:]
    if not points:
        out.print("no finished run fits")
    for model, suite in sorted({(point.model, point.suite) for point in points}):
        print_table(out, _block(model, suite, [point for point in points if (point.model, point.suite) == (model, suite)]))
    if older := len(history.points) - len(points):
        out.print(f"{older} older rows are not shown; narrow down with --model and --suite, or write all with --csv")
    for folder, reason in history.unreadable.items():
        out.print(f"left out: {folder}: {reason}", soft_wrap=True, markup=False)


def _block(model: str, suite: str, points: Sequence[Point]) -> Table:
    table = Table(
        title=escape(f"{model}: {suite}"), title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0), pad_edge=False
    )
    for name in ("finished (UTC)", "version", "n", "score", "95 % interval", "errors", "condition", "run"):
        table.add_column(name, justify="right" if name in ("version", "n", "score", "errors") else "left")
    for point in points:
        table.add_row(
            point.finished[:16].replace("T", " "), str(point.version), str(point.n), number(point.score), interval(point.low, point.high),
            str(point.errors), escape(point.condition), point.run,
        )  # fmt: skip
    return table
