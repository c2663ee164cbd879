"""How long `harness history` takes over many runs: copies of a finished run, read for the first time, and again.

Usage: python bench/history.py RUN_FOLDER [--runs NUMBER]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.history import INDEX, read_history
from harness.store import MANIFEST, SUMMARY


def copy_runs(run: Path, parent: Path, count: int) -> None:
    """Write `count` folders with the manifest and summary of `run`, each with a hash and a day of its own."""
    manifest, summary = json.loads((run / MANIFEST).read_text(encoding="utf-8")), (run / SUMMARY).read_bytes()
    for number in range(count):
        folder = parent / f"{manifest['label']}-{number:012x}"
        folder.mkdir()
        finished = f"20{10 + number // 336:02}-{1 + number // 28 % 12:02}-{1 + number % 28:02}T03:00:00+00:00"
        (folder / MANIFEST).write_text(json.dumps({**manifest, "run": f"{number:012x}", "finished": finished}), encoding="utf-8")
        (folder / SUMMARY).write_bytes(summary)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--runs", type=int, default=2000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        parent = Path(name)
        copy_runs(arguments.run, parent, arguments.runs)
        for title in ("without an index", "with it"):
            started = time.perf_counter()
            found = read_history(parent)
            print(f"{title}: {len(found.points)} rows of {arguments.runs} runs in {time.perf_counter() - started:.2f} s")
        for title, remove in (("the whole command without an index", True), ("the whole command with it", False)):
            if remove:
                (parent / INDEX).unlink()
            started = time.perf_counter()
            subprocess.run([sys.executable, "-m", "harness", "history", "--out", name], check=True, stdout=subprocess.DEVNULL)
            print(f"{title}: {time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    main()
