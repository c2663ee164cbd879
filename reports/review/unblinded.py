"""Ratings joined with the key: each line is what one rater thought of a candidate's answer beside the baseline's.

Rows that check raters are left out: they compare no runs. Everything that is computed after unblinding begins here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.review.rater_quality import by_row, comparing, number
from reports.review.ratings import Rating
from reports.review.records import Key, KeyRow, Plan, Tie

BASELINE = 0
"""Index of the run that all others are compared with."""


@dataclass(frozen=True, slots=True)
class View:
    """One rater's ratings of one item, or of one group of paraphrases."""

    rater: str
    row: str
    unit: str
    """The item, as `suite/item`, or the group."""
    cluster: str
    weight: float
    """One over the probability with which the item was chosen."""
    candidate: int
    """Index into `Key.runs`."""
    before: Mapping[str, str]
    """By dimension, the level of the baseline's answer."""
    after: Mapping[str, str]
    """By dimension, the level of the candidate's answer."""
    preference: float | None = None
    """Above 0: the candidate's answer is preferred. None if it was not asked."""
    sheet: str = "rating"

    @property
    def is_tie(self) -> bool:
        """Identical answers: nobody was asked, and every difference counts as 0."""
        return not self.rater


def views_of(ratings: Sequence[Rating], key: Key, plan: Plan) -> tuple[View, ...]:
    """Join ratings with the key; rows that were not rated are left out, and identical answers are one view without a rater: a tie."""
    views = []
    by_id: dict[tuple[str, str], KeyRow] = {(row.sheet, row.row_id): row for row in key.rows}
    for sheet in ("rating", "diversity"):
        rows = by_row(ratings, sheet)
        for (_, row_id), cells in rows.items():
            row = by_id[sheet, row_id]
            if row.kind == "real":
                made = _pairwise(row, cells, plan) if row.right_run is not None else _single(row, cells, rows, by_id)
                if made is not None:
                    views.append(made)
    return (*views, *(_tie(tie, plan) for tie in key.ties))


def unit_of(row: KeyRow) -> str:
    """Name of the item, or of the group of paraphrases."""
    return f"{row.suite}/{row.item}" if row.item else f"{row.suite}/{row.cluster}"


def _pairwise(row: KeyRow, cells: Mapping[tuple[str, str], str], plan: Plan) -> View:
    candidate_left = row.left_run != BASELINE
    sides = {side: {key: value for (where, key), value in cells.items() if where == side} for side in ("A1", "A2")}
    compares = comparing(plan)
    preference = number(cells.get(("", compares.key))) if compares is not None else None
    before, after = (sides["A2"], sides["A1"]) if candidate_left else (sides["A1"], sides["A2"])
    candidate = row.left_run if candidate_left else row.right_run
    assert candidate is not None
    oriented = preference if preference is None or not candidate_left else 0.0 - preference
    return _view(row, candidate, before, after, oriented)


def _single(
    row: KeyRow,
    cells: Mapping[tuple[str, str], str],
    rows: Mapping[tuple[str, str], Mapping[tuple[str, str], str]],
    by_id: Mapping[tuple[str, str], KeyRow],
) -> View | None:
    """A candidate's row beside the same rater's row with the baseline's answer; None for the latter itself."""
    partner = rows.get((row.rater, row.partner_row)) if row.partner_row else None
    if partner is None or row.left_run is None or (row.sheet, row.partner_row) not in by_id:
        return None
    before, after = ({key: value for (side, key), value in part.items() if side == "A1"} for part in (partner, cells))
    return _view(row, row.left_run, before, after, None)


def _view(row: KeyRow, candidate: int, before: Mapping[str, str], after: Mapping[str, str], preference: float | None) -> View:
    cluster, weight = f"{row.suite}/{row.cluster}", 1 / row.incl_prob
    return View(row.rater, row.row_id, unit_of(row), cluster, weight, candidate, before, after, preference, row.sheet)


def _tie(tie: Tie, plan: Plan) -> View:
    preference = None if comparing(plan) is None else 0.0
    return View("", "", f"{tie.suite}/{tie.item}", f"{tie.suite}/{tie.cluster}", 1 / tie.incl_prob, tie.candidate, {}, {}, preference)
