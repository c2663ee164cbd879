"""How much of the judging of programs is hidden behind generation: one evaluation of the code suite, and its judging alone.

Usage: python bench/overlap.py [--limit ITEMS]
"""

import argparse
import tempfile
import threading
import time
from pathlib import Path

from harness import runner
from harness.default_model import DEFAULT_MODEL
from harness.engines.base import EngineSettings
from harness.evaluate import evaluate
from harness.model import parse_model, resolve_model
from harness.plan import Choice, RunPlan, plan_suites
from harness.records import FollowUp, Response, Score
from harness.rescore import rescore
from harness.screen import Screen
from harness.suite import find_suite, load_suite


class Watch:
    """Notes when the last response came, when the last verdict did, and how long verdicts took, by standing in the runner's way."""

    def __init__(self) -> None:
        self.last_response = self.last_verdict = self.judging = 0.0
        take, verdict, lock = runner._Stream._take, runner.Sample.verdict, threading.Lock()

        def taken(stream: runner._Stream, response: Response) -> None:
            self.last_response = time.monotonic()
            take(stream, response)

        def judged(sample: runner.Sample) -> Score | FollowUp:
            begun = time.monotonic()
            try:
                return verdict(sample)
            finally:
                ended = time.monotonic()
                with lock:  # Two threads judge.
                    self.last_verdict = max(self.last_verdict, ended)
                    self.judging += ended - begun

        runner._Stream._take = taken  # type: ignore[method-assign]
        runner.Sample.verdict = judged  # type: ignore[method-assign]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=None)
    choice = Choice(limit=parser.parse_args().limit)
    plan = RunPlan(
        resolve_model(parse_model(DEFAULT_MODEL), print), plan_suites([load_suite(find_suite("code_execution"))], choice), choice,
        EngineSettings(), None,
    )  # fmt: skip
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        done = evaluate(plan, Path(folder), "overlap", Screen(), use_cache=False)
        beside, tail = watch.judging, watch.last_verdict - watch.last_response  # Judging anew passes the watch as well.
        begun = time.monotonic()
        rescore(done.folder)
        alone = time.monotonic() - begun
    print(f"judging took {beside:.2f} s beside generation, {alone:.2f} s alone")
    print(f"the last verdict came {tail:.2f} s after the last token")


if __name__ == "__main__":
    main()
