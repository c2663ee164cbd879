"""`nightly.yaml`: what a night evaluates, what with it is compared, and how many false alarms are allowed.

Paths in it are taken from the file's own folder, so that cron, systemd and people mean the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from harness.engines.base import Device
from harness.errors import UserError
from harness.gate_config import GateConfig, check_names, read_gate
from harness.item import Lang
from harness.settings import read_yaml
from harness.suite import bundled_names, recipe_names

FEWEST_DRAWS = 3


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NightlyModel(_Strict):
    """A model that is evaluated every night."""

    name: str = Field(pattern=r"^[\w][\w.-]*$", max_length=60)
    """Label of its runs; nights are put together by it."""
    model: str = Field(min_length=1)
    """What `MODEL` takes: a name, a folder, base+adapter, a hub id; options follow commas."""


class Baseline(_Strict):
    """What tonight's models are compared with."""

    kind: Literal["pinned", "previous", "base"]
    """pinned: an anchor that only `harness baseline accept` changes. previous: the night before. base: the model that was trained from."""
    model: str | None = None
    """Of pinned (until the first `baseline accept`) and base."""
    blocks: bool = True
    """Whether a confirmed regression against it makes the night red; otherwise it is reported."""

    @model_validator(mode="after")
    def _check_model(self) -> "Baseline":
        if (self.model is None) != (self.kind == "previous"):
            raise ValueError(
                "previous takes no model: it is the night before" if self.kind == "previous" else f"{self.kind} needs `model: …`"
            )
        return self


class Confirm(_Strict):
    """How the second look of a night is taken."""

    draws: int = Field(default=FEWEST_DRAWS, ge=FEWEST_DRAWS, le=20)
    """Fresh responses to each item, on both sides, that a flagged suite is confirmed with where responses are sampled."""


class FalseAlarms(_Strict):
    """How often a night may be red though nothing changed."""

    rate: float = Field(default=0.05, gt=0.0, lt=1.0)
    """Chance of at least one false alarm in so many nights."""
    nights: int = Field(default=30, ge=1)
    screen: float = Field(default=0.05, gt=0.0, lt=0.5)
    """Level at which a suite is flagged, to be confirmed the same night."""


class NightlyEngine(_Strict):
    """The engine of all runs of a night."""

    kind: Literal["vllm", "transformers"] = "vllm"
    device: Device = "auto"
    tensor_parallel: int = Field(default=1, ge=1)


class NightlyConfig(_Strict):
    """What a nightly.yaml says."""

    models: tuple[NightlyModel, ...] = Field(min_length=1)
    baselines: tuple[Baseline, ...] = Field(min_length=1)
    suites: tuple[str, ...] = Field(min_length=1)
    """Names or folders."""
    gate: str
    """File of the gate: tiers and margins."""
    out: str = "runs/nightly"
    """Folder of all runs, nights and of the baseline's ledger."""
    size: Literal["quick", "full"] = "quick"
    limit: int | None = Field(default=None, ge=1)
    lang: Lang | None = None
    samples: int = Field(default=1, ge=1)
    """Responses to each item in the screening; above 1, suites that are greedy sample."""
    seed: int = 0
    confirm: Confirm = Confirm()
    false_alarms: FalseAlarms = FalseAlarms()
    aa_every: int = Field(default=7, ge=1)
    """Nights from one run of an unchanged checkpoint against itself (A/A) to the next."""
    webhook: tuple[str, ...] = ()
    """Command that gets the alert as JSON on its standard input: program and arguments, no shell."""
    engine: NightlyEngine = NightlyEngine()

    @model_validator(mode="after")
    def _check_names(self) -> "NightlyConfig":
        for what, names in (
            ("models", [model.name for model in self.models]),
            ("baselines", [str(baseline.kind) for baseline in self.baselines]),
            ("suites", list(self.suites)),
        ):
            if twice := next((name for name in names if names.count(name) > 1), None):
                raise ValueError(f"{what} names '{twice}' twice")
        if not any(baseline.blocks for baseline in self.baselines):
            raise ValueError("no baseline blocks, so that nothing could make a night red; leave `blocks: false` out somewhere")
        return self

    @property
    def blocking(self) -> tuple[Baseline, ...]:
        """The baselines against which a confirmed loss turns a night red."""
        return tuple(baseline for baseline in self.baselines if baseline.blocks)


@dataclass(frozen=True)
class NightlySettings:
    """A nightly run's files, read and found to fit together."""

    config: NightlyConfig
    gate: GateConfig
    folder: Path
    """The folder of nightly.yaml; its paths are relative to this."""

    @property
    def out(self) -> Path:
        """The folder of all runs, nights and the ledger of baselines, absolute."""
        return self.place(self.config.out)

    def place(self, text: str) -> Path:
        """An absolute path: `text` is read from the folder of nightly.yaml, and `~` is the home folder."""
        return (self.folder / Path(text).expanduser()).resolve()

    def model_text(self, text: str) -> str:
        """A model's description with its folders made absolute; names and hub ids stay."""
        source, *options = text.split(",")
        parts = [str(self.place(part)) if part and self.place(part).is_dir() else part for part in source.split("+")]
        whole = [str(self.place(source))] if self.place(source).is_dir() else parts
        return ",".join(["+".join(whole), *options])

    def suite_text(self, name: str) -> str:
        """A suite as `--suite` takes it: bundled ones and recipes by name; else an absolute path if there is such a folder."""
        return str(self.place(name)) if self.place(name).exists() and name not in (*bundled_names(), *recipe_names()) else name


def read_nightly(path: Path) -> NightlySettings:
    """Read nightly.yaml and the gate that it names; raises UserError with file and reason for whatever is wrong."""
    config = read_yaml(path, NightlyConfig, "give a nightly.yaml; examples/nightly.yaml is one to start from")
    folder = path.resolve().parent
    gate = read_gate((folder / Path(config.gate).expanduser()).resolve())
    return NightlySettings(config, gate, folder)


def check_suites(settings: NightlySettings, names: Iterable[str]) -> None:
    """Raise UserError unless the night's suites are those that the gate judges, and the vault suite is none of them."""
    there = list(names)
    if settings.gate.vault in there:
        raise UserError(
            f"'{settings.gate.vault}' is the gate's vault suite, kept for releases (harness gate --release): no nightly run may use it; "
            "take it out of the suites of nightly.yaml."
        )
    check_names(settings.gate, there, "the suites of nightly.yaml")
