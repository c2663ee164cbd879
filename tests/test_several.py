"""`harness eval` with several models: each is scored, one that fails loses no other, and all stand in one table."""

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import harness.runner
from harness.cli import main
from harness.engines.base import EngineInfo, EngineSettings
from harness.errors import RunError
from harness.model import Model
from harness.records import Request, Response
from harness.store import MANIFEST
from tests.conftest import item_line, write_suite

pytestmark = pytest.mark.slow  # Each test does several evaluations.

NAMES = ("checkpoint-5", "checkpoint-10", "checkpoint-100")


class Answering:
    """Answers by the name of the model; one model is its death."""

    max_model_len = 4096

    def __init__(self, model: Model, dead: set[str], pliant: bool) -> None:
        self._model, self._dead, self._pliant, self._queue = model, dead, pliant, list[Request]()
        self.info = EngineInfo("transformers", {"device": "cpu", "dtype": "float32"}, {})
        self.closed = False

    @property
    def unfinished(self) -> int:
        return len(self._queue)

    def become(self, model: Model, requests: Sequence[Request]) -> bool:
        assert not self.closed
        self._model = model
        return self._pliant

    def submit(self, request: Request) -> None:
        self._queue.append(request)

    def step(self) -> list[Response]:
        if self._model.label in self._dead:
            raise RunError("The engine died: out of memory")
        if f"stop {self._model.label}" in self._dead:
            raise KeyboardInterrupt
        request = self._queue.pop()
        right = int(request.id.split("/")[1].removeprefix("q")) < int(self._model.label.rpartition("-")[2])
        return [Response(request.id, "It is 4." if right else "It is 5.", 4)]

    def close(self) -> None:
        self.closed = True


class Lab:
    def __init__(self, folder: Path, tiny: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.dead, self.pliant, self.engines, self._patch = folder, set[str](), True, list[Answering](), patch
        write_suite(folder / "arith", [item_line(f"q{number}") for number in range(12)])
        for number, name in enumerate(NAMES):
            shutil.copytree(tiny, folder / "run" / name)
            weights = folder / "run" / name / "model.safetensors"
            data = weights.read_bytes()
            weights.write_bytes(data[:-8] + bytes([number] * 8))
        patch.setattr(harness.runner, "start_engine", self._start)
        patch.chdir(folder)

    def _start(self, model: Model, settings: EngineSettings, requests: Sequence[Request], probes: list[Request]) -> Answering:
        self.engines.append(Answering(model, self.dead, self.pliant))
        return self.engines[-1]

    def eval(self, *arguments: str) -> int:
        fixed = ["--suites", "arith", "--engine", "transformers", "--out", "runs"]
        self._patch.setattr(sys, "argv", ["harness", "eval", *fixed, *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        return int(caught.value.code or 0)

    def finished(self) -> list[str]:
        return sorted(path.parent.name.rpartition("-")[0] for path in self.folder.glob(f"runs/*/{MANIFEST}"))


@pytest.fixture
def lab(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    return Lab(tmp_path, tiny_model, monkeypatch)


def table_of(text: str) -> list[str]:
    return text[text.index("side by side") :].splitlines()


def test_a_pattern_scores_all_side_by_side_with_one_engine(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.eval("--model", "run/*") == 0
    assert lab.finished() == sorted(NAMES)
    table = table_of(capsys.readouterr().out)
    rows = [(line.split("│")[1].strip(), line.split("│")[2].strip()) for line in table if "checkpoint" in line]
    assert rows == [("checkpoint-5", "0.417"), ("checkpoint-10", "0.833"), ("checkpoint-100", "1.000")]
    (engine,) = lab.engines
    assert engine.closed


def test_an_option_may_stand_several_times(lab: Lab) -> None:
    assert lab.eval("--model", "run/checkpoint-5", "--model", "run/checkpoint-10,dtype=float32") == 0
    assert lab.finished() == ["checkpoint-10", "checkpoint-5"]


def test_each_is_compared_with_the_baseline_and_corrected_as_a_family(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.eval("--model", "run/*", "--baseline", "run/checkpoint-5", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [comparison["family"] for comparison in found["comparisons"]] == [2, 2]
    assert [run["manifest"]["label"] for run in found["runs"]] == list(NAMES)
    assert found["failed"] == []
    lab.eval("--model", "run/*", "--baseline", "run/checkpoint-5")
    table = "\n".join(table_of(capsys.readouterr().out))
    assert "checkpoint-5 (baseline)" in table
    assert "+0.417" in table
    assert "+0.583" in table


def test_a_model_whose_engine_dies_loses_no_other(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.dead.add("checkpoint-10")
    assert lab.eval("--model", "run/*") == 3
    assert lab.finished() == ["checkpoint-100", "checkpoint-5"]
    captured = capsys.readouterr()
    assert len([line for line in table_of(captured.out) if "checkpoint" in line]) == 2
    # What a dead engine still holds is nobody's: it is started once more, and the next model gets a new one.
    assert [engine.closed for engine in lab.engines] == [True, True, True]
    lab.dead.clear()
    assert lab.eval("--model", "run/*") == 0
    assert lab.finished() == sorted(NAMES)


def test_what_failed_is_told_at_once_and_in_the_end(lab: Lab, capfd: pytest.CaptureFixture[str]) -> None:
    lab.dead.add("checkpoint-10")
    lab.eval("--model", "run/*", "--json")
    captured = capfd.readouterr()
    assert "checkpoint-10 failed: The engine died: out of memory" in captured.err
    assert "failed: checkpoint-10 (1 in all)" in captured.err
    (failed,) = json.loads(captured.out)["failed"]
    assert (failed["model"], failed["code"]) == ("checkpoint-10", 3)


def test_a_baseline_that_fails_leaves_the_candidates_scored(lab: Lab) -> None:
    lab.dead.add("checkpoint-10")
    assert lab.eval("--model", "run/*", "--baseline", "run/checkpoint-10") == 3
    assert lab.finished() == ["checkpoint-100", "checkpoint-5"]


def test_a_broken_match_is_wrong_input_but_the_others_are_scored(lab: Lab) -> None:
    (lab.folder / "run" / "checkpoint-10" / "model.safetensors").write_bytes(b"short")
    assert lab.eval("--model", "run/*") == 2
    assert lab.finished() == ["checkpoint-100", "checkpoint-5"]
    assert lab.eval("--model", "run/checkpoint-5", "--model", "run/checkpoint-10") == 2


def test_whoever_stops_one_stops_them_all(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.dead.add("stop checkpoint-10")
    assert lab.eval("--model", "run/*") == 3
    assert lab.finished() == ["checkpoint-5"]
    assert "Stopped." in capsys.readouterr().err
    assert all(engine.closed for engine in lab.engines)


def test_engines_that_cannot_take_over_are_closed_before_the_next_starts(lab: Lab) -> None:
    lab.pliant = False
    assert lab.eval("--model", "run/*") == 0
    assert [engine.closed for engine in lab.engines] == [True] * 3


def test_a_pattern_without_a_match_is_one_sentence(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.eval("--model", "nothing/*") == 2
    assert "harness: MODEL 'nothing/*' matches nothing" in capsys.readouterr().err


def test_a_name_stands_before_those_of_several_models(lab: Lab) -> None:
    assert lab.eval("--model", "run/*", "--name", "first try") == 0
    assert lab.finished() == sorted(f"first try-{name}" for name in NAMES)


def dry(lab: Lab, capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert lab.eval(*arguments, "--dry-run", "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_a_dry_run_counts_and_starts_nothing(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    found = dry(lab, capsys, "--model", "run/*")
    assert lab.engines == []
    assert not (lab.folder / "runs").exists()
    parts = [part for run in found["runs"] for part in run["suites"]]
    assert [(part["items"], part["requests"], part["known"], part["most_tokens"]) for part in parts] == [(12, 12, 0, 96)] * 3
    assert all(part["likely_tokens"] is None for part in parts)
    assert found["seconds"] is None


def test_a_dry_run_knows_what_is_there_and_learns_from_it(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.eval("--model", "run/checkpoint-5", "--limit", "5")
    capsys.readouterr()
    found = dry(lab, capsys, "--model", "run/checkpoint-5", "--model", "run/checkpoint-10")
    (own,), (other,) = (run["suites"] for run in found["runs"])
    assert (own["known"], own["likely_tokens"], own["most_tokens"]) == (5, 28, 56)
    assert (other["known"], other["likely_tokens"]) == (0, 48)
    assert found["seconds"] is not None
    assert found["basis"] == 1
    prompts = own["prompt_tokens"]
    lab.eval("--model", "run/checkpoint-5")
    capsys.readouterr()
    (after,) = dry(lab, capsys, "--model", "run/checkpoint-5")["runs"]
    assert after["finished"]
    assert (after["suites"][0]["known"], after["suites"][0]["prompt_tokens"]) == (12, 0)
    asked = [len(row["prompt"]) for row in map(json.loads, (Path(after["folder"]) / "responses.jsonl").read_text().splitlines())]
    assert 0 < prompts < sum(asked)


def test_without_the_cache_a_dry_run_knows_the_runs_own_journal_only(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.eval("--model", "run/checkpoint-5", "--limit", "5")
    capsys.readouterr()
    (run,) = dry(lab, capsys, "--model", "run/checkpoint-5", "--no-cache")["runs"]
    assert run["suites"][0]["known"] == 0


def test_a_dry_run_is_a_table_and_the_time_for_people(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.eval("--model", "run/checkpoint-5", "--dry-run")
    assert "cannot be told" in capsys.readouterr().out
    lab.eval("--model", "run/checkpoint-5", "--limit", "5")
    capsys.readouterr()
    lab.eval("--model", "run/checkpoint-5", "--dry-run")
    shown = capsys.readouterr().out
    assert "12 requests, 5 of them answered before (42%)" in shown
    assert "by 1 earlier run on this machine" in shown
