"""Whether a rater read what was to be rated: contradictions, one level for everything, a liking for one side, rows that check.

All but the last need no key. Nothing here takes a rater out: warnings are for asking, and the verdict is given with and without.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import binomtest

from reports.review.complaints import Complaint
from reports.review.ratings import Rating
from reports.review.records import Key, KeyRow, Plan
from reports.review.rubric import Dimension, Text

_STRAIGHT, _APART, _ENOUGH_CELLS = 0.9, 0.2, 20
"""One level in nine of ten cells, a fifth more often than the others, among twenty cells or more."""
_SIDE_P, _ENOUGH_CHOICES = 0.01, 10
Cells = Mapping[tuple[str, str], str]
"""By side and dimension, the values of one row."""


@dataclass(frozen=True)
class CatchResult:
    """How a rater did on the rows that check."""

    rater: str
    passed: int
    rows: int
    needed: int
    failed_rows: tuple[str, ...]
    by_kind: Mapping[str, tuple[int, int]]
    """Passed and all, by kind."""

    @property
    def ok(self) -> bool:
        """Whether enough of them were answered as they should be."""
        return self.passed >= self.needed


def by_row(ratings: Sequence[Rating], sheet: str = "rating") -> dict[tuple[str, str], dict[tuple[str, str], str]]:
    """Of one sheet, by rater and row, the values by side and dimension."""
    rows: dict[tuple[str, str], dict[tuple[str, str], str]] = {}
    for rating in ratings:
        if rating.sheet == sheet:
            rows.setdefault((rating.rater, rating.row_id), {})[rating.side, rating.dimension] = rating.value
    return rows


def scored(plan: Plan, sheet: str = "rating") -> tuple[Dimension, ...]:
    """Dimensions asked of each answer whose levels are numbers."""
    dimensions = plan.rubric.of("diversity" if sheet == "diversity" else "rating", plan.layout)
    return tuple(part for part in dimensions if part.per == "answer" and any(level.value is not None for level in part.levels))


def comparing(plan: Plan) -> Dimension | None:
    """The dimension that sets both answers against each other, if there is one."""
    return next((part for part in plan.rubric.of("rating", plan.layout) if part.compares), None)


def number(value: str | None) -> float | None:
    """The code as a number; None for NA and for what is missing."""
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def contradictions(cells: Cells, plan: Plan) -> tuple[int, str] | None:
    """The side (1 or 2) that is better wherever the two differ, and the preference for the other; None if there is no contradiction.

    Two dimensions at least must differ, or the preference be as strong as can be: a single shade may be outweighed by what no
    dimension asks about.
    """
    compares = comparing(plan)
    preference = number(cells.get(("", compares.key))) if compares else None
    if not preference or compares is None:
        return None
    pairs = [(number(cells.get(("A1", part.key))), number(cells.get(("A2", part.key)))) for part in scored(plan)]
    signs = [(left > right) - (left < right) for left, right in pairs if left is not None and right is not None and left != right]
    strongest = max(abs(level.value or 0) for level in compares.levels)
    if not signs or abs(sum(signs)) < len(signs) or (len(signs) < 2 and abs(preference) < strongest):
        return None
    better = 1 if signs[0] > 0 else 2
    prefers = 1 if preference < 0 else 2
    return None if better == prefers else (better, f"{preference:+g}")


def straight_lining(ratings: Sequence[Rating], plan: Plan) -> Iterator[Complaint]:
    """W02: a rater who gave one level nearly always where the others did not."""
    for part in scored(plan):
        counts: dict[str, Counter[str]] = {}
        for rating in ratings:
            if rating.sheet == "rating" and rating.dimension == part.key:
                counts.setdefault(rating.rater, Counter())[rating.value] += 1
        for rater, own in counts.items():
            others = sum((count for name, count in counts.items() if name != rater), Counter())
            (level, times), cells = own.most_common(1)[0], own.total()
            if cells < _ENOUGH_CELLS or not others:
                continue
            share, usual = times / cells, others[level] / others.total()
            if share >= _STRAIGHT and share - usual >= _APART:
                yield Complaint("W02", facts={
                    "rater": rater, "level": level, "column": part.label, "found": f"{share:.0%}", "expected": f"{usual:.0%}",
                })  # fmt: skip


def side_preference(ratings: Sequence[Rating], plan: Plan) -> Iterator[Complaint]:
    """W05: a rater who prefers one side more often than chance would (two-sided binomial test at 1 %)."""
    compares = comparing(plan)
    choices: dict[str, list[float]] = {}
    for rating in ratings:
        if compares is not None and rating.dimension == compares.key and (value := number(rating.value)):
            choices.setdefault(rating.rater, []).append(value)
    for rater, values in choices.items():
        left = sum(value < 0 for value in values)
        pvalue = float(binomtest(left, len(values)).pvalue)
        if len(values) >= _ENOUGH_CHOICES and pvalue < _SIDE_P:
            side = Text(en="the left answer", zh="左边的回答") if 2 * left > len(values) else Text(en="the right answer", zh="右边的回答")
            share = max(left, len(values) - left) / len(values)
            found = Text(en=f"{share:.0%} of {len(values)}", zh=f"{share:.0%}（共 {len(values)} 次）")
            yield Complaint("W05", facts={"rater": rater, "side": side, "found": found, "pvalue": f"{pvalue:.2g}", "expected": "50%"})


def catch_results(ratings: Sequence[Rating], plan: Plan, key: Key) -> dict[str, CatchResult]:
    """By rater, the rows that check and were judged as `CatchRule` expects."""
    rows = by_row(ratings)
    results: dict[str, list[tuple[KeyRow, bool]]] = {}
    for row in key.rows:
        cells = rows.get((row.rater, row.row_id))
        if row.sheet == "rating" and row.kind not in ("real", "overall") and cells is not None:
            partner = rows.get((row.rater, row.partner_row), {})
            results.setdefault(row.rater, []).append((row, _as_expected(row, cells, partner, plan)))
    return {rater: _count(rater, found, plan) for rater, found in results.items()}


def _count(rater: str, found: Sequence[tuple[KeyRow, bool]], plan: Plan) -> CatchResult:
    kinds = sorted({str(row.kind) for row, _ in found})
    by_kind = {kind: (sum(ok for row, ok in found if row.kind == kind), sum(row.kind == kind for row, _ in found)) for kind in kinds}
    failed = tuple(row.row_id for row, ok in found if not ok)
    return CatchResult(rater, len(found) - len(failed), len(found), plan.catch.needed, failed, by_kind)


def failed_checks(results: Mapping[str, CatchResult]) -> Iterator[Complaint]:
    """W04: raters who do not pass."""
    for result in results.values():
        if not result.ok:
            found = Text(en=f"{result.passed} of {result.rows}", zh=f"{result.passed}/{result.rows}")
            yield Complaint("W04", facts={"rater": result.rater, "found": found, "expected": str(result.needed)})


def _as_expected(row: KeyRow, cells: Cells, partner: Cells, plan: Plan) -> bool:
    """Whether a row that checks was judged as `records.CatchRule` says."""
    primary, compares = plan.primary, comparing(plan)
    first, second = (number(cells.get((side, primary))) for side in ("A1", "A2"))
    preference = number(cells.get(("", compares.key))) if compares is not None else None
    if row.kind == "gold":
        return all(_within_one(cells.get(_column(name)), code) for name, code in row.expected.items())
    if row.kind == "same":
        return preference == 0 if preference is not None else first == second
    if row.kind == "dup":
        if preference is not None:
            before = number(partner.get(("", compares.key))) if compares is not None else None
            return before is not None and abs(before + preference) <= 1
        before = number(partner.get(("A1", primary)))
        return before is not None and first is not None and abs(first - before) <= 1
    if plan.layout == "single":
        best = max(level.value for level in plan.rubric.dimension(primary).levels if level.value is not None)
        return first is not None and first < best
    bad, other = (first, second) if row.degraded == "A1" else (second, first)
    leaning = 0.0 if preference is None else preference if row.degraded == "A1" else -preference
    below = bad is not None and other is not None and bad < other
    return leaning >= 0 and (leaning > 0 or below)


def _column(name: str) -> tuple[str, str]:
    """Side and dimension of a column's name.

    >>> _column("A1_follow"), _column("preference")
    (('A1', 'follow'), ('', 'preference'))
    """
    return (name[:2], name[3:]) if name.startswith(("A1_", "A2_")) else ("", name)


def _within_one(given: str | None, expected: str) -> bool:
    level, wanted = number(given), number(expected)
    return given == expected if level is None or wanted is None else abs(level - wanted) <= 1
