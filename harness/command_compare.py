"""`harness compare`: from run folders on the command line to a report on the screen and in files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.compare import Report, compare_all
from harness.errors import UserError
from harness.store import write_atomic


@dataclass(frozen=True)
class CompareArguments:
    """What was typed behind `harness compare`."""

    runs: tuple[str, ...]
    """The baseline first."""
    groups: tuple[str, ...]
    """NAME=RUN,RUN,… each."""
    previous: str | None
    declared: tuple[str, ...]
    force: bool
    as_json: bool
    """JSON to stdout in place of tables."""
    markdown: str | None
    """File for the report."""


def run_compare(arguments: CompareArguments) -> int:
    """Compare, print and write; returns the exit code: 0, or 3 if a verdict is ERROR."""
    from reports.markdown import as_markdown
    from reports.terminal import print_lines, print_report

    folders = [Path(text).expanduser() for text in arguments.runs]
    previous = None if arguments.previous is None else Path(arguments.previous).expanduser()
    report = compare_all(
        folders[0] if folders else None, folders[1:], _groups(arguments.groups), previous,
        declared=arguments.declared, force=arguments.force,
    )  # fmt: skip
    people = _people(folders, previous, report)
    if arguments.as_json:
        print(as_json(report, folders, previous))
    else:
        print_lines(people)
        print_report(report)
    if arguments.markdown is not None:
        write_atomic(Path(arguments.markdown).expanduser(), [as_markdown(report, people)], "choose another file with --markdown")
    return 3 if report.has_error else 0


def _people(folders: Sequence[Path], previous: Path | None, report: Report) -> list[str]:
    """What people said of the baseline, or the previous checkpoint, and each candidate: it comes first."""
    from reports.people import people_lines, verdicts_of

    several = len(report.comparisons) + len(report.previous) > 1
    return [
        line
        for baseline, comparisons in ((folders[0] if folders else None, report.comparisons), (previous, report.previous))
        for candidate, comparison in zip(folders[1:], comparisons, strict=False)  # Groups of runs were reviewed by nobody.
        if baseline is not None
        for line in people_lines(
            baseline, candidate, verdicts_of(comparison), f" on {comparison.candidate} against {comparison.baseline}" if several else ""
        )
    ]


def as_json(report: Report, folders: Sequence[Path], previous: Path | None) -> str:
    """The whole report; what cannot be had is null, and no number is NaN. What people found stands first in each comparison of two runs."""
    from reports.people import with_people

    found = report.as_json()
    if folders:
        found["comparisons"] = [with_people(one, folders[0], run) for run, one in zip(folders[1:], report.comparisons, strict=False)]
    if previous is not None:
        found["previous"] = [with_people(one, previous, run) for run, one in zip(folders[1:], report.previous, strict=True)]
    return json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False)


def _groups(texts: Sequence[str]) -> dict[str, list[Path]]:
    groups: dict[str, list[Path]] = {}
    for text in texts:
        name, equals, folders = text.partition("=")
        if not name or not equals:
            raise UserError(f"--group '{text}' is not of the form NAME=RUN,RUN,…, such as tuned=runs/a,runs/b,runs/c.")
        if name in groups:
            raise UserError(f"--group '{name}' is given twice; put all of its runs into one.")
        groups[name] = [Path(folder).expanduser() for folder in folders.split(",") if folder]
    return groups
