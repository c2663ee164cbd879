"""How long responses are beside their references."""

from collections.abc import Sequence

from harness.metrics.base import Pair, by_lang
from harness.records import CorpusFigure
from harness.scorers.text import count_characters


def length_ratio(pairs: Sequence[Pair]) -> float:
    """Characters of all responses over those of the references nearest in length, white space left out."""
    responses = [count_characters(pair.response) for pair in pairs]
    nearest = [
        min((count_characters(text) for text in pair.references), key=lambda length, own=own: (abs(length - own), length))  # type: ignore[misc]
        for pair, own in zip(pairs, responses, strict=True)
    ]
    return sum(responses) / max(1, sum(nearest))


class LengthRatio:
    weakness = "the length ratio says nothing of content: 1.0 is as long as the references, not as good"

    def figures(self, pairs: Sequence[Pair]) -> dict[str, CorpusFigure]:
        signature = "characters without white space, summed, over the reference nearest in length"
        return {
            f"length_ratio_{lang}": CorpusFigure(length_ratio(chosen), len(chosen), signature, self.weakness)
            for lang, chosen in by_lang(pairs).items()
        }
