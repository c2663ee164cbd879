"""Markdown of comparisons, for pull requests, notes and chats."""

from collections.abc import Sequence
from typing import Any

from harness.compare.records import Report
from harness.visible import plain
from reports.comparison import Section, sections
from reports.numbers import interval, number

_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>#|~"})


def as_markdown(report: Report, people: Sequence[str] = ()) -> str:
    """The whole report: what people said, then a heading and a table a comparison, sentences below as lists."""
    parts = [
        "# Comparison",
        *(f"**{_escape(line)}**" for line in people),
        *map(_section, sections(report, strata=True)),
        *map(_escape, report.scope),
    ]
    return "\n\n".join(parts)


def run_as_markdown(name: str, summary: dict[str, Any], people: Sequence[str] = ()) -> str:
    """One run: what people said, a row a suite with n, score and 95 % interval, then the signatures."""
    columns = ("suite", "metric", "n", "score", "95 % interval", "errors")
    rows = [
        (suite, part["primary_metric"], str(part["n"]), number(part["score"]), interval(part["low"], part["high"]), str(part["errors"]))
        for suite, part in summary.items()
    ]
    table = [_line(columns), _line(("---",) * len(columns)), *map(_line, rows)]
    signatures = [f"- {_escape(part['signature'])}" for part in summary.values()]
    said = [text for line in people for text in (f"**{_escape(line)}**", "")]
    return "\n".join([f"# {_escape(name)}", "", *said, *table, "", *signatures])


def _section(section: Section) -> str:
    table = [
        _line(section.columns),
        _line(("---",) * len(section.columns)),
        *(_line(row.cells) for row in section.rows),
    ]  # fmt: skip
    # A remark that is indented belongs to the one above it.
    lines = [f"{'  ' if line.startswith('  ') else ''}- {_escape(line.strip())}" for line in section.lines]
    return "\n".join([f"## {_escape(section.title)}", "", *table, "", *lines])


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join("<br>".join(_escape(line.strip()) for line in cell.split("\n")) for cell in cells) + " |"


def _escape(text: str) -> str:
    return plain(text).translate(_SPECIAL)
