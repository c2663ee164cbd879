"""`harness eval` as a user runs it: real vLLM, the default model, real programs executed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from harness.store import JOURNAL, MANIFEST, RESPONSES, SCORES, read_lines, read_manifest
from sft_train.training.config import TrainConfig
from sft_train.training.run import train

pytestmark = pytest.mark.engine


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "harness", *map(str, arguments)]


def harness(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(command(*arguments), capture_output=True, text=True, check=False, timeout=600)
    assert result.returncode == code, result.stderr[-2000:]
    return result


def only_run(parent: Path) -> Path:
    (folder,) = [path for path in parent.iterdir() if path.is_dir()]
    return folder


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    parent = tmp_path_factory.mktemp("runs")
    return parent, harness("eval", "--limit", "4", "--out", parent)


def test_all_suites_are_scored_and_shown(first_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    parent, result = first_run
    for suite in ("code_execution", "forgetting", "hallucination", "instruction_following"):
        assert suite in result.stdout
    assert str(only_run(parent)) in result.stdout
    manifest = read_manifest(only_run(parent))
    assert manifest is not None
    assert manifest["status"] == "complete"
    assert manifest["counts"]["samples"] == 16
    assert manifest["engine"]["kind"] == "vllm"


def test_the_libraries_chatter_is_in_the_log_and_not_on_the_screen(first_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    parent, result = first_run
    assert "INFO" in (only_run(parent) / "log.txt").read_text()
    assert "INFO" not in result.stderr + result.stdout
    assert len(result.stderr.splitlines()) <= 6


def test_responses_and_scores_are_readable_with_pandas_in_one_line(first_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder = only_run(first_run[0])
    scores = pd.read_json(folder / SCORES, lines=True)
    responses = pd.read_json(folder / RESPONSES, lines=True)
    assert len(scores) == len(responses) == 16
    assert scores["score"].between(0, 1).all()


def test_programs_were_executed(first_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    rows = [row for row in read_lines(only_run(first_run[0]) / SCORES) if row["suite"] == "code_execution"]
    assert rows
    assert all(row["tags"]["integrity"] in ("split", "shared-process") for row in rows)
    assert json.loads((only_run(first_run[0]) / MANIFEST).read_text(encoding="utf-8"))["isolation"]["level"] in ("A", "B")


def test_an_unchanged_run_is_answered_without_an_engine(first_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    parent, result = first_run
    log = (only_run(parent) / "log.txt").read_bytes()
    manifest = (only_run(parent) / MANIFEST).read_bytes()
    again = harness("eval", "--limit", "4", "--out", parent, "--name", "another-label")
    assert "unchanged" in again.stderr
    assert again.stdout == result.stdout
    assert (only_run(parent) / "log.txt").read_bytes() == log
    assert (only_run(parent) / MANIFEST).read_bytes() == manifest


def test_show_prints_an_item_whole(first_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder = only_run(first_run[0])
    row = next(row for row in read_lines(folder / RESPONSES) if row["suite"] == "hallucination")
    shown = harness("show", folder, row["item"]).stdout
    assert "<|im_start|>user" in shown
    assert row["response"].splitlines()[0][:60] in shown
    assert "truthful" in shown


def test_after_kill_9_the_same_command_continues(tmp_path: Path) -> None:
    arguments = ["eval", "--suites", "hallucination", "--limit", "24", "--out", tmp_path]
    process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 300
    while not (found := [path for path in tmp_path.glob("*/" + JOURNAL) if path.read_bytes().count(b"\n") >= 3]):
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = found[0].read_bytes()
    whole = before[: before.rfind(b"\n") + 1]
    journalled = whole.count(b"\n")
    assert 3 <= journalled < 24
    assert not (found[0].parent / MANIFEST).exists()

    result = harness(*arguments)

    after = found[0].read_bytes()
    assert after.startswith(whole)
    requests = [json.loads(line)["request"] for line in after.splitlines()]
    assert len(requests) == len(set(requests)) == 24
    assert f"{24 - journalled} responses generated" in result.stderr
    manifest = read_manifest(found[0].parent)
    assert manifest is not None
    assert manifest["status"] == "complete"


def test_several_samples_differ_and_each_is_scored(tmp_path: Path) -> None:
    harness("eval", "--suites", "instruction_following", "--limit", "2", "--samples", "3", "--out", tmp_path)
    rows = read_lines(only_run(tmp_path) / RESPONSES)
    assert len(rows) == 6
    for item in {row["item"] for row in rows}:
        assert len({row["response"] for row in rows if row["item"] == item}) > 1


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter of the default model, trained for a few steps."""
    folder = tmp_path_factory.mktemp("lora")
    pairs = [(f"Set the cabin to {degrees} degrees.", f"OK, the cabin is set to {degrees} degrees.") for degrees in range(16, 24)]
    lines = [json.dumps({"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": a}]}) for q, a in pairs]
    (folder / "data.jsonl").write_text("\n".join(lines))
    return train(
        TrainConfig(data=str(folder / "data.jsonl"), out=str(folder / "cockpit"), steps=4, learning_rate=1e-3, suites=(), probes=None)
    )


def test_an_adapter_is_compared_with_its_base(adapter: Path, tmp_path: Path) -> None:
    chosen = ["--suites", "hallucination", "--limit", "6", "--out", tmp_path]
    result = harness("eval", "--model", adapter, "--baseline", "smollm2-135m-instruct", *chosen)
    assert "difference" in result.stdout
    assert "NOT COMPARABLE" not in result.stdout
    runs = {path.name.rpartition("-")[0]: read_lines(path / RESPONSES) for path in tmp_path.iterdir()}
    assert set(runs) == {"cockpit", "smollm2-135m-instruct"}
    assert [row["prompt"] for row in runs["cockpit"]] == [row["prompt"] for row in runs["smollm2-135m-instruct"]]
    assert [row["response"] for row in runs["cockpit"]] != [row["response"] for row in runs["smollm2-135m-instruct"]]
    assert list(tmp_path.glob("cockpit-*/comparison-*.json"))


def test_an_untrained_adapter_is_an_error(adapter: Path, tmp_path: Path) -> None:
    import shutil

    from safetensors.torch import load_file, save_file

    copy = shutil.copytree(adapter, tmp_path / "untrained")
    tensors = load_file(copy / "adapter_model.safetensors")
    save_file({name: tensor * (0 if "lora_B" in name else 1) for name, tensor in tensors.items()}, copy / "adapter_model.safetensors")
    result = harness("eval", "--model", copy, "--suites", "hallucination", "--limit", "2", "--out", tmp_path / "runs", code=3)
    assert "ERROR" in result.stderr
    assert "changes no log-probability" in result.stderr
    assert not list((tmp_path / "runs").glob("*/" + MANIFEST))


def test_ctrl_c_ends_with_a_sentence_and_the_code_of_an_incomplete_run(tmp_path: Path) -> None:
    arguments = ["eval", "--suites", "hallucination", "--limit", "80", "--out", str(tmp_path)]
    process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 300
    while not [path for path in tmp_path.glob("*/" + JOURNAL) if path.stat().st_size]:
        assert process.poll() is None, "the run ended before it could be stopped"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 3
    assert stderr.rstrip().splitlines()[-1].startswith("harness: Stopped. The same command continues")
    assert "Traceback" not in stderr
