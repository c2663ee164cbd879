"""Runs of suites that execute programs: refused without isolation, continued with it, its level recorded, shown and compared."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import harness.runner
from harness.cli import main
from harness.compare import compare_runs
from harness.engines.base import EngineSettings
from harness.engines.replay import ReplayEngine
from harness.evaluate import Evaluated, evaluate
from harness.model import parse_model, resolve_model
from harness.plan import Choice, IsolationChoice, RunPlan, plan_suites
from harness.records import Request, Response
from harness.sandbox import bubblewrap
from harness.sandbox.inside import kernel
from harness.screen import Screen
from harness.store import JOURNAL, MANIFEST, RESPONSES, SCORES, SUMMARY, Journal, read_lines
from harness.suite import load_suite
from reports.terminal import print_summary
from tests.conftest import item_line, write_suite

pytestmark = pytest.mark.slow  # Each test opens sandboxes and runs the command.

TARGET = {"entry_points": ["double"], "tests": "assert double(2) == 4"}
SHARED = {"entry_points": ["double"], "tests": "import inspect\nassert inspect.isfunction(double) and double(2) == 4"}
GOOD, BAD = "def double(x):\n    return 2 * x", "def double(x):\n    return x"
ANSWERS = {"arith": {"q0": "4", "q1": "5"}, "programs": {"p0": GOOD, "p1": BAD, "p2": GOOD}}


def code_line(name: str, target: dict[str, Any] = TARGET) -> dict[str, Any]:
    return item_line(name, scorer="code", target=target, **{"pass": [GOOD], "fail": [BAD]})


class Counting(ReplayEngine):
    """Remembers what was asked of all of them."""

    asked: list[str]

    def submit(self, request: Request) -> None:
        Counting.asked.append(request.id)
        super().submit(request)


@pytest.fixture(autouse=True)
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    Counting.asked = []
    monkeypatch.setattr(harness.runner, "start_engine", lambda model, settings, *_: Counting(Path(settings.replay)))


@pytest.fixture
def without_layers(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Neither bubblewrap nor Landlock; calling it brings them back."""
    monkeypatch.setattr(bubblewrap, "find", lambda: None)
    monkeypatch.setattr(kernel, "landlock_abi", lambda: 0)
    return monkeypatch.undo


Planner = Callable[..., RunPlan]
Shown = pytest.CaptureFixture[str]


@pytest.fixture
def planner(tiny_model: Path, tmp_path: Path) -> Planner:
    """Makes plans over recorded responses: of five items, three with programs."""
    recorded = tmp_path / "recorded"
    recorded.mkdir()
    journal = Journal(recorded / JOURNAL)
    for suite, answers in ANSWERS.items():
        for name, text in answers.items():
            journal.append(Response(f"{suite}/{name}/0/0", text, 1))
    journal.close()
    folders = {
        "arith": write_suite(tmp_path / "arith", [item_line(name) for name in ANSWERS["arith"]]),
        "programs": write_suite(
            tmp_path / "programs", [code_line("p0"), code_line("p1"), code_line("p2", SHARED)], name="programs", scorer="code",
            primary_metric="pass",
        ),
    }  # fmt: skip
    model = resolve_model(parse_model(str(tiny_model)))

    def plan(*suites: str, level: str = "auto", weak: bool = False) -> RunPlan:
        chosen = plan_suites([load_suite(folders[name]) for name in suites or folders], Choice())
        return RunPlan(model, chosen, Choice(), EngineSettings("replay", replay=str(recorded)), None, IsolationChoice(level, weak))

    return plan


def scores(result: Evaluated) -> dict[str, float | None]:
    return {row["item"]: row["score"] for row in read_lines(result.folder / SCORES)}


def shown(result: Evaluated, capfd: Shown) -> str:
    capfd.readouterr()
    print_summary(result.folder, result.manifest, json.loads((result.folder / SUMMARY).read_text()))
    return capfd.readouterr().out


# Without isolation


def test_without_isolation_programs_are_errors_with_the_reason_nothing_is_generated_for_them_and_the_rest_runs(
    planner: Planner, tmp_path: Path, without_layers: Callable[[], None], capfd: Shown
) -> None:
    result = evaluate(planner(), tmp_path / "runs", "tiny", Screen())
    assert sorted(Counting.asked) == ["arith/q0/0/0", "arith/q1/0/0"]
    assert scores(result) == {"q0": 1.0, "q1": 0.0, "p0": None, "p1": None, "p2": None}
    errors = {row["item"]: row["error"] for row in read_lines(result.folder / SCORES)}
    assert errors["q0"] is None
    for part in ("No accepted isolation", "bubblewrap is not installed", "no Landlock", "--accept-weak-isolation"):
        assert part in errors["p0"]
    assert (result.manifest["status"], result.manifest["counts"]["errors"]) == ("errors", 3)
    assert "bubblewrap is not installed" in result.manifest["isolation"]["refused"]
    assert result.manifest["suites"]["programs"]["isolation"] is None
    assert "No accepted isolation" in capfd.readouterr().err
    assert "programs were not run: No accepted isolation" in shown(result, capfd)


def test_a_later_run_with_isolation_continues_and_generates_only_what_was_missing(
    planner: Planner, tmp_path: Path, without_layers: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = evaluate(planner(), tmp_path / "runs", "tiny", Screen())
    Counting.asked.clear()
    without_layers()  # They are back.
    monkeypatch.setattr("harness.runner.start_engine", lambda model, settings, *_: Counting(Path(settings.replay)))
    second = evaluate(planner(level="B"), tmp_path / "runs", "tiny", Screen())
    assert second.folder == first.folder
    assert sorted(Counting.asked) == ["programs/p0/0/0", "programs/p1/0/0", "programs/p2/0/0"]
    assert scores(second) == {"q0": 1.0, "q1": 0.0, "p0": 1.0, "p1": 0.0, "p2": 1.0}
    assert second.manifest["status"] == "complete"
    assert evaluate(planner(), tmp_path / "runs", "tiny", Screen()).cached


def test_a_run_of_programs_alone_ends_in_order_without_isolation(
    planner: Planner, tmp_path: Path, without_layers: Callable[[], None], capfd: Shown
) -> None:
    result = evaluate(planner("programs"), tmp_path / "runs", "tiny", Screen())
    assert Counting.asked == []
    assert scores(result) == {"p0": None, "p1": None, "p2": None}
    assert "programs were not run" in shown(result, capfd)


def test_responses_that_are_there_already_stay_when_isolation_is_lost(
    planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = evaluate(planner(level="B"), tmp_path / "runs", "tiny", Screen())
    (whole.folder / MANIFEST).unlink()
    Counting.asked.clear()
    with monkeypatch.context() as patch:
        patch.setattr(bubblewrap, "find", lambda: None)
        patch.setattr(kernel, "landlock_abi", lambda: 0)
        lost = evaluate(planner(), tmp_path / "runs", "tiny", Screen())
    assert scores(lost)["p0"] is None
    assert {row["item"]: row["response"] for row in read_lines(lost.folder / RESPONSES)}["p0"] == GOOD
    again = evaluate(planner(level="B"), tmp_path / "runs", "tiny", Screen())
    assert scores(again) == scores(whole) | {"p0": 1.0}
    assert Counting.asked == []


def command(planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *more: str, suites: str = "arith programs") -> int:
    plan = planner()
    folders = " ".join(str(tmp_path / name) for name in suites.split())
    arguments = ["--model", plan.model.spec.text, "--suites", folders, "--out", str(tmp_path / "runs"), "--engine", "replay"]
    monkeypatch.setattr("sys.argv", ["harness", "eval", *arguments, "--replay", str(plan.engine.replay), *more])
    with pytest.raises(SystemExit) as end:
        main()
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize("suites", ["arith programs", "programs"])
def test_the_command_ends_with_3_without_isolation_and_with_0_where_a_weak_one_is_accepted(
    planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_layers: Callable[[], None], capfd: Shown,
    suites: str,
) -> None:  # fmt: skip
    assert command(planner, tmp_path, monkeypatch, suites=suites) == 3
    assert "programs were not run" in capfd.readouterr().out
    assert command(planner, tmp_path, monkeypatch, "--accept-weak-isolation", suites=suites) == 0
    assert "isolation of programs: level C (seccomp strict-1; " in capfd.readouterr().out


def test_a_level_that_was_asked_for_and_cannot_be_had_ends_with_3(
    planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Shown
) -> None:
    monkeypatch.setattr(bubblewrap, "find", lambda: None)
    assert command(planner, tmp_path, monkeypatch, "--isolation", "A") == 3
    assert "level A: bubblewrap is not installed" in capfd.readouterr().out
    assert command(planner, tmp_path, monkeypatch, "--isolation", "D") == 3
    assert "Level D does not keep a hostile program in" in capfd.readouterr().out
    assert command(planner, tmp_path, monkeypatch, "--isolation", "B") == 0


# With isolation


def test_the_level_stands_in_the_manifest_on_the_screen_and_under_the_table(planner: Planner, tmp_path: Path, capfd: Shown) -> None:
    result = evaluate(planner(level="B"), tmp_path / "runs", "tiny", Screen())
    assert "programs run at isolation level B (landlock ABI" in capfd.readouterr().err
    isolation = json.loads((result.folder / MANIFEST).read_text())["isolation"]
    assert (isolation["level"], isolation["escaped"], len(isolation["contained"])) == ("B", [], 19)
    assert set(isolation["layers"]) == {"landlock", "seccomp"}
    assert {name: part["isolation"] for name, part in result.manifest["suites"].items()} == {"arith": None, "programs": "B"}
    assert "isolation of programs: level B (landlock ABI" in shown(result, capfd)


def test_verdicts_made_in_a_shared_process_are_counted_and_shown(planner: Planner, tmp_path: Path, capfd: Shown) -> None:
    result = evaluate(planner(level="B"), tmp_path / "runs", "tiny", Screen())
    summary = json.loads((result.folder / SUMMARY).read_text())
    assert summary["programs"]["tags"] == {"integrity": {"split": 2, "shared-process": 1}}
    tags = {row["item"]: row["tags"] for row in read_lines(result.folder / SCORES)}
    assert tags == {"q0": {}, "q1": {}, "p0": {"integrity": "split"}, "p1": {"integrity": "split"}, "p2": {"integrity": "shared-process"}}
    assert "; 1 of 3 verdicts made in a process shared with the program" in shown(result, capfd)


def test_without_programs_nothing_is_said_of_isolation(planner: Planner, tmp_path: Path, capfd: Shown) -> None:
    result = evaluate(planner("arith"), tmp_path / "runs", "tiny", Screen())
    assert result.manifest["isolation"] is None
    assert "isolation" not in shown(result, capfd)


def run_at(level: str, planner: Planner, tmp_path: Path) -> Path:
    return evaluate(planner(level=level, weak=True), tmp_path / level, "tiny", Screen()).folder


def test_a_run_at_d_does_not_compare_with_one_at_b_where_programs_ran(planner: Planner, tmp_path: Path) -> None:
    confined, open_ = run_at("B", planner, tmp_path), run_at("D", planner, tmp_path)
    for baseline, candidate, text in (
        (confined, open_, "isolation: confined → level D"),
        (open_, confined, "isolation: level D → confined"),
    ):
        verdicts = {suite.suite: (suite.verdict, suite.reason) for suite in compare_runs(baseline, candidate).suites}
        assert verdicts["programs"] == ("NOT COMPARABLE", text)
        assert verdicts["arith"][0] != "NOT COMPARABLE"
    declared = {suite.suite: suite for suite in compare_runs(confined, open_, declared=["isolation"]).suites}
    assert declared["programs"].verdict != "NOT COMPARABLE"
    assert declared["programs"].declared == ("isolation: confined → level D",)


@pytest.mark.slow
def test_levels_that_keep_a_program_in_compare_with_each_other(planner: Planner, tmp_path: Path) -> None:
    confined, stated = run_at("B", planner, tmp_path), run_at("E", planner, tmp_path)
    assert "NOT COMPARABLE" not in {suite.verdict for suite in compare_runs(confined, stated).suites}
