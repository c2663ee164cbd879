"""A call that never returns ends the process with the code of a run error; others are left alone."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys, threading
from harness.watchdog import Watchdog

import pytest
dog = Watchdog(lambda text: print(text, file=sys.stderr, flush=True), limit=0.4)
for _ in range(5):
    with dog.over():
        threading.Event().wait(0.2)
print("five steps", flush=True)
if sys.argv[1] == "hang":
    with dog.over():
        threading.Event().wait()
threading.Event().wait(1)
dog.close()
"""


def run(how: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
def test_a_hanging_call_ends_the_process_and_says_so() -> None:
    done = run("hang")
    assert done.returncode == 3
    assert done.stdout == "five steps\n"
    assert "has not come back for 0.4 s" in done.stderr


@pytest.mark.slow
def test_time_between_calls_does_not_count() -> None:
    assert (run("pause").returncode, run("pause").stderr) == (0, "")
