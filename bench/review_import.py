"""How long the way back of a large blind review takes, and how much memory: 2,000 items x 3 raters, from returned workbooks to the verdict.

    python bench/review_import.py [ITEMS]

The batch is that of bench/review.py; workbooks are filled in by simulated people first, which is not timed. All steps run in one process of
their own, whose peak of memory is shown.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


def steps(folder: str, *files: str) -> None:
    """Run and time every step on a batch."""
    from reports.review.batch import Batch
    from reports.review.commands import rater_warnings
    from reports.review.conclusion import conclude
    from reports.review.dashboard import render
    from reports.review.freezing import freeze, unblind
    from reports.review.importing import import_files

    batch = Batch.open(Path(folder))
    todo: dict[str, Callable[[], object]] = {
        "import": lambda: import_files(batch, [Path(file) for file in files]),
        "warnings about raters": lambda: rater_warnings(batch, batch.plan()),
        "dashboard": lambda: render(batch),
        "freeze": lambda: freeze(batch),
        "unblind": lambda: unblind(batch, partial=True, reason="bench: nobody settles conflicts"),
        "verdict": lambda: conclude(batch),
    }
    for name, step in todo.items():
        start = time.perf_counter()
        step()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{name:22} {time.perf_counter() - start:7.1f} s   peak so far {peak:6.0f} MB", flush=True)


def main(items: int) -> None:
    from review import make_run, make_suite

    from reports.review.export import ExportArguments, export
    from tests.reports.review.filled import Made, fill_all
    from tests.reports.review.people import PEOPLE

    with tempfile.TemporaryDirectory() as scratch:
        parent = Path(scratch)
        suite = make_suite(parent / "bench", items)
        runs = tuple(make_run(parent / f"run-{number}", suite, number) for number in range(2))
        made = Made(export(ExportArguments(runs, parent / "reviews", items=items, suites=(str(suite.folder),))).batch, {})
        files = fill_all(made, PEOPLE, parent / "returned")
        subprocess.run([sys.executable, __file__, "steps", str(made.batch.folder), *map(str, files)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["steps"]:
        steps(*sys.argv[2:])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
