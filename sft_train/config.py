"""What `sft-train check` and `build` are told: data.yaml, or what the command line says in its place."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from sft_train.data.clean import NEAR_THRESHOLD
from sft_train.data.files import HUB
from sft_train.data.forms import Form
from sft_train.settings import Settings

Share = Annotated[float, Field(ge=0, le=1)]
RuleName = Literal["empty", "mojibake", "noise", "echo", "too_short", "cut_off", "redundant", "duplicate", "near_duplicate"]


class Source(Settings):
    """Where rows come from."""

    path: str
    """A file, relative to data.yaml, or a hub data set: hub:org/name, hub:org/name:split."""
    form: Form = "auto"
    task: str = ""
    """Of rows that name none; likewise the next two."""
    source: str = ""
    license: str = ""

    @property
    def is_hub(self) -> bool:
        """Whether the rows come from the Hugging Face Hub and not from a file."""
        return self.path.startswith(HUB)


class Cleaning(Settings):
    """How rows are cleaned."""

    off: tuple[RuleName, ...] = ()
    """Rules that leave no row out."""
    near: Share = NEAR_THRESHOLD
    """Jaccard similarity of shingles from which on the later of two rows is left out."""
    most_lost: Share = 0.3
    """Share of a task's rows that cleaning may take before it is an error."""
    most_broken: Share = 0.0
    """Share of the rows that may be unusable for what is wrong with their form; they are left out, and listed."""


class Split(Settings):
    """Rows that are alike, or of one `group`, stay on one side."""

    validation: Share = 0.05
    file: str | None = None
    """A validation part of one's own, in place of a share."""
    test: Share = 0.0
    similar: Share = 0.6
    """Jaccard similarity of shingles from which on two rows are alike."""
    by: tuple[str, ...] = ("task", "lang")
    """Fields by which each part is as the whole."""
    seed: int = 0


class Sampling(Settings):
    """Which share of the training part each value of a field shall have."""

    by: str = "task"
    shares: dict[str, Share]
    rows: int | None = Field(default=None, ge=1)
    """Rows in all; by default as many as can be had without repeating any."""
    repeat: int = Field(default=1, ge=1)
    """How often a row may be taken at the most."""


class DataConfig(Settings):
    """The contents of data.yaml."""

    sources: tuple[Source, ...] = Field(min_length=1)
    spec: str | None = None
    """dataspec.yaml: what the data must be like."""
    templates: str | None = None
    """templates.yaml: how the prompts of each task are worded; `bundled` for those that come with the project."""
    suites: tuple[str, ...] = ("all",)
    """Suites that will judge the model, by name or path; all: every bundled one. None: [] ."""
    contamination: Literal["stop", "drop", "keep"] = "stop"
    """What becomes of rows that hold items: the build stops, they are left out, or they stay and the items are recorded."""
    mask: bool = False
    """Whether personal data and secrets are masked; otherwise they are reported."""
    ground: bool = False
    """Whether a row's `facts` are put before its question."""
    unify: bool = False
    """Whether questions that are another wording of their task's template are rewritten as it says; otherwise they are reported."""
    track: bool = False
    """Whether each dialogue with a `state` comes a second time, asked for it at the end."""
    cleaning: Cleaning = Cleaning()
    split: Split = Split()
    sampling: Sampling | None = None
    keep: tuple[str, ...] = ()
    """Fields of rows that go along, besides those that are known."""
    test_sets: tuple[str, ...] = ()
    """Files and hub data sets that are somebody's test data, besides those that suites are made of."""
    real: str | None = None
    """A sample of real requests that the training data's distribution is compared with."""


def locate(config: DataConfig, folder: Path) -> DataConfig:
    """The same with paths relative to `folder` made whole."""

    def whole(path: str) -> str:
        return path if path.startswith(HUB) else str(folder / Path(path).expanduser())

    def suite(name: str) -> str:
        return whole(name) if "/" in name and (folder / name).exists() else name

    sources = tuple(source if source.is_hub else source.model_copy(update={"path": whole(source.path)}) for source in config.sources)
    return config.model_copy(
        update={
            "sources": sources,
            "spec": config.spec and whole(config.spec),
            "templates": config.templates if config.templates in (None, "bundled") else whole(config.templates),
            "suites": tuple(suite(name) for name in config.suites),
            "test_sets": tuple(whole(path) if (folder / path).exists() else path for path in config.test_sets),
            "real": config.real and whole(config.real),
            "split": config.split.model_copy(update={"file": config.split.file and whole(config.split.file)}),
        }
    )
