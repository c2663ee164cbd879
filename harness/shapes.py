"""What must stand in a run's files for them to be read: the fields that readers count on, and of what kind they are.

Other fields are left alone: later versions may add some, and files of earlier ones lack those that are not required.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from harness.records import FinishReason

_Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True)


class _Model(_Part):
    identity: str
    options: dict[str, Any] = {}
    given: str | None = None
    folder: str | None = None
    adapter: str | None = None


class _Suite(_Part):
    items: _Count
    max_errors: _Count = 0
    version: int = 0
    primary_metric: str = ""
    margin: float = 0.0
    items_hash: str = ""
    generation: dict[str, Any] = {}


class _Choice(_Part):
    samples: Annotated[int, Field(ge=1)] = 1
    seed: int = 0
    draw: int = 0
    size: str = ""


class _Engine(_Part):
    kind: str
    conditions: dict[str, Any]


class _Condition(_Part):
    name: str


class _Manifest(_Part):
    status: str
    run: str
    label: str
    model: _Model
    suites: dict[str, _Suite]
    scorers: dict[str, dict[str, int]]
    choice: _Choice
    engine: _Engine
    condition: _Condition | None = None
    finished: str = ""
    harness: str = ""
    versions: dict[str, str] = {}
    scorer_libraries: dict[str, dict[str, dict[str, str]]] = {}
    contamination: dict[str, Any] | None = None
    counts: dict[str, Any] = {}


class _Check(_Part):
    name: str
    passed: bool
    reason: str


class _Entry(_Part):
    request: str
    text: str
    tokens: _Count
    finish: FinishReason
    logprobs: list[float] | None = None


class _Score(_Part):
    suite: str
    item: str
    sample: _Count = 0
    lang: str
    stratum: str
    cluster: str
    score: Any
    """What is no number from 0 to 1, here or below, makes its suite's verdict ERROR."""
    scores: dict[str, Any] | None
    checks: list[_Check] = []
    chance: float | None
    error: str | None
    judged: str = ""


class _Response(_Part):
    suite: str
    item: str
    sample: _Count
    lang: str = ""
    stratum: str = ""
    asked: str = ""
    prompt: str
    response: str | None
    tokens: _Count
    truncated: bool
    turns: list[str] = []
    follow_ups: list[str]
    error: str | None
    choice_logprobs: list[list[float]] | None = None


class _Figures(_Part):
    version: int
    primary_metric: str
    n: _Count
    score: float | None
    low: float | None
    high: float | None
    errors: _Count
    metrics: dict[str, float | None] = {}


ENTRY = TypeAdapter(_Entry)
"""A line of the journal."""
MANIFEST = TypeAdapter(_Manifest)
SCORE = TypeAdapter(_Score)
RESPONSE = TypeAdapter(_Response)
SUMMARY = TypeAdapter(dict[str, _Figures])
