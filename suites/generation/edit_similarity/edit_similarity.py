"""A metric for the `evaluate` library: how little must be typed to turn a response into its reference."""

from typing import Any

import datasets
import evaluate


class EditSimilarity(evaluate.Metric):
    """1 - (character edits / length of the longer text), the mean over responses, each against its nearest reference; 1 is the same text.

    Character edits are insertions, deletions and replacements (Levenshtein). White space is left out, so that Chinese and English, and any
    line breaking, are counted alike.
    """

    weakness = "edit similarity punishes another order of the same statements, and does not see which characters matter"

    def _info(self) -> evaluate.MetricInfo:
        features = datasets.Features({
            "predictions": datasets.Value("string"),
            "references": datasets.Sequence(datasets.Value("string")),
        })  # fmt: skip
        return evaluate.MetricInfo(description=self.__doc__ or "", citation="", inputs_description="texts", features=features)

    def _compute(self, predictions: list[str], references: list[list[str]]) -> dict[str, Any]:
        scores = [max(similarity(text, other) for other in others) for text, others in zip(predictions, references, strict=True)]
        return {"edit_similarity": sum(scores) / len(scores)}


def similarity(one: str, other: str) -> float:
    """Of two texts, 1 if they are the same, 0 if every character must be typed."""
    one, other = "".join(one.split()), "".join(other.split())
    longer = max(len(one), len(other))
    return 1 - edits(one, other) / longer if longer else 1.0


def edits(one: str, other: str) -> int:
    """Levenshtein distance of two strings."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        previous, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a != b)))
    return row[-1]
