"""Sentences and their clauses, Chinese and English: how far a "not", a "but" or a name reaches."""

import re
from dataclasses import dataclass

from harness.scorers.text import comparable

_SENTENCE_END_RE = re.compile(r"[。!?;…]+[”\"')]*|(?<!approx)(?<!e\.g)(?<!i\.e)(?<!\bmax)(?<!\bca)\.+[”\"')]*(?= |$)")
_LIST_MARK_RE = re.compile(r"^\s*(?:(?:\d+[.)、]|[-*•·])\s*(?!\d)|[-*•·]\s+)")
# A comma between thousands is part of a number. "而且" adds, "而不是" contrasts.
_CUT_RE = re.compile(
    r"(?<!\d),|,(?!\d{3}(?!\d))| [-–—] |——"
    r"|(?=但是|不过|然而|可是|虽然|所以|因此)|(?<!不)(?=但(?!是))|(?<![得反从进因时幸继])(?=而(?![且已]))"
    r"|\b(?=(?:but|however|though|although|whereas|while|yet|so|because|since)\b(?! far))|\band (?=no\b|not\b|without\b|it\b|has\b|does\b)"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and its clauses."""

    text: str
    """Folded, see `text.comparable`."""
    starts: tuple[int, ...]
    """Where its clauses begin; the first is 0."""

    def clause_at(self, position: int) -> tuple[int, int]:
        """Start and end of the clause that holds `position`."""
        start = max(start for start in self.starts if start <= position)
        return start, min((other for other in self.starts if other > position), default=len(self.text))

    @property
    def clauses(self) -> list[str]:
        """Texts of the clauses in order, without the punctuation and white space around them; empty ones are left out."""
        ends = (*self.starts[1:], len(self.text))
        pieces = [self.text[start:end].strip(" ,-–—") for start, end in zip(self.starts, ends, strict=True)]
        return [piece for piece in pieces if piece]


def list_mark(line: str) -> int:
    """Length of the number or dash that makes `line` an item of a list, with the white space around it; 0 if there is none."""
    mark = _LIST_MARK_RE.match(line)
    return 0 if mark is None else mark.end()


def split_sentences(text: str) -> list[Sentence]:
    """Sentences of `text`; a line break ends one, a list's number or dash at its beginning is left out.

    Clauses end at commas and before words that contrast or conclude ("but", "so", "但", "所以"); "、" and "and" join.
    """
    found = []
    for line in text.splitlines():
        plain = comparable(line[list_mark(line) :])
        start = 0
        for end in [*(match.end() for match in _SENTENCE_END_RE.finditer(plain)), len(plain)]:
            piece = plain[start:end].strip()
            start = end
            if any(char.isalnum() for char in piece):
                found.append(Sentence(piece, _starts(piece)))
    return found


def _starts(sentence: str) -> tuple[int, ...]:
    """Where clauses begin; two cuts with nothing between them (", but") are one."""
    starts = [0]
    for match in _CUT_RE.finditer(sentence):
        if any(char.isalnum() for char in sentence[starts[-1] : match.end()]) and match.end() < len(sentence):
            starts.append(match.end())
    return tuple(starts)
