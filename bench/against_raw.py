"""`make bench`: whole processes side by side in one sitting: the harness's default evaluation against the raw vLLM script.

Both get the same requests and the same engine settings, in turn, so that a change of the machine's mood hits both.
Usage: python bench/against_raw.py [--pairs N] [--limit ITEMS]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.engines.base import EngineSettings
from harness.model import parse_model, resolve_model
from harness.plan import Choice, RunPlan, plan_suites
from harness.prompts import Renderer
from harness.suite import MISSION, bundled_folder, load_suite


def write_job(path: Path, limit: int | None, options: dict[str, object]) -> int:
    """Write the requests of the default evaluation for the raw script; returns how many there are."""
    suites = [load_suite(bundled_folder() / name) for name in MISSION]
    model = resolve_model(parse_model("smollm2-135m-instruct"), print)
    plan = RunPlan(model, plan_suites(suites, Choice(limit=limit)), Choice(limit=limit), EngineSettings(), None)
    renderer = Renderer(model)
    requests = [
        request
        for part in plan.suites
        for item in part.items
        for request in renderer.requests(part.suite, item, sample=0, samples=1, draw=0, seed=0)
    ]
    rows = [
        {
            "prompt": list(request.prompt), "max_tokens": request.max_tokens, "score_from": request.score_from,
            "repetition_detection": rule.model_dump() if (rule := request.repetition_detection) is not None else None,
        }
        for request in requests
    ]  # fmt: skip
    path.write_text(json.dumps({"options": options, "requests": rows}), encoding="utf-8")
    return len(rows)


def engine_options(run: Path) -> dict[str, object]:
    """The options with which the harness started its engine, as its manifest has them."""
    settings = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["engine"]["settings"]
    numbers = {"block_size", "max_model_len", "kv_cache_memory_bytes", "seed"}
    flags = {"enforce_eager", "disable_log_stats", "trust_remote_code"}
    return {
        name: int(value) if name in numbers else value == "True" if name in flags else value
        for name, value in settings.items()
        if name != "adapter"
    }


def timed(command: list[str]) -> tuple[float, int, str]:
    """Seconds and peak memory in MB of a whole process, and what it printed."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)} failed")
    return time.monotonic() - begin, usage.ru_maxrss // 1024, output


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--limit", type=int, default=None)
    arguments = parser.parse_args()
    limit = [] if arguments.limit is None else ["--limit", str(arguments.limit)]
    ratios, extra = [], []
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder) / "job.json"
        for pair in range(arguments.pairs):
            runs = Path(folder) / f"runs{pair}"
            ours, our_peak, _ = timed([sys.executable, "-m", "harness", "eval", "--no-cache", "--out", str(runs), *limit])
            if pair == 0:
                count = write_job(job, arguments.limit, engine_options(next(runs.iterdir())))
            raw, raw_peak, output = timed([sys.executable, "bench/raw_vllm.py", str(job)])
            phases = output.splitlines()[-1]  # Before it stands vLLM's chatter.
            ratios.append(ours / raw)
            extra.append(our_peak - raw_peak)
            ratio = f"ratio {ours / raw:.3f}"
            print(
                f"pair {pair + 1}: harness {ours:.1f} s, {our_peak} MB; raw {raw:.1f} s, {raw_peak} MB {phases}; {ratio}",
                flush=True,
            )
    spread = f"({min(ratios):.3f} to {max(ratios):.3f})"
    print(f"{count} requests, {arguments.pairs} pairs: ratio of whole processes, median {statistics.median(ratios):.3f} {spread}")
    print(f"memory above the raw script, median: {statistics.median(extra):.0f} MB")


if __name__ == "__main__":
    main()
