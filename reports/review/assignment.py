"""Who sees which answers on which side in which order: the rows of every sheet, and what the key says of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from harness.errors import UserError
from reports.review.balance import assign_raters, colour_sides, spread_order
from reports.review.catch import Gold, catch_rule, degrade
from reports.review.choice import Chosen
from reports.review.draws import Draws, Ids
from reports.review.records import CatchRule, KeyRow, Kind, Layout, Tie
from reports.review.reviewable import EMPTY
from reports.review.rubric import Language, Rubric, Sheet
from reports.review.shown import numbered
from reports.review.words import EXIT_OVERALL, EXIT_ROW

APART = 10
"""Rows between wordings of one question, and between a pair and its repetition."""
APART_SINGLE = 15
"""Rows between the answers to one item, where each has its own row."""
ON_EXIT = 10
"""Rows that raters are asked about at the end."""


@dataclass(frozen=True)
class Row:
    """A row of a sheet: what the rater sees, and what the key says."""

    key: KeyRow
    texts: dict[str, str]
    """By text column; `reference` is shown too, but is not part of the signature."""
    reference: str = ""


@dataclass(frozen=True)
class Assigned:
    """Who rates what, where."""

    rows: dict[str, dict[Sheet, list[Row]]]
    """By rater and sheet, in display order."""
    ties: tuple[Tie, ...]
    rule: CatchRule


@dataclass
class _Draft:
    """A row before it has a place."""

    kind: Kind
    cluster: str
    prompt: str
    answers: tuple[str, ...]
    runs: tuple[int | None, ...]
    unit: Chosen | None = None
    reference: str = ""
    degraded: int | None = None
    expected: dict[str, str] = field(default_factory=dict)
    original: "_Draft | None" = None
    """Of a repetition, what it repeats."""
    row_id: str = ""
    seq: int = 0


@dataclass(frozen=True)
class _Assigner:
    rubric: Rubric
    layout: Layout
    language: Language
    raters: Sequence[str]
    per_item: int
    salt: bytes
    ids: Ids

    def draws(self, purpose: str) -> Draws:
        return Draws(self.salt, purpose)

    def drafts(self, units: Sequence[Chosen], runs: int, name: str) -> tuple[dict[str, list[_Draft]], list[Tie]]:
        """Real rows by rater, and the pairs that are alike."""
        compared = {unit: [number for number in range(1, runs) if _shown(unit, 0) != _shown(unit, number)] for unit in units}
        ties = [_tie(unit, number) for unit, numbers in compared.items() for number in range(1, runs) if number not in numbers]
        work: list[tuple[Chosen, tuple[int, ...]]]
        if self.layout == "pairwise":
            work = [(unit, (0, number)) for unit, numbers in compared.items() for number in numbers]
        else:
            work = [(unit, (0, *numbers)) for unit, numbers in compared.items() if numbers]
        raters_of = assign_raters(len(work), self.raters, self.per_item, self.draws(f"{name} raters"))
        sides = colour_sides(raters_of, [f"{unit.place} {numbers}" for unit, numbers in work], self.draws(f"{name} sides"))
        made: dict[str, list[_Draft]] = {rater: [] for rater in self.raters}
        for (unit, numbers), of_rater in zip(work, sides, strict=True):
            for rater, side in of_rater.items():
                turned = numbers[::-1] if side else numbers
                made[rater] += [
                    _real(unit, shown) for shown in ([turned] if self.layout == "pairwise" else [(number,) for number in turned])
                ]
        return made, ties

    def with_catches(self, real: list[_Draft], pool: Sequence[Chosen], runs: int, rule: CatchRule, gold: Sequence[Gold],
                     rater: str) -> list[_Draft]:  # fmt: skip
        """The rater's rows with those that check the rater."""
        draws = self.draws(f"{rater} catch")
        repeated = draws.sample(real, rule.kinds.get("dup", 0))
        seen = {draft.unit for draft in repeated}
        own = {draft.unit for draft in real}
        told = [unit for unit in pool if not any(EMPTY in _shown(unit, number) for number in range(runs))] or [*pool]
        others = [
            *draws.shuffled([unit for unit in told if unit not in own]),
            *draws.shuffled([unit for unit in told if unit in own - seen]),
        ]
        fresh = iter(others)
        made = [
            *real,
            *(replace(draft, kind="dup", answers=draft.answers[::-1], runs=draft.runs[::-1], original=draft) for draft in repeated),
        ]
        for kind in ("bad", "same"):
            for _ in range(rule.kinds.get(kind, 0)):
                unit = next(fresh, None) or draws.choice(told)
                number = pick_run(runs, draws)
                made.append(self._bad(unit, number, pool, draws) if kind == "bad" else self._same(unit, number))
        swapped = {part.key for part in self.rubric.dimensions if part.compares}
        made += [_gold(line, draws.getrandbits(1), swapped) for line in draws.sample(gold, rule.kinds.get("gold", 0))]
        return made

    def _same(self, unit: Chosen, number: int) -> _Draft:
        return replace(_real(unit, (number, number)), kind="same")

    def _bad(self, unit: Chosen, number: int, pool: Sequence[Chosen], draws: Draws) -> _Draft:
        good = _shown(unit, number)
        # From the same stratum, so that its looks do not give it away at once; else from the same suite.
        others = [other for other in pool if other.first.suite == unit.first.suite and other.first.cluster != unit.first.cluster]
        near = [other for other in others if (other.place, other.first.lang) == (unit.place, unit.first.lang)]
        elsewhere = [_shown(other, number) for other in near or others]
        worse = degrade(good, elsewhere, draws)
        side = draws.getrandbits(1) if self.layout == "pairwise" else 0
        answers = ((good, worse) if side else (worse, good)) if self.layout == "pairwise" else (worse,)
        return replace(_real(unit, (number,) * len(answers)), kind="bad", answers=answers, degraded=side)

    def ordered(self, drafts: list[_Draft], rater: str, name: str) -> list[_Draft]:
        """Put in order and name. A repetition comes after what it repeats; in the single layout an item's answers in the order of sides."""
        gap = APART if self.layout == "pairwise" else APART_SINGLE
        order = spread_order([draft.cluster for draft in drafts], gap, self.draws(f"{rater} {name} order"))
        places = {position: place for place, position in enumerate(order)}
        if self.layout == "single":
            self._in_turn(drafts, places)
        index = {id(draft): position for position, draft in enumerate(drafts)}
        for position, draft in enumerate(drafts):
            if draft.original is not None and places[position] < places[index[id(draft.original)]]:
                first = index[id(draft.original)]
                places[position], places[first] = places[first], places[position]
        made = [drafts[position] for position in sorted(places, key=places.__getitem__)]
        for seq, draft in enumerate(made, start=1):
            draft.row_id, draft.seq = self.ids.new(), seq
        return made

    def _in_turn(self, drafts: Sequence[_Draft], places: dict[int, int]) -> None:
        of_unit: dict[Chosen, list[int]] = {}
        for position, draft in enumerate(drafts):
            if draft.kind == "real" and draft.unit is not None:
                of_unit.setdefault(draft.unit, []).append(position)
        for positions in of_unit.values():
            for position, place in zip(positions, sorted(places[position] for position in positions), strict=True):
                places[position] = place

    def exit_rows(self, rating: Sequence[Row], rater: str) -> list[Row]:
        """A few rows of the rater's own, and one question about everything."""
        real = [row for row in rating if row.key.kind == "real"]
        asked = sorted(self.draws(f"{rater} exit").sample(real, min(ON_EXIT, len(real))), key=lambda row: row.key.seq)
        question = EXIT_ROW[self.layout][self.language]
        rows = [
            Row(row.key.model_copy(update={"sheet": "exit", "seq": seq}), {"question": question.format(row=row.key.seq)})
            for seq, row in enumerate(asked, start=1)
        ]
        overall = KeyRow(
            row_id=self.ids.new(), rater=rater, sheet="exit", seq=len(rows) + 1, kind="overall", suite="", item="", cluster="", stratum="",
            lang="", left_run=None, right_run=None,
        )  # fmt: skip
        return [*rows, Row(overall, {"question": EXIT_OVERALL[self.language]})]


def assign(
    chosen: Sequence[Chosen], runs: int, *, rubric: Rubric, layout: Layout, language: Language, raters: Sequence[str], per_item: int,
    salt: bytes, gold: Sequence[Gold] = (),
) -> Assigned:  # fmt: skip
    """Make every row of every rater's sheets; raises UserError if a rater would have none."""
    assigner = _Assigner(rubric, layout, language, raters, per_item, salt, Ids())
    singles, groups = [unit for unit in chosen if not unit.is_group], [unit for unit in chosen if unit.is_group]
    real, ties = assigner.drafts(singles, runs, "rating")
    of_groups, group_ties = assigner.drafts(groups, runs, "diversity")
    if idle := [rater for rater, drafts in real.items() if not drafts]:
        raise UserError(
            f"Nothing is left for {', '.join(idle)} to rate: {len(ties)} of {len(singles)} chosen pairs are the same on both sides; "
            "choose more items (--items), or fewer raters."
        )
    rule = catch_rule(min(len(drafts) for drafts in real.values()), layout, len(gold), rubric.catch_pass)
    rows: dict[str, dict[Sheet, list[Row]]] = {}
    for rater in raters:
        drafts = assigner.with_catches(real[rater], singles, runs, rule, gold, rater)
        rating = _rows(assigner.ordered(drafts, rater, "rating"), rater, "rating")
        diversity = _rows(assigner.ordered(of_groups[rater], rater, "diversity"), rater, "diversity")
        rows[rater] = {"rating": rating, "diversity": diversity, "exit": assigner.exit_rows(rating, rater)}
    return Assigned(rows, (*ties, *group_ties), rule)


def pick_run(runs: int, draws: Draws) -> int:
    """The run whose answer a row that checks the rater is made of."""
    return draws.randrange(runs)


def _rows(drafts: Sequence[_Draft], rater: str, sheet: Sheet) -> list[Row]:
    baseline = {draft.unit: draft.row_id for draft in drafts if draft.kind == "real" and draft.runs == (0,)}
    made = []
    for draft in drafts:
        item = None if draft.unit is None else draft.unit.first
        partner = draft.original.row_id if draft.original is not None else ""
        if draft.kind == "real" and len(draft.runs) == 1 and draft.runs != (0,):
            partner = baseline[draft.unit]
        key = KeyRow(
            row_id=draft.row_id, rater=rater, sheet=sheet, seq=draft.seq, kind=draft.kind, suite="" if item is None else item.suite,
            item="" if item is None or (draft.unit is not None and draft.unit.is_group) else item.id, cluster=draft.cluster,
            stratum="" if item is None else item.stratum, lang="" if item is None else item.lang, left_run=draft.runs[0],
            right_run=draft.runs[1] if len(draft.runs) > 1 else None, partner_row=partner,
            degraded="" if draft.degraded is None else ("A1", "A2")[draft.degraded], expected=draft.expected,
            incl_prob=1.0 if draft.unit is None else draft.unit.incl_prob,
        )  # fmt: skip
        answers = {f"answer_{number}": text for number, text in enumerate(draft.answers, start=1)}
        made.append(Row(key, {"prompt": draft.prompt, **answers}, draft.reference))
    return made


def _real(unit: Chosen, runs: tuple[int, ...]) -> _Draft:
    prompt = numbered([item.prompt for item in unit.items])
    reference = numbered([item.reference for item in unit.items]) if all(item.reference for item in unit.items) else ""
    return _Draft("real", unit.first.cluster, prompt, tuple(_shown(unit, number) for number in runs), runs, unit, reference)


def _gold(line: Gold, swap: int, compares: set[str]) -> _Draft:
    """A row whose rating is known; `swap`: with the answers' sides exchanged, and what is expected of them too."""
    answers, expected = line.answers, line.expected
    if swap and len(answers) == 2:
        turned = {"A1_": "A2_", "A2_": "A1_"}
        answers = answers[::-1]
        expected = {
            turned.get(column[:3], column[:3]) + column[3:]: str(-int(code)) if column in compares else code
            for column, code in line.expected.items()
        }
    return _Draft("gold", f"gold {line.prompt}", line.prompt, answers, (None,) * len(answers), expected=expected)


def _shown(unit: Chosen, run: int) -> str:
    return numbered([item.answers[run].text for item in unit.items])


def _tie(unit: Chosen, number: int) -> Tie:
    item = unit.first
    return Tie(suite=item.suite, item="" if unit.is_group else item.id, cluster=item.cluster, stratum=item.stratum, lang=item.lang,
               candidate=number, incl_prob=unit.incl_prob)  # fmt: skip
