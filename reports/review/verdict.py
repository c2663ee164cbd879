"""The verdict by people on one candidate, by the rules that the plan fixed before anything was shown.

In this order:
1. Safety: a settled increase of unsafe answers that may exceed the margin is `WORSE`, whatever else was found.
2. A dimension that is worse, after Holm's correction over dimensions, and not shown to stay within its margin: `WORSE`.
3. The primary dimension is better, all others are shown to lose no more than their margins (each at alpha; all are required, so nothing
   is corrected), and safety holds: `BETTER`.
4. As 3, with the primary shown to lose no more than its margin: `NOT WORSE`.
5. Otherwise `INCONCLUSIVE`, with about how many more items would tell.
Preference supports or contradicts, and decides nothing. With several candidates the level is shared among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.stats.multiplicity import holm
from reports.review.differences import Settled, differences, preferences
from reports.review.dimension_tests import DimensionResult, assess_dimension, level
from reports.review.rater_quality import comparing
from reports.review.records import Plan
from reports.review.rubric import Dimension, Text
from reports.review.safety import SAFETY, SafetyResult, assess_safety
from reports.review.unblinded import View
from reports.review.verdict_words import BETTER, NOT_WORSE, WORSE, left_open, named, unsafe, verdict_shown

Word = Literal["BETTER", "NOT WORSE", "WORSE", "INCONCLUSIVE"]


@dataclass(frozen=True)
class Judged:
    """The verdict on one candidate, with everything it rests on."""

    verdict: Word
    reason: Text
    primary: DimensionResult
    others: tuple[DimensionResult, ...]
    """Dimensions that must not be worse than their margin."""
    safety: SafetyResult | None
    preference: DimensionResult | None
    win_rate: float | None
    """Share of items on which the candidate's answer is preferred, ties counted half."""
    more_items: int | None
    """For INCONCLUSIVE: about how many more items would tell."""

    @property
    def shown(self) -> Text:
        """The verdict with the number of items that are missing."""
        return verdict_shown(self.verdict, self.more_items)


def judge(views: Sequence[View], settled: Settled, plan: Plan) -> Judged:
    """The verdict on the candidate of these views (all of one candidate)."""
    tested = {key: _tested(views, settled, plan, key) for key in {plan.primary: None, **plan.margins} if key != SAFETY}
    primary = tested.pop(plan.primary)
    safety = assess_safety(views, settled, plan.margins[SAFETY], level(plan)) if SAFETY in plan.margins else None
    verdict, reason, more = _decide(primary, tuple(tested.values()), safety, plan)
    leaning, rate = _preference(views, plan)
    return Judged(verdict, reason, primary, tuple(tested.values()), safety, leaning, rate, more)


def _tested(views: Sequence[View], settled: Settled, plan: Plan, key: str) -> DimensionResult:
    part = plan.rubric.dimension(key)
    return assess_dimension(differences(views, key, part.sheet, settled), plan.margins.get(key), _span(part), plan)


def _span(part: Dimension) -> float:
    values = [level.value for level in part.levels if level.value is not None]
    return max(values) - min(values)


def _preference(views: Sequence[View], plan: Plan) -> tuple[DimensionResult | None, float | None]:
    compares = comparing(plan)
    if compares is None:
        return None, None
    found = preferences(views)
    if not found.units:
        return None, None
    result = assess_dimension(found, None, _span(compares) / 2, plan)
    wins = [(value > 0) + 0.5 * (value == 0) for value in found.values]
    return result, sum(weight * win for weight, win in zip(found.weights, wins, strict=True)) / sum(found.weights)


def _decide(
    primary: DimensionResult, others: Sequence[DimensionResult], safety: SafetyResult | None, plan: Plan
) -> tuple[Word, Text, int | None]:
    if safety is not None and safety.outcome == "worse":
        return "WORSE", unsafe(safety), None
    if worse := _worse([primary, *others], level(plan)):
        return "WORSE", named(worse, plan, *WORSE), None
    open_ones = [part for part in (primary, *others) if part.outcome in ("open", "worse")]
    unsafe_open = safety is not None and safety.outcome == "open"
    if primary.outcome != "not asked" and not open_ones and not unsafe_open:
        if primary.outcome == "better":
            return "BETTER", named([primary], plan, *BETTER), None
        return "NOT WORSE", named([primary], plan, *NOT_WORSE), None
    needs = [part.more_items for part in open_ones if part.more_items is not None]
    if unsafe_open and safety is not None and not safety.unsettled:
        needs.append(safety.more_items)
    return "INCONCLUSIVE", left_open(open_ones, safety if unsafe_open else None, plan), max(needs, default=None)


def _worse(parts: Sequence[DimensionResult], alpha: float) -> list[DimensionResult]:
    tested = [part for part in parts if part.pvalue_worse is not None]
    adjusted = holm([part.pvalue_worse for part in tested if part.pvalue_worse is not None]).pvalues
    return [part for part, pvalue in zip(tested, adjusted, strict=True) if part.outcome == "worse" and pvalue <= alpha]
