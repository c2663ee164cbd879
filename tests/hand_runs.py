"""Run folders written by hand: scores as a test wants them, in the form that comparisons read."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ENGINE = {"kind": "vllm", "conditions": {"device": "cpu", "dtype": "bfloat16", "quantization": "None"}, "settings": {}}
OPTIONS = {"dtype": "auto", "quantization": None, "max_model_len": None, "thinking": None}


def write_run(folder: Path, scores: dict[str, Sequence[float | None]], **changes: Any) -> Path:
    """A finished run with these scores by suite, an item each; None is an item with an error. `changes` are of the manifest; `margin` of
    its suites."""
    margin = changes.pop("margin", 0.05)
    rows = [_row(suite, number, score) for suite, values in scores.items() for number, score in enumerate(values)]
    manifest = {
        "format_version": 1, "status": "complete", "run": folder.name, "label": folder.name, "harness": "0.1.0",
        "model": {"identity": f"{folder.name}-identity", "options": OPTIONS, "hashes": {"weights": folder.name}},
        "suites": {
            suite: {"version": 1, "hash": "h", "items_hash": "i", "items": len(values), "prompts_hash": "p", "margin": margin,
                    "generation": {"max_tokens": 8, "temperature": 0.0}, "max_errors": 0, "primary_metric": "correct"}
            for suite, values in scores.items()
        },
        "scorers": {suite: {"exact": 1} for suite in scores}, "choice": {"samples": 1, "seed": 0, "draw": 0}, "engine": ENGINE,
        "versions": {"vllm": "0.32"}, "hardware": {"cpu": "x", "machine": "x86_64"}, "counts": {"errors": 0},
    }  # fmt: skip
    folder.mkdir(parents=True)
    (folder / "scores.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))
    return folder


def _row(suite: str, number: int, score: float | None) -> dict[str, Any]:
    item = f"q{number:04}"
    return {
        "suite": suite, "item": item, "sample": 0, "draw": 0, "lang": "en", "stratum": "easy", "cluster": item, "scorer": "exact",
        "score": score, "scores": None if score is None else {"correct": score}, "checks": [], "chance": None,
        "error": "engine died" if score is None else None,
    }  # fmt: skip


def pair(n: int, gained: int, lost: int, right: float = 0.6) -> tuple[list[float], list[float]]:
    """0/1 scores of baseline and candidate on `n` items with so many flips; about `right` of the others are right on both sides."""
    rest = n - gained - lost
    both = round(rest * right)
    base = [0.0] * gained + [1.0] * lost + [1.0] * both + [0.0] * (rest - both)
    cand = [1.0] * gained + [0.0] * lost + [1.0] * both + [0.0] * (rest - both)
    return base, cand


def write_pair(folder: Path, suites: dict[str, tuple[int, int, int]], **changes: Any) -> tuple[Path, Path]:
    """Baseline and candidate; of each suite n, gained and lost. `changes` are of the candidate."""
    pairs = {name: pair(*counts) for name, counts in suites.items()}
    margins = {"margin": changes["margin"]} if "margin" in changes else {}
    base = write_run(folder / "base", {name: sides[0] for name, sides in pairs.items()}, **margins)
    return base, write_run(folder / "cand", {name: sides[1] for name, sides in pairs.items()}, **changes)
