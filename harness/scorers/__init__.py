"""Scorers: one idea a file. A scorer judges one answer to one item and says why."""

from functools import cache
from importlib import import_module
from typing import Protocol

from harness.errors import UserError
from harness.records import Answer, FollowUp, Score
from harness.suite import Item

_CLASSES = {
    "abstention": "harness.scorers.abstention:AbstentionScorer",
    "choice": "harness.scorers.choice:ChoiceScorer",
    "code": "harness.scorers.code:CodeScorer",
    "constraints": "harness.scorers.constraints:ConstraintsScorer",
    "exact": "harness.scorers.exact:ExactScorer",
    "facts": "harness.scorers.facts:FactsScorer",
}


class Scorer(Protocol):
    """What the runner asks of a scorer."""

    name: str
    version: int
    """Raised whenever the same answer could be judged differently."""
    metrics: tuple[str, ...]
    """Keys of the scores it gives; every score has all of them."""

    def check_target(self, item: Item) -> None:
        """Raise ValueError, saying what is wrong, if `item.target` is not of this scorer's form."""

    def score(self, item: Item, answer: Answer) -> Score | FollowUp:
        """Judge `answer`, or ask for one more response first."""


@cache
def load_scorer(name: str) -> Scorer:
    """Return the scorer called `name`; raises UserError if there is none."""
    if name not in _CLASSES:
        raise UserError(f"Unknown scorer '{name}'; there are {', '.join(sorted(_CLASSES))}.")
    module, _, cls = _CLASSES[name].partition(":")
    scorer: Scorer = getattr(import_module(module), cls)()
    return scorer
