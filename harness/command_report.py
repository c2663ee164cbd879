"""`harness report`: from run folders or a comparison to a folder with a page, Markdown and tables."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal


def run_report(paths: Sequence[str], out: str, language: Literal["zh", "en"], declared: Collection[str], force: bool) -> int:
    """Write the report and say where it lies; returns the exit code 0, whatever the verdicts are."""
    from reports.page.subjects import read_subjects
    from reports.page.write import PAGE, write_report

    subjects = read_subjects([Path(path).expanduser() for path in paths], declared, force)
    written = write_report(subjects, Path(out).expanduser(), language)
    more = f", with {written.pages} pages of items" if written.pages else ""
    print(f"report: {written.folder / PAGE}{more}")
    print("beside it: report.md, items.csv, items.parquet, suites.csv")
    return 0
