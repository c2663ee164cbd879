"""How long a blind review takes to export: 2,000 items for three raters, in seconds and peak memory.

Answers are of ordinary length (about 1,000 characters), one in fifty has 30,000 and is read in pieces. The runs are made up and
thrown away.
Usage: python bench/review.py [--items N] [--raters N]
"""

import argparse
import json
import random
import resource
import tempfile
import time
from pathlib import Path

from harness.suite import Suite, load_suite
from reports.review.export import ExportArguments, export

WORDS = ["the", "cabin", "stays", "warm", "while", "snow", "falls", "on", "a", "quiet", "road", "车内", "温度", "保持", "舒适", "导航"]
LONG = 30_000


def make_suite(folder: Path, count: int) -> Suite:
    """A suite of `count` items in ten strata."""
    folder.mkdir()
    strata = [f"s{number}" for number in range(10)]
    settings = {"name": "bench", "version": 1, "scorer": "exact", "primary_metric": "correct", "margin": 0.05, "strata": strata}
    (folder / "suite.yaml").write_text(json.dumps(settings), encoding="utf-8")
    fixed = {"lang": "en", "target": {"answers": ["4"], "match": "number"}, "pass": ["4"], "fail": ["5"]}
    lines = [
        {"id": f"q{number:05}", "stratum": strata[number % 10], "prompt": f"Tell me about road number {number}, in any words.", **fixed}
        for number in range(count)
    ]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return load_suite(folder)


def make_run(folder: Path, suite: Suite, number: int) -> Path:
    """A finished run with an answer to each item."""
    folder.mkdir()
    dice = random.Random(number)
    responses, scores = [], []
    for at, item in enumerate(suite.items):
        tags = {"suite": suite.name, "item": item.id, "sample": 0, "draw": 0, "lang": "en", "stratum": item.stratum, "error": None}
        text = " ".join(dice.choices(WORDS, k=dice.randrange(50, 350)))
        text = (text * (LONG // len(text) + 1))[:LONG] if at % 50 == 0 else text
        responses.append({**tags, "asked": suite.asked(item), "prompt": item.prompt, "response": text, "tokens": 9,
                          "truncated": False, "turns": [], "follow_ups": []})  # fmt: skip
        scores.append({**tags, "cluster": item.cluster, "scorer": "exact", "score": 1.0, "scores": {"correct": 1.0}, "chance": None})
    for name, rows in (("responses", responses), ("scores", scores)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    part = {"version": 1, "items": len(suite.items), "items_hash": "i", "prompts_hash": "p", "generation": {}, "primary_metric": "correct"}
    manifest = {
        "format_version": 1, "status": "complete", "run": f"{number:08x}", "label": f"run-{number}",
        "suites": {suite.name: part}, "scorers": {suite.name: {}}, "model": {"identity": f"{number:064x}", "options": {}},
        "choice": {"samples": 1}, "engine": {"kind": "vllm", "conditions": {}},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--raters", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        suite = make_suite(Path(scratch) / "bench", given.items)
        runs = tuple(make_run(Path(scratch) / f"run-{number}", suite, number) for number in range(2))
        started, worked = time.perf_counter(), time.process_time()
        done = export(ExportArguments(runs, Path(scratch) / "reviews", given.raters, items=given.items, suites=(str(suite.folder),)))
        seconds, worked = time.perf_counter() - started, time.process_time() - worked
        size = sum(path.stat().st_size for path in done.batch.out.iterdir()) / 1e6
        rows = sum(counts["rating"] for counts in done.rows.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{given.items} items, {given.raters} raters: {rows} rows in {seconds:.1f} s ({worked:.1f} s of one core)")
    print(f"peak {peak:.0f} MB of memory; the workbooks have {size:.1f} MB in all")


if __name__ == "__main__":
    main()
