"""What is seen while a training runs: one line of metrics a step in a file, one line on the screen now and then, and a stop at nonsense."""

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from harness.errors import RunError
from sft_train.training.heat import HOT, hottest

METRICS = "metrics.jsonl"
_SECONDS = 10
_IDLE_STEPS = 3


class Watch(TrainerCallback):
    """Writes metrics, says how far the training is, and ends one whose loss is not a number or that does not train anything."""

    def __init__(self, file: Path, say: Callable[[str], None], tokens_seen: Callable[[], int]) -> None:
        self._file, self._say, self._tokens = file, say, tokens_seen
        self._begun = self._said = time.monotonic()
        self._first_step = 0
        self._idle = 0
        self._warned = False

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Called by the trainer: take the time, and the step that it goes on from."""
        self._begun, self._first_step = time.monotonic(), state.global_step

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Called by the trainer: write and show the figures; raises RunError if they make no sense."""
        figures = {key: value for key, value in (logs or {}).items() if isinstance(value, int | float)}
        if not state.is_world_process_zero or "train_runtime" in figures:
            return
        seconds = time.monotonic() - self._begun
        speed = self._tokens() / max(seconds, 1e-9)
        if "loss" in figures:
            figures |= {"tokens_per_second": round(speed, 1)} | self._heat()
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": state.global_step} | figures) + "\n")
        self._refuse_nonsense(state.global_step, figures)
        self._print(state, figures, seconds, speed)

    def _heat(self) -> dict[str, float]:
        """The temperature, where it can be read; says once that it is too high."""
        temperature = hottest()
        if temperature is None:
            return {}
        if temperature >= HOT and not self._warned:
            self._warned = True
            self._say(f"WARNING: the machine is at {temperature:.0f} °C; from {HOT:.0f} °C on processors slow down or fail: see to cooling")
        return {"temperature": temperature}

    def _refuse_nonsense(self, step: int, figures: dict[str, float]) -> None:
        for name in ("loss", "grad_norm", "eval_loss"):
            if not math.isfinite(figures.get(name, 0.0)):
                raise RunError(
                    f"Step {step}: {name} is not a number any more. The model of this step is not saved; lower learning_rate, raise "
                    "warmup, or look for rows of nothing but odd characters, and start anew in another folder."
                )
        if "grad_norm" in figures:
            self._idle = self._idle + 1 if figures["grad_norm"] == 0 else 0
            if self._idle >= _IDLE_STEPS:
                raise RunError(f"Step {step}: no gradient for {_IDLE_STEPS} steps, so nothing is learnt; are the right weights trainable?")

    def _print(self, state: Any, figures: dict[str, float], seconds: float, speed: float) -> None:
        now = time.monotonic()
        if "loss" in figures:
            last = state.global_step == state.max_steps
            if now - self._said < _SECONDS and not last and state.global_step > self._first_step + 1:
                return
            self._said = now
            done = state.global_step - self._first_step
            left = seconds / max(done, 1) * (state.max_steps - state.global_step)
            self._say(
                f"{_where(state)}  loss {figures['loss']:.4f}  lr {figures['learning_rate']:.2e}  "
                f"grad {figures.get('grad_norm', 0.0):.2f}  {speed:.0f} tokens/s  {left / 60:.1f} min left"
            )
        elif "eval_loss" in figures:
            others = "  ".join(f"{key.removeprefix('probe_')} {value:.3f}" for key, value in figures.items() if key.startswith("probe_"))
            self._say(f"{_where(state)}  validation loss {figures['eval_loss']:.4f}  {others}")


def _where(state: Any) -> str:
    return f"step {state.global_step}/{state.max_steps}" if state.max_steps else "before training"


def read_metrics(path: Path) -> list[dict[str, float]]:
    """The lines of metrics.jsonl that are whole; [] if there is none."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")]
