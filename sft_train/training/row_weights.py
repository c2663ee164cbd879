"""Weights of rows by the program that their answer holds. Parsing and running cannot be differentiated, so they weigh rows instead."""

import ast
import re
from collections.abc import Callable, Sequence

from harness.errors import RunError, UserError
from sft_train.data.record import Row
from sft_train.training.config import TrainConfig

_FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL)


def row_weights(config: TrainConfig, rows: Sequence[Row]) -> Callable[[Row], float]:
    """The function from a row to its weight that the config's `losses.code` asks for; without it every row weighs 1."""
    rule = config.losses.code
    if rule is None:
        return lambda row: 1.0
    failing = _failing(rows) if rule.failing is not None else set()

    def weight(row: Row) -> float:
        program = program_of(row)
        if program is None:
            return 1.0
        if not parses(program):
            return rule.broken
        return rule.failing if rule.failing is not None and row.where in failing else 1.0

    return weight


def program_of(row: Row) -> str | None:
    """The Python program in a row's last answer: its fenced blocks, or the whole answer of a row of task code; None if there is none."""
    blocks = _FENCE.findall(row.answer)
    if blocks:
        return "\n".join(blocks)
    return row.answer if row.task == "code" else None


def parses(program: str) -> bool:
    """Whether Python can parse it.

    >>> parses("def f(x): return x"), parses("def f(x) return x")
    (True, False)
    """
    try:
        ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _failing(rows: Sequence[Row]) -> set[str]:
    """Where the rows stand whose program fails the tests of their state: {"tests": "assert f(1) == 2", "entry_points": ["f"]}.

    Raises UserError if programs cannot be kept in here, RunError if the sandbox itself fails.
    """
    from harness.sandbox import Limits, Program, Sandbox, SandboxRefused

    given = [(row, program_of(row), row.state or {}) for row in rows]
    tested = [(row, program, state) for row, program, state in given if program and state.get("tests") and state.get("entry_points")]
    if not tested:
        return set()
    programs = [Program("", program, str(state["tests"]), tuple(state["entry_points"])) for _, program, state in tested]
    try:
        with Sandbox() as sandbox:
            verdicts = list(sandbox.stream((program, Limits()) for program in programs))
    except SandboxRefused as error:
        raise UserError(f"losses.code.failing: programs cannot be run safely here: {error}") from error
    if broken := next((verdict for verdict in verdicts if verdict.status == "infra_error"), None):
        raise RunError(f"The sandbox failed while weighing rows: {broken.reason}")
    return {row.where for (row, _, _), verdict in zip(tested, verdicts, strict=True) if verdict.status != "passed"}
