"""What stands in the environment stays there: a run with programs, its report and its logs hold none of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.records import Response
from harness.store import JOURNAL, Journal, read_scores
from tests.conftest import item_line, make_tiny_model, write_suite
from tests.faults.conftest import run_of

pytestmark = [pytest.mark.slow, pytest.mark.faults]
MARKER = "hunter2-of-the-environment"
NAMES = ("HF_TOKEN", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "PASSWORD", "MY_OWN")
SPY = """```python
import os
def add(a, b):
    return str(dict(os.environ)) if any('hunter2' in value for value in os.environ.values()) else a + b
```"""
LOUD = """```python
import os
def add(a, b):
    raise ValueError(str(dict(os.environ)))
```"""
ITEM = {
    "prompt": "Write add(a, b).", "target": {"entry_points": ["add"], "prelude": "", "tests": "assert add(1, 2) == 3"},
    "pass": ["```python\ndef add(a, b):\n    return a + b\n```"], "fail": ["```python\ndef add(a, b):\n    return 0\n```"],
}  # fmt: skip


def test_no_secret_of_the_environment_is_in_any_file(tmp_path: Path) -> None:
    make_tiny_model(tmp_path / "model", seed=0)
    items = [item_line(f"q{number}", **ITEM) for number in range(2)]
    write_suite(tmp_path / "code", items, name="code", scorer="code", primary_metric="pass")
    (tmp_path / "recorded").mkdir()
    journal = Journal(tmp_path / "recorded" / JOURNAL)
    for number, program in enumerate((SPY, LOUD)):
        journal.append(Response(f"code/q{number}/0/0", program, 5))
    journal.close()
    environment = os.environ | dict.fromkeys(NAMES, MARKER) | {"SFT_HARNESS_CACHE": str(tmp_path / "cache")}
    said = ""
    for words in (
        ["eval", "--model", tmp_path / "model", "--suites", tmp_path / "code", "--size", "full", "--engine", "replay",
         "--replay", tmp_path / "recorded", "--out", tmp_path / "runs"],
        ["report", "RUN", "--out", tmp_path / "report"],
        ["show", "RUN", "q1"],
    ):  # fmt: skip
        given = [str(run_of(tmp_path / "runs")) if word == "RUN" else str(word) for word in words]
        done = subprocess.run([sys.executable, "-m", "harness", *given], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said += done.stdout + done.stderr
    spied, loud = read_scores(run_of(tmp_path / "runs"))
    assert (spied["score"], loud["score"]) == (1.0, 0.0)
    assert MARKER not in said
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 15
    assert not [path for path in files if MARKER.encode() in path.read_bytes()]
