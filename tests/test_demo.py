"""`make demo` at a smoke size: a tiny model, two items a suite. What comes out is all there, and nothing is done twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import make_tiny_model
from tests.pages import ROOT, expand
from tests.sft_train.rows import messages, write_lines

OPTIONS = ("--limit", "2", "--engine", "transformers", "--device", "cpu")


def demo(out: Path, config: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HARNESS_BIN": str(Path(sys.executable).parent)}
    command = [ROOT / "examples" / "demo.sh", out, config, *OPTIONS]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def written(out: Path) -> dict[str, int]:
    """When each file that is costly or final was written."""
    patterns = ("checkpoint/*", "runs/*/journal.jsonl", "runs/*/manifest.json", "reviews/B*/out/*")
    return {str(path): path.stat().st_mtime_ns for pattern in patterns for path in out.glob(pattern) if path.is_file()}


@pytest.mark.slow
def test_the_demo_leaves_all_that_it_promises_and_does_nothing_twice(tmp_path: Path) -> None:
    config, out = tmp_path / "train.yaml", tmp_path / "a demo"
    make_tiny_model(tmp_path / "tiny", 0)
    write_lines(tmp_path / "rows.jsonl", [messages(f"第{at}号：空调几度", f"{at}度 please set") for at in range(12)])
    settings = {"base": str(tmp_path / "tiny"), "data": "rows.jsonl", "out": "elsewhere", "steps": 4, "learning_rate": 0.1, "probes": None,
                "suites": [], "max_length": 256}  # fmt: skip
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")

    shown = demo(out, config)
    assert [f"== {step} of 5" in shown for step in range(1, 6)] == [True] * 5
    assert "(0 s since the start)" in shown
    for name in ("checkpoint/manifest.json", "comparison.md", "report/report.html", "report/items.csv"):
        assert (out / name).is_file(), name
    assert len(list(out.glob("reviews/B*/out/*.xlsx"))) == 3
    assert f"open {out}/report/report.html" in shown
    assert "heldout\\_commands" in (out / "comparison.md").read_text(encoding="utf-8")

    first = written(out)
    demo(out, config)
    assert written(out) == first


def test_make_demo_runs_the_script_in_the_folder_that_is_asked_for() -> None:
    assert expand(["demo"]) == [["examples/demo.sh", "demo"]]
    assert expand(["demo", "OUT=my demo"]) == [["examples/demo.sh", "my demo"]]
