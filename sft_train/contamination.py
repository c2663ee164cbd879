"""Training rows that hold what a suite asks or the answers it takes for right: such items measure memory, not ability.

Each turn of a row, and all that its user says, is matched with each item's prompt and references, in three ways:
- exact: the same letters, digits and characters; case, width, punctuation and spaces do not count;
- ngram: the row holds at least half of the item's runs of eight words (a Chinese character is a word);
- shingle: the row holds at least three quarters of the item's shingles (two Chinese characters, four others); for texts too short for
  that to say much, the Jaccard similarity is at least so high.

Short references ("24") are everybody's and are not matched. Not covered: paraphrases in other words, translations, and what the base
model had seen before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.item import Item
from harness.suite import Suite
from sft_train.data.matching import EXACT, Matcher
from sft_train.data.record import Row

Part = Literal["prompt", "reference"]
_REFERENCE_LENGTH = 30
"""Characters that count which a reference must have to be looked for."""
_PROMPT_LENGTH = 24
"""A prompt that is shorter is looked for together with each of the choices that continue it."""
_CHARACTERS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Probe:
    """A text of an item that training rows should not hold."""

    suite: str
    item: str
    part: Part
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """A training row that holds something of a suite's item."""

    row: Row
    probe: Probe
    kind: str
    """exact, ngram or shingle: how it was found; of several the surest."""
    score: float
    """Share of the item's runs or shingles that the row holds, or their Jaccard similarity; 1 for an exact match."""
    text: str
    """The row's text that matches."""


def item_probes(suite: str, item: Item) -> Iterator[Probe]:
    """The texts of an item that are looked for. The system message, which many items share, is none of them."""
    if item.text is not None:
        yield Probe(suite, item.id, "prompt", item.text)
        return
    asked = "\n".join(item.user_turns)
    if item.choices is not None and len(asked) < _PROMPT_LENGTH:
        yield from (Probe(suite, item.id, "prompt", asked + choice) for choice in item.choices)
        return
    yield Probe(suite, item.id, "prompt", asked)
    examples = ["\n".join(each) if isinstance(each, tuple) else each for each in item.passing]
    for text in dict.fromkeys((*item.references, *examples)):
        if sum(char.isalnum() for char in text) >= _REFERENCE_LENGTH:
            yield Probe(suite, item.id, "reference", text)


def find_contamination(rows: Sequence[Row], suites: Iterable[Suite]) -> list[Match]:
    """Every row that holds a text of an item, once for each item and part, in the order of the rows."""
    probes = [probe for suite in suites for item in suite.items for probe in item_probes(suite.name, item)]
    return match_probes(rows, probes)


def match_probes(rows: Sequence[Row], probes: Sequence[Probe]) -> list[Match]:
    """The same for probes that are given."""
    if not probes or not rows:
        return []
    matcher = Matcher([probe.text for probe in probes])
    best: dict[tuple[int, str, str, str], Match] = {}
    for texts, owners in _batches(rows):
        for hit in matcher.matches(texts):
            at, probe = owners[hit.text], probes[hit.probe]
            key = (at, probe.suite, probe.item, probe.part)
            found = Match(rows[at], probe, hit.kind, hit.score, texts[hit.text])
            if key not in best or _rank(found) > _rank(best[key]):
                best[key] = found
    return [best[key] for key in sorted(best)]


def contamination_record(matches: Sequence[Match], suites: Sequence[str], data_hash: str) -> dict[str, Any]:
    """What a checkpoint's manifest says about it: the ids of items that training data hold, suite by suite; suites that were looked at and
    are clean have an empty list.
    """
    items = {suite: sorted({match.probe.item for match in matches if match.probe.suite == suite}) for suite in sorted(suites)}
    return {"contamination": {"suites": items, "data_hash": data_hash}}


def _rank(match: Match) -> tuple[bool, float]:
    return match.kind == EXACT, match.score


def _batches(rows: Sequence[Row]) -> Iterator[tuple[list[str], list[int]]]:
    """The texts of the rows, and of each the position of its row, about a million characters at a time."""
    texts: list[str] = []
    owners: list[int] = []
    characters = 0
    for at, row in enumerate(rows):
        own = _texts(row)
        texts += own
        owners += [at] * len(own)
        characters += sum(map(len, own))
        if characters > _CHARACTERS_AT_ONCE:
            yield texts, owners
            texts, owners, characters = [], [], 0
    if texts:
        yield texts, owners


def _texts(row: Row) -> list[str]:
    """Every turn of a row, and what either side says in all if that is more than one turn."""
    said = [turn.content for turn in row.turns if turn.role == "user"]
    return [*row.parts, *("\n".join(parts) for parts in (said, row.answers) if len(parts) > 1)]
