"""What a checkpoint says of items that it was trained on travels into its runs."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.contamination import read_contamination
from harness.engines.base import EngineSettings
from harness.errors import UserError
from harness.evaluate import evaluate
from harness.model import parse_model, resolve_model
from harness.plan import Choice, RunPlan, plan_suites
from harness.records import Response
from harness.screen import Screen
from harness.store import JOURNAL, Journal, read_manifest
from harness.suite import load_suite

RECORD: dict[str, Any] = {"suites": {"arith": ["q1"]}, "data_hash": "d1"}


def say(folder: Path, record: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(record))
    return folder


def test_the_record_is_read_beside_whatever_else_the_manifest_says(tmp_path: Path) -> None:
    found = read_contamination(say(tmp_path, {"steps": 50, "contamination": {**RECORD, "more": 1}}))
    assert found is not None
    assert (found.suites, found.data_hash) == ({"arith": ("q1",)}, "d1")


def test_without_a_record_nothing_is_known(tmp_path: Path) -> None:
    assert read_contamination(tmp_path) is None
    assert read_contamination(say(tmp_path, {"steps": 50})) is None


def test_records_of_checkpoint_and_adapter_are_taken_together(tmp_path: Path) -> None:
    base = say(tmp_path / "base", {"contamination": RECORD})
    adapter = say(tmp_path / "adapter", {"contamination": {"suites": {"arith": ["q1", "q2"], "more": ["m"]}, "data_hash": "d2"}})
    found = read_contamination(base, adapter)
    assert found is not None
    assert (found.suites, found.data_hash) == ({"arith": ("q1", "q2"), "more": ("m",)}, "d1+d2")


@pytest.mark.parametrize(
    ("text", "named"),
    [('{"contamination": {"suites": ["q1"]}}', "contamination.suites"), ("{", "manifest.json"), ('{"contamination": 1}', "contamination")],
)
def test_a_record_that_cannot_be_understood_is_named(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(UserError, match=named):
        read_contamination(tmp_path)


@pytest.fixture
def plan(tiny_model: Path, suite_folder: Path, tmp_path: Path) -> RunPlan:
    model = shutil.copytree(tiny_model, tmp_path / "model")
    recorded = tmp_path / "recorded"
    recorded.mkdir()
    journal = Journal(recorded / JOURNAL)
    for n in range(3):
        journal.append(Response(f"arith/q{n}/0/0", "4", 1))
    journal.close()
    chosen = plan_suites([load_suite(suite_folder)], Choice())
    return RunPlan(resolve_model(parse_model(str(model))), chosen, Choice(), EngineSettings("replay", replay=str(recorded)), None)


def stored(folder: Path) -> Any:
    manifest = read_manifest(folder)
    assert manifest is not None
    return manifest["contamination"]


def test_a_run_says_what_its_checkpoint_says(plan: RunPlan, tmp_path: Path) -> None:
    say(plan.model.folder, {"contamination": RECORD})
    assert stored(evaluate(plan, tmp_path / "runs", "tiny", Screen()).folder) == RECORD


def test_a_finished_run_takes_over_what_was_found_later_and_forgets_nothing(plan: RunPlan, tmp_path: Path) -> None:
    folder = evaluate(plan, tmp_path / "runs", "tiny", Screen()).folder
    assert stored(folder) is None
    say(plan.model.folder, {"contamination": RECORD})
    again = evaluate(plan, tmp_path / "runs", "tiny", Screen())
    assert again.cached
    assert stored(folder) == again.manifest["contamination"] == RECORD
    (plan.model.folder / "manifest.json").unlink()
    assert evaluate(plan, tmp_path / "runs", "tiny", Screen()).cached
    assert stored(folder) == RECORD


def test_a_record_that_cannot_be_read_stops_before_anything_is_made(plan: RunPlan, tmp_path: Path) -> None:
    say(plan.model.folder, {"contamination": 1})
    with pytest.raises(UserError):
        evaluate(plan, tmp_path / "runs", "tiny", Screen())
    assert not (tmp_path / "runs").exists()
