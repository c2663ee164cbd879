"""What programs and narrow terminals get: JSON on stdout where --json asks for it, tables that fit 100 columns."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from rich.table import Table
from typer.testing import CliRunner

import sft_train.cli
from harness.cli import app
from harness.command_judge import WEAKNESS, pair_figures
from harness.compare import Report, compare_runs
from harness.compare.records import NoiseFloor
from harness.forecast_records import Forecast, RunForecast, SuiteForecast
from harness.gate import decide_gate
from harness.gate_config import GateConfig
from harness.response_store import CachedModel
from harness.suite import load_suite
from harness.suite_audit import audit_suite
from harness.suite_catalogue import list_entries
from harness.suite_report import SuiteCheck
from harness.tables import TABLE_WIDTH, print_table
from reports.cache import print_cache
from reports.console import console
from reports.forecast import print_forecast
from reports.gate import print_gate
from reports.history import show_history
from reports.judgement import print_judgement
from reports.side_by_side import print_side_by_side
from reports.suite import print_suite_check
from reports.suite_list import print_suites
from reports.terminal import print_noise, print_report, print_scored, print_summary
from sft_train.check import check_data
from sft_train.config import DataConfig, Source
from sft_train.show import print_checked
from tests.conftest import item_line, write_suite
from tests.many_nights import many_nights
from tests.report_runs import pair, summary_of
from tests.run_folders import row, rows_of, write_run
from tests.screen_tables import Printed, printed

__all__ = ["printed"]
ROOT = Path(__file__).parent.parent
WITHOUT_JSON = {
    "harness score": "writes one JSON object a sample to stdout anyway",
    "harness suite new": "its result is the folder that was named",
    "harness gate plan": "its result is a gate.yaml",
    "sft-train shares": "its result is YAML for data.yaml",
}
LONG = "座舱多轮对话与导航指令理解评测套件之二零二六年第四季度修订版_navigation_and_dialogue"


def commands(command: Any, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Each command that can be typed, with its whole name."""
    if hasattr(command, "commands"):
        for name, part in command.commands.items():
            yield from commands(part, (*names, name))
    else:
        yield " ".join(names), command


def test_every_command_says_its_result_as_json() -> None:
    every = [*commands(typer.main.get_command(app), ("harness",)), *commands(typer.main.get_command(sft_train.cli.app), ("sft-train",))]
    assert len(every) > 35
    without = {name for name, command in every if not any("--json" in option.opts for option in command.params)}
    assert without == WITHOUT_JSON.keys()


def run_json(arguments: list[str], application: typer.Typer = app) -> Any:
    result = CliRunner().invoke(application, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_history_as_json_holds_every_row(tmp_path: Path) -> None:
    pair(tmp_path)
    found = run_json(["history", "--out", str(tmp_path), "--json"])
    assert [(point["model"], point["suite"], point["n"]) for point in found["points"]] == [("base", "arith", 73), ("tuned", "arith", 73)]
    assert found["unreadable"] == {}


def test_an_item_as_json_is_what_the_run_holds(tmp_path: Path) -> None:
    base, _ = pair(tmp_path)
    (sample,) = run_json(["show", str(base), "q068", "--json"])
    assert sample["response"]["response"] == "The answer to question 68 is 68."
    assert sample["score"]["checks"][0]["reason"] == "expected 68, found 68"


@pytest.mark.slow
def test_a_report_as_json_names_its_files(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    found = run_json(["report", str(base), str(tuned), "--out", str(tmp_path / "out"), "--json"])
    assert found["pages"] == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(found["files"])
    many_nights(tmp_path / "nightly", 2)
    found = run_json(["report", str(tmp_path / "nightly"), "--out", str(tmp_path / "nights"), "--json"])
    assert {path.name for path in (tmp_path / "nights").iterdir()} == set(found["files"])


def data_file(path: Path, rows: int, name: str = "f") -> Path:
    lines = [{"messages": [{"role": "user", "content": f"Where is number {at} of {name}?"},
                           {"role": "assistant", "content": f"It is in room {at * 7}."}], "task": f"{LONG}{at % 2}"}
             for at in range(rows)]  # fmt: skip
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def test_data_commands_say_their_results_as_json(tmp_path: Path) -> None:
    before, after = data_file(tmp_path / "a.jsonl", 12), data_file(tmp_path / "b.jsonl", 13)
    found = run_json(["diff", str(before), str(after), "--json"], sft_train.cli.app)
    assert (len(found["added"]), found["same"], found["before"]["rows"], found["after"]["rows"]) == (1, 12, 12, 13)
    sheet = tmp_path / "sheet.xlsx"
    found = run_json(["review", "make", str(before), "--out", str(sheet), "--guideline", "v1", "--share", "1", "--json"], sft_train.cli.app)
    assert found == {"rows": 12, "workbook": str(sheet)}
    found = run_json(["closed", str(before), "--out", str(tmp_path / "c.jsonl"), "--json"], sft_train.cli.app)
    assert found["bytes"] == (tmp_path / "c.jsonl").stat().st_size
    folder = tmp_path / "built"
    config = tmp_path / "data.yaml"
    config.write_text(json.dumps({"sources": [{"path": str(after)}], "suites": [], "split": {"validation": 0}}), encoding="utf-8")
    found = run_json(["build", str(config), "--out", str(folder), "--json"], sft_train.cli.app)
    assert found == {"folder": str(folder), "read": 13, "kept": 13, "left_out": 0, "errors": []}


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


def long_run(folder: Path, scores: list[float]) -> Path:
    return write_run(folder, rows_of(scores, suite=LONG, stratum=LONG), label=f"{LONG}-{folder.name}")


@pytest.mark.slow
def test_every_table_of_long_chinese_names_fits(tmp_path: Path, printed: Printed) -> None:
    base, tuned = long_run(tmp_path / "base", [1.0] * 40 + [0.0] * 40), long_run(tmp_path / "tuned", [1.0] * 45 + [0.0] * 35)
    comparison = compare_runs(base, tuned)
    print_report(Report(comparisons=(comparison,)))
    print_gate(decide_gate(GateConfig.model_validate({"suites": {LONG: {"tier": "critical", "margin": 0.05}}}), comparison))
    summary = {LONG: summary_of([row("q", 1.0)], primary_metric=LONG, metrics={LONG: 1.0, "correct": 0.5})}
    print_summary(Path("run"), {"label": LONG, "model": {"identity": "x" * 8}}, summary)
    print_scored(LONG, summary[LONG], "all items", to_stderr=False)
    floor = NoiseFloor(
        model=LONG, identity="x" * 64, suite=LONG, conditions="c", n=80, flip_rate=0.1, mean_absolute_difference=0.1, difference=0.01,
        greedy=True, draws=(1, 2), measured="2026-01-01",
    )  # fmt: skip
    print_noise([floor], Path("noise.json"))
    pair(tmp_path / LONG)
    show_history(tmp_path / LONG, "*", "*", None)
    suite = load_suite(write_suite(tmp_path / "suite", [item_line(f"q{at}", stratum=LONG) for at in range(8)], strata=[LONG]))
    print_suite_check(SuiteCheck(LONG, 1, "f", "h", 8, 16, audit_suite(suite), ()))
    print_suites(list_entries())
    print_checked(check_data(DataConfig(sources=(Source(path=str(data_file(tmp_path / "d.jsonl", 20))),), suites=())))
    judged = [
        {"as_given": "a", "swapped": "a", "gold": None, "error": None},
        {"as_given": "b", "swapped": "tie", "gold": None, "error": None},
    ]
    runs = [{"side": side, "label": LONG, "model": side * 8} for side in "ab"]
    model = {"label": LONG, "identity": "j" * 8}
    rubric, figures = {"name": LONG, "hash": "h" * 8}, pair_figures(judged)
    about = {"kind": "pairwise", "errors": 0, "left_out": {}, "weakness": WEAKNESS}
    print_judgement(Path("judged"), {"runs": runs, "judge": model, "rubric": rubric, "statistics": figures, **about})
    manifests = [{"label": LONG, "model": {"identity": side * 8}} for side in "ab"]
    print_side_by_side([(base, manifests[0], summary), (tuned, manifests[1], summary)], [comparison])
    print_cache(Path("responses"), 10**7, [CachedModel(LONG, 10**6, 10**9, 0.0)], {})
    part = SuiteForecast(LONG, 10**4, 10**6, 10**5, 10**9, 10**9, 10**9)
    print_forecast(Forecast((RunForecast(LONG, "run", "brief", False, (part,), 1e5),), 6.0, 1e5, 3))
    printed.check()
    # Those of people's verdicts are looked at where there is one, in tests/reports/review.
    makers = {path.relative_to(ROOT).as_posix() for top in ("harness", "reports", "sft_train") for path in (ROOT / top).rglob("*.py")
              if "from rich.table import Table" in path.read_text(encoding="utf-8")}  # fmt: skip
    assert makers == {
        "harness/tables.py", "reports/cache.py", "reports/forecast.py", "reports/gate.py", "reports/history.py", "reports/judgement.py",
        "reports/side_by_side.py", "reports/suite.py", "reports/suite_list.py", "reports/terminal.py", "reports/review/verdict_screen.py",
        "sft_train/show.py",
    }  # fmt: skip
    assert len(printed.texts) >= 12


def test_colours_are_for_terminals_and_verdicts_are_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(comparisons=(compare_runs(*pair(tmp_path)),))
    print_report(report)
    assert not console().is_terminal
    plain = capsys.readouterr().out
    assert "\x1b" not in plain
    for part in report.comparisons[0].suites:
        assert part.verdict in plain


@pytest.mark.slow
def test_the_command_writes_no_colours_into_a_pipe(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    command = [sys.executable, "-m", "harness", "compare", str(base), str(tuned)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert b"PASS" in done.stdout
    assert b"\x1b" not in done.stdout + done.stderr
