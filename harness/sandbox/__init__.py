"""Runs programs that a model wrote, and says whether they are right. Knows nothing of suites, models or scores.

>>> with Sandbox(slots=1) as sandbox:
...     sandbox.run(Program("", "def f(x): return x + 1", "assert f(1) == 2", ("f",))).status
'passed'

What is promised, and what is not, stands in docs/sandbox.md.
"""

from harness.sandbox.records import (
    Case,
    Integrity,
    Isolation,
    Level,
    Limits,
    Program,
    SandboxRefused,
    Status,
    StdioProgram,
    Verdict,
)
from harness.sandbox.sandbox import Sandbox

__all__ = [
    "Case",
    "Integrity",
    "Isolation",
    "Level",
    "Limits",
    "Program",
    "Sandbox",
    "SandboxRefused",
    "Status",
    "StdioProgram",
    "Verdict",
]
