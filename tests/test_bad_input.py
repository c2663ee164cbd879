"""Bad input on the command line: one sentence on stderr that names the thing and says what to do, the right exit code, no traceback."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.cli import main
from harness.errors import UserError
from tests.conftest import item_line, write_suite


@dataclass
class Result:
    returncode: int
    stderr: str


Harness = Callable[..., Result]


@pytest.fixture
def harness(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Harness:
    """Runs the command in this process, so that the libraries are imported once for the whole file."""

    def run(*arguments: str | Path) -> Result:
        monkeypatch.setattr(sys, "argv", ["harness", *map(str, arguments)])
        try:
            main()
        except SystemExit as error:
            return Result(int(error.code or 0), capfd.readouterr().err)
        return Result(0, capfd.readouterr().err)

    return run


def assert_refused(result: Result, *named: str, code: int = 2) -> None:
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    complaints = [line for line in result.stderr.splitlines() if line.startswith("harness:")]
    assert len(complaints) == 1, result.stderr
    assert result.stderr.rstrip().endswith(complaints[0])
    for name in named:
        assert name in complaints[0]


@pytest.mark.slow
def test_a_missing_folder_names_both_readings(harness: Harness, tmp_path: Path) -> None:
    result = harness("eval", "--model", tmp_path / "gone", "--out", tmp_path)
    assert_refused(result, "gone", "no such folder", "hub id")


@pytest.mark.slow
def test_a_hub_id_without_a_hub_names_both_readings(harness: Harness, tmp_path: Path) -> None:
    result = harness("eval", "--model", "nobody-here/no-such-model@v1", "--out", tmp_path)
    assert result.returncode == 2
    assert "no such folder" in result.stderr
    assert "hub" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_a_folder_without_weights(harness: Harness, tiny_model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny_model, tmp_path / "copy")
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    assert_refused(harness("eval", "--model", copy, "--out", tmp_path), "copy", "no weights", "pytorch_model.bin")


@pytest.mark.slow
def test_an_adapter_whose_base_is_absent(harness: Harness, tiny_model: Path, tmp_path: Path) -> None:
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": str(tmp_path / "base-gone"), "r": 8}))
    assert_refused(harness("eval", "--model", adapter, "--out", tmp_path), "adapter", "base-gone", "base+")


@pytest.mark.slow
def test_truncated_safetensors(harness: Harness, tiny_model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny_model, tmp_path / "copy")
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert_refused(harness("eval", "--model", copy, "--out", tmp_path), "model.safetensors", "truncated")


def test_an_unknown_suite_lists_those_there_are(harness: Harness, tmp_path: Path) -> None:
    assert_refused(harness("eval", "--suites", "nonsense", "--out", tmp_path), "nonsense", "hallucination")


def test_an_unknown_option_is_named(harness: Harness) -> None:
    result = harness("eval", "--modle", "x")
    assert result.returncode == 2
    assert "--modle" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_an_unknown_model_option_is_named(harness: Harness, tiny_model: Path, tmp_path: Path) -> None:
    assert_refused(harness("eval", "--model", f"{tiny_model},dtpye=float32", "--out", tmp_path), "dtpye", "dtype=")


def test_a_broken_line_is_named_with_file_line_and_reason(harness: Harness, suite_folder: Path, tmp_path: Path) -> None:
    items = suite_folder / "items.jsonl"
    items.write_text(items.read_text() + '\n{"id": "q9",')
    assert_refused(harness("eval", "--suites", suite_folder, "--out", tmp_path), "items.jsonl, line 4", "JSON")


def test_duplicate_ids_are_named_with_both_lines(harness: Harness, tmp_path: Path) -> None:
    folder = write_suite(tmp_path / "twice", [item_line("a"), item_line("b"), item_line("a", prompt="Another?")])
    assert_refused(harness("eval", "--suites", folder, "--out", tmp_path), "line 3", "'a'", "line 1")


def test_an_empty_suite(harness: Harness, tmp_path: Path) -> None:
    assert_refused(harness("eval", "--suites", write_suite(tmp_path / "empty", []), "--out", tmp_path), "items.jsonl", "empty")


def test_a_target_that_does_not_fit_its_scorer_names_the_item(harness: Harness, tmp_path: Path) -> None:
    folder = write_suite(tmp_path / "odd", [item_line("a", target={"answers": ["4"], "match": "fuzzy"})])
    assert_refused(harness("eval", "--suites", folder, "--out", tmp_path), "'a'", "match")


def test_a_prompt_longer_than_the_context_names_the_item(harness: Harness, tiny_model: Path, tmp_path: Path) -> None:
    folder = write_suite(tmp_path / "long", [item_line("a"), item_line("big", prompt="what is it? " * 2000)])
    result = harness("eval", "--model", tiny_model, "--suites", folder, "--out", tmp_path / "runs")
    assert_refused(result, "'big'", "1024", "max_model_len")


def test_a_context_above_the_models_own(harness: Harness, tiny_model: Path, suite_folder: Path, tmp_path: Path) -> None:
    result = harness("eval", "--model", f"{tiny_model},max_model_len=99999", "--suites", suite_folder, "--out", tmp_path / "runs")
    assert_refused(result, "99999", "1024")


def test_an_output_folder_that_cannot_be_written(harness: Harness, tiny_model: Path, suite_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = harness("eval", "--model", tiny_model, "--suites", suite_folder, "--out", tmp_path / "file")
    assert_refused(result, str(tmp_path / "file"), "OUT")


def test_a_name_that_is_no_folder_name(harness: Harness, tiny_model: Path, suite_folder: Path, tmp_path: Path) -> None:
    result = harness("eval", "--model", tiny_model, "--suites", suite_folder, "--name", "../x", "--out", tmp_path)
    assert_refused(result, "'../x'", "NAME")


def test_replaying_nothing(harness: Harness, tiny_model: Path, suite_folder: Path, tmp_path: Path) -> None:
    arguments = ["--engine", "replay", "--replay", tmp_path, "--suites", suite_folder, "--out", tmp_path / "runs"]
    assert_refused(harness("eval", "--model", tiny_model, *arguments), "journal.jsonl")


def test_comparing_what_is_no_run(harness: Harness, tmp_path: Path) -> None:
    assert_refused(harness("compare", tmp_path, tmp_path), str(tmp_path), "manifest.json")


def test_debug_shows_the_traceback(harness: Harness, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nonsense"):
        harness("--debug", "eval", "--suites", "nonsense", "--out", tmp_path)


def test_a_bug_does_not_end_with_the_code_of_a_verdict(harness: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Python's own 1 would be NO-GO, or a red night."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("harness.command_gate.run_gate", fail)
    result = harness("gate", tmp_path / "gate.yaml", tmp_path, tmp_path)
    assert result.returncode == 3
    assert "ZeroDivisionError: a bug" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("nightly", "nowhere.yaml"), ("nowhere.yaml", "examples/nightly.yaml")),
        (("gate", "nowhere.yaml", "a", "b"), ("nowhere.yaml", "harness gate plan")),
        (("gate", "plan", "a", "b"), ("'a' is not a run folder",)),
        (("baseline", "accept", "a", "--reason", "why"), ("'a' cannot become the baseline", "not a run folder")),
        (("quantize", "nowhere", "copy"), ("nowhere", "no such folder")),
    ],
)
def test_gates_and_nights_refuse_in_one_sentence(harness: Harness, arguments: tuple[str, ...], named: tuple[str, ...]) -> None:
    assert_refused(harness(*arguments), *named)
