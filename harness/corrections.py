"""Replaces what a text claims wrongly of a table's subject by what the table has, as a checker behind a model would.

It knows the text, the prompt and the table, not what an item is judged by. The rule:

- Nothing is changed unless prompt or text name the table's subject.
- Numbers and names are replaced, where the text names the fact in the same part of the clause, or last before it in the sentence. What
  is a claim, and a wrong one, is what the scorer `facts` takes for one (`scorers/claims.py`).
- Of a range, "at most" and "at least" get its ends; any other number outside gets the end that is nearer.
- A number of quite another order (more than fifty times as much, or less than a fiftieth) is about something else, and stays.
- What may be about two facts, or is right of one, stays; so does a figure of the prompt that the text turns down.

Not corrected: lists of options, and features said to be there that are not, since that takes other sentences, not other values.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from harness.knowledge import Knowledge, NameFact, NumberFact, Part
from harness.scorers.bounds import bound_of
from harness.scorers.claims import Claim, name_claims, number_claims
from harness.scorers.clauses import list_mark, split_sentences
from harness.scorers.mentions import Line, read
from harness.scorers.quantities import Quantity, quantities
from harness.scorers.text import comparable, contains_phrase, fold
from harness.units import UNIT_NAMES

_FAR = 50
_AHEAD = 200
"""Characters among which the next one is looked for, so that no text takes long."""


@dataclass(frozen=True)
class _Value:
    """What is to stand instead of a number or name."""

    text: str
    kept: int = 0
    """Characters at the end of what stood there that stay: the unit, where it is the table's."""


def correct_claims(text: str, prompt: str, table: Knowledge) -> str:
    """`text` with its wrong values replaced; all else stays as it is, letter by letter."""
    if not any(contains_phrase(f"{prompt}\n{text}", name) for name in table.subject):
        return text
    lines = read(text, table)
    edits = _edits(lines, prompt, table)
    if not edits:
        return text
    spans = _spans(text)
    for (number, start, end), value in sorted(edits.items(), reverse=True):
        first, last = spans[number][start], spans[number][end - value.kept - 1]
        if first is not None and last is not None:
            text = text[:first] + value.text + text[last + 1 :]
    return text


def _edits(lines: list[Line], prompt: str, table: Knowledge) -> dict[tuple[int, int, int], _Value]:
    """What is to stand instead, by place. A place about which the table's facts do not agree is left out."""
    asked = quantities(comparable(prompt))
    there = {name.name for line in lines for name in line.names}
    right: set[tuple[int, int, int]] = set()
    wrong: dict[tuple[int, int, int], set[_Value]] = {}
    for fact in table.facts:
        if not any(_folded(name) in there for name in fact.names):
            continue  # Only facts that are named are corrected.
        if isinstance(fact, NumberFact):
            claims: Iterator[Claim] = number_claims(fact, "", lines, table, asked)
        elif isinstance(fact, NameFact):
            claims = name_claims(fact, lines, table)
        else:
            continue
        for claim in claims:
            if claim.at is None:
                continue
            if claim.agrees:
                right.add(claim.at)
            elif (value := _value(fact, claim.at, lines)) is not None:
                wrong.setdefault(claim.at, set()).add(value)
    return {at: values.pop() for at, values in wrong.items() if at not in right and len(values) == 1}


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return comparable(name)


def _value(fact: NumberFact | NameFact, at: tuple[int, int, int], lines: list[Line]) -> _Value | None:
    """The table's value, as it fits the place; None where none does."""
    number, start, end = at
    line = lines[number]
    if isinstance(fact, NameFact):
        is_latin = line.sentence.text[start:end].isascii()
        return _Value(next((name for name in fact.value if name.isascii() == is_latin), fact.value[0]))
    quantity = next(quantity for quantity in line.quantities if quantity.start == start)
    if not _is_near(quantity, fact):
        return None
    is_range, after_between = quantity.low != quantity.high, line.sentence.text[:start].endswith("between ")
    part: Part = ""
    if fact.max is None:
        if is_range and after_between:
            return None
    elif is_range:
        return _Value(fact.shown().replace("–", " and ") if after_between else fact.shown())
    else:
        told = {"upper": "max", "lower": "min"}.get(bound_of(quantity, line)[1])
        part = "max" if told == "max" or (told is None and _in_unit(quantity, fact) > fact.max) else "min"
    kept = 0 if is_range or fact.measure not in quantity.units else _unit_length(line.sentence.text[start:end])
    return _Value(fact.shown(part).removesuffix(f" {fact.unit}"), kept) if kept else _Value(fact.shown(part))


def _is_near(quantity: Quantity, fact: NumberFact) -> bool:
    """Whether a quantity is of the order of the fact's: 36 m is no wrong statement about a range of 520 km."""
    claimed = abs(_in_unit(quantity, fact))
    ends = [abs(end) for end in (fact.value, fact.min, fact.max) if end]
    return not claimed or not ends or min(ends) / _FAR < claimed < max(ends) * _FAR


def _in_unit(quantity: Quantity, fact: NumberFact) -> float:
    return quantity.low if fact.measure is None else quantity.expressed_in(fact.measure).low


def _unit_length(quantity: str) -> int:
    """Characters of the unit at the end of a number in digits, with the space or hyphen before it; 0 if it has none."""
    unit = next((name for name in UNIT_NAMES if quantity.endswith(name)), "")
    number = quantity.removesuffix(unit).rstrip(" -")
    return len(quantity) - len(number) if number[:1].isdigit() else 0


def _spans(text: str) -> list[list[int | None]]:
    """For each sentence that `read` finds, where each of its folded characters stands in `text`; None for white space.

    Folding keeps the order and leaves out white space, bold and list marks, so the next character that folds to it is the one.
    """
    found: list[list[int | None]] = []
    offset = 0
    for line in text.splitlines(keepends=True):
        mark = list_mark(line)
        stream = [(part, offset + at) for at, char in enumerate(line) if at >= mark and not char.isspace() for part in fold(char)]
        position = 0
        for sentence in split_sentences(line):
            spans: list[int | None] = []
            for char in sentence.text:
                ahead = range(position, min(position + _AHEAD, len(stream))) if char != " " else ()
                found_at = next((at for at in ahead if stream[at][0] == char), None)
                spans.append(None if found_at is None else stream[found_at][1])
                position = position if found_at is None else found_at + 1
            found.append(spans)
        offset += len(line)
    return found
