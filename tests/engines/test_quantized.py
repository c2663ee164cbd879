"""A quantised copy is served by the real engine, and a gate of the preset `deployment` compares it with its original."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from harness.store import read_manifest

pytestmark = pytest.mark.engine


def harness(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=800)


def test_an_int8_copy_is_served_and_judged_against_its_original(tmp_path: Path) -> None:
    copy, runs = tmp_path / "copy", tmp_path / "runs"
    assert harness("quantize", "smollm2-135m-instruct", copy).returncode == 0
    shared = ("--suites", "forgetting", "--limit", "24", "--out", runs)
    evaluated = harness("eval", "--model", copy, "--baseline", "smollm2-135m-instruct", *shared)
    assert evaluated.returncode == 0, evaluated.stderr[-2000:]
    assert "NOT COMPARABLE" in evaluated.stdout
    found = {str(manifest["engine"]["conditions"]["quantization"]): path for path in runs.glob("*-*") if (manifest := read_manifest(path))}
    assert set(found) == {"None", "compressed-tensors"}
    gate = {
        "preset": "deployment", "suites": {"forgetting": {"tier": "critical", "margin": 0.9}},
        "composite": {"margin": 0.9, "weights": {"forgetting": 1.0}},
    }  # fmt: skip
    (tmp_path / "gate.yaml").write_text(yaml.safe_dump(gate))
    judged = harness("gate", tmp_path / "gate.yaml", found["None"], found["compressed-tensors"])
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "differs, as declared: engine.quantization: None → compressed-tensors" in judged.stdout
