"""From single ratings to one difference an item: what the tests of the verdict are given.

An item's score is the mean over its raters, or the adjudicated level; ratings are never pooled as rows, since three raters of one item
are not three items. Raters are not standardised: who is strict is strict on both sides, and the difference does not see it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from reports.review.rater_quality import number
from reports.review.unblinded import BASELINE, View

Settled = Mapping[tuple[str, int, str], str]


@dataclass(frozen=True)
class Differences:
    """Candidate less baseline of one dimension, by item in order of `units`."""

    dimension: str
    units: tuple[str, ...]
    clusters: tuple[str, ...]
    weights: tuple[float, ...]
    before: tuple[Fraction, ...]
    """Scores of the baseline's answers; 0 for ties, as `after`."""
    after: tuple[Fraction, ...]
    tied: tuple[bool, ...]
    """Whether the two answers are identical, so that nobody was asked."""

    @property
    def values(self) -> tuple[Fraction, ...]:
        """One exact difference an item, in order of `units`."""
        return tuple(after - before for before, after in zip(self.before, self.after, strict=True))

    @property
    def weighted(self) -> list[float]:
        """Values whose plain mean and clustered standard error are the weighted mean of the differences and its standard error.

        With w the weights and m the weighted mean: m + n w (d - m) / sum of w. Equal weights leave the differences as they are.
        """
        values, total = [float(value) for value in self.values], sum(self.weights)
        mean = sum(weight * value for weight, value in zip(self.weights, values, strict=True)) / total
        return [mean + len(values) * weight * (value - mean) / total for weight, value in zip(self.weights, values, strict=True)]

    @property
    def whole_sums(self) -> list[int]:
        """By cluster the sum of its differences, all times one number that makes them whole: for exact sign-flip tests.

        >>> half = Differences("follow", ("a", "b"), ("a", "b"), (1.0, 1.0), (Fraction(0), Fraction(0)), (Fraction(1, 2), Fraction(1, 3)),
        ...     (False, False))
        >>> half.whole_sums
        [3, 2]
        """
        sums: dict[str, Fraction] = {}
        for cluster, value in zip(self.clusters, self.values, strict=True):
            sums[cluster] = sums.get(cluster, Fraction(0)) + value
        factor = lcm(*(value.denominator for value in sums.values()))
        return [int(value * factor) for value in sums.values()]

    def mean(self, scores: Sequence[Fraction]) -> float | None:
        """Weighted mean of `before` or `after` over the items that were rated; None if all are ties."""
        rated = [(weight, float(score)) for weight, score, tie in zip(self.weights, scores, self.tied, strict=True) if not tie]
        return sum(weight * score for weight, score in rated) / sum(weight for weight, _ in rated) if rated else None


def differences(views: Sequence[View], dimension: str, sheet: str, settled: Settled) -> Differences:
    """One dimension's differences; items where no rater gave a number on both sides (NA, not asked) are left out, ties count as 0."""
    return _gather(dimension, views, sheet, lambda unit, group: _scores(unit, group, dimension, settled))


def preferences(views: Sequence[View]) -> Differences:
    """Mean preference for the candidate's answer by item, as a difference from 0."""
    return _gather("preference", views, "rating", lambda _, group: _leaning(group))


def _gather(
    dimension: str, views: Sequence[View], sheet: str, scores: Callable[[str, list[View]], tuple[Fraction, Fraction] | None]
) -> Differences:
    rows = []
    for unit, group in by_unit([view for view in views if view.sheet == sheet]).items():
        first = group[0]
        found = (Fraction(0), Fraction(0)) if first.is_tie else scores(unit, group)
        if found is not None:
            rows.append((unit, first.cluster, first.weight, *found, first.is_tie))
    units, clusters, weights, before, after, tied = zip(*rows, strict=True) if rows else ((),) * 6
    return Differences(dimension, units, clusters, weights, before, after, tied)


def by_unit(views: Sequence[View]) -> dict[str, list[View]]:
    """Views of one candidate by item, in order of first appearance."""
    units: dict[str, list[View]] = {}
    for view in views:
        units.setdefault(view.unit, []).append(view)
    return units


def _leaning(group: Sequence[View]) -> tuple[Fraction, Fraction] | None:
    given = [Fraction(view.preference) for view in group if view.preference is not None]
    return (Fraction(0), sum(given, Fraction(0)) / len(given)) if given else None


def _scores(unit: str, group: Sequence[View], dimension: str, settled: Settled) -> tuple[Fraction, Fraction] | None:
    pairs = [(number(view.before.get(dimension)), number(view.after.get(dimension))) for view in group]
    both = [(Fraction(before), Fraction(after)) for before, after in pairs if before is not None and after is not None]
    scores = []
    for side, run in enumerate((BASELINE, group[0].candidate)):
        chosen = number(settled.get((unit, run, dimension)))
        if chosen is None and not both:
            return None
        scores.append(Fraction(chosen) if chosen is not None else sum((pair[side] for pair in both), Fraction(0)) / len(both))
    return scores[0], scores[1]
