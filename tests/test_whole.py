"""The whole thing, as the README shows it. Minutes; run by `make test-all`."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.store import JOURNAL, MANIFEST, SCORES, read_lines, read_manifest

pytestmark = pytest.mark.heavy


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "harness", *map(str, arguments)]


def test_the_default_evaluation_scores_every_item(tmp_path: Path) -> None:
    result = subprocess.run(command("eval", "--out", tmp_path), capture_output=True, text=True, check=False, timeout=1800)
    assert result.returncode == 0, result.stderr[-2000:]
    (folder,) = tmp_path.iterdir()
    manifest = read_manifest(folder)
    assert manifest is not None
    assert {name: part["items"] for name, part in manifest["suites"].items()} == {
        "code_execution": 40, "forgetting": 80, "hallucination": 80, "instruction_following": 80,
    }  # fmt: skip
    rows = read_lines(folder / SCORES)
    assert len(rows) == 280
    assert all(row["error"] is None for row in rows)
    # The model can do something: neither all wrong nor all right.
    names = ("forgetting", "hallucination", "instruction_following")
    sums = [sum(row["score"] for row in rows if row["suite"] == name and row["score"] is not None) for name in names]
    assert all(0 < total < 80 for total in sums)
    assert sum(row["score"] is None for row in rows) < 10  # Running text is measured, not scored.


def test_killed_again_and_again_a_run_loses_nothing(tmp_path: Path) -> None:
    arguments = ["eval", "--limit", "8", "--out", str(tmp_path)]
    moments = random.Random(7)
    kept = b""
    for _ in range(4):
        process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(moments.uniform(5, 35))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for journal in tmp_path.glob("*/" + JOURNAL):
            data = journal.read_bytes()
            assert data.startswith(kept)
            kept = data[: data.rfind(b"\n") + 1]
    subprocess.run(command(*arguments), check=True, capture_output=True, timeout=900)
    (folder,) = tmp_path.iterdir()
    data = (folder / JOURNAL).read_bytes()
    assert data.startswith(kept)
    requests = [json.loads(line)["request"] for line in data.splitlines()]
    assert len(requests) == len(set(requests))
    assert len(read_lines(folder / SCORES)) == 32
    assert (folder / MANIFEST).is_file()
