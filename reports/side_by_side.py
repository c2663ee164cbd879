"""Several models in one table: a row a model, a column a suite."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from harness.compare.records import Comparison, SuiteComparison
from harness.tables import print_table
from reports.console import console
from reports.numbers import interval, number, signed

_SUITES = 4
"""Suites in a table; more get a table below."""


def print_side_by_side(runs: Sequence[tuple[Path, dict[str, Any], dict[str, Any]]], comparisons: Sequence[Comparison]) -> None:
    """Runs as folder, manifest and summary, in order. `comparisons`: of the last runs with the first, which is then their baseline."""
    suites = list(dict.fromkeys(name for _, _, summary in runs for name in summary))
    against = [None] * (len(runs) - len(comparisons)) + list(comparisons)
    labels = _names([manifest for _, manifest, _ in runs])
    out = console()
    for start in range(0, len(suites), _SUITES):
        part = suites[start : start + _SUITES]
        table = Table(title="side by side", title_justify="left", show_lines=True)
        table.add_column("model")
        for name in part:
            table.add_column(escape(name))
        for (_, _, summary), label, comparison in zip(runs, labels, against, strict=True):
            rows = {} if comparison is None else {found.suite: found for found in comparison.suites}
            role = " (baseline)" if comparisons and comparison is None else ""
            table.add_row(escape(label + role), *(_cell(summary.get(name), rows.get(name)) for name in part))
        print_table(out, table)


def _cell(part: dict[str, Any] | None, found: SuiteComparison | None) -> str:
    """Score, interval, errors if there are any; under them difference and verdict."""
    if part is None:
        return "–"
    lines = [number(part["score"]), interval(part["low"], part["high"])]
    if part["errors"]:
        lines.append(f"{part['errors']} errors")
    if found is not None:
        lines += [signed(found.difference), found.verdict]
    return escape("\n".join(lines))


def _names(manifests: Sequence[dict[str, Any]]) -> list[str]:
    """Labels, with the model's hash where two are the same."""
    labels = [manifest["label"] for manifest in manifests]
    return [
        label if labels.count(label) == 1 else f"{label} ({manifest['model']['identity'][:8]})"
        for label, manifest in zip(labels, manifests, strict=True)
    ]
