"""What a reference metric is given, and what it gives back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.item import Lang
from harness.records import CorpusFigure

LANGS: tuple[Lang, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Pair:
    """A response and what it is held against."""

    response: str
    """Without a thinking model's thoughts; may be empty."""
    references: tuple[str, ...]
    """At least one."""
    lang: Lang
    """The item's, whatever the response is written in."""
    reference_logprobs: tuple[float, ...] | None = None
    """Natural-log probabilities of the tokens of the first reference as the answer, where the run has them."""


class Metric(Protocol):
    """One reference metric. Languages are never mixed: each has a figure of its own, named `<metric>_<lang>`."""

    def figures(self, pairs: Sequence[Pair]) -> dict[str, CorpusFigure]:
        """Figures by name; a value of None with a note that begins "unavailable" if there is none to be had."""


def by_lang(pairs: Sequence[Pair]) -> dict[Lang, dict[int, Pair]]:
    """The pairs of each language that there are any of, by their place among all; Chinese first."""
    groups = {lang: {place: pair for place, pair in enumerate(pairs) if pair.lang == lang} for lang in LANGS}
    return {lang: members for lang, members in groups.items() if members}
