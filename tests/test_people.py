"""What people found stands above what metrics say, in every report: evaluation, comparison, gate and night."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.command_nightly import run_nightly
from harness.errors import RunError, UserError
from harness.records import Response
from harness.store import JOURNAL, Journal
from harness.suite import load_suite
from reports.people import run_lines, verdicts_on
from tests.conftest import make_tiny_model
from tests.nights import World
from tests.report_runs import pair
from tests.run_folders import paired, rows_of, write_run

SENTENCE = "Instruction following: better"


def run(*arguments: str | Path, code: int = 0) -> str:
    """Stdout of a command; fails if it ends otherwise than with `code`."""
    result = CliRunner().invoke(app, [*map(str, arguments)])
    if isinstance(result.exception, UserError | RunError):
        assert result.exception.exit_code == code, result.exception
        return str(result.exception)
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout


def reviewed(candidate: Path, baseline: str, batch: str = "B1", verdict: str = "BETTER", day: int = 2) -> None:
    record = {
        "format_version": 2, "batch": batch, "created": f"2026-01-0{day}T03:04:05", "baseline": baseline, "candidate": candidate.name,
        "verdict": verdict, "shown": {"en": verdict, "zh": f"{verdict} 更好"}, "reason": {"en": SENTENCE, "zh": "指令：更好"},
        "dimension": "follow", "metrics": [], "ratings": [],
    }  # fmt: skip
    (candidate / f"review-{batch}.json").write_text(json.dumps(record), encoding="utf-8")


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """A baseline, and two candidates that metrics call worse."""
    base, worse = paired(40, 0, 30, 10)
    made = [write_run(tmp_path / name, rows_of(scores)) for name, scores in (("base", base), ("a", worse), ("b", worse))]
    reviewed(made[1], "base")
    return made


def test_a_comparison_as_json_has_it_first_and_says_what_it_contradicts(runs: list[Path]) -> None:
    told = json.loads(run("compare", *runs, "--previous", runs[0], "--json"))
    for comparison in (told["comparisons"][0], told["previous"][0]):
        assert next(iter(comparison)) == "people"
        (found,) = comparison["people"]
        assert (found["batch"], found["verdict"], found["contradicts"]) == ("B1", "BETTER", ["arith"])
        assert found["shown"]["zh"] == "BETTER 更好"
    assert told["comparisons"][1]["people"] == told["previous"][1]["people"] == []


def test_of_several_candidates_it_says_which(runs: list[Path]) -> None:
    lines = run("compare", *runs, "--previous", runs[0]).splitlines()
    assert lines[0].startswith("people on a (")
    assert lines[1].startswith("people and metrics disagree: BETTER by people, arith REGRESSED by metrics")
    assert sum(line.startswith("people on ") for line in lines) == 2, "once against the baseline, once against the previous checkpoint"
    assert run("compare", *runs[:2]).startswith("people: BETTER (review B1, 2026-01-02): ")


def test_a_gate_writes_it_before_its_own_verdict(runs: list[Path], tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text("suites: {arith: {tier: critical, margin: 0.05}}", encoding="utf-8")
    run("gate", tmp_path / "gate.yaml", *runs[:2], "--json", tmp_path / "gate.json", code=1)
    told = json.loads((tmp_path / "gate.json").read_text(encoding="utf-8"))
    assert next(iter(told)) == "people"
    assert told["people"][0]["contradicts"] == ["arith"]


def test_the_newest_comes_first_an_old_record_is_read_and_a_broken_one_named(runs: list[Path]) -> None:
    reviewed(runs[1], "another-run", "B2", "WORSE", day=3)
    assert [found.batch for found in verdicts_on(runs[1])] == ["B2", "B1"]
    assert run_lines(runs[1])[0] == f"people: WORSE against run another- (review B2, 2026-01-03): {SENTENCE}"
    assert "review B2" not in run("compare", *runs[:2]), "that was against another run"
    record = json.loads((runs[1] / "review-B1.json").read_text(encoding="utf-8"))
    (runs[1] / "review-B1.json").write_text(json.dumps(record | {"shown": "NOT WORSE", "format_version": 1}), encoding="utf-8")
    assert run("compare", *runs[:2]).startswith("people: NOT WORSE (review B1")
    (runs[1] / "review-B1.json").write_text(json.dumps(record | {"shown": "BETTER"}), encoding="utf-8")
    assert "review-B1.json is damaged; harness review verdict writes it anew" in run("compare", *runs[:2], code=3)


@pytest.mark.slow
def test_the_report_of_one_run_has_it_above_the_table(tmp_path: Path) -> None:
    _, alone = pair(tmp_path)
    reviewed(alone, "base")
    run("report", alone, "--out", tmp_path / "page", "--language", "zh")
    page, text = ((tmp_path / "page" / name).read_text(encoding="utf-8") for name in ("report.html", "report.md"))
    assert "BETTER 更好 (B1, 2026-01-02): 指令：更好" in page
    assert text.index("people: BETTER against run base") < text.index("| suite |")


@pytest.mark.slow
def test_an_evaluation_shows_it_above_the_scores_and_above_the_comparison(suite_folder: Path, tmp_path: Path) -> None:
    recorded = tmp_path / "recorded"
    recorded.mkdir()
    journal = Journal(recorded / JOURNAL)
    for item in load_suite(suite_folder).items:
        journal.append(Response(f"arith/{item.id}/0/0", "4", 1))
    journal.close()
    models = [make_tiny_model(tmp_path / name, seed) for seed, name in enumerate(("base", "tuned"))]
    call = ("eval", "--model", models[1], "--suites", suite_folder, "--size", "full", "--out", tmp_path / "runs", "--baseline", models[0],
            "--engine", "replay", "--replay", recorded)  # fmt: skip
    assert "people" not in run(*call)
    folders = {json.loads(path.read_text(encoding="utf-8"))["label"]: path.parent for path in (tmp_path / "runs").glob("*/manifest.json")}
    key = json.loads((folders["base"] / "manifest.json").read_text(encoding="utf-8"))["run"]
    reviewed(folders["tuned"], key)
    lines = run(*call).splitlines()
    assert lines[0] == f"people: BETTER against run {key[:8]} (review B1, 2026-01-02): {SENTENCE}"
    again = lines.index(f"people: BETTER (review B1, 2026-01-02): {SENTENCE}")
    assert again < next(number for number, line in enumerate(lines) if line.startswith("baseline base"))
    told: dict[str, Any] = json.loads(run(*call, "--json"))
    assert [[found["batch"] for found in one["people"]] for one in told["runs"]] == [[], ["B1"]]
    assert told["comparisons"][0]["people"][0]["batch"] == "B1"


@pytest.fixture
def world(tmp_path: Path, tiny_model: Path) -> World:
    made = World(tmp_path, tiny_model)
    made.model("anchor")
    made.model("latest")
    return made


@pytest.mark.slow
def test_a_night_says_it_in_the_alert_in_junit_and_on_the_screen(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    night = world.night("n1")
    ((baseline, candidate),) = [against.runs for against in night.against]
    key = json.loads((world.folder / "out" / baseline / "manifest.json").read_text(encoding="utf-8"))["run"]
    reviewed(world.folder / "out" / candidate, key, verdict="WORSE")
    capfd.readouterr()
    assert run_nightly(world.folder / "nightly.yaml", "n1", world.run) == night.exit_code
    said = f"people on car against pinned ({night.against[0].baseline}): WORSE (review B1, 2026-01-02): {SENTENCE}"
    assert said in capfd.readouterr().err
    folder = world.folder / "out" / "nights" / "n1"
    alert = (folder / "alert.md").read_text(encoding="utf-8")
    assert alert.splitlines()[2] == f"**{said}**"
    assert alert.count(said) == 2, "on top, and above the table of the comparison"
    assert alert.rindex(said) < alert.index("| suite | tier |")
    (suite,) = ElementTree.fromstring((folder / "alert.xml").read_text(encoding="utf-8")).findall("testsuite")
    assert [one.get("value") for one in suite[0]] == [said]
