"""One figure of all dimensions, weighted as the rubric says: shown beside the verdict, decides nothing."""

from collections.abc import Sequence
from fractions import Fraction

from reports.review.differences import Differences, Settled, differences
from reports.review.dimension_tests import DimensionResult, assess_dimension
from reports.review.records import Plan
from reports.review.unblinded import View


def composite(views: Sequence[View], settled: Settled, plan: Plan) -> DimensionResult | None:
    """Weighted mean over dimensions, each brought to 0 to 1; an item is of the dimensions that were rated on it. None without weights."""
    weighted = [part for part in plan.rubric.dimensions if part.weight and part.sheet == "rating" and part.per == "answer"]
    if not weighted:
        return None
    sums: dict[str, tuple[Fraction, Fraction, Fraction]] = {}
    about: dict[str, tuple[str, float, bool]] = {}
    for part in weighted:
        values = [level.value for level in part.levels if level.value is not None]
        least, span, weight = Fraction(min(values)), Fraction(max(values) - min(values)), Fraction(str(part.weight))
        single = differences(views, part.key, part.sheet, settled)
        for unit, cluster, chance, before, after, tied in zip(
            single.units, single.clusters, single.weights, single.before, single.after, single.tied, strict=True
        ):
            about[unit] = (cluster, chance, tied)
            total, old, new = sums.get(unit, (Fraction(0),) * 3)
            sums[unit] = (total + weight, old + weight * (before - least) / span, new + weight * (after - least) / span)
    if not sums:
        return None
    clusters, weights, tied = zip(*about.values(), strict=True)
    before, after = (tuple(row[side] / row[0] for row in sums.values()) for side in (1, 2))
    found = Differences("composite", tuple(sums), clusters, weights, before, after, tied)
    return assess_dimension(found, None, 1.0, plan)
