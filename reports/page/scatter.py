"""Automatic metrics against people: what raters gave each answer of a reviewed pair of runs, and what the metric says of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from reports.page.cases import Case, Side
from reports.people import MetricTrust, PeopleVerdict

_MOST = 6
"""Metrics of a suite that are drawn; those that agree with people best."""


@dataclass(frozen=True)
class Scatter:
    """One metric of one suite."""

    trust: MetricTrust
    """How far it says what people say, over all answers of the review."""
    sides: tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]
    """Of baseline and candidate, each rated answer: people's mean level, and the metric's value."""


def scatters(suite: str, cases: Sequence[Case], people: PeopleVerdict) -> list[Scatter]:
    """Of each metric that the review looked at; ratings of items that are not among `cases` are left out."""
    rated = {(row.item, row.side): row.rating for row in people.ratings if row.suite == suite}
    found = [
        Scatter(trust, (_dots(trust.metric, cases, rated, 0), _dots(trust.metric, cases, rated, 1)))
        for trust in people.metrics
        if trust.suite == suite
    ]
    return [one for one in found if any(one.sides)][:_MOST]


def _dots(metric: str, cases: Sequence[Case], rated: dict[tuple[str, str], float], at: int) -> tuple[tuple[float, float], ...]:
    side = ("baseline", "candidate")[at]
    return tuple(
        (rated[case.item, side], value) for case in cases if (case.item, side) in rated for value in _values(metric, case.sides[at])
    )


def _values(metric: str, side: Side) -> Iterator[float]:
    """The metric's mean over the item's samples, if it has any; `score` is the primary one."""
    found = [value for sample in side.samples for name, value in sample.figures if name == metric]
    if metric == "score" and side.score is not None:
        yield side.score
    elif found:
        yield fmean(found)
