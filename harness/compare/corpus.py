"""Figures of all answers of a suite together, such as BLEU or macro F1, in two runs: their difference, tested on what answers add to them.

The terms lie in the run folders beside the scores, as the scorer made them: a comparison needs no suite, no tokenizer and no model, and
tests the very sums that the figure shown was made of.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from harness.compare.paired import FEWEST_CLUSTERS
from harness.compare.records import CorpusChange
from harness.compare.runs import Row
from harness.formulas import Formula, Terms, figure_of, score_of, tables
from harness.stats.corpus import paired_bootstrap, randomisation_test
from harness.stats.result import Status

_SIDES = ("baseline", "candidate")
_DRAWS = 10_000


def corpus_changes(summaries: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[Row]]) -> tuple[CorpusChange, ...]:
    """The change of each figure, from the two runs' summaries of a suite and their rows of scores."""
    figures = [summary.get("corpus", {}) for summary in summaries]
    return tuple(_change(name, [side.get(name, {}) for side in figures], rows) for name in {**figures[0], **figures[1]})


def _change(name: str, sides: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[Row]]) -> CorpusChange:
    values = [_finite(side.get("value")) for side in sides]
    shown = CorpusChange(figure=name, baseline=values[0], candidate=values[1])
    if (reason := _untestable(sides, values)) is not None:
        return replace(shown, note=f"{reason}; not tested")
    return _tested(shown, sides[0]["formula"], *_paired(name, rows))


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _untestable(sides: Sequence[Mapping[str, Any]], values: Sequence[float | None]) -> str | None:
    """Why two figures cannot be tested against each other, if so."""
    named = [*zip(_SIDES, sides, strict=True)]
    without = [(side, figure) for (side, figure), value in zip(named, values, strict=True) if value is None]
    if without:
        return "; ".join(f"{side}: {figure.get('note', 'not computed')}" for side, figure in without)
    if sides[0].get("signature") != sides[1].get("signature"):
        return f"computed differently: {sides[0].get('signature')} → {sides[1].get('signature')}"
    if old := [side for side, figure in named if "formula" not in figure]:
        return f"the {' and the '.join(old)} does not hold what each answer adds to it (`harness rescore RUN` adds that)"
    if any(figure["formula"] is None for figure in sides):
        return "it is not made of what single answers add to it"
    return None


def _paired(name: str, rows: Sequence[Sequence[Row]]) -> tuple[list[list[Terms]], list[str]]:
    """Both sides' terms of each item that has any, and the item's cluster.

    A cluster with an item that either run does not have, or has an error of, is left out whole.
    """
    clusters = {row["item"]: row["cluster"] for side in rows for row in side}
    sound = [{row["item"] for row in side} - {row["item"] for row in side if row["error"] is not None} for side in rows]
    broken = {cluster for item, cluster in clusters.items() if not all(item in side for side in sound)}
    sides: list[dict[str, Counter[str]]] = [{}, {}]
    for side, found in zip(rows, sides, strict=True):
        for row in side:
            if row["cluster"] not in broken and (terms := row.get("corpus", {}).get(name)) is not None:
                found.setdefault(row["item"], Counter()).update(terms)
    items = [*{**sides[0], **sides[1]}]
    return [[side.get(item, {}) for item in items] for side in sides], [clusters[item] for item in items]


def _tested(shown: CorpusChange, formula: Formula, sides: Sequence[Sequence[Terms]], clusters: Sequence[str]) -> CorpusChange:
    counted = replace(shown, n=len(clusters), clusters=len(set(clusters)))
    if not clusters:
        return replace(counted, note="no answer in both runs adds to it; not tested")
    before, after = (figure_of(formula, side) for side in sides)
    if not (isfinite(before) and isfinite(after)):
        return replace(counted, note="it is undefined over the answers that both runs have; not tested")
    found = replace(counted, baseline=before, candidate=after, difference=after - before)
    if found.clusters < FEWEST_CLUSTERS:
        return replace(found, note=f"{Status.FEW_CLUSTERS}; not tested")
    names, (old, new) = tables(sides)
    score = score_of(formula, names)
    swapped = randomisation_test(old, new, score, clusters, draws=_DRAWS)
    drawn = paired_bootstrap(old, new, score, clusters, draws=_DRAWS)
    low, high = drawn.interval or (None, None)
    notes = dict.fromkeys([*((str(drawn.status),) if drawn.status != Status.OK else ()), *swapped.warnings, *drawn.warnings])
    return replace(found, low=low, high=high, pvalue=swapped.pvalue, note="; ".join(notes))
