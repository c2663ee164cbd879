"""Programs in responses, run against hidden tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.item import Item
from harness.records import Score
from harness.sandbox import Sandbox, Verdict
from harness.scorers import load_scorer, open_sandbox
from harness.scorers.code import CodeScorer
from harness.suite_check import example_answer
from tests.conftest import item_line

TARGET = {
    "entry_points": ["double"],
    "prelude": "OFFSET = 0",
    "tests": "assert double(2) == 4 + OFFSET\nassert double('a') == 'aa', 'text'",
}


def code_item(**changes: Any) -> Item:
    return Item.model_validate(item_line("a", target=TARGET | changes))


@pytest.fixture(scope="module", autouse=True)
def sandbox() -> Iterator[None]:
    with open_sandbox(["code"]) as isolation:
        assert getattr(isolation, "level", None) in ("A", "B")
        yield


def judge(response: str, **changes: Any) -> Score:
    item = code_item(**changes)
    score = load_scorer("code").score(item, example_answer(item, response))
    assert isinstance(score, Score)
    return score


@pytest.mark.slow
def test_a_program_that_passes_every_test_is_right() -> None:
    score = judge("Here you are:\n```python\ndef double(x):\n    return x + x\n```\nIt adds.")
    assert score.metrics == {"pass": 1.0, "syntax_valid": 1.0}
    assert score.checks[0].reason == "passed: all tests passed"
    assert score.tags == {"integrity": "split"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("response", "valid", "reason"),
    [
        ("def double(x):\n    return 2 * x if x == 2 else 0", 1.0, "failed: a test failed: text"),
        ("def treble(x):\n    return x", 1.0, "error: 'double' is not defined"),
        ("def double(x):\n    return undefined", 1.0, "error: NameError"),
        ("I cannot write that.", 0.0, "error: SyntaxError"),
        ("", 0.0, "error: 'double' is not defined"),
        ("import os\ndef double(x):\n    os._exit(0)", 1.0, "crashed: ended with exit code 0"),
    ],
)
def test_any_other_program_is_wrong_with_its_reason(response: str, valid: float, reason: str) -> None:
    score = judge(response)
    assert score.metrics == {"pass": 0.0, "syntax_valid": valid}
    assert score.checks[0].reason.startswith(reason)


def test_the_prelude_runs_before_program_and_tests() -> None:
    program = "VALUE = helper()\ndef double(x): return x + x + VALUE"
    assert judge(program, prelude="def helper(): return 1", tests="assert double(1) == 2 + helper()").metrics["pass"] == 1.0


def test_a_failure_of_the_sandbox_is_an_error_and_not_a_wrong_program(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Verdict("infra_error", "the sandbox failed: gone", 0.0, 0.0, "B", "split")
    monkeypatch.setattr(Sandbox, "run", lambda *_: lost)
    with pytest.raises(RuntimeError, match="sandbox failed"):
        judge("def double(x): return x + x")


def test_without_a_sandbox_nothing_is_judged() -> None:
    item = code_item()
    with pytest.raises(RuntimeError, match="no sandbox is open"):
        CodeScorer().score(item, example_answer(item, "def double(x): return 2 * x"))


def test_a_whole_program_is_judged_by_what_it_writes() -> None:
    cases = [{"stdin": "3\n", "stdout": "6"}, {"stdin": "0", "stdout": "0"}]
    target = {"entry_points": [], "tests": "", "prelude": "", "cases": cases}
    assert judge("```python\nprint(2 * int(input()))\n```", **target).metrics["pass"] == 1.0
    score = judge("print(6)", **target)
    assert (score.metrics["pass"], score.checks[0].reason) == (0.0, "failed: case 2: line 1 is '6', expected '0'")


def test_a_response_that_only_continues_the_stub_is_a_program() -> None:
    assert judge("    return 2 * x\n", stub='def double(x):\n    """Twice x."""\n').metrics["pass"] == 1.0


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"tests": "assert double(1) ==\n"}, r"target\.tests: line 1"),
        ({"prelude": "x = 1\ny = ("}, r"target\.prelude: line 2"),
        ({"tests": ""}, "tests"),
        ({"entry_points": []}, "entry_points"),
        ({"timeout": 5}, "timeout"),
        ({"cases": [{"stdin": "", "stdout": ""}]}, "either tests or cases"),
        ({"cpu_s": 0}, "cpu_s"),
    ],
)
def test_a_target_that_cannot_run_is_refused(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        CodeScorer().check_target(code_item(**change))
