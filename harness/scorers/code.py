"""Programs: the code in the response is run against the item's hidden tests, or on inputs whose outputs are known."""

import ast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from harness.item import Item
from harness.records import Answer, Check, Score
from harness.sandbox import Case, Limits, Program, Sandbox, StdioProgram
from harness.sandbox.records import Compare
from harness.scorers.extract import extract_program

_LIMITS = Limits()


class CaseTarget(BaseModel):
    """What a program reads, and what it must write."""

    model_config = ConfigDict(extra="forbid")

    stdin: str
    stdout: str


class CodeTarget(BaseModel):
    """Either `tests` that call entry points, or `cases` of input and output for a whole program."""

    model_config = ConfigDict(extra="forbid")

    entry_points: tuple[str, ...] = ()
    """Functions or classes that the program must define; a class's name begins with a capital letter."""
    tests: str = ""
    """Asserts that call the entry points."""
    prelude: str = ""
    """Code that runs before the program, and before the tests."""
    stub: str = ""
    """Code that the prompt began, for responses that only continue it."""
    cases: tuple[CaseTarget, ...] = ()
    compare: Compare = "lines"
    cpu_s: float = Field(default=_LIMITS.cpu_s, gt=0, le=120)
    """CPU seconds that the program may use, for each case if there are cases."""
    wall_s: float | None = Field(default=None, gt=0, le=480)
    """Seconds by the clock, for programs that sleep; by default four times the CPU time, at least 20."""
    memory_mb: int = Field(default=_LIMITS.memory_mb, ge=64, le=16_384)

    @model_validator(mode="after")
    def _one_kind(self) -> "CodeTarget":
        if bool(self.tests) == bool(self.cases):
            raise ValueError("either tests or cases are needed, not both")
        if self.tests and not self.entry_points:
            raise ValueError("entry_points: tests need at least one")
        return self

    def limits(self) -> Limits:
        """Limits of one program: unless given, wall time is four times the CPU time and at least 20 s."""
        return Limits(cpu_s=self.cpu_s, wall_s=self.wall_s or max(4 * self.cpu_s, 20.0), memory_mb=self.memory_mb)


class CodeScorer:
    """`pass`: the program passes every test; `syntax_valid`: it parses."""

    name = "code"
    version = 4
    metrics = ("pass", "syntax_valid")
    sandbox: Sandbox | None = None
    """Where programs run; whoever has scores made sets it for as long."""

    def check_target(self, item: Item) -> None:
        target = CodeTarget.model_validate(item.target)
        for part in ("prelude", "tests"):
            try:
                compile(getattr(target, part), part, "exec")
            except SyntaxError as error:
                raise ValueError(f"target.{part}: line {error.lineno}: {error.msg}") from error

    def score(self, item: Item, answer: Answer) -> Score:
        """Raises RuntimeError if there is no sandbox or it failed: that is an error, not a wrong program."""
        if self.sandbox is None:
            raise RuntimeError("no sandbox is open")
        target = CodeTarget.model_validate(item.target)
        candidate = extract_program(answer.text, target.entry_points, target.stub)
        verdict = self.sandbox.run(_program(target, candidate), target.limits())
        if verdict.status == "infra_error":
            raise RuntimeError(verdict.reason)
        passed, valid = verdict.status == "passed", _parses(candidate)
        checks = (
            Check("tests", passed, f"{verdict.status}: {verdict.reason}"),
            Check("syntax", valid, "the program parses" if valid else "the program does not parse"),
        )
        return Score({"pass": float(passed), "syntax_valid": float(valid)}, checks, {"integrity": verdict.integrity})


def _program(target: CodeTarget, candidate: str) -> Program | StdioProgram:
    if target.cases:
        return StdioProgram(candidate, tuple(Case(case.stdin, case.stdout) for case in target.cases), target.compare)
    return Program(target.prelude, candidate, target.tests, target.entry_points)


def _parses(program: str) -> bool:
    try:
        ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(program.strip())
