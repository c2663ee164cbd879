"""What rows are like by task, language, length and rounds, and how far that is from a sample of real requests."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import jensenshannon

from harness.scorers.text import count_zi
from sft_train.data.finding import Finding, finding
from sft_train.data.record import Row

_LENGTHS = ((10, "up to 10 字"), (30, "11–30"), (100, "31–100"), (300, "101–300"))
_FAR = 0.3
_ENOUGH = 30


def _length(row: Row) -> str:
    size = count_zi(row.prompt or row.text)
    return next((name for most, name in _LENGTHS if size <= most), "over 300")


FEATURES: dict[str, Callable[[Row], str]] = {
    "task": lambda row: row.task or "(none)",
    "lang": lambda row: row.lang,
    "source": lambda row: row.source or "(none)",
    "prompt length": _length,
    "rounds": lambda row: str(asked) if (asked := sum(turn.role == "user" for turn in row.turns)) < 3 else "3 or more",
}


def shares(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Rows by each value of each feature, the most frequent first."""
    return {name: dict(Counter(map(value, rows)).most_common()) for name, value in FEATURES.items()}


@dataclass(frozen=True, slots=True)
class Distance:
    """How far the training data are from real requests in one feature."""

    feature: str
    distance: float
    """Jensen-Shannon distance to base 2, 0 (the same shares) to 1 (nothing in common)."""
    table: dict[str, tuple[float, float]]
    """Of each value its share in the training data and among the real requests, the largest difference first."""


def compare(train: Sequence[Row], real: Sequence[Row]) -> list[Distance]:
    """How far the training data are from real requests, feature by feature; source is left out, since it differs by nature."""
    found = []
    for name, value in FEATURES.items():
        ours, theirs = Counter(map(value, train)), Counter(map(value, real))
        if name == "source" or set(theirs) == {"(none)"}:
            continue
        values = sorted(ours | theirs)
        one, other = (np.array([counts[each] / max(counts.total(), 1) for each in values]) for counts in (ours, theirs))
        table = {each: (float(one[at]), float(other[at])) for at, each in enumerate(values)}
        ordered = dict(sorted(table.items(), key=lambda entry: -abs(entry[1][0] - entry[1][1])))
        found.append(Distance(name, float(jensenshannon(one, other, base=2)), ordered))
    return found


def distance_findings(distances: Sequence[Distance], real: int) -> list[Finding]:
    """A warning for each feature that is far off, if the sample is large enough to say so."""
    found = []
    for each in distances:
        if each.distance > _FAR and real >= _ENOUGH:
            value, (ours, theirs) = next(iter(each.table.items()))
            most = f"most of all '{value}': {ours:.0%} here, {theirs:.0%} there"
            text = f"{each.feature}: far from the real requests (distance {each.distance:.2f}); {most}"
            found.append(finding("distribution", "warning", text))
    return found
