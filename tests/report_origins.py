"""What lies beside runs that a report also reads: a checkpoint's own files, a review by people. As the project's commands write them."""

import json
from math import exp
from pathlib import Path
from typing import Any

from harness.store import read_lines
from sft_train.diagnose.record import Finding
from sft_train.diagnose.sentences import as_json


def change_manifest(run: Path, **changes: Any) -> None:
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    (run / "manifest.json").write_text(json.dumps(manifest | changes), encoding="utf-8")


def trained(run: Path, checkpoint: Path, contaminated: tuple[str, ...] = ("q060", "q061"), suite: str = "arith") -> Path:
    """Give a run a checkpoint that was trained here: manifest with curves and probes, diagnosis, report of its data."""
    (checkpoint / "training" / "data").mkdir(parents=True)
    rows: list[dict[str, float]] = []
    for step in range(1, 61):
        rows.append({
            "step": step, "epoch": step / 20, "loss": 2 * exp(-step / 25) + 0.03 * (step * 7 % 5), "learning_rate": 1e-4 * (1 - step / 60),
            "grad_norm": 1 + (step * 13 % 7) / 10, "tokens_per_second": 800.0 + step,
        })  # fmt: skip
        if step % 10 == 0:
            rows.append({
                "step": step, "eval_loss": 2.1 * exp(-step / 30) + step / 200, "eval_end_loss": 1 / step,
                "eval_loss_navigation": 1.5 - step / 100, "eval_loss_code": 1.2 - step / 120,
                "probe_bits_per_byte": 1.1 + step / 400, "probe_bits_per_byte_zh": 1.3 + step / 300,
                "probe_bits_per_byte_en": 0.9 + step / 600, "probe_choice": 0.6 - step / 600, "probe_choice_zh": 0.5,
                "probe_choice_en": 0.7 - step / 500,
            })  # fmt: skip
    record = {"suites": {suite: list(contaminated), "clean_suite": []}, "data_hash": "d" * 64}
    config = {"method": "lora", "learning_rate": 1e-4, "lora": {"rank": 8}, "data": "data.jsonl"}
    manifest = {
        "curves": rows, "contamination": record, "base": {"given": "smollm2-135m-instruct"}, "config": config, "steps": 60,
        "planned_steps": 60, "best_step": 40, "best_validation_loss": 0.7535, "seconds": 312.0, "tokens_per_second": 812.0,
        "peak_memory_gib": 2.41, "warnings": ["2 of 420 rows are not trained on (too long), first cockpit.jsonl:17"],
    }  # fmt: skip
    found = [
        Finding(
            "overfitting", {"signs": ["validation_rises"], "best": 0.7535, "best_step": 40, "last": 0.8842}, ("few_rows", "many_epochs")
        ),
        Finding("forgetting", {"since_step": 30, "start": 1.125, "end": 1.25}, ("no_general", "rate_high")),
    ]
    matches = [
        {"place": "cockpit.jsonl", "number": 11 + at, "suite": suite, "item": item, "part": "prompt", "kind": ("exact", "shingle")[at % 2],
         "score": 1.0 - 0.1 * at, "row_text": f"What is {item} plus zero? 第 {item} 题", "item_text": f"What is {item} plus zero?"}
        for at, item in enumerate(contaminated)
    ]  # fmt: skip
    (checkpoint / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (checkpoint / "training" / "diagnosis.json").write_text(json.dumps({"findings": [as_json(each) for each in found]}), encoding="utf-8")
    report = {"contamination": {"suites": [suite], "matches": matches}}
    (checkpoint / "training" / "data" / "data_report.json").write_text(json.dumps(report), encoding="utf-8")
    model = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["model"]
    change_manifest(run, model=model | {"folder": str(checkpoint), "adapter": None}, contamination=record)
    return checkpoint


def reviewed(base: Path, tuned: Path, suite: str = "arith") -> None:
    """People's verdict in the candidate's run folder, with what they gave the answers to every second item."""
    scores = {side: {row["item"]: row["score"] for row in read_lines(run / "scores.jsonl") if row["suite"] == suite}
              for side, run in (("baseline", base), ("candidate", tuned))}  # fmt: skip
    ratings = [
        {"suite": suite, "item": item, "side": side, "rating": round(1 + (score or 0) + (at % 3) / 3, 9)}
        for side, found in scores.items()
        for at, (item, score) in enumerate(found.items())
        if at % 2 == 0
    ]
    metric = {
        "suite": suite, "metric": "correct", "answers": len(ratings), "pairs": 7, "agree": 6, "low": 0.49, "high": 0.97,
        "spearman": {"estimate": 0.71, "interval": [0.57, 0.81]}, "kendall": {"estimate": 0.6, "interval": None},
    }  # fmt: skip
    key = json.loads((base / "manifest.json").read_text(encoding="utf-8"))["run"]
    reason = {"en": "the primary dimension loses no more than its margin", "zh": "主维度的损失不超过界限"}
    record = {
        "format_version": 2, "batch": "b-1", "created": "2026-01-05T00:00:00+00:00", "baseline": key, "candidate": tuned.name,
        "verdict": "NOT WORSE", "shown": {"en": "NOT WORSE", "zh": "NOT WORSE 不更差"}, "reason": reason,
        "dimension": "accuracy", "metrics": [metric], "ratings": ratings,
    }  # fmt: skip
    (tuned / "review-b-1.json").write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
