"""Checkpoints of a run that was not finished: which are whole, and whether they belong to what is asked for now."""

import json
import shutil
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from harness.checkpoint import read_json
from harness.errors import UserError
from sft_train.data.writing import write_json
from sft_train.training.processes import wait_for_all

IDENTITY, WHOLE = "run.json", "whole.json"


class MarkWhole(TrainerCallback):
    """Writes a mark into a checkpoint once all of it is there, so that one that was cut off by a kill is not continued from."""

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Called by the trainer after a checkpoint: wait for all processes, then mark it from the first one."""
        wait_for_all()
        if state.is_world_process_zero:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            write_json(folder / WHOLE, {"step": state.global_step})


def last_whole(checkpoints: Path) -> Path | None:
    """The latest checkpoint that was written to its end; others are removed."""
    found = {}
    for folder in checkpoints.glob("checkpoint-*"):
        if (folder / WHOLE).is_file():
            found[int(folder.name.rpartition("-")[2])] = folder
        else:
            shutil.rmtree(folder)
    return found[max(found)] if found else None


def claim(folder: Path, identity: dict[str, Any]) -> None:
    """Note what this run is; raises UserError naming what differs if the folder holds a run that is another."""
    place = folder / IDENTITY
    if not place.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_json(place, identity)
        return
    before, now = _flat(read_json(place)), _flat(json.loads(json.dumps(identity)))
    if changed := sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key)):
        shown = ", ".join(f"{key} {before.get(key)} -> {now.get(key)}" for key in changed[:4])
        raise UserError(
            f"{folder.parent} holds a training with other settings ({shown}); continuing would mix the two. Name another folder, or remove "
            "this one."
        )


def cut_metrics(path: Path, step: int) -> None:
    """Drop the lines of steps after `step`, which are going to be made again."""
    if path.is_file():
        lines = [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")]
        path.write_text("".join(line for line in lines if json.loads(line)["step"] <= step), encoding="utf-8")


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    """A nested object as one level of dotted names."""
    if not isinstance(value, dict):
        return {name: value}
    return {key: each for part, inner in value.items() for key, each in _flat(inner, f"{name}.{part}" if name else part).items()}
