"""What a night is, as `night.json` holds it: written at every step, read by the next night, by reports and by the webhook."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["pinned", "previous", "base"]
Colour = Literal["running", "green", "red", "error"]
FORMAT_VERSION = 1


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Side(_Record):
    """A model of the night, and what the manifest of its screening run says."""

    name: str
    given: str
    """What was typed, with absolute folders: by this it can be found again."""
    identity: str
    run: str | None = None
    """Name of the run's folder; None if there is none."""
    error: str | None = None
    """Why there is no run."""
    scores: dict[str, float | None] = {}
    """By suite."""
    hashes: dict[str, str] = {}
    """Of the model's parts."""
    stack: dict[str, dict[str, str]] = {}
    """Of `library`, `hardware`, `suite`, `scorer` and `engine`: what each was, by name."""
    data: dict[str, str] = {}
    """Of a checkpoint whose own manifest says what it was trained on: hashes of what it says, by name."""


class Confirmation(_Record):
    """The second look at a flagged suite, the same night."""

    how: Literal["fresh draws", "reserve items", "impossible"]
    reason: str
    """In a sentence."""
    confirmed: bool = False
    n: int = 0
    draws: int = 0
    """Fresh responses to each item on each side."""
    difference: float | None = None
    low: float | None = None
    """Two-sided 95 % limits of the difference."""
    high: float | None = None
    pvalue: float | None = None
    """One-sided, of "the candidate is worse"."""
    lost: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    """Folders of the baseline's and the candidate's run."""


class Row(_Record):
    """One suite of one model against one baseline."""

    suite: str
    tier: str
    blocks: bool
    """Whether a confirmed regression here makes the night red."""
    verdict: str
    """By the table of verdicts, with the gate's margin."""
    reason: str
    margin: float | None
    n: int = 0
    baseline: float | None = None
    candidate: float | None = None
    difference: float | None = None
    """Counted so that more is better."""
    low: float | None = None
    """Two-sided 95 % limits of the difference."""
    high: float | None = None
    variance: float | None = None
    """Of one item's difference: its mean's squared standard error is this by n."""
    detectable: float | None = None
    pvalue: float | None = None
    """One-sided, of "the candidate is worse"."""
    gained: int = 0
    """Items that score higher than the baseline's."""
    lost: int = 0
    flips: tuple[str, ...] = ()
    """The first of the items that score lower."""
    flagged: bool = False
    confirmation: Confirmation | None = None

    @property
    def is_red(self) -> bool:
        """Whether a loss against a baseline that blocks was confirmed."""
        return self.blocks and self.confirmation is not None and self.confirmation.confirmed


class Against(_Record):
    """One model against one baseline."""

    model: str
    kind: Kind
    baseline: str
    """Label of the baseline."""
    identity: str
    """Of the baseline."""
    blocks: bool
    gate: str | None = None
    """What the gate would say of the screening alone; it does not colour the night."""
    gate_reasons: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    runs: tuple[str, ...] = ()
    """Folders of the baseline's and the candidate's run."""
    error: str | None = None
    """Why nothing could be compared."""
    missing: str | None = None
    """Why there is nothing to compare with: not an error, as on the first night."""


class Drift(_Record):
    """The slow-drift chart of one suite of one model against one baseline; it informs and never blocks."""

    model: str
    kind: Kind
    suite: str
    nights: int
    value: float
    """Exponentially weighted mean of the nights' differences."""
    limit: float
    """Three standard errors of it."""
    low: bool
    """Below -limit."""


class Repeat(_Record):
    """An unchanged checkpoint against itself with another draw (A/A): the noise floor of tonight's stack."""

    model: str
    runs: tuple[str, ...]
    suite: str
    n: int
    flip_rate: float
    difference: float | None
    pvalue: float | None
    """Two-sided, by Holm over the suites."""
    alarm: bool
    """Something else than chance made them differ."""


class Restacked(_Record):
    """A pinned anchor under the stack of before and of tonight."""

    model: str
    """The nightly model that it is the anchor of."""
    suite: str
    before: float | None
    after: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""


class Changed(_Record):
    """What is not as it was on the last green night."""

    model: str
    since: str
    """That night."""
    kind: Literal["weights", "data", "suite", "scorer", "library", "hardware", "engine"]
    what: str


class Night(_Record):
    """All of a night, as night.json has it."""

    format_version: int = FORMAT_VERSION
    night: str
    number: int
    """From 1, in the order in which they began."""
    colour: Colour = "running"
    started: str
    finished: str | None = None
    hardware: dict[str, str]
    """What of it can change a response."""
    epoch: int = 0
    """How often the hardware changed so far: the screening then has another draw, so that nothing of the hardware before is reused."""
    screen_level: float
    confirm_level: float
    tests: int
    """Suites × models × baselines that may make a night red."""
    sides: tuple[Side, ...] = ()
    anchors: dict[str, Side] = {}
    """By model of the night, its pinned anchor."""
    against: tuple[Against, ...] = ()
    drift: tuple[Drift, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    restacked: tuple[Restacked, ...] = ()
    changed: tuple[Changed, ...] = ()
    notes: tuple[str, ...] = ()
    """What else a person should know, in sentences."""

    @property
    def red(self) -> tuple[tuple[Against, Row], ...]:
        """Every red row, with the comparison that it belongs to."""
        return tuple((against, row) for against in self.against for row in against.rows if row.is_red)

    @property
    def errors(self) -> tuple[str, ...]:
        """What could not be judged and should have been, in sentences."""
        found = [f"{side.name}: {side.error}" for side in self.sides if side.error]
        for against in self.against:
            if not against.blocks:
                continue
            if against.error and against.error not in {side.error for side in self.sides}:
                found.append(f"{against.model} against {against.kind} ({against.baseline}): {against.error}")
            found += [
                f"{against.model} against {against.kind}, {row.suite}: {row.verdict}: {row.reason}"
                for row in against.rows
                if row.blocks and row.verdict in ("ERROR", "NOT COMPARABLE")
            ]
        return tuple(found)

    @property
    def exit_code(self) -> int:
        """1 only when red; 3 if something could not be judged or the night did not end."""
        return {"red": 1, "green": 0}.get(self.colour, 3)
