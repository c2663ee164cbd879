"""What `harness suite list` shows: a row a suite, and below it where the data of public benchmarks are read from."""

import os
from collections.abc import Sequence

from rich.table import Table

from harness.suite_catalogue import SuiteEntry
from harness.tables import print_table
from reports.console import console

_COLOURS = {"included": "green", "verified": "green", "unverified": "yellow", "changed": "red", "hub": "cyan"}
_MEANING = (
    "verified: the recipe knows the files' hashes; unverified: it does not, they are pinned at first use; changed: other files than the "
    "pinned ones, which are refused; missing: not there; hub: fetched when it is used."
)


def print_suites(entries: Sequence[SuiteEntry]) -> None:
    """Print the table, our own suites first, then what the last column means."""
    table = Table()
    for name, justify in (
        ("suite", "left"),
        ("title", "left"),
        ("items", "right"),
        ("lang", "left"),
        ("licence", "left"),
        ("data", "left"),
    ):
        table.add_column(name, justify=justify, no_wrap=name in ("suite", "items", "lang"))  # type: ignore[arg-type]
    for number, entry in enumerate(entries):
        table.add_row(
            entry.name, "\n".join(entry.title[lang] for lang in entry.title), f"{entry.items:,}",
            " ".join(entry.languages), entry.licence, _data(entry),
            end_section=number + 1 < len(entries) and entries[number + 1].kind != entry.kind,
        )  # fmt: skip
    out = console()
    print_table(out, table)
    place = os.environ.get("HARNESS_DATA")
    out.print(f"HARNESS_DATA is {place if place else 'not set: set it to the folder with the public data'}. {_MEANING}", markup=False)


def _data(entry: SuiteEntry) -> str:
    colour = _COLOURS.get(entry.data)
    text = f"{entry.files} of {entry.files_whole} files, {entry.data}" if entry.files_whole > 1 and entry.files else entry.data
    return f"[{colour}]{text}[/{colour}]" if colour else text
