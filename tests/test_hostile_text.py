"""What models answer, and what others named things, on terminals, in Markdown and in CSV: text, and nothing else."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.table import Table

from harness.compare import Report, compare_runs
from harness.errors import RunError, UserError
from harness.history import as_csv, read_history
from harness.screen import PlainConsole, Screen
from harness.store import finished_manifest
from reports.console import console
from reports.item import print_item
from reports.markdown import as_markdown, run_as_markdown
from reports.page.subjects import read_subjects
from reports.page.write import write_report
from reports.terminal import print_report, print_summary
from tests.report_runs import HOSTILE, answered, hostile_pair, summary_of

ACTING = ["\x1b", "\x07", "\x9b", "\x08", "\r", "\u202e", "\u200b", "\u2066", "\ufeff", "\U000e0041"]
FORMULA = '=HYPERLINK("http://x")'


def nothing_acts(text: str) -> None:
    assert text.strip()
    assert not [char for char in ACTING if char in text]


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    return hostile_pair(tmp_path)


@pytest.mark.parametrize("kind", HOSTILE)
def test_an_answer_is_printed_as_it_stands_and_does_nothing(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = answered(tmp_path / "run", {"q": 1.0}, {"q": HOSTILE[kind]}, {"q": HOSTILE[kind]}, checks=[
        {"name": "\x1b[1mname", "passed": True, "reason": HOSTILE[kind][:500]}
    ])  # fmt: skip
    print_item(run, "q")
    said = capsys.readouterr().out
    nothing_acts(said)
    assert HOSTILE[kind][-5:] in said or kind in ("zero", "half", "bidi", "terminal")
    assert ("[U+001B][31mred" in said) == (kind == "terminal")


def test_ten_megabytes_are_printed_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = answered(tmp_path / "run", {"q": 1.0}, {"q": "很长 long " * 900_000 + "end"})
    print_item(run, "q")
    assert capsys.readouterr().out.count("很长 long ") == 900_000


def test_names_in_tables_and_sentences_do_nothing(runs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(comparisons=(compare_runs(*runs),))
    print_report(report)
    nothing_acts(capsys.readouterr().out)
    nothing_acts(as_markdown(report))


def test_a_summary_does_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\x1b[2J\u202e|<b>`"
    run = answered(tmp_path / "run", {"q": 1.0}, {"q": "4"})
    print_summary(run, finished_manifest(run) | {"label": name}, {name: summary_of([], signature=name)})
    nothing_acts(capsys.readouterr().out)
    markdown = run_as_markdown(name, {name: summary_of([], signature=name)})
    nothing_acts(markdown)
    assert "<b>" not in markdown.replace("\\<b\\>", "")


@pytest.mark.parametrize("make", [console, lambda: Screen().console, lambda: PlainConsole(width=100)])
def test_consoles_print_strings_as_text_in_tables_too(make: Callable[[], PlainConsole]) -> None:
    out = make()
    out.file = io.StringIO()
    table = Table("\x1b[31mhead", title="\x1b[31mtitle")
    table.add_row("\x1b]0;cell\x07", "\u202ecell")
    out.print(table)
    out.print("\x1b[31mline", markup=False)
    out.rule("\x1b[31mrule")
    nothing_acts(out.file.getvalue())
    assert "[U+001B][31mline" in out.file.getvalue()


@pytest.mark.parametrize("kind", [UserError, RunError])
def test_an_error_is_one_line_of_bounded_length_whatever_it_names(kind: type[Exception]) -> None:
    said = str(kind(f"No item '{'a' * 5000}\n\x1b[2J' here; name another one."))
    nothing_acts(said)
    assert said.startswith("No item 'aaa")
    assert said.endswith("here; name another one.")
    assert "\n" not in said
    assert len(said) < 3000


@pytest.mark.slow
@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t"])
def test_no_cell_of_a_csv_begins_like_a_formula(beginning: str, tmp_path: Path) -> None:
    name = beginning + FORMULA[1:]
    run = answered(tmp_path / "run", {name: 1.0}, {name: "4"}, stratum=name, suite=name)
    page = tmp_path / "page"
    write_report(read_subjects([run]), page, "en")
    for text in (as_csv(read_history(tmp_path).points), (page / "items.csv").read_text(), (page / "suites.csv").read_text()):
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert f"'{name}" in cells
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "-H"))]
