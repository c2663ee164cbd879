"""How long responses are beside their references."""

from collections.abc import Iterable, Sequence

from harness.formulas import mean_terms
from harness.metrics.base import Pair, by_lang
from harness.records import CorpusFigure
from harness.scorers.text import count_characters


def lengths(pair: Pair) -> tuple[int, int]:
    """Characters of the response and of the reference nearest in length, white space left out."""
    own = count_characters(pair.response)
    return own, min((count_characters(text) for text in pair.references), key=lambda length: (abs(length - own), length))


def length_ratio(pairs: Iterable[Pair]) -> float:
    """Characters of all responses over those of the references nearest in length."""
    responses, nearest = zip(*map(lengths, pairs), strict=True)
    return float(sum(responses) / max(1, sum(nearest)))


class LengthRatio:
    """Characters of all responses over those of the references nearest in length; 1 is as long."""

    weakness = "the length ratio says nothing of content: 1.0 is as long as the references, not as good"

    def figures(self, pairs: Sequence[Pair]) -> dict[str, CorpusFigure]:
        signature = "characters without white space, summed, over the reference nearest in length"
        return {
            f"length_ratio_{lang}": CorpusFigure(
                length_ratio(members.values()), len(members), signature, self.weakness, {}, "ratio",
                {place: mean_terms(*lengths(pair)) for place, pair in members.items()},
            )
            for lang, members in by_lang(pairs).items()
        }  # fmt: skip
