"""Figures that are measured of each item and are no scores, in two runs."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from harness.compare.records import Extent, MeasuredDrift
from harness.compare.runs import Row, extents, within
from harness.stats.clustered import clustered_mean
from harness.stats.result import Status


def measured_drift(baseline: Sequence[Row], candidate: Sequence[Row]) -> tuple[MeasuredDrift, ...]:
    """The paired change of each figure that is measured and not scored, by stratum and language."""
    before, after = _measured(baseline), _measured(candidate)
    strata = dict.fromkeys(row["stratum"] for row in after)
    return tuple(
        _drift(stratum, metric, lang, within(before, stratum, lang), within(after, stratum, lang))
        for stratum in strata
        for metric in dict.fromkeys(name for row in within(after, stratum, "all") for name in row["scores"])
        for lang in extents(within(after, stratum, "all"))
    )


def _measured(rows: Sequence[Row]) -> list[Row]:
    """Rows that are measured and not scored, without items that have an error."""
    broken = {row["item"] for row in rows if row["error"] is not None}
    return [row for row in rows if row["item"] not in broken and row["score"] is None]


def _drift(stratum: str, metric: str, lang: Extent, baseline: Sequence[Row], candidate: Sequence[Row]) -> MeasuredDrift:
    before, after = (_item_means(rows, metric) for rows in (baseline, candidate))
    items = [item for item in before if item in after]
    if not items:
        return MeasuredDrift(stratum=stratum, metric=metric, lang=lang, n=0, note="no item was measured in both runs")
    clusters = {row["item"]: row["cluster"] for row in candidate}
    mean = clustered_mean([after[item] - before[item] for item in items], [clusters[item] for item in items])
    drift = MeasuredDrift(
        stratum=stratum, metric=metric, lang=lang, n=len(items), clusters=mean.clusters, baseline=fmean(before[item] for item in items),
        candidate=fmean(after[item] for item in items), difference=mean.mean,
    )  # fmt: skip
    if mean.status != Status.OK:
        return replace(drift, note=f"{mean.status}; no interval")
    low, high = mean.limits()
    return replace(drift, low=low, high=high, pvalue=mean.pvalue)


def _item_means(rows: Sequence[Row], metric: str) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for row in rows:
        if metric in row["scores"]:
            values.setdefault(row["item"], []).append(row["scores"][metric])
    return {item: fmean(found) for item, found in values.items()}
