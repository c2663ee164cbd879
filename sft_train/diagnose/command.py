"""`sft-train diagnose`: findings of a checkpoint folder, and of a run of the harness with it."""

from pathlib import Path
from typing import Any

from harness.checkpoint import read_json
from harness.errors import UserError
from harness.store import RESPONSES, read_responses
from sft_train.data.reading import read_rows
from sft_train.data.writing import write_json
from sft_train.diagnose.answers import Answered, answer_findings
from sft_train.diagnose.curves import curve_findings
from sft_train.diagnose.record import Finding, Training
from sft_train.diagnose.sentences import as_json
from sft_train.training.watching import METRICS, read_metrics

REPORT = "diagnosis.json"
_WORK = "training"


def diagnose(folder: Path, run: Path | None = None) -> list[Finding]:
    """Findings of the training in `folder`, finished or not, and of the answers in the run folder `run`; written to diagnosis.json too.

    Raises UserError if there is no training, or no response to look at.
    """
    identity = folder / _WORK / "run.json"
    metrics = read_metrics(folder / _WORK / METRICS)
    if not identity.is_file() or not metrics:
        raise UserError(f"{folder}: holds no training that took a step; give the folder that sft-train wrote.")
    found = curve_findings(_training(read_json(identity), metrics))
    if run is not None:
        found += answer_findings(_answers(run), *_trained_on(folder))
    write_json(folder / _WORK / REPORT, {"findings": [as_json(each) for each in found]})
    return found


def _training(identity: dict[str, Any], metrics: list[dict[str, float]]) -> Training:
    config = identity["config"]
    targets = config["lora"]["targets"]
    return Training(
        metrics=metrics,
        method=config["method"],
        learning_rate=config["learning_rate"],
        warmup=config["warmup"],
        rows_a_step=config["batch"] * config["accumulation"] * identity["processes"],
        rows=identity["examples"],
        epochs=max((line.get("epoch", 0.0) for line in metrics), default=0.0),
        rank=config["lora"]["rank"],
        targets=targets if isinstance(targets, str) else " ".join(targets),
        precision=identity["precision"],
        general_rows=identity["general"],
        trainable=identity["trainable"],
    )


def _answers(run: Path) -> list[Answered]:
    if not (run / RESPONSES).is_file():
        raise UserError(f"{run}: holds no {RESPONSES}; give the folder of a finished run.")
    rows = [row for row in read_responses(run) if isinstance(row.get("response"), str)]
    return [Answered(str(row["prompt"]), row["response"], not row["truncated"]) for row in rows]


def _trained_on(folder: Path) -> tuple[list[str], list[str]]:
    """Answers and last questions of the training rows, where they lie with the checkpoint."""
    place = folder / _WORK / "data" / "train.jsonl"
    rows = read_rows(str(place)) if place.is_file() else []
    return [answer for row in rows for answer in row.answers], [row.question for row in rows]
