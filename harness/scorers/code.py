"""Programs: the code in the response is run against the item's hidden tests."""

from pydantic import BaseModel, ConfigDict, Field

from harness.records import Answer, Check, Score
from harness.sandbox import Limits, Program, Sandbox
from harness.scorers.extract import extract_program
from harness.suite import Item


class CodeTarget(BaseModel):
    model_config = ConfigDict(extra="forbid")

    entry_points: tuple[str, ...] = Field(min_length=1)
    """Functions or classes that the program must define."""
    tests: str = Field(min_length=1)
    """Asserts that call the entry points."""
    prelude: str = ""
    """Code that runs before the program."""


class CodeScorer:
    """`pass`: the program passes every test."""

    name = "code"
    version = 1
    metrics = ("pass",)

    def __init__(self) -> None:
        self._sandbox = Sandbox()

    def check_target(self, item: Item) -> None:
        target = CodeTarget.model_validate(item.target)
        for part in ("prelude", "tests"):
            try:
                compile(getattr(target, part), part, "exec")
            except SyntaxError as error:
                raise ValueError(f"target.{part}: line {error.lineno}: {error.msg}") from error

    def score(self, item: Item, answer: Answer) -> Score:
        """Raises RuntimeError if the sandbox failed: that is an error, not a wrong program."""
        target = CodeTarget.model_validate(item.target)
        candidate = extract_program(answer.text, target.entry_points)
        verdict = self._sandbox.run(Program(target.prelude, candidate, target.tests, target.entry_points), Limits())
        if verdict.status == "infra_error":
            raise RuntimeError(verdict.reason)
        passed = verdict.status == "passed"
        reason = f"{verdict.status}: {verdict.reason} ({verdict.level})"
        return Score({"pass": float(passed)}, (Check("tests", passed, reason),))
