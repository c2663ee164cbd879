"""Rows of scores.jsonl, gathered by item: what a summary and a comparison both begin with."""

from collections.abc import Hashable, Sequence
from math import isfinite
from statistics import fmean
from typing import Any

from harness.stats.clustered import bounded_mean
from harness.stats.proportion import wilson_interval


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


def score_limits(scores: Sequence[float], clusters: Sequence[Hashable], confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided limits of a mean of scores from 0 to 1: Wilson for unclustered 0/1 scores, otherwise t over clusters.

    Within 0 and 1, which they are if there are not two clusters.

    Examples
    --------
    >>> [round(limit, 3) for limit in score_limits([1.0] * 8 + [0.0] * 2, range(10))]
    [0.49, 0.943]
    """
    if set(scores) <= {0.0, 1.0} and len(set(clusters)) == len(clusters):
        return wilson_interval(int(sum(scores)), len(scores), confidence).interval
    low, high = bounded_mean(scores, clusters, 0.0, 1.0).limits(confidence)
    return (max(0.0, low), min(1.0, high)) if isfinite(low) else (0.0, 1.0)
