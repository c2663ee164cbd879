"""The small typed records that travel between prompts, engines, scorers and the runner."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.formulas import Formula, Terms
from harness.repetition import RepetitionDetection
from harness.thinking import strip_thinking

FinishReason = Literal["stop", "length", "repetition", "scored", "error"]


@dataclass(frozen=True, slots=True)
class Request:
    """One piece of work for an engine, already rendered to token ids."""

    id: str
    """Unique in a run."""
    prompt: tuple[int, ...]
    """Token ids. When log-probabilities are asked for, the text to score is part of it."""
    score_from: int | None = None
    """None: generate. A position: return log-probabilities of prompt tokens from there to the end."""
    max_tokens: int = 1
    temperature: float = 0.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    seed: int = 0
    repetition_detection: RepetitionDetection | None = None
    """Ends a response that runs in circles."""
    messages: tuple[dict[str, Any], ...] = field(default=(), hash=False)
    """The conversation as messages with content parts, where it holds images: those are not in the token ids, which only name them."""


@dataclass(frozen=True, slots=True)
class Response:
    """What an engine returned for one request."""

    request_id: str
    text: str = ""
    """Generated text without special tokens; the stop string, if one ended it, is not included."""
    tokens: int = 0
    """Number of generated tokens."""
    finish: FinishReason = "stop"
    logprobs: tuple[float, ...] | None = None
    """Natural-log probabilities of the prompt's tokens from `score_from` on."""
    error: str | None = None
    """Why the engine could not answer; such a response is no answer, not a wrong one."""

    @property
    def answer(self) -> str:
        """The text without a thinking model's thoughts; what is judged."""
        return strip_thinking(self.text)[0]

    @property
    def truncated(self) -> bool:
        """Whether the response was cut off: by its length, running in circles, or within thoughts that were never ended."""
        return self.finish in ("length", "repetition") or not strip_thinking(self.text)[1]


@dataclass(frozen=True, slots=True)
class Answer:
    """All that a model gave for one sample of one item; what a scorer sees."""

    turns: tuple[Response, ...]
    """Generated responses, thoughts and all: the answer itself, then the responses to follow-ups."""
    choice_logprobs: tuple[tuple[float, ...], ...] | None = None
    """Per choice, the log-probabilities of its tokens, shape (choices, tokens of that choice). Of running text, and of the reference beside
    a generated response, likewise, as if it were the only choice."""

    @property
    def reference_logprobs(self) -> tuple[float, ...] | None:
        """Log-probabilities of the reference's tokens, where they were measured beside the generated response."""
        return self.choice_logprobs[0] if self.turns and self.choice_logprobs else None

    @property
    def text(self) -> str:
        """The answer itself, without a thinking model's thoughts; what scorers judge."""
        return self.turns[0].answer if self.turns else ""

    @property
    def raw(self) -> str:
        """The answer itself, as generated."""
        return self.turns[0].text if self.turns else ""

    @property
    def texts(self) -> tuple[str, ...]:
        """All turns without thoughts."""
        return tuple(turn.answer for turn in self.turns)

    @property
    def truncated(self) -> bool:
        """Whether any turn was cut off, as `Response.truncated` has it."""
        return any(turn.truncated for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a scorer looked at, with the reason in words."""

    name: str
    passed: bool
    reason: str
    loose: bool | None = None
    """The verdict on tolerant variants of the response, where the scorer has such a reading."""


@dataclass(frozen=True, slots=True)
class Score:
    """A scorer's verdict on one answer: each metric between 0 and 1, higher is better."""

    metrics: dict[str, float]
    checks: tuple[Check, ...] = field(default=())
    tags: dict[str, str] = field(default_factory=dict)
    """How the verdict came about, such as {"integrity": "split"}; counted in the summary."""


@dataclass(frozen=True, slots=True)
class CorpusFigure:
    """A figure of all answers of a suite together that is no mean of scores, such as BLEU or macro-F1."""

    value: float | None
    """None if it is unavailable or undefined; `note` says why."""
    n: int
    """Answers that it is of."""
    signature: str = ""
    """What it was computed by: library, version, settings."""
    note: str = ""
    """Why there is no value; otherwise what the figure is known not to see."""
    details: dict[str, Any] = field(default_factory=dict)
    """More for people and reports, JSON only, such as a confusion matrix."""
    formula: Formula | None = None
    """What makes the value of the sums of all terms; None if it is not made of sums, and then two runs' values are not tested."""
    terms: Mapping[int, Terms] = field(default_factory=dict)
    """What each answer adds to the sums, by its place among those that the figure was asked of; answers that add nothing are left out.
    What is one of a whole cluster, such as how varied its answers are, stands at the first of them: clusters are never torn apart."""

    def as_json(self) -> dict[str, Any]:
        """All but the terms, which stand with the answers."""
        return {
            "value": self.value, "n": self.n, "signature": self.signature, "note": self.note, "details": self.details,
            "formula": self.formula,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A scorer's wish for one more response (a later turn, a judge's opinion) before it can score."""

    messages: tuple[dict[str, str], ...]
    max_tokens: int = 256
    """Most new tokens of a response that does not continue the item's conversation."""
    continues: bool = False
    """The messages go on where the item's own conversation ends, and the response is generated as the suite says. Otherwise they are a
    conversation of their own, answered greedily."""
