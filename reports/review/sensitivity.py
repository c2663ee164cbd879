"""Does the verdict hold if something is done otherwise? Lines beside it; none of them takes its place."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import tanh
from statistics import pstdev
from typing import Literal

import numpy as np

from harness.stats.raters import two_way_t
from reports.review.differences import Settled, differences
from reports.review.rater_quality import number
from reports.review.records import Plan, ShownAnswer
from reports.review.report_words import term
from reports.review.rubric import Text
from reports.review.unblinded import BASELINE, View
from reports.review.verdict import Word, judge

Kind = Literal["without failed raters", "without masked answers", "unadjudicated", "length-adjusted", "raters like these"]


@dataclass(frozen=True)
class Sensitivity:
    """The primary dimension under another reading; `verdict` is None for lines about the difference alone."""

    kind: Kind
    verdict: Word | None
    difference: float | None
    low: float | None
    """Two-sided limits at 1 - alpha."""
    high: float | None
    n: int
    more_items: int | None = None
    """For INCONCLUSIVE: about how many more items would tell."""
    note: Text | None = None


def sensitivities(
    views: Sequence[View], settled: Settled, plan: Plan, failed: Collection[str], answers: Sequence[ShownAnswer]
) -> list[Sensitivity]:
    """All lines for one candidate. `failed`: raters who did not pass the rows that check."""
    masked = masked_units(answers)
    kept = [view for view in views if view.rater not in failed]
    unmasked = [view for view in views if view.unit not in masked]
    names, gone = ", ".join(sorted(failed)), len({view.unit for view in views} & masked)
    nobody = Text(en="nobody failed", zh="没有人未通过")
    lines = [
        _judged("without failed raters", kept, settled, plan, Text(en=names, zh=names) if failed else nobody),
        _judged("without masked answers", unmasked, settled, plan, Text(en=f"{gone} items left out", zh=f"去掉 {gone} 个条目")),
        _judged("unadjudicated", views, {}, plan, Text(en=f"{len(settled)} decisions ignored", zh=f"不计 {len(settled)} 项裁定")),
    ]
    return [*lines, _length_adjusted(views, settled, plan, answers), _raters_like_these(views, plan)]


def masked_units(answers: Sequence[ShownAnswer]) -> set[str]:
    """Items of which an answer had a name or a word about itself masked."""
    from reports.review.leaks import MASK

    return {f"{row.suite}/{row.item}" for row in answers if MASK in row.answer and not any(MASK in text for text in row.raw)}


def _judged(kind: Kind, views: Sequence[View], settled: Settled, plan: Plan, note: Text) -> Sensitivity:
    if not views:
        return Sensitivity(kind, None, None, None, None, 0, note=note)
    found = judge(views, settled, plan)
    primary = found.primary
    return Sensitivity(kind, found.verdict, primary.difference, primary.low, primary.high, primary.n, found.more_items, note)


def _length_adjusted(views: Sequence[View], settled: Settled, plan: Plan, answers: Sequence[ShownAnswer]) -> Sensitivity:
    """The difference that remains between answers of equal length: intercept of a regression on tanh of the standardised difference of
    lengths, least squares with CR1 errors."""
    import statsmodels.api as sm

    found = differences(views, plan.primary, "rating", settled)
    lengths = {(f"{row.suite}/{row.item}", row.run): len(row.answer) for row in answers}
    candidate = views[0].candidate
    gaps = [lengths.get((unit, candidate), 0) - lengths.get((unit, BASELINE), 0) for unit in found.units]
    spread = pstdev(gaps) if len(gaps) > 1 else 0.0
    groups = {cluster: index for index, cluster in enumerate(dict.fromkeys(found.clusters))}
    if spread == 0 or len(groups) < 3:
        note = Text(en="lengths do not differ, or too few items", zh="长度没有差别，或条目太少")
        return Sensitivity("length-adjusted", None, None, None, None, len(gaps), note=note)
    design = np.column_stack([np.ones(len(gaps)), [tanh(gap / spread) for gap in gaps]])
    fit = sm.WLS([float(value) for value in found.values], design, weights=found.weights).fit(
        cov_type="cluster", cov_kwds={"groups": [groups[cluster] for cluster in found.clusters]}, use_t=True
    )
    low, high = fit.conf_int(plan.alpha)[0]
    return Sensitivity("length-adjusted", None, float(fit.params[0]), float(low), float(high), len(gaps))


def _raters_like_these(views: Sequence[View], plan: Plan) -> Sensitivity:
    """The same difference for raters of whom these are a sample; with three raters it hardly ever shows anything."""
    rows = [
        (view, after - before)
        for view in views
        if (before := number(view.before.get(plan.primary))) is not None and (after := number(view.after.get(plan.primary))) is not None
    ]
    if not rows:
        return Sensitivity("raters like these", None, None, None, None, 0)
    values, items, raters = [value for _, value in rows], [view.cluster for view, _ in rows], [view.rater for view, _ in rows]
    found = two_way_t(values, items, raters, confidence=1 - plan.alpha)
    low, high = found.interval if found.interval is not None else (None, None)
    count, status = len(set(raters)), str(found.status)
    known = Text(en=f"{count} raters", zh=f"{count} 位评分人")
    note = known if found.interval is not None else Text(en=term(status, "en"), zh=term(status, "zh"))
    return Sensitivity("raters like these", None, found.difference, low, high, len(rows), note=note)
