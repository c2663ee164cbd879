"""One finding about a training, and all that findings are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "not_falling", "unstable", "overfitting", "forgetting", "contamination_jump", "lora_weak", "end_not_learned", "memorised", "verbose",
    "off_topic",
]  # fmt: skip
Cause = Literal[
    "rate_high", "rate_low", "no_warmup", "small_batch", "precision", "frozen", "data", "few_rows", "many_epochs", "rank", "targets",
    "base", "no_general", "overlap", "masked_end", "distribution", "redundant", "hardware",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that went wrong in a training."""

    kind: Kind
    evidence: dict[str, Any]
    """The figures that it rests on."""
    causes: tuple[Cause, ...]
    """The likely ones, the likeliest first."""


@dataclass(frozen=True)
class Training:
    """What is known of a training: its curves, and the settings that may be to blame."""

    metrics: Sequence[dict[str, float]]
    """Lines of metrics.jsonl."""
    method: str = "lora"
    learning_rate: float = 1e-4
    warmup: float = 0.1
    rows_a_step: int = 8
    rows: int = 1000
    epochs: float = 3.0
    rank: int = 8
    targets: str = "all-linear"
    precision: str = "float32"
    general_rows: bool = False
    trainable: float = 0.01
    """Share of the parameters."""
    ends_trained: bool = True
    """Whether the end-of-turn token is among what is trained."""

    def series(self, name: str) -> tuple[list[int], list[float]]:
        """Steps and values of one figure."""
        found = [(int(line["step"]), float(line[name])) for line in self.metrics if name in line]
        return [step for step, _ in found], [value for _, value in found]
