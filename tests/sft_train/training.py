"""Trainings on the tiny model, for tests."""

import json
from pathlib import Path
from typing import Any

from sft_train.training.config import TrainConfig
from tests.sft_train.rows import messages

WORDS = ["quick", "brown", "fox", "temperature", "please", "the", "set", "空调", "导航", "温度"]


def records(count: int, **more: Any) -> list[dict[str, Any]]:
    """Rows of uneven length, all different, of two tasks."""
    return [
        messages(
            f"{WORDS[at % 10]} {at} " + " ".join(WORDS[: at % 7]), f"{WORDS[-1 - at % 9]} {at * 7} " + "please " * (at % 4),
            task="ab"[at % 2], **more,
        )
        for at in range(count)
    ]  # fmt: skip


def built(folder: Path, rows: list[dict[str, Any]], held_out: list[dict[str, Any]] | None = None) -> str:
    """A folder as `sft-train build` writes it, of just these rows."""
    from sft_train.data.reading import read_rows
    from sft_train.data.versions import data_hash
    from tests.sft_train.rows import write_lines

    folder.mkdir(parents=True, exist_ok=True)
    parts = {}
    for name, part in (("train", rows), ("validation", held_out or [])):
        if part:
            path = write_lines(folder / f"{name}.jsonl", part)
            parts[name] = {"rows": len(part), "hash": data_hash(read_rows(path))}
    manifest = {
        "data_hash": parts["train"]["hash"], "parts": parts, "sources": {}, "licenses": {}, "config": {"split": {"similar": 1.0}},
        "contamination": {"suites": {"forgetting": ["fg-zh-001"]}, "data_hash": parts["train"]["hash"]},
    }  # fmt: skip
    (folder / "data.json").write_text(json.dumps(manifest))
    return str(folder)


def config(base: Path, data: str, out: Path, **changes: Any) -> TrainConfig:
    given = {"base": str(base), "data": data, "out": str(out), "steps": 4, "learning_rate": 1e-2, "probes": None, "suites": ()}
    return TrainConfig.model_validate(given | changes)


def weights(folder: Path) -> dict[str, Any]:
    """Tensors of the checkpoint in `folder`."""
    from safetensors.torch import load_file

    (file,) = (path for path in folder.glob("*.safetensors") if path.name != "class_head.safetensors")
    return load_file(file)


def equal(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return left.keys() == right.keys() and all(bool((left[name] == right[name]).all()) for name in left)


def metrics(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "training" / "metrics.jsonl").read_text().splitlines()]
