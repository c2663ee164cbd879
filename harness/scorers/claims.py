"""What a response claims about one fact of a knowledge table, claim by claim, and whether the table agrees."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from harness.knowledge import FeatureFact, Knowledge, NameFact, NumberFact, OptionsFact, Part
from harness.scorers.bounds import BOUND_RE, VAGUE, bound_of
from harness.scorers.mentions import DENIAL_RE, Line, Mention, affirmed, mentions_of
from harness.scorers.quantities import Quantity
from harness.scorers.refusals import rejects
from harness.scorers.text import comparable

# "多跑40公里", "40 km further": how far two things are apart is no claim about either.
_MORE = "[多少快慢高低长短重轻大小远近]"
_APART_BEFORE_RE = re.compile(
    rf"(?:(?<![最至不])[多少]|{_MORE}[跑出了]|比[^,]{{0,16}}{_MORE}|差了?|"
    r"\b(?:differs?|more|less|apart|further|farther|longer|faster|slower) by )$"
)
_APART_AFTER_RE = re.compile(r" (?:more|less|longer|further|farther|higher|lower|faster|slower|shorter|bigger|smaller|apart|difference)\b")
# What stands before "模式" or "mode" without being the name of one.
_GENERIC_RE = re.compile(
    r"(?:驾驶|行驶|行车|工作|[此该这那种个何他它有各的多同选前认一二两三四五几哪些以其:、,。(\"“]|^)$|"
    r"(?:^|\b(?:drive|driving|the|this|that|these|those|each|every|any|all|other|another|a|an|of|which|what|different|available|following|"
    r"selectable|two|three|four|five|six|its|only|main|listed|offered|possible|no|such|current|same|right|correct|valid|real|separate|special|"
    r"dedicated|and|or|in|to|called|named|vehicle|car)) ?$"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that an answer says of one fact, and whether the table agrees."""

    agrees: bool
    says: str
    """What is claimed, for reasons."""
    states: frozenset[str] = frozenset()
    """What of the fact is told in full: "value", "min", "max", or an option's first name."""
    named: bool = True
    """Something near it names the fact; otherwise it may be about another one, too."""
    tells_other: bool = False
    """It is exactly what the table has for another fact of the same dimension."""
    at: tuple[int, int, int] | None = field(default=None, compare=False)
    """Where the number or name stands if the fact is named beside it: number of the line, start and end in its sentence."""


def number_claims(fact: NumberFact, part: Part, lines: list[Line], table: Knowledge, asked: list[Quantity]) -> Iterator[Claim]:
    """Claims about a number; quantities in `asked` that a clause rejects are none, nor are negated ones."""
    rivals = [other for other in table.facts if isinstance(other, NumberFact) and _dimension(other) == _dimension(fact)]
    by_name: dict[str, list[NumberFact]] = {}
    for rival in rivals:
        for name in {comparable(name) for name in rival.names}:
            by_name.setdefault(name, []).append(rival)
    has_unit = fact.measure is not None and any(q.unit_in(_dimension(fact)) for line in lines for q in line.quantities)
    for number, line in enumerate(lines):
        fitting = [quantity for quantity in line.quantities if _fits(quantity, fact, has_unit)]
        for quantity in fitting:
            before, cue = bound_of(quantity, line)
            if DENIAL_RE.search(BOUND_RE.sub("", before)) or _APART_BEFORE_RE.search(before):
                continue
            if _APART_AFTER_RE.match(line.sentence.text, quantity.end) and cue not in VAGUE:
                continue
            if any(_same(quantity, value, fact) and rejects(line, quantity) for value in asked):
                continue
            named = _named(line, quantity, fitting, by_name)
            claim = _compare(quantity, cue, fact, part)
            about_other = any(other is not fact and _compare(quantity, cue, other, "").agrees for other in named)
            # "容积由540升增至1480升" names one fact and tells two: a figure that fits none of those named may still be this fact's.
            if (claim.states and not about_other) if named and fact not in named else (claim.agrees or not about_other):
                others = (_compare(quantity, cue, other, "") for other in rivals if other is not fact)
                tells_other, at = any(other.states for other in others), (number, quantity.start, quantity.end) if fact in named else None
                yield replace(claim, named=fact in named, tells_other=tells_other, at=at)


def _dimension(fact: NumberFact) -> str:
    return "" if fact.measure is None else fact.measure.dimension


def _fits(quantity: Quantity, fact: NumberFact, has_unit: bool) -> bool:
    """Whether the quantity may be one of this fact: by its unit, by what is counted, or as a bare number where none has a unit."""
    if fact.measure is not None:
        return quantity.unit_in(fact.measure.dimension) is not None or (quantity.bare and not has_unit)
    ahead = comparable(" ".join(quantity.after.replace("-", " ").split()[:3]))
    return quantity.bare or any(ahead.startswith(word) or f" {word}" in f" {ahead}" for word in map(comparable, fact.counted))


def _named(line: Line, quantity: Quantity, fitting: list[Quantity], by_name: dict[str, list[NumberFact]]) -> list[NumberFact]:
    """Facts of the same dimension that the quantity's part of the clause names; failing that, the last named before it in the sentence."""
    start, end = line.segment_at(quantity.start, [other.start for other in fitting])
    mentions = [mention for mention in line.names if mention.name in by_name]
    here = [fact for mention in mentions if start <= mention.start < end for fact in by_name[mention.name]]
    earlier = [mention for mention in mentions if mention.start < start]
    return here or (by_name[earlier[-1].name] if earlier else [])


def _compare(quantity: Quantity, cue: str, fact: NumberFact, part: Part) -> Claim:
    unit = fact.measure
    given = quantity if unit is None else quantity.expressed_in(unit)
    converted = given is not quantity
    says = f"{given.low:g}" if given.low == given.high else f"{given.low:g}–{given.high:g}"
    says += f" {fact.unit}" if fact.unit else ""

    def equal(claimed: float, true: float) -> bool:
        return abs(claimed - true) <= fact.tolerance + (0.01 * abs(true) if converted else 0.0) + 1e-9

    def consistent(true: float) -> bool:
        return equal(given.low, true) or (cue == "over" and true > given.low) or (cue == "under" and true < given.low)

    if fact.value is not None:
        value = fact.value
        told = equal(given.low, value) and equal(given.high, value)
        return Claim(told or (given.low == given.high and consistent(value)), says, frozenset({"value"} if told else ()))
    assert fact.min is not None
    assert fact.max is not None
    if given.low != given.high:
        whole = equal(given.low, fact.min) and equal(given.high, fact.max)
        return Claim(whole, says, frozenset({"min", "max"} if whole else ()))
    ends = {"min": fact.min, "max": fact.max}
    # What is asked for decides what a number without "at most" or "at least" means.
    meant = {"upper": "max", "lower": "min"}.get(cue, part)
    if meant:
        told = equal(given.low, ends[meant])
        return Claim(told or (cue in VAGUE and consistent(ends[meant])), says, frozenset({meant} if told else ()))
    told_ends = frozenset(name for name, end in ends.items() if equal(given.low, end))
    return Claim(bool(told_ends) or fact.min <= given.low <= fact.max, says, told_ends)


def _same(quantity: Quantity, asked: Quantity, fact: NumberFact) -> bool:
    unit = fact.measure
    if unit is not None:
        quantity, asked = quantity.expressed_in(unit), asked.expressed_in(unit)
    return abs(quantity.low - asked.low) < 1e-6 and abs(quantity.high - asked.high) < 1e-6


def name_claims(fact: NameFact, lines: list[Line], table: Knowledge) -> Iterator[Claim]:
    """Claims about a name or place: each mention of its value, and of what it is mistaken for, that is not denied."""
    rivals = [other for other in table.facts if isinstance(other, NameFact)]
    values = {comparable(name) for name in fact.value}
    known = [name for other in rivals for name in (*other.value, *other.others)]
    for number, mention in mentions_of(lines, (*fact.value, *fact.others)):
        if affirmed(lines, number, mention, listed=True) is not True:
            continue
        line = lines[number]
        start, end = line.segment_at(mention.start, [other.start for _, other in mentions_of([line], known)])
        by_name = [(other, rival) for other in line.names for rival in rivals if other.name in map(comparable, (*rival.zh, *rival.en))]
        here = [rival for other, rival in by_name if start <= other.start < end]
        earlier = [rival for other, rival in by_name if other.start < start]
        named = here or earlier[-1:]
        if named and fact not in named:
            continue
        agrees = mention.name in values
        if agrees or not any(mention.name in map(comparable, rival.value) for rival in named if rival is not fact):
            at = (number, mention.start, mention.end) if named else None
            yield Claim(agrees, mention.name, frozenset({"value"} if agrees else ()), at=at)


def option_claims(fact: OptionsFact, lines: list[Line], table: Knowledge) -> Iterator[Claim]:
    """Claims about a closed list: options said to be there or not, and invented ones by their common word ("赛道模式")."""
    for option, real in (*((option, True) for option in fact.options), *((option, False) for option in fact.others)):
        for number, mention in mentions_of(lines, option):
            there = affirmed(lines, number, mention, listed=True)
            if there is not None:
                yield Claim(there is real, _says(mention, there), frozenset({option[0]} if there and real else ()))
    mistaken = {comparable(name) for other in table.facts if isinstance(other, NameFact) for name in other.others}
    for head in map(comparable, fact.head):
        for line in lines:
            for match in re.finditer(rf"{head}(?![a-z])", line.sentence.text):
                before = line.sentence.text[: match.start()]
                start, end = line.sentence.clause_at(match.start())
                beside = [name for name in line.names if name.start < match.end() and name.end >= match.start() - 1]
                known = any(name.name not in mistaken for name in beside)
                if not known and not _GENERIC_RE.search(before) and not DENIAL_RE.search(line.sentence.text, start, end):
                    invented = re.findall(r"[a-z+-]+ ?$|[\u3400-\u9fff]{1,3}$", before)
                    yield Claim(False, f"{''.join(invented)}{head}")


def feature_claims(fact: FeatureFact, lines: list[Line], table: Knowledge) -> Iterator[Claim]:
    """Claims that a feature is there or is not."""
    for number, mention in mentions_of(lines, fact.names):
        there = affirmed(lines, number, mention)
        if there is not None:
            yield Claim(there is fact.has, _says(mention, there), frozenset({"value"} if there is fact.has else ()))


def _says(mention: Mention, there: bool) -> str:
    return mention.name if there else f"no {mention.name}"
