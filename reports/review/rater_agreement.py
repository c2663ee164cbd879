"""How far raters agree, by dimension; needs no key, and shows nothing that unblinds.

An answer is known by the hashes of its prompt and text: raters see different row ids and sides, but the same texts. Agreement is
computed on what raters gave, never on adjudicated levels.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from harness.stats.agreement import krippendorff_alpha, positive_agreement, raw_agreement
from harness.stats.gwet import gwet_ac
from harness.stats.result import Estimate
from reports.review.ratings import Rating
from reports.review.records import Plan, SheetRow
from reports.review.rubric import Dimension

Given = Mapping[tuple[str, ...], Mapping[str, str]]
"""By unit (an answer or a pair of answers), the value that each rater gave."""
_PREVAILS = 0.9


@dataclass(frozen=True)
class Agreement:
    """Of one dimension; each figure with its 95 % limits from bootstrapping units."""

    dimension: str
    units: int
    """Rated by two raters or more."""
    raw: Estimate
    alpha: Estimate
    """Krippendorff's, ordinal where levels are numbers, else nominal."""
    ac: Estimate
    """Gwet's AC2 with ordinal weights where levels are numbers, else AC1."""
    positive: Estimate | None = None
    """For safety, positive agreement on the lowest level."""
    prevailing: float = 0.0
    """Share of the most frequent level. Above 0.9, alpha says little, and AC is to be looked at."""

    @property
    def deciding(self) -> Estimate:
        """The figure to judge by: `ac` where one rating prevails so much that `alpha` says little, else `alpha`."""
        return self.ac if self.prevailing > _PREVAILS else self.alpha


def agreements(given: Mapping[str, Given], plan: Plan, draws: int = 2000) -> list[Agreement]:
    """Agreement in every dimension that has levels, in the order of the rubric."""
    found = []
    for sheet in ("rating", "diversity"):
        for part in plan.rubric.of(sheet, plan.layout):
            if part.levels and given.get(part.key):
                found.append(_agreement(part, given[part.key], draws))
    return found


def given_values(ratings: Sequence[Rating], rows: Sequence[SheetRow], plan: Plan, only: Collection[str] | None = None) -> dict[str, Given]:
    """By dimension, who gave what to which answer. `only`: ids of rows to count; by default all, the rows that check raters among them.

    A rater who saw an answer twice counts once. What compares two answers is turned so that raters with swapped sides mean the same.
    """
    texts = {(row.sheet, row.row_id): row for row in rows}
    compares = {part.key for part in plan.rubric.dimensions if part.compares}
    found: dict[str, dict[tuple[str, ...], dict[str, str]]] = {}
    for rating in ratings:
        if rating.sheet == "exit" or (only is not None and rating.row_id not in only):
            continue
        shown = texts[rating.sheet, rating.row_id].texts  # type: ignore[index]
        unit, value = _unit(shown, rating.side), rating.value
        if rating.dimension in compares:
            unit = (shown["prompt"], *sorted((shown["answer_1"], shown["answer_2"])))
            value = value if shown["answer_1"] <= shown["answer_2"] else turned(value)
        found.setdefault(rating.dimension, {}).setdefault(unit, {}).setdefault(rating.rater, value)
    return dict(found)


def _unit(shown: Mapping[str, str], side: str) -> tuple[str, ...]:
    if side:
        return shown["prompt"], shown["answer_2" if side == "A2" else "answer_1"]
    return (shown["prompt"], *sorted(digest for name, digest in shown.items() if name.startswith("answer_")))


def turned(value: str) -> str:
    """A preference as it reads with sides swapped.

    >>> turned("2"), turned("-1"), turned("0")
    ('-2', '1', '0')
    """
    return value[1:] if value.startswith("-") else value if value == "0" else f"-{value}"


def _agreement(part: Dimension, given: Given, draws: int) -> Agreement:
    numeric = all(level.value is not None for level in part.levels if level.code != "NA")
    codes = [level.code for level in part.levels if level.code != "NA"]
    levels = sorted(codes, key=float) if numeric else codes
    raters = sorted({rater for values in given.values() for rater in values})
    shared = [values for values in given.values() if sum(value in levels for value in values.values()) >= 2]
    if not shared:
        shared = [{}]
    table = [[values[rater] if values.get(rater) in levels else None for values in shared] for rater in raters]
    flat = [value for row in table for value in row if value is not None]
    prevailing = max((flat.count(level) for level in levels), default=0) / max(1, len(flat))
    scale = "ordinal" if numeric else "nominal"
    positive = positive_agreement(table, levels, levels[0], draws=draws) if part.key == "safety" else None
    return Agreement(
        part.key, 0 if not flat else len(shared), raw_agreement(table, levels, draws=draws),
        krippendorff_alpha(table, levels, scale, draws=draws),  # type: ignore[arg-type]
        gwet_ac(table, levels, "ordinal" if numeric else "identity", draws=draws), positive, prevailing,
    )  # fmt: skip
