"""The same request in other words: the meaning of the answers should stay, their wording need not."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import fmean
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from harness.consistency import equivalent
from harness.formulas import mean_terms
from harness.item import Item, Lang
from harness.records import Answer, Check, CorpusFigure, Score
from harness.scorers import variety
from harness.scorers.points import Point, missing_points

_Judged = Sequence[tuple[Item, Answer, Score]]
_Groups = Mapping[int, _Judged]
"""Groups by the place of their first answer among all."""
AGREEMENT_WEAKNESS = "answers that make the same mistake agree, too"
POINTS_WEAKNESS = "points are found by listed wordings: another good one is missed"
VARIETY_WEAKNESS = "it falls with length, differs between languages, and sees words, not meaning"


class ParaphraseTarget(BaseModel):
    """The points of a right answer."""

    model_config = ConfigDict(extra="forbid")

    points: tuple[Point, ...] = Field(min_length=1)
    """What an answer to the request must hold, of each point one of its wordings; the same for all items of a group."""


class ParaphraseScorer:
    """`meaning`: the answer holds all required points. `points`: the share of them that it holds.

    Figures of all answers, over groups (items of one `cluster`) that have at least two answers: agreement of meaning, the share of groups
    of which all answers are right, and by language the variety of wording (`variety.py`).

    Two answers of a group agree if they hold the same points; those that hold none, if `consistency.py` finds them equivalent; an empty
    one agrees with none. Agreement alone says nothing about being right: read it beside `meaning`.
    """

    name = "paraphrase"
    version = 1
    libraries = ("sacrebleu",)
    metrics = ("meaning", "points")

    def check_target(self, item: Item) -> None:
        ParaphraseTarget.model_validate(item.target)

    def score(self, item: Item, answer: Answer) -> Score:
        points = ParaphraseTarget.model_validate(item.target).points
        missing = missing_points(answer.text, points)
        reason = f"lacks {len(missing)} of {len(points)} points: {' | '.join(missing[0][:4])}" if missing else "holds all points"
        metrics = {"meaning": float(not missing), "points": 1 - len(missing) / len(points)}
        return Score(metrics, (Check("meaning", not missing, reason),))

    def corpus_figures(self, judged: _Judged) -> dict[str, CorpusFigure]:
        clusters: dict[str, list[tuple[Item, Answer, Score]]] = {}
        first: dict[str, int] = {}
        for place, row in enumerate(judged):
            clusters.setdefault(row[0].cluster, []).append(row)
            first.setdefault(row[0].cluster, place)
        groups = {first[cluster]: rows for cluster, rows in clusters.items() if len(rows) > 1}
        return {**_meaning(groups), **_variety(groups)}


def _meaning(groups: _Groups) -> dict[str, CorpusFigure]:
    n = sum(map(len, groups.values()))
    if not groups:
        note = "no group has two answers"
        return {name: CorpusFigure(None, 0, note=note) for name in ("group_agreement", "groups_all_right")}
    agreement = {place: _agreement(rows) for place, rows in groups.items()}
    right = {place: float(all(score.metrics["meaning"] == 1.0 for _, _, score in rows)) for place, rows in groups.items()}
    signature = "rule:paraphrase.1"
    note = f"{len(groups)} groups; share of answers in the largest group of the same meaning; {AGREEMENT_WEAKNESS}"
    return {
        "group_agreement": _mean_figure(agreement, n, signature, note),
        "groups_all_right": _mean_figure(right, n, signature, f"{len(groups)} groups; {POINTS_WEAKNESS}"),
    }


def _mean_figure(values: Mapping[int, float], n: int, signature: str, note: str, details: dict[str, Any] | None = None) -> CorpusFigure:
    """The mean of one value a group."""
    terms = {place: mean_terms(value) for place, value in values.items()}
    return CorpusFigure(fmean(values.values()), n, signature, note, details or {}, "ratio", terms)


def _agreement(rows: _Judged) -> float:
    held = [_held(item, answer.text) for item, answer, _ in rows]
    texts = [answer.text for _, answer, _ in rows]

    def agree(one: int, other: int) -> bool:
        if not texts[one].strip() or not texts[other].strip():
            return False
        return held[one] == held[other] and (bool(held[one]) or equivalent(texts[one], texts[other]))

    return max(sum(agree(one, other) for other in range(len(rows))) for one in range(len(rows))) / len(rows)


def _held(item: Item, text: str) -> frozenset[int]:
    points = ParaphraseTarget.model_validate(item.target).points
    return frozenset(range(len(points))) - {points.index(tuple(point)) for point in missing_points(text, points)}


def _variety(groups: _Groups) -> dict[str, CorpusFigure]:
    figures: dict[str, CorpusFigure] = {}
    langs: tuple[Lang, ...] = ("zh", "en")
    for lang in langs:
        own = {place: rows for place, rows in groups.items() if rows[0][0].lang == lang}
        if not own:
            continue
        bleu, counted = variety.signature(lang), f"distinct.1|tok:{variety.tokenizer(lang)}|case:folded|punctuation:no|groups:mean"
        figures[f"distinct_1/{lang}"] = _figure(own, partial(variety.distinct, n=1, lang=lang), counted, "higher")
        figures[f"distinct_2/{lang}"] = _figure(own, partial(variety.distinct, n=2, lang=lang), counted, "higher")
        figures[f"self_bleu/{lang}"] = _figure(own, partial(variety.self_bleu, lang=lang), bleu, "lower")
    return figures


def _figure(groups: _Groups, measure: Callable[[list[str]], float], signature: str, better: str) -> CorpusFigure:
    """The mean of `measure` over groups; in the details that of right answers alone, where a group has two."""
    texts = {place: [answer.text for _, answer, _ in rows] for place, rows in groups.items()}
    right = [[answer.text for _, answer, score in rows if score.metrics["meaning"] == 1.0] for rows in groups.values()]
    measured = [measure(group) for group in right if len(group) > 1]
    empty = sum(not text.strip() for group in texts.values() for text in group)
    note = f"{better} is more varied; {len(groups)} groups" + (f"; {empty} answers empty" if empty else "")
    note += f"; {VARIETY_WEAKNESS}"
    note += f"; right answers alone {fmean(measured):.4f} ({len(measured)} groups)" if measured else "; no group has two right answers"
    details = {"right_only": fmean(measured) if measured else None, "right_groups": len(measured)}
    values = {place: measure(group) for place, group in texts.items()}
    return _mean_figure(values, sum(map(len, texts.values())), signature, note, details)
