"""Run folders written by hand, for tests of what reads them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.compare import Comparison, SuiteComparison, compare_runs

ENGINE = {"kind": "vllm", "conditions": {"device": "cpu", "dtype": "bfloat16", "quantization": "none", "vllm": "0.32"}, "settings": {}}
OPTIONS = {"dtype": "auto", "quantization": None, "max_model_len": None, "thinking": None}


def row(item: str, score: float | None, **changes: Any) -> dict[str, Any]:
    """One line of scores.jsonl; without a score it is an error."""
    fields = {
        "suite": "arith", "item": item, "sample": 0, "draw": 0, "lang": "en", "stratum": "easy", "cluster": item, "scorer": "exact",
        "score": score, "scores": None if score is None else {"correct": score}, "checks": [], "chance": None,
        "error": "engine died" if score is None else None,
    }  # fmt: skip
    return fields | changes


def rows_of(scores: Sequence[float], **changes: Any) -> list[dict[str, Any]]:
    return [row(f"q{number:04}", score, **changes) for number, score in enumerate(scores)]


def suite_part(**changes: Any) -> dict[str, Any]:
    fields = {
        "version": 1, "hash": "h", "items_hash": "i", "items": 0, "prompts_hash": "p", "generation": {"max_tokens": 8, "temperature": 0.0},
        "margin": 0.05, "max_errors": 0, "primary_metric": "correct",
    }  # fmt: skip
    return fields | changes


def write_run(folder: Path, rows: Sequence[dict[str, Any]], parts: dict[str, dict[str, Any]] | None = None, **changes: Any) -> Path:
    """A run folder with these scores; `parts` are what the manifest says of each suite, `changes` replace its other fields."""
    names = list(dict.fromkeys(line["suite"] for line in rows))
    items = {name: len({line["item"] for line in rows if line["suite"] == name}) for name in names}
    manifest = {
        "format_version": 1, "status": "complete", "run": folder.name, "label": folder.name,
        "model": {"identity": f"{folder.name}-identity", "options": OPTIONS},
        "suites": {name: suite_part(**{"items": items[name], **(parts or {}).get(name, {})}) for name in names},
        "scorers": {name: {"exact": 1} for name in names}, "choice": {"samples": 1, "seed": 0, "draw": 0}, "engine": ENGINE,
        "versions": {"vllm": "0.32"},
    }  # fmt: skip
    folder.mkdir(parents=True)
    (folder / "scores.jsonl").write_text("".join(json.dumps(line) + "\n" for line in rows))
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))
    return folder


def summary_part(**changes: Any) -> dict[str, Any]:
    """What summary.json says of a suite, as far as readers count on it."""
    return {"version": 1, "primary_metric": "correct", "n": 1, "score": 1.0, "low": 0.5, "high": 1.0, "errors": 0, **changes}


def paired(both: int, gained: int, lost: int, neither: int) -> tuple[list[float], list[float]]:
    """Scores of baseline and candidate with so many items of each kind."""
    base = [1.0] * both + [0.0] * gained + [1.0] * lost + [0.0] * neither
    cand = [1.0] * both + [1.0] * gained + [0.0] * lost + [0.0] * neither
    return base, cand


def only(comparison: Comparison) -> SuiteComparison:
    (suite,) = comparison.suites
    return suite


def both(tmp_path: Path, base: Sequence[dict[str, Any]], cand: Sequence[dict[str, Any]], **changes: Any) -> SuiteComparison:
    """The one suite of two runs with these scores."""
    return only(compare_runs(write_run(tmp_path / "base", base), write_run(tmp_path / "cand", cand, **changes)))


def measured(values: Sequence[float], **changes: Any) -> list[dict[str, Any]]:
    """Rows of items that are measured and not scored."""
    return [
        row(f"m{n}", None, error=None, stratum="text", lang=("zh", "en")[n % 2], scores={"bits_per_byte": value}, **changes)
        for n, value in enumerate(values)
    ]
