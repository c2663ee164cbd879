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


def item_counts(rows: Sequence[dict[str, Any]]) -> dict[str, tuple[int, int]] | None:
    """Of each item its samples and the right ones among them, items with an error left out; None if a score is neither 0 nor 1."""
    broken = {row["item"] for row in rows if row["error"] is not None}
    counts: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row["item"] not in broken:
            if row["score"] not in (0.0, 1.0):
                return None
            n, c = counts.get(row["item"], (0, 0))
            counts[row["item"]] = (n + 1, c + int(row["score"]))
    return counts
