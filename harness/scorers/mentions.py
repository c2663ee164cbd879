"""Where a response names the things of a knowledge table, and whether it says that they are there or that they are not."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from harness.knowledge import FeatureFact, Knowledge, NameFact, OptionsFact
from harness.scorers.clauses import Sentence, split_sentences
from harness.scorers.quantities import Quantity, quantities
from harness.scorers.text import comparable
from harness.scorers.withheld import says_unknown

# "不但", "未来", "没问题" and "not only" deny nothing.
DENIAL = (
    r"没(?!问题|关系|事|错)|不(?![仅但只同错断少论管妨久过])|未(?!来)|无(?![论线需级限疑])|非(?!常)|缺少|取消|除外|"
    r"\bnot\b(?! only)|n't\b|\bno\b(?! problem| worries| doubt)|\b(?:never|neither|nor|none|without|lacks?|lacking|cannot|unable|"
    r"unavailable|unsupported|absent|missing|impossible|instead of|rather than)\b"
)
DENIAL_RE = re.compile(DENIAL)
_CUE_RE = re.compile(
    rf"(?P<denial>{DENIAL})|有|支持|配|带|提供|具备|可以|可(?!能)|已|(?<![功性可智])能|开启|打开|设|装|采用|标准|"
    r"\b(?:has|have|had|with|offers?|includes?|including|comes|supports?|can|equipped|features?|fitted|standard|available|turn|turned|"
    r"activated?|is|are|yes)\b"
)
_OPEN = comparable("…")
_ASKED_RE = re.compile(r"是否|有没有|能不能|\bwhether\b|\bif (?:it|the|there)\b")
_JOINT_RE = re.compile(r" and |和|以及|及|、|/|;| or ")


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a name stands in a text; `end` is the place behind it."""

    start: int
    end: int
    name: str
    """As the table has it, folded."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence with the table's names and the quantities in it."""

    sentence: Sentence
    names: tuple[Mention, ...]
    quantities: tuple[Quantity, ...]

    def segment_at(self, position: int, marks: Iterable[int]) -> tuple[int, int]:
        """The part of the clause around `position` that "and" and the like keep apart from the other `marks` of the clause."""
        start, end = self.sentence.clause_at(position)
        others = [mark for mark in marks if start <= mark < end and mark != position]
        joints = [match.start() for match in _JOINT_RE.finditer(self.sentence.text, start, end)]
        if any(other < position for other in others):
            start = max((joint for joint in joints if joint < position), default=start)
        if any(other > position for other in others):
            end = min((joint for joint in joints if joint > position), default=end)
        return start, end


@lru_cache(maxsize=8)
def _patterns(table: Knowledge) -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    """One pattern for all names of the table, and those of its names that leave something open."""
    names = sorted(_all_names(table), key=len, reverse=True)
    return re.compile("|".join(map(_bounded, names))), tuple((name, re.compile(_bounded(name))) for name in names if _OPEN in name)


def _all_names(table: Knowledge) -> set[str]:
    names = {name for names in table.absent for name in names}
    for fact in table.facts:
        names.update(fact.names)
        if isinstance(fact, NameFact):
            names.update(fact.value, fact.others)
        if isinstance(fact, OptionsFact):
            names.update(name for option in (*fact.options, *fact.others) for name in option)
    return {comparable(name) for name in names}


def _bounded(name: str) -> str:
    """A pattern that finds `name` where it is no part of a longer Latin word or number; "…" in it stands for a few words."""
    return (
        ("(?<![a-z0-9])" if re.match("[a-z0-9]", name) else "")
        + r"[^,。]{0,16}?".join(map(re.escape, name.split(_OPEN)))
        + ("(?![a-z0-9]|[.,][0-9])" if re.search("[a-z0-9]$", name) else "")
    )


def read(text: str, table: Knowledge) -> list[Line]:
    """The sentences of a response; where names overlap, the longest is found."""
    every, open_names = _patterns(table)
    lines = []
    for sentence in split_sentences(text):
        names = []
        for match in every.finditer(sentence.text):
            name = next((name for name, pattern in open_names if pattern.fullmatch(match[0])), match[0])
            names.append(Mention(match.start(), match.end(), name))
        lines.append(Line(sentence, tuple(names), tuple(quantities(sentence.text))))
    return lines


def mentions_of(lines: list[Line], names: Iterable[str]) -> list[tuple[int, Mention]]:
    """All places where one of `names` stands, with the number of the line."""
    wanted = {comparable(name) for name in names}
    return [(number, mention) for number, line in enumerate(lines) for mention in line.names if mention.name in wanted]


def affirmed(lines: list[Line], number: int, mention: Mention, *, listed: bool = False) -> bool | None:
    """Whether the thing is said to be there (True) or not to be (False); None where it is asked or not known.

    What stands before it in its clause decides ("没有座椅按摩", "comes with"), then what follows it up to the next thing named. Where it
    ends its clause, a denial in the clause after it counts ("座椅按摩，这款车没有"). A thing that is only named is there.
    For `listed` things the next clause says nothing: "eco, sport, no other mode".
    """
    line = lines[number]
    text = line.sentence.text
    start, end = line.sentence.clause_at(mention.start)
    if says_unknown(text[start:end]) or _ASKED_RE.search(text[start:end]):
        return None
    before = text[start : mention.start]
    if _OPEN in mention.name:
        before += text[mention.start : mention.end]
    if DENIAL_RE.search(before):
        return False
    if _CUE_RE.search(before):
        return True
    after = text[mention.end : min((other.start for other in line.names if mention.end <= other.start < end), default=end)]
    cue = _CUE_RE.search(after)
    if cue is not None:
        # "is not available": a denial right behind the first cue belongs to it.
        return not DENIAL_RE.search(after)
    following = _clause_after(lines, number, end)
    if listed or following is None or len(after.strip(" ,.:")) > 8:
        return True
    if says_unknown(following):
        return None
    return not DENIAL_RE.search(following)


def _clause_after(lines: list[Line], number: int, end: int) -> str | None:
    """The next clause, if it names nothing of the table itself."""
    line = lines[number]
    if end < len(line.sentence.text):
        start, stop = line.sentence.clause_at(end)
    elif number + 1 < len(lines):
        line = lines[number + 1]
        start, stop = line.sentence.clause_at(0)
    else:
        return None
    return None if any(start <= name.start < stop for name in line.names) else line.sentence.text[start:stop]


def absent_names(table: Knowledge) -> list[tuple[str, ...]]:
    """Everything the table says is not there, each by its names."""
    return [*table.absent, *(fact.names for fact in table.facts if isinstance(fact, FeatureFact) and not fact.has)]
