"""Whether raters could tell the versions apart: Bang's index from the guesses on the exit sheet.

Diagnostic only: a rater who guesses after having seen that one side is better may be right without having seen through anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.stats.clustered import mean_interval
from reports.review.ratings import Rating
from reports.review.records import Key
from reports.review.unblinded import BASELINE

DOUBTFUL = 0.2


@dataclass(frozen=True)
class BlindingIndex:
    """(right - wrong) / all guesses, "I do not know" among all: 0 is chance, 1 seen through, -1 always wrong."""

    index: float
    low: float | None
    """95 % limits, guesses of a rater taken as a cluster; None with one rater or without variation."""
    high: float | None
    right: int
    wrong: int
    unknown: int

    @property
    def doubtful(self) -> bool:
        """Whether raters saw through so often that their ratings may not be blind."""
        return self.index > DOUBTFUL


def blinding_index(ratings: Sequence[Rating], key: Key) -> BlindingIndex | None:
    """None if nobody guessed, or only about rows without a candidate."""
    rows = {row.row_id: row for row in key.rows if row.sheet in ("rating", "exit") and row.left_run is not None}
    values, raters = [], []
    for rating in ratings:
        row = rows.get(rating.row_id)
        if rating.sheet == "exit" and rating.dimension == "newer" and row is not None and row.left_run != row.right_run:
            newer_left = row.left_run != BASELINE
            right = {"1": newer_left, "2": not newer_left, "new": newer_left, "old": not newer_left}.get(rating.value)
            values.append(0 if right is None else 1 if right else -1)
            raters.append(rating.rater)
    if not values:
        return None
    limits = mean_interval(values, raters).interval
    # With few raters, t-limits reach beyond what the index can be.
    low, high = (max(-1.0, limits[0]), min(1.0, limits[1])) if limits is not None else (None, None)
    return BlindingIndex(sum(values) / len(values), low, high, values.count(1), values.count(-1), values.count(0))
