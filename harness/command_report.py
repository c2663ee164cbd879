"""`harness report`: from run folders, a comparison or a folder of nights to a folder with a page, Markdown and tables."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

from harness.errors import UserError
from harness.machine import print_json
from harness.nightly.state import NIGHTS


def run_report(
    paths: Sequence[str], out: str, language: Literal["zh", "en"], declared: Collection[str], force: bool, as_json: bool = False
) -> int:
    """Write the report and say where it lies; returns the exit code 0, whatever the verdicts are.

    Raises UserError if the paths are not one of: runs, a comparison, one folder of nights.
    """
    from reports.page.subjects import read_subjects
    from reports.page.write import write_report
    from reports.page.write_nights import write_nights

    places, folder = [Path(path).expanduser() for path in paths], Path(out).expanduser()
    nights = [place for place in places if (place / NIGHTS).is_dir()]
    if nights and len(places) > 1:
        raise UserError(f"'{nights[0]}' is a folder of nights, which have a report of their own: give it alone.")
    written = (
        write_nights(nights[0], folder, language) if nights else write_report(read_subjects(places, declared, force), folder, language)
    )
    if as_json:
        print_json({"folder": str(written.folder), "files": list(written.files), "pages": written.pages})
        return 0
    page, *beside = written.files
    more = f", with {written.pages} pages of items" if written.pages else ""
    print(f"report: {written.folder / page}{more}")
    print(f"beside it: {', '.join(beside)}")
    return 0
