"""What programs and narrow terminals get: JSON on stdout where --json asks for it, tables that fit 100 columns."""

import json
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table
from typer.testing import CliRunner

from harness.cli import app
from reports.console import TABLE_WIDTH, console, print_table
from reports.history import show_history
from reports.terminal import print_summary
from tests.report_runs import pair, summary_of
from tests.run_folders import row


def test_history_as_json_holds_every_row(tmp_path: Path) -> None:
    pair(tmp_path)
    result = CliRunner().invoke(app, ["history", "--out", str(tmp_path), "--json"])
    found = json.loads(result.stdout)
    assert [(point["model"], point["suite"], point["n"]) for point in found["points"]] == [("base", "arith", 73), ("tuned", "arith", 73)]
    assert found["unreadable"] == {}


def test_an_item_as_json_is_what_the_run_holds(tmp_path: Path) -> None:
    base, _ = pair(tmp_path)
    (sample,) = json.loads(CliRunner().invoke(app, ["show", str(base), "q068", "--json"]).stdout)
    assert sample["response"]["response"] == "The answer to question 68 is 68."
    assert sample["score"]["checks"][0]["reason"] == "expected 68, found 68"


@pytest.mark.parametrize("terminal", [True, False])
def test_tables_fit_a_hundred_columns_and_lose_nothing(terminal: bool) -> None:
    table = Table(header_style="")
    for number in range(9):
        table.add_column(f"column {number}")
    words = [f"a-rather-long-cell-that-cannot-be-broken-{number}" for number in range(9)]
    table.add_row(*words)
    out = Console(force_terminal=terminal, color_system=None, width=160, highlight=False)
    with out.capture() as captured:
        print_table(out, table)
    lines = captured.get().splitlines()
    assert max(map(len, lines)) <= TABLE_WIDTH
    for number, word in enumerate(words):
        cells = [line.split("│")[number + 1].strip() for line in lines if line.count("│") == 10]
        assert "".join(cells) == word


def test_tables_of_long_names_fit_on_the_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "a_suite_with_a_long_name_that_somebody_chose"
    summary = {name: summary_of([row("q", 1.0)], primary_metric="a_metric_with_a_long_name_too")}
    print_summary(Path("run"), {"label": "model-" * 9, "model": {"identity": "x" * 8}}, summary)
    base, _ = pair(tmp_path)
    base.rename(tmp_path / "another-name-that-is-long")
    show_history(tmp_path, "*", "*", None)
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("a_suite")]
    assert len(lines) > 8
    assert max(map(len, lines)) <= TABLE_WIDTH
    assert not console().is_terminal
