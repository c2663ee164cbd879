"""Verdicts come back in threads; a scorer that never does is given up, and the process still ends."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from harness.judges import Judges

PROGRAM = """
import threading
from harness.judges import Judges
judges = Judges(limit=0.5)
future = judges.submit(threading.Event().wait)
while not future.done():
    judges.wait([future])
judges.close()
print("over")
"""


@pytest.fixture
def judges() -> Iterator[Judges[int]]:
    made: Judges[int] = Judges(limit=1.0)
    yield made
    made.close()


def ended(judges: Judges[int], *futures: "Future[int]") -> list[int | str]:
    while not all(future.done() for future in futures):
        judges.wait([future for future in futures if not future.done()], 0.05)
    return [future.result() if future.exception() is None else repr(future.exception()) for future in futures]


def test_results_and_errors_come_back(judges: Judges[int]) -> None:
    good = [judges.submit(lambda n=n: n * n) for n in range(20)]  # type: ignore[misc]
    bad = judges.submit(lambda: 1 // 0)
    exits = judges.submit(sys.exit)  # type: ignore[arg-type]
    assert ended(judges, *good) == [n * n for n in range(20)]
    assert ended(judges, bad, exits) == ["ZeroDivisionError('integer division or modulo by zero')", "SystemExit()"]


@pytest.mark.slow
def test_work_that_never_ends_is_given_up_and_what_comes_after_it_is_done(judges: Judges[int]) -> None:
    release = threading.Event()
    hanging = [judges.submit(release.wait) for _ in range(5)]
    after = judges.submit(lambda: 7)
    assert ended(judges, *hanging) == ["TimeoutError('it did not end within 1 s')"] * 5
    assert ended(judges, after) == [7]
    release.set()  # What the five return now is nobody's.
    assert ended(judges, judges.submit(lambda: 8)) == [8]


@pytest.mark.slow
def test_a_process_whose_scorer_hangs_still_ends() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "over\n"
