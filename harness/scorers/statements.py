"""What a response states as so, apart from what it denies, asks, or tells of an earlier state. Chinese and English.

A figure or a name does not count where it is denied ("not 26", "而不是火车站"), is what something was before ("from 24 to 26",
"原来是24度", "it was 24"), is given up ("取消电影院", "dropped the bakery"), or stands in a question ("要设成26度吗？"). A figure that
says by how much something changes ("调高2度", "2 degrees warmer") is no state either.

Not covered: states that must be worked out ("two more than before"), irony, and a denial two clauses away.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.scorers.clauses import Sentence, split_sentences
from harness.scorers.mentions import DENIAL
from harness.scorers.quantities import Quantity, quantities
from harness.scorers.text import phrase_pattern

_GIVEN_UP = (
    r"删[除掉去了]|去掉|移除|不再|取代|代替|替换|跳过|\b(?:cancel(?:l?ed|l?ing)?|remov(?:e[ds]?|ing)|drop(?:s|ped|ping)?|delet(?:e[ds]?|ing)|"
    r"skip(?:s|ped|ping)?|no longer|replac(?:e[ds]?|ing))\b"
)
_DENIED_RE = re.compile(f"{DENIAL}|{_GIVEN_UP}")
_BEFORE = (
    r"\bfrom|[从由]|(?:原来|原先|原本|之前|先前|刚才|此前|上次|本来|以前|曾)(?:[^,。]{0,6}?)|"
    r"\b(?:was|were|previously|formerly|originally|earlier|had been|used to be|the old)"
)
# "was set to 26" tells what is; "was 24" what is no more.
_BEFORE_RE = re.compile(rf"(?:{_BEFORE})(?:[ :]|的|是|为|在|the |at |on |about )*$")
_BY_RE = re.compile(
    r"(?:\bby|[调升降提]?[高低升大小快慢多少加减]了?|调[高低大小][了些]?|升了|降了|[增减]加?[了少]?|增加了?|减少了?|提高了?|降低了?) ?$"
)
_MORE_RE = re.compile(
    r" (?:more|less|higher|lower|warmer|cooler|colder|hotter|up|down|louder|quieter|longer|shorter|further|extra|later|earlier)\b"
)
_OLD_RE = re.compile(rf"{_BEFORE_RE.pattern}|[把将]$")
_FROM_RE = re.compile(r"(?:\bfrom|[从由]) ?$")
# Behind it: "鼓楼已取消", "the station is off the list", "24 → 26", "24度改成26度".
_AFTER_RE = re.compile(
    r" ?(?:→|->|=>)|[ ,、:]?(?:(?:已经?|已被|就|则|这一?站|那一?站|is|was|are|were|has been|have been|got) ?)*"
    r"(?:取消|删[除掉去]|去掉|移除|作废|不[去要用再带买听订走经在]|没有|跳过|[改换][成为到]|"
    r"cancell?ed|removed|deleted|dropped|skipped|replaced|off the|no longer|not\b|gone)"
)
# "两边", "the two of them": which ones are spoken of.
_SPOKEN_OF_RE = re.compile(r"[边侧者]| sides?\b| of (?:them|these|those|us|you)\b")
# "Don't forget the milk", "replaced by the milk": here nothing is denied.
_STANDS_RE = re.compile(r"(?:\bdo(?:n't| not)|\bwon't|\bnot) forget|\breplac(?:ed?|ing) (?:by|with)\b")


@dataclass(frozen=True, slots=True)
class Stated:
    """A name that a response states, with where it is for the reason."""

    name: str
    clause: str


def statements(text: str) -> list[Sentence]:
    """The sentences of `text` that are no questions."""
    return [sentence for sentence in split_sentences(text) if not is_question(sentence)]


def is_question(sentence: Sentence) -> bool:
    """Whether a sentence ends with a question mark, closing quotation marks aside."""
    return re.search(r"\?[”\"')]*$", sentence.text) is not None


def stated_names(text: str, names: Sequence[str]) -> list[Stated]:
    """Those of `names` that `text` states as so, in the order of the text; where names overlap, only the longest is there."""
    patterns = [(name, re.compile(phrase_pattern(name))) for name in sorted(names, key=len, reverse=True)]
    return [found for sentence in statements(text) for found in _names_in(sentence, patterns)]


def _names_in(sentence: Sentence, patterns: list[tuple[str, re.Pattern[str]]]) -> Iterator[Stated]:
    spans: list[tuple[int, int, str]] = []
    for name, pattern in patterns:
        for match in pattern.finditer(sentence.text):
            if not any(match.start() < end and start < match.end() for start, end, _ in spans):
                spans.append((match.start(), match.end(), name))
    ends = [0]
    for start, end, name in sorted(spans):
        clause = sentence.clause_at(start)
        before = _STANDS_RE.sub("", sentence.text[max(clause[0], ends[-1]) : start])
        ends.append(end)
        if _DENIED_RE.search(before) or _BEFORE_RE.search(before) or _AFTER_RE.match(sentence.text, end):
            continue
        yield Stated(name, sentence.text[clause[0] : clause[1]].strip(" ,"))


def stated_quantities(text: str) -> list[Quantity]:
    """The quantities that `text` states as so; of a change "from 24 to 26" what it ends at."""
    return [found for sentence in statements(text) for found in _quantities_in(sentence)]


def _quantities_in(sentence: Sentence) -> Iterator[Quantity]:
    last = 0
    for quantity in quantities(sentence.text):
        start, _ = sentence.clause_at(quantity.start)
        before = sentence.text[max(start, last) : quantity.start]
        last = quantity.end
        changes = _BY_RE.search(before) is not None
        if _DENIED_RE.search(before) or _MORE_RE.match(sentence.text, quantity.end) or _AFTER_RE.match(sentence.text, quantity.end):
            continue
        if quantity.low == 2 and _SPOKEN_OF_RE.match(quantity.after):
            continue
        if quantity.low != quantity.high and (changes or _FROM_RE.search(before)):  # "from 24 to 26", "升高2度到26度".
            yield replace(quantity, low=quantity.high)
        elif not changes and not _OLD_RE.search(before):
            yield quantity
