"""One dimension's differences → is it better, is it no worse than the margin, is it worse; and how many more items would tell.

Sources: `harness.stats`; docs/blind-review.md says which test answers which question.
"""

from dataclasses import dataclass
from typing import Literal

from harness.stats.clustered import design_effect
from harness.stats.noninferiority import margin_graded
from harness.stats.paired_graded import paired_t
from harness.stats.power import needed_items
from harness.stats.result import Status
from harness.stats.signflip import sign_flip
from reports.review.differences import Differences
from reports.review.records import Plan
from reports.review.rubric import Text

FEWEST_CLUSTERS = 6
"""With fewer, no sign-flip test can reach 5 %, and t-limits rest on hardly any variance: nothing is concluded."""
_SMALL_LOSS = Text(en="small real loss", zh="确有小幅损失")
Outcome = Literal["better", "no worse", "worse", "open", "not asked"]


@dataclass(frozen=True)
class DimensionResult:
    """What can be said of one dimension. Differences are candidate less baseline, in levels (safety: in share of unsafe answers)."""

    dimension: str
    outcome: Outcome
    n: int
    clusters: int
    margin: float | None = None
    ties: int = 0
    before: float | None = None
    after: float | None = None
    difference: float | None = None
    low: float | None = None
    """Two-sided limits at 1 - alpha of the plan."""
    high: float | None = None
    lower: float | None = None
    """Limits that hold each alone at 1 - `level`; they decide."""
    upper: float | None = None
    pvalue: float | None = None
    """Two-sided, t with the CR1 variance."""
    pvalue_midp: float | None = None
    """Two-sided, exact sign-flip mid-p on item means (cluster sums), unweighted."""
    pvalue_better: float | None = None
    pvalue_worse: float | None = None
    """One-sided, t."""
    more_items: int | None = None
    """About so many more would show that nothing beyond the margin is lost, if nothing is."""
    note: Text | None = None


def assess_dimension(found: Differences, margin: float | None, span: float, plan: Plan) -> DimensionResult:
    """Test one graded dimension. `span`: the largest difference that its levels allow.

    `better`: lower limit above 0 by t, and mid-p agrees; `no worse`: lower limit above -margin; `worse`: neither, and the upper limit is
    below 0.
    """
    n, clusters = len(found.units), len(set(found.clusters))
    ties = sum(found.tied)
    if n - ties == 0:
        note = Text(en="no item was rated on both sides", zh="没有两边都评了分的条目")
        return DimensionResult(found.dimension, "not asked", n, clusters, margin, ties, note=note)
    before, after = found.mean(found.before), found.mean(found.after)
    if clusters < FEWEST_CLUSTERS:
        note = Text(
            en=f"{clusters} independent items are too few; at least {FEWEST_CLUSTERS} are needed",
            zh=f"独立条目太少：只有 {clusters} 个，至少需要 {FEWEST_CLUSTERS} 个",
        )
        return DimensionResult(found.dimension, "open", n, clusters, margin, ties, before, after, note=note)
    values = found.weighted
    alpha = level(plan)
    limits = margin_graded(values, margin or span, found.clusters, alpha=alpha, reach=span)
    test = paired_t(values, found.clusters, confidence=1 - plan.alpha, reach=span)
    flips = sign_flip(found.whole_sums)
    midp_better = flips.midp_greater if flips.midp_greater is not None else flips.pvalue_greater
    assert limits.bounds is not None
    assert test.interval is not None
    lower, upper = limits.bounds
    outcome = _outcome(lower, upper, margin, midp_better is not None and midp_better <= alpha)
    better, midp = test.pvalue_greater, flips.pvalue if flips.midp is None else flips.midp
    return DimensionResult(
        found.dimension, outcome, n, clusters, margin, ties, before, after, limits.difference, *test.interval, lower, upper, test.pvalue,
        midp, better, None if better is None or test.status == Status.IDENTICAL else 1 - better,
        _more_items(found, margin, alpha, plan.power), _SMALL_LOSS if outcome == "no worse" and upper < 0 else None,
    )  # fmt: skip


def level(plan: Plan) -> float:
    """Level of each one-sided decision: with several candidates the plan's alpha is shared among them (Bonferroni), so that the chance
    of calling any of them better by mistake stays what the plan says.
    """
    return plan.alpha / max(1, plan.runs - 1)


def _outcome(lower: float, upper: float, margin: float | None, flips_agree: bool) -> Outcome:
    if lower > 0 and flips_agree:
        return "better"
    if margin is not None and lower > -margin:
        return "no worse"
    return "worse" if upper < 0 else "open"


def _more_items(found: Differences, margin: float | None, alpha: float, power: float) -> int | None:
    """Items beyond those there are; None without a margin. Two imagined items, at -1 and 1, keep the variance above zero."""
    if margin is None:
        return None
    values = [*found.weighted, 1.0, -1.0]
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    effect = design_effect(found.weighted, found.clusters) or 1.0
    return max(1, needed_items(variance, margin, alpha=alpha, power=power, sides=1, design_effect=effect).n - len(found.units))
