"""What two answers to one question do not share, marked in both."""

import re
from difflib import SequenceMatcher

from markupsafe import Markup

from reports.page.visible import shown

_TOKEN = re.compile(r"(?:[A-Za-z0-9_]+|\S|^)\s*")
_MOST_TOKENS = 1_500
_ALIKE = 0.6
"""Below this share of common words marks would cover nearly everything and say nothing."""


def marked(before: str, after: str, most: int) -> tuple[Markup, Markup] | None:
    """Both texts, cut after `most` characters, with what the other lacks in `<del>` and `<ins>`; None if they are too long or too unlike.

    >>> [str(side) for side in marked("It is 21 degrees warm.", "It is 22 degrees warm.", 100)]
    ['It is <del>21 </del>degrees warm.', 'It is <ins>22 </ins>degrees warm.']
    """
    sides: list[list[str]] = [_TOKEN.findall(text[:most]) for text in (before, after)]
    if max(map(len, sides)) > _MOST_TOKENS:
        return None
    matcher = SequenceMatcher(None, sides[0], sides[1])
    if matcher.quick_ratio() < _ALIKE:
        return None
    left: list[Markup] = []
    right: list[Markup] = []
    for kind, start, end, start_after, end_after in matcher.get_opcodes():
        old, new = shown("".join(sides[0][start:end])), shown("".join(sides[1][start_after:end_after]))
        if kind == "equal":
            left.append(old)
            right.append(new)
            continue
        if old:
            left.append(Markup("<del>{}</del>").format(old))
        if new:
            right.append(Markup("<ins>{}</ins>").format(new))
    return Markup("").join(left), Markup("").join(right)
