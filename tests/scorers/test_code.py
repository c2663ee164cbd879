"""Programs in responses, run against hidden tests."""

import tempfile
from pathlib import Path
from typing import Any

import pytest

from harness.records import Score
from harness.scorers.code import CodeScorer
from harness.suite import Item
from harness.suite_check import example_answer
from tests.conftest import item_line

TARGET = {
    "entry_points": ["double"],
    "prelude": "OFFSET = 0",
    "tests": "assert double(2) == 4 + OFFSET\nassert double('a') == 'aa', 'text'",
}


def code_item(**changes: Any) -> Item:
    return Item.model_validate(item_line("a", target=TARGET | changes))


def judge(response: str, **changes: Any) -> Score:
    item = code_item(**changes)
    return CodeScorer().score(item, example_answer(item, response))


def test_a_program_that_passes_every_test_is_right() -> None:
    score = judge("Here you are:\n```python\ndef double(x):\n    return x + x\n```\nIt adds.")
    assert score.metrics == {"pass": 1.0}
    assert score.checks[0].reason.startswith("passed: all tests passed (process")


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ("def double(x):\n    return 2 * x if x == 2 else 0", "failed: a test failed: text"),
        ("def treble(x):\n    return x", "error: 'double' is not defined"),
        ("def double(x):\n    return undefined", "error: NameError"),
        ("I cannot write that.", "error: SyntaxError"),
        ("", "error: 'double' is not defined"),
        ("import os\ndef double(x):\n    os._exit(0)", "failed: ended with exit code 0"),
    ],
)
def test_any_other_program_is_wrong_with_its_reason(response: str, reason: str) -> None:
    score = judge(response)
    assert score.metrics == {"pass": 0.0}
    assert score.checks[0].reason.startswith(reason)


def test_the_prelude_runs_before_program_and_tests() -> None:
    program = "VALUE = helper()\ndef double(x): return x + x + VALUE"
    assert judge(program, prelude="def helper(): return 1", tests="assert double(1) == 2 + helper()").metrics == {"pass": 1.0}


def test_a_failure_of_the_sandbox_is_an_error_and_not_a_wrong_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    with pytest.raises(RuntimeError, match="sandbox failed"):
        judge("def double(x): return x + x")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"tests": "assert double(1) ==\n"}, r"target\.tests: line 1"),
        ({"prelude": "x = 1\ny = ("}, r"target\.prelude: line 2"),
        ({"tests": ""}, "tests"),
        ({"entry_points": []}, "entry_points"),
        ({"timeout": 5}, "timeout"),
    ],
)
def test_a_target_that_cannot_run_is_refused(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        CodeScorer().check_target(code_item(**change))
