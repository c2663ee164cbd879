"""What a training is told: train.yaml, or what the command line says in its place; presets fill in what neither says."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from harness.default_model import DEFAULT_MODEL
from harness.errors import UserError
from sft_train.settings import Settings

Preset = Literal["general", "dialogue", "code", "classification"]
Method = Literal["lora", "full", "prefix"]
Share = Annotated[float, Field(ge=0, lt=1)]
ALL_LINEAR = "all-linear"
ATTENTION = ("q_proj", "k_proj")


class Lora(Settings):
    """The adapter; what is None is the preset's."""

    rank: int | None = Field(default=None, ge=1, le=512)
    alpha: int | None = Field(default=None, ge=1)
    """By default as the rank."""
    dropout: Share = 0.05
    targets: Literal["all-linear"] | tuple[str, ...] | None = None
    """Names of linear modules, or all of them."""
    last_layers: int | None = Field(default=None, ge=1)
    """Adapt only so many layers, counted from the output."""
    dora: bool = False
    """Weights are parted in size and direction; engines serve it only merged."""


class Contrast(Settings):
    """-log sigmoid(beta (log p(answer) - log p(rejected))) for rows with a rejected answer, besides the usual loss."""

    weight: float = Field(default=1.0, gt=0)
    beta: float = Field(default=0.1, gt=0)
    draw: bool = False
    """Rows without a rejected answer get the answer to another question of their language, drawn by the seed."""


class Length(Settings):
    """A differentiable stand-in for a penalty on long answers: tokens past `target` count less, stopping counts more."""

    target: int = Field(ge=1)
    """Tokens an answer should not exceed."""
    beyond: float = Field(default=0.5, ge=0, le=1)
    """Weight of the tokens after those."""
    end: float = Field(default=2.0, ge=1)
    """Weight of the end-of-turn token."""


class Distill(Settings):
    """Kullback-Leibler divergence from a teacher with the same tokenizer, mixed with the usual loss."""

    teacher: str
    share: float = Field(default=0.5, gt=0, le=1)
    temperature: float = Field(default=1.0, gt=0)


class Code(Settings):
    """Weights of rows whose answer holds a program. Neither parsing nor running can be differentiated: rows are weighted instead."""

    broken: float = Field(default=0.0, ge=0)
    """Weight of a row whose program does not parse."""
    failing: float | None = Field(default=None, ge=0)
    """Weight of a row whose program fails the tests in its `state.tests`; None: nothing is run."""


class Losses(Settings):
    """What is added to the usual loss."""

    contrast: Contrast | None = None
    length: Length | None = None
    distill: Distill | None = None
    code: Code | None = None
    head: float | None = Field(default=None, gt=0)
    """Weight of a classification head on the last token of the prompt, for rows whose `state` has a `label`."""


class Probes(Settings):
    """What is measured beside the validation loss, whenever it is."""

    general: bool = True
    """Bits per byte and multiple choice on general items, by log-probability: what is forgotten."""
    items: int = Field(default=8, ge=4)
    """So many of each kind and language at the most."""


class TrainConfig(Settings):
    """The contents of train.yaml."""

    data: str | tuple[str, ...]
    """A folder of `sft-train build`, a data.yaml, or data files, which are built first."""
    out: str
    base: str = DEFAULT_MODEL
    template: str | None = None
    """A chat template (.jinja) for a base that has none; it is saved with the model."""
    preset: Preset = "general"
    method: Method = "lora"
    lora: Lora = Lora()
    prefix_tokens: int = Field(default=20, ge=1)
    learning_rate: float | None = Field(default=None, gt=0, lt=1)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: Share = 0.1
    """Share of the steps during which the learning rate rises."""
    weight_decay: float = Field(default=0.01, ge=0)
    clip: float = Field(default=1.0, gt=0)
    """Largest norm of the gradient."""
    epochs: float = Field(default=3.0, gt=0)
    steps: int | None = Field(default=None, ge=1)
    """In place of epochs."""
    batch: int = Field(default=4, ge=1)
    """Rows that are computed at once; lower it when memory runs out, and raise `accumulation` by as much."""
    accumulation: int = Field(default=2, ge=1)
    """Batches that make up one step."""
    max_length: int = Field(default=1024, ge=8)
    overlong: Literal["drop", "split", "stop"] = "drop"
    """What becomes of rows that are longer: left out, split between rounds, or an error. Running text is always split."""
    overlap: int = Field(default=64, ge=0)
    """Tokens that a segment of running text repeats from the one before, as context that is not trained."""
    mask: Literal["assistant", "last", "all"] = "assistant"
    """What is trained: every turn of the assistant, its last one, or everything."""
    packing: bool = False
    """Put the rows of a batch one after the other, without attention across them, where padding would be."""
    group_by_length: bool = False
    neftune: float | None = Field(default=None, gt=0)
    """Noise on the embeddings."""
    seed: int = Field(default=0, ge=0)
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """auto: bfloat16 on a GPU that has it, float32 elsewhere."""
    checkpointing: bool = False
    """Compute activations twice instead of keeping them: less memory, a third slower."""
    validate_every: int | None = Field(default=None, ge=1)
    """Steps between validations, and between checkpoints; by default ten times a run."""
    validation: Share = 0.05
    """Share that is held out where data files are given."""
    suites: tuple[str, ...] = ("all",)
    """Suites that will judge the model, where data files are given."""
    patience: int = Field(default=3, ge=1)
    """Validations without a better loss after which training stops; the best state is what is kept."""
    data_share: float = Field(default=1.0, gt=0, le=1)
    """Share of the training rows that is used, the same ones for the same seed, and more of them for a larger share."""
    general: str | None = None
    """General data (a file or built folder) that is mixed in against forgetting."""
    general_share: Share = 0.2
    losses: Losses = Losses()
    probes: Probes | None = Probes()
    continue_from: str | None = None
    """An earlier checkpoint of this project: its adapter goes on, or a new one is put on its merged weights."""
    tensorboard: bool = False
    keep_checkpoints: bool = False

    @model_validator(mode="after")
    def _agree(self) -> "TrainConfig":
        if self.method == "prefix" and self.packing:
            raise ValueError("packing cannot go with method prefix, whose prefix belongs before every row")
        if self.overlap * 2 > self.max_length:
            raise ValueError(f"overlap {self.overlap} is more than half of max_length {self.max_length}")
        return self

    @property
    def rows_a_step(self) -> int:
        """Rows that one process computes for one step of the optimizer."""
        return self.batch * self.accumulation


_PRESETS: dict[str, dict[str, Any]] = {
    "general": {"rank": 8, "targets": ALL_LINEAR},
    "dialogue": {"rank": 8, "targets": ATTENTION},
    "code": {"rank": 32, "targets": ALL_LINEAR},
    "classification": {"rank": 8, "targets": ALL_LINEAR, "last_layers": 2},
}
_RATES = {("lora", "general"): 1e-4, ("full", "general"): 2e-5, ("full", "dialogue"): 1e-5, ("prefix", "general"): 1e-2}


def settle(config: TrainConfig) -> TrainConfig:
    """The same with every default filled in from its preset.

    Learning rates and ranks are those of the handbook this follows: LoRA 1e-4 with alpha = rank, full 2e-5, dialogue 1e-5. It
    names q and k as targets of dialogues, which are kept there; the general preset adapts all linear layers, as current trainers do.

    >>> settled = settle(TrainConfig(data="d.jsonl", out="o", preset="code"))
    >>> settled.lora.rank, settled.lora.alpha, settled.lora.targets, settled.learning_rate
    (32, 32, 'all-linear', 0.0001)
    """
    known = config.lora.model_dump()
    lora = _PRESETS[config.preset] | {key: value for key, value in known.items() if value is not None}
    lora.setdefault("alpha", lora["rank"])
    rate = _RATES.get((config.method, config.preset), _RATES[(config.method, "general")])
    losses = config.losses
    if config.preset == "classification" and losses.head is None:
        losses = losses.model_copy(update={"head": 0.5})
    changes: dict[str, Any] = {"lora": Lora(**lora), "learning_rate": config.learning_rate or rate, "losses": losses}
    return config.model_copy(update=changes)


def advice(config: TrainConfig, processes: int = 1) -> list[str]:
    """Sentences about settings, settled ones, that are outside what is usual."""
    found = []
    assert config.learning_rate is not None
    low, high = {"lora": (5e-5, 5e-4), "full": (1e-5, 5e-5), "prefix": (1e-3, 1e-1)}[config.method]
    if not low <= config.learning_rate <= high:
        found.append(f"learning_rate {config.learning_rate:g} is outside the usual {low:g} to {high:g} of method {config.method}")
    if not 0.01 <= config.weight_decay <= 0.1:
        found.append(f"weight_decay {config.weight_decay:g} is outside the usual 0.01 to 0.1")
    if not 0.05 <= config.warmup <= 0.1:
        found.append(f"warmup {config.warmup:g} is outside the usual 5 % to 10 % of the steps")
    if (rows := config.rows_a_step * processes) < 8:
        found.append(f"a step has {rows} rows (batch x accumulation x processes); below 8 gradients are noisy")
    return found


def locate_training(config: TrainConfig, folder: Path) -> TrainConfig:
    """The same with paths that exist relative to `folder`, where train.yaml lies, made whole; `out` stays as it is."""

    def whole(path: str) -> str:
        place = folder / Path(path).expanduser()
        return str(place) if place.exists() else path

    data = whole(config.data) if isinstance(config.data, str) else tuple(whole(path) for path in config.data)
    others = {name: value and whole(value) for name in ("template", "general", "continue_from", "base") if (value := getattr(config, name))}
    return config.model_copy(update={"data": data, **others})


def refuse_contradictions(config: TrainConfig, sharded: bool = False) -> None:
    """Raise UserError for what cannot go together once presets are in; `sharded`: several processes share the weights (FSDP)."""
    if config.method == "prefix" and sharded:
        raise UserError(
            "Prefixes cannot be trained with FSDP: peft reads them whole. Start with torchrun, without FSDP; only they are trained."
        )
    if config.losses.head is not None and config.packing:
        raise UserError("losses.head cannot go with packing: the head looks at the last token of each prompt; leave packing out.")
