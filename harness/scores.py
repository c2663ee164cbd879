"""Rows of scores.jsonl, gathered by item: what a summary and a comparison both begin with."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any


def item_means(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Mean score of each item over its samples; left out are items with an error in any of them, and items
    that are measured and not scored."""
    broken = {row["item"] for row in rows if row["error"] is not None}
    scores: dict[str, list[float]] = {}
    for row in rows:
        if row["item"] not in broken and row["score"] is not None:
            scores.setdefault(row["item"], []).append(row["score"])
    return {item: fmean(values) for item, values in scores.items()}
