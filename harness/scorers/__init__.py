"""Scorers: one idea a file. A scorer judges one answer to one item and says why."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Protocol, runtime_checkable

from harness.errors import UserError
from harness.item import Item
from harness.records import Answer, CorpusFigure, FollowUp, Score
from harness.sandbox import Isolation, Sandbox, SandboxRefused

_CLASSES = {
    "abstention": "harness.scorers.abstention:AbstentionScorer",
    "bits_per_byte": "harness.scorers.perplexity:BitsPerByteScorer",
    "choice": "harness.scorers.choice:ChoiceScorer",
    "choice_mass": "harness.scorers.choice_mass:ChoiceMassScorer",
    "classification": "harness.scorers.classification:ClassificationScorer",
    "code": "harness.scorers.code:CodeScorer",
    "constraints": "harness.scorers.constraints:ConstraintsScorer",
    "dialogue": "harness.scorers.dialogue:DialogueScorer",
    "exact": "harness.scorers.exact:ExactScorer",
    "facts": "harness.scorers.facts:FactsScorer",
    "generation": "harness.scorers.generation:GenerationScorer",
    "gsm8k": "harness.scorers.gsm8k:Gsm8kScorer",
    "ifbench": "harness.scorers.ifbench:IfbenchScorer",
    "ifeval": "harness.scorers.ifeval:IfevalScorer",
    "judge_pair": "harness.scorers.judge:JudgePairScorer",
    "judge_rating": "harness.scorers.judge:JudgeRatingScorer",
    "length": "harness.scorers.length:LengthScorer",
    "nearness": "harness.scorers.nearness:NearnessScorer",
    "one_of": "harness.scorers.one_of:OneOfScorer",
    "paraphrase": "harness.scorers.paraphrase:ParaphraseScorer",
    "refusal": "harness.scorers.refusal:RefusalScorer",
}


class Scorer(Protocol):
    """What the runner asks of a scorer."""

    name: str
    version: int
    """Raised whenever the same answer could be judged differently."""
    metrics: tuple[str, ...]
    """Keys of the scores it gives; every score has the first, the others where they apply."""

    def check_target(self, item: Item) -> None:
        """Raise ValueError, saying what is wrong, if `item.target` is not of this scorer's form."""

    def score(self, item: Item, answer: Answer) -> Score | FollowUp:
        """Judge `answer`, or ask for one more response first."""


@runtime_checkable
class CorpusScorer(Protocol):
    """A scorer that also has figures of all answers of a suite together."""

    def corpus_figures(self, judged: Sequence[tuple[Item, Answer, Score]]) -> dict[str, CorpusFigure]:
        """Figures by name, of every sample that this scorer judged, in the suite's order; asked for once a run, at its end."""


@cache
def load_scorer(name: str) -> Scorer:
    """Return the scorer called `name`; raises UserError if there is none."""
    if name not in _CLASSES:
        raise UserError(f"Unknown scorer '{name}'; there are {', '.join(sorted(_CLASSES))}.")
    module, _, cls = _CLASSES[name].partition(":")
    scorer: Scorer = getattr(import_module(module), cls)()
    return scorer


def library_versions(name: str) -> dict[str, str]:
    """The packages whose change could change what this scorer says (its `libraries`), each with the version that is installed."""
    return {library: version(library) for library in getattr(load_scorer(name), "libraries", ())}


def is_measurement(name: str) -> bool:
    """Whether this scorer measures in a unit of its own, such as bits per byte. What it gives is not between 0 and 1, is not
    right or wrong, and stays out of the suite's score; it is shown for its stratum."""
    return getattr(load_scorer(name), "is_measurement", False)


def takes_turns(name: str) -> bool:
    """Whether this scorer judges dialogues: items whose later turns it asks for, one follow-up after the other (`turns.next_turn`)."""
    return getattr(load_scorer(name), "takes_turns", False)


def runs_programs(name: str) -> bool:
    """Whether this scorer runs what the model wrote, and so needs a sandbox."""
    return hasattr(load_scorer(name), "sandbox")


@contextmanager
def open_sandbox(names: Iterable[str], level: str = "auto", accept_weak: bool = False) -> Iterator[Isolation | SandboxRefused | None]:
    """Give the scorers among `names` that run programs a sandbox for the time of the block.

    Yields what isolates the programs, or why no accepted isolation is to be had, or None if none of the scorers needs any.
    """
    scorers = [load_scorer(name) for name in set(names) if runs_programs(name)]
    if not scorers:
        yield None
        return
    try:
        sandbox = Sandbox(level, accept_weak=accept_weak)
    except SandboxRefused as refusal:
        yield refusal
        return
    with sandbox:
        for scorer in scorers:
            scorer.sandbox = sandbox  # type: ignore[attr-defined]
        try:
            yield sandbox.isolation
        finally:
            for scorer in scorers:
                scorer.sandbox = None  # type: ignore[attr-defined]
