"""Which automatic metric says what people say: its correlation with their ratings over answers, and how often it prefers what they prefer.

Over answers, differences between items count too (an easy item gets high marks from both), so a correlation may be high for a metric that
cannot tell two answers to one item apart; the pairwise figure is about that alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.stats.correlation import kendall, spearman
from harness.stats.proportion import wilson_interval
from harness.stats.result import Estimate
from reports.review.rater_quality import number
from reports.review.records import ShownAnswer
from reports.review.unblinded import BASELINE, View


@dataclass(frozen=True)
class MetricTrust:
    """One automatic metric of one suite against the people's mean rating of the primary dimension."""

    suite: str
    metric: str
    answers: int
    spearman: Estimate
    kendall: Estimate
    pairs: int
    """Pairs of answers to one item on which neither people nor metric see a tie."""
    agree: int
    low: float | None
    """95 % limits of the share of pairs on which the metric prefers the same answer (Wilson)."""
    high: float | None

    @property
    def agreement(self) -> float | None:
        """Share of pairs on which the metric prefers the answer that people prefer; None without pairs."""
        return self.agree / self.pairs if self.pairs else None


def metric_trust(views: Sequence[View], answers: Sequence[ShownAnswer], primary: str) -> list[MetricTrust]:
    """Every metric of every suite, best first. `views`: of all candidates, ties left out."""
    people = people_means(views, primary)
    leaning = _leaning(views, primary)
    # The one called `score` is the suite's primary metric, which stands there under its own name too.
    names = sorted({(answer.suite, name) for answer in answers for name in answer.scores})
    metrics = [place for place in names if place[1] != "score" or sum(suite == place[0] for suite, _ in names) == 1]
    found = []
    for suite, metric in metrics:
        scores = {
            (f"{answer.suite}/{answer.item}", answer.run): answer.scores[metric]
            for answer in answers
            if answer.suite == suite and metric in answer.scores
        }
        both = [place for place in scores if place in people]
        if both:
            x, y = [scores[place] for place in both], [people[place] for place in both]
            found.append(MetricTrust(suite, metric, len(both), spearman(x, y), kendall(x, y), *_pairwise(scores, leaning)))
    return sorted(found, key=lambda row: (row.suite, -(row.agreement or 0), -(row.spearman.estimate or 0), row.metric))


def people_means(views: Sequence[View], primary: str) -> dict[tuple[str, int], float]:
    """By item and run, the mean level that raters gave."""
    given: dict[tuple[str, int], list[float]] = {}
    for view in views:
        for run, levels in ((BASELINE, view.before), (view.candidate, view.after)):
            if (value := number(levels.get(primary))) is not None:
                given.setdefault((view.unit, run), []).append(value)
    # Rounded, since what is left over from dividing would turn ties into an order.
    return {place: round(fmean(values), 9) for place, values in given.items()}


def _leaning(views: Sequence[View], primary: str) -> dict[tuple[str, int], float]:
    """By item and candidate, whom people prefer: mean preference, or where none was asked the difference of the primary dimension."""
    given: dict[tuple[str, int], list[float]] = {}
    for view in views:
        before, after = number(view.before.get(primary)), number(view.after.get(primary))
        value = view.preference if view.preference is not None else None if before is None or after is None else after - before
        if value is not None and view.sheet == "rating" and not view.is_tie:
            given.setdefault((view.unit, view.candidate), []).append(value)
    return {place: fmean(values) for place, values in given.items()}


def _pairwise(
    scores: Mapping[tuple[str, int], float], leaning: Mapping[tuple[str, int], float]
) -> tuple[int, int, float | None, float | None]:
    signs = [
        (scores[unit, candidate] - scores[unit, BASELINE]) * value
        for (unit, candidate), value in leaning.items()
        if (unit, candidate) in scores and (unit, BASELINE) in scores
    ]
    pairs, agree = sum(sign != 0 for sign in signs), sum(sign > 0 for sign in signs)
    low, high = wilson_interval(agree, pairs).interval if pairs else (None, None)
    return pairs, agree, low, high
