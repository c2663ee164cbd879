"""How long a report of many items takes, how much memory, and how large its pages are: two made-up runs of one suite.

Usage: python bench/report.py [--items NUMBER] [--words NUMBER] [--paint]
"""

import argparse
import json
import random
import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from reports.page.subjects import read_subjects
from reports.page.write import PAGE, write_report

_STRATA = ("easy", "medium", "hard")


def make_run(folder: Path, name: str, items: int, words: int, seed: int) -> Path:
    """A finished run with answers of about so many words, a tenth of which depend on `seed`; a fifth of the scores do too."""
    shared, own = random.Random(0), random.Random(seed)
    vocabulary = [f"word{number}" for number in range(2_000)] + list("导航空调车窗音乐电话温度路线")
    scores, responses = [], []
    for number in range(items):
        text = [shared.choice(vocabulary) for _ in range(words)]
        answer = " ".join(own.choice(vocabulary) if own.random() < 0.1 else word for word in text)
        score = float(shared.random() < 0.6) if shared.random() < 0.8 else float(own.random() < 0.6)
        about = {
            "suite": "made", "item": f"made-{number:05}", "sample": 0, "draw": 0, "lang": ("zh", "en")[number % 2],
            "stratum": _STRATA[number % 3], "error": None,
        }  # fmt: skip
        check = {"name": "answer", "passed": bool(score), "loose": None, "reason": " ".join(text[:12])}
        judged = {"cluster": about["item"], "scorer": "exact", "score": score, "scores": {"correct": score}, "checks": [check]}
        given = {"asked": "a", "prompt": " ".join(text[: words // 3]), "response": answer, "tokens": words, "truncated": False}
        scores.append({**about, **judged, "tags": {}, "chance": None})
        responses.append({**about, **given, "turns": [], "follow_ups": [], "choice_logprobs": None})
    folder.mkdir()
    suite = {
        "version": 1, "hash": "h", "items_hash": "i", "items": items, "prompts_hash": "p", "generation": {}, "margin": 0.05,
        "max_errors": 0, "primary_metric": "correct",
    }  # fmt: skip
    manifest = {
        "format_version": 1, "status": "complete", "run": name, "label": name, "finished": "2026-01-01T00:00:00+00:00", "condition": None,
        "model": {"identity": name * 8, "options": {}}, "suites": {"made": suite}, "scorers": {"made": {"exact": 1}},
        "choice": {"size": "full", "samples": 1, "seed": 0, "draw": 0}, "engine": {"kind": "made", "conditions": {}, "settings": {}},
    }  # fmt: skip
    mean = sum(row["score"] for row in scores) / items
    figures = {"version": 1, "primary_metric": "correct", "n": items, "score": mean, "low": mean - 0.01, "high": mean + 0.01, "errors": 0}
    summary = {"made": {**figures, "truncated": 0.0, "metrics": {"correct": mean}, "strata": {}, "corpus": {}, "signature": "made"}}
    for file, rows in (("scores.jsonl", scores), ("responses.jsonl", responses)):
        (folder / file).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    for file, value in (("manifest.json", manifest), ("summary.json", summary)):
        (folder / file).write_text(json.dumps(value), encoding="utf-8")
    return folder


def first_paint(page: Path, openings: int = 5) -> float:
    """Milliseconds from the beginning of loading until something of the page can be seen; the median."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    paints = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for _ in range(openings):
            opened = browser.new_page()
            opened.goto(page.as_uri())
            opened.wait_for_function(paints)
            found.append(float(opened.evaluate(paints)))
            opened.close()
        browser.close()
    return statistics.median(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--words", type=int, default=150, help="of an answer")
    parser.add_argument("--paint", action="store_true", help="open the page in the system's Chromium, too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        runs = [make_run(Path(name) / side, side, arguments.items, arguments.words, seed) for side, seed in (("base", 1), ("tuned", 2))]
        started, processor = time.perf_counter(), time.process_time()
        written = write_report(read_subjects(runs), Path(name) / "report", "en")
        seconds, used = time.perf_counter() - started, time.process_time() - processor
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        largest = max(path.stat().st_size for path in written.folder.glob("*.html")) / 1e6
        print(f"{arguments.items} items x 2 runs: {seconds:.1f} s ({used:.1f} s of one core), {memory:.0f} MB at most, runs included")
        print(f"{written.pages} pages of items, the largest file {largest:.2f} MB")
        if arguments.paint:
            print(f"first paint in Chromium: {first_paint(written.folder / PAGE):.0f} ms, the median of five openings")


if __name__ == "__main__":
    main()
