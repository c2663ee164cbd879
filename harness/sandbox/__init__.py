"""Runs programs that a model wrote. Knows nothing of suites, models or scores.

>>> verdict = Sandbox().run(Program("", "def f(x): return x + 1", "assert f(1) == 2", ("f",)), Limits())
>>> verdict.status
'passed'
"""

from harness.sandbox.process import Sandbox
from harness.sandbox.records import Limits, Program, Status, Verdict

__all__ = ["Limits", "Program", "Sandbox", "Status", "Verdict"]
