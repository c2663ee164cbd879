"""Which answers raters disagree on most, with what each of them said; needs no key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.review.rater_agreement import turned
from reports.review.rater_quality import comparing, number, scored
from reports.review.ratings import Rating
from reports.review.records import Plan, SheetRow

MOST = 30
_LONGEST = 4_000


@dataclass(frozen=True)
class Said:
    """One rater's view of a pair, in the order of the page."""

    rater: str
    seq: int
    """Row on the rater's sheet."""
    levels: tuple[tuple[str, ...], ...]
    """By answer, then by dimension."""
    preference: str
    """Below 0: the first answer of the page; empty if it was not asked."""
    comment: str


@dataclass(frozen=True)
class Disagreement:
    """A pair of answers (or one answer, where each has its own row) that raters see differently."""

    prompt: str
    """Empty where texts are kept elsewhere."""
    answers: tuple[str, ...]
    spread: float
    """Sum over dimensions and answers of highest less lowest level."""
    said: tuple[Said, ...]


def disagreements(
    ratings: Sequence[Rating], rows: Sequence[SheetRow], plan: Plan, texts: Mapping[str, str], most: int = MOST
) -> list[Disagreement]:
    """The pairs with the largest spread, largest first; only such with any. `texts`: by hash, what raters saw."""
    cells: dict[str, dict[tuple[str, str], str]] = {}
    for rating in ratings:
        if rating.sheet == "rating":
            cells.setdefault(rating.row_id, {})[rating.side, rating.dimension] = rating.value
    pairs: dict[tuple[str, ...], dict[str, Said]] = {}
    for row in sorted(rows, key=lambda row: row.seq):
        if row.sheet == "rating" and row.row_id in cells:
            place, said = _said(row, cells[row.row_id], plan)
            pairs.setdefault(place, {}).setdefault(row.rater, said)
    found = [(_spread([*by_rater.values()]), place, by_rater) for place, by_rater in pairs.items() if len(by_rater) > 1]
    found.sort(key=lambda row: -row[0])
    return [
        Disagreement(
            _cut(texts.get(place[0], "")), tuple(_cut(texts.get(digest, "")) for digest in place[1:]), spread, tuple(by_rater.values())
        )
        for spread, place, by_rater in found[:most]
        if spread > 0
    ]


def _said(row: SheetRow, cells: Mapping[tuple[str, str], str], plan: Plan) -> tuple[tuple[str, ...], Said]:
    digests = [(digest, side) for name, side in (("answer_1", "A1"), ("answer_2", "A2")) if (digest := row.texts.get(name)) is not None]
    ordered = sorted(digests, key=lambda part: part[0])
    levels = tuple(tuple(cells.get((side, part.key), "") for part in scored(plan)) for _, side in ordered)
    compares = comparing(plan)
    preference = cells.get(("", compares.key), "") if compares is not None else ""
    shown = turned(preference) if preference and ordered != digests else preference
    said = Said(row.rater, row.seq, levels, shown, cells.get(("", "comment"), ""))
    return (row.texts["prompt"], *(digest for digest, _ in ordered)), said


def _spread(said: Sequence[Said]) -> float:
    """Of all levels, and of the preference at half weight, since two answers of one level may be preferred either way."""
    columns = [
        [number(value) for value in column]
        for part in zip(*(one.levels for one in said), strict=True)
        for column in zip(*part, strict=True)
    ]
    spreads = [max(values) - min(values) for column in columns if len(values := [value for value in column if value is not None]) > 1]
    leaning = [value for one in said if (value := number(one.preference or None)) is not None]
    return sum(spreads) + (max(leaning) - min(leaning)) / 2 if leaning else sum(spreads)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … (+{len(text) - _LONGEST})"
