"""What a finished training leaves: the checkpoint, the hardest rows, and manifest.json with all that led to it."""

import resource
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from harness.checkpoint import read_json
from harness.stack import hardware, stack_versions
from sft_train.data.record import Row
from sft_train.data.writing import write_json
from sft_train.training import export
from sft_train.training.data import TrainingData
from sft_train.training.licence import licence_of
from sft_train.training.prepared import Prepared
from sft_train.training.trainer import SftTrainer
from sft_train.training.watching import METRICS, read_metrics

_HARDEST = 20


@dataclass(frozen=True)
class Learnt:
    """What all processes of a training hold together."""

    weights: dict[str, Any]
    """By name, whole."""
    row_losses: dict[int, float]


def hand_over(prepared: Prepared, trainer: SftTrainer, learnt: Learnt, out: Path, work: Path, seconds: float) -> None:
    """Write the trained model and all that is known of it to `out`; manifest.json last. Raises RunError if it cannot be handed over."""
    model, config, base = prepared.model, prepared.config, prepared.base
    saved_dtype = getattr(torch, str(base.config.get("dtype") or base.config.get("torch_dtype") or "float32"))
    export.write_checkpoint(trainer.accelerator.unwrap_model(model), learnt.weights, prepared.tokenizer, out, saved_dtype)
    write_json(work / "hardest.json", _hardest(prepared, learnt.row_losses))
    rows, prompts = _parity_rows(prepared)
    export.write_manifest(out, {
        "base": {"label": base.label, "given": config.base, "identity": base.identity, "hashes": base.hashes, "license": licence_of(base)},
        "lineage": _lineage(prepared),
        "tasks": _tasks(prepared.data),
        "data": {key: prepared.data.manifest.get(key) for key in ("data_hash", "parts", "sources", "licenses")},
        "contamination": {"suites": prepared.data.contamination, "data_hash": prepared.data.hash},
        "config": config.model_dump(mode="json"), "seed": config.seed, "warnings": prepared.warnings,
        "encoding": {key: value for key, value in prepared.train.report.items() if key != "left_out"},
        "trainable": {"parameters": prepared.trainable.parameters, "total": prepared.trainable.total, "share": prepared.trainable.share},
        "steps": trainer.state.global_step, "planned_steps": trainer.state.max_steps, "best_step": trainer.state.best_global_step,
        "best_validation_loss": trainer.state.best_metric, "curves": read_metrics(work / METRICS),
        "seconds": round(seconds, 1), "tokens_per_second": round(trainer.tokens_seen / max(seconds, 1e-9), 1),
        "peak_memory_gib": round(_peak_memory(), 3), "classes": list(getattr(model, "classes", ())),
        "serving": export.serving(out), "parity": export.parity(out, rows, prompts), "versions": stack_versions(), "hardware": hardware(),
    })  # fmt: skip


def _parity_rows(prepared: Prepared) -> tuple[list[Row], list[tuple[int, ...]]]:
    """The first rows that are one example each, and the tokens of the prompt of their last answer."""
    examples = Counter(example.row for example in prepared.train.examples)
    whole = [each for each in prepared.train.examples if examples[each.row] == 1 and prepared.data.train[each.row].turns]
    chosen = whole[: export.PARITY_PROMPTS]
    return [prepared.data.train[each.row] for each in chosen], [each.ids[: each.prompt] for each in chosen]


def _hardest(prepared: Prepared, losses: dict[int, float]) -> list[dict[str, Any]]:
    """The rows whose loss was highest when they were last trained on, with their places in the data, for eyes."""
    worst = sorted(losses, key=lambda number: -losses[number])[:_HARDEST]
    rows = [(prepared.data.train[number], losses[number]) for number in worst]
    return [{"place": row.where, "id": row.id, "loss": round(loss, 4), "row": row.json} for row, loss in rows]


def _tasks(data: TrainingData) -> dict[str, float]:
    """Share of each task in the training rows."""
    counts = Counter(row.task for row in data.train if row.task)
    return {task: round(count / counts.total(), 4) for task, count in sorted(counts.items())}


def _lineage(prepared: Prepared) -> list[dict[str, Any]]:
    """The trainings that led here, the first one first: what data each learnt from."""
    earlier: list[dict[str, Any]] = []
    for place in (prepared.base.folder, Path(prepared.config.continue_from or prepared.base.folder)):
        if (place / export.MANIFEST).is_file() and not earlier:
            earlier = list(read_json(place / export.MANIFEST).get("lineage", []))
    return [*earlier, {"base": prepared.base.identity, "data_hash": prepared.data.hash, "method": prepared.config.method}]


def _peak_memory() -> float:
    """GiB: on a GPU of its memory, else of this process."""
    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated() / (1 << 30))
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1 << 30 if sys.platform == "darwin" else 1 << 20)
