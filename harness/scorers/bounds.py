"""Bounds on a quantity: "at most" and "at least" claim the end of a range, "over" and "under" only a side of a value."""

import re

from harness.scorers.mentions import Line
from harness.scorers.quantities import Quantity

_MAY_NOT = r"不(?:得|能|可|应|要|会|许|允许)?"
_IS_NOT = r"(?:\bnot|n't|\bnever|\bcannot) (?:\w+ ){0,3}?"
_EXACT = {
    "upper": rf"最高|最多|最大|上限|{_MAY_NOT}(?:超过|高于|大于|多于|超出)|\bup to\b|\bat (?:the )?most\b|\b(?:no|not) more than\b|"
    rf"\bmax(?:imum)?\b|\bhighest\b|\bupper\b|\bas high as\b|{_IS_NOT}(?:exceed|above|over|higher than|beyond|faster than)\b",
    "lower": rf"最低|最少|最小|至少|下限|{_MAY_NOT}(?:低于|少于|小于)|\bat least\b|\b(?:no|not) (?:less|fewer) than\b|"
    rf"\bmin(?:imum)?\b|\blowest\b|\blower limit\b|\bas low as\b|\bdown to\b|{_IS_NOT}(?:below|under|lower than)\b",
}
VAGUE = {
    "over": r"超过|高于|大于|多于|逾|\b(?:over|more than|above|exceed(?:s|ing)?|beyond|higher than)\b",
    "under": r"低于|不到|小于|不足|少于|\b(?:under|less than|below|lower than|almost|nearly)\b",
}
BOUND_RE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in (*_EXACT.items(), *VAGUE.items())))
EXACT_RE = re.compile("|".join(_EXACT.values()))
_AFTER_RE = re.compile(r" ?(?:(?P<over>以上|多(?!少)|or more|and above|or above)|(?P<under>以下|以内|or less|or below))")
_RESPECTIVELY_RE = re.compile(r"分别|\brespectively\b")


def bound_of(quantity: Quantity, line: Line) -> tuple[str, str]:
    """The clause before the quantity, from the quantity before it, and which kind of bound it is made by that, if any."""
    start, end = line.sentence.clause_at(quantity.start)
    inside = [other for other in line.quantities if start <= other.start < end]
    place = inside.index(quantity)
    before = line.sentence.text[inside[place - 1].end if place else start : quantity.start]
    first = [match.lastgroup or "" for match in BOUND_RE.finditer(line.sentence.text, start, inside[0].start)]
    if len(first) == len(inside) > 1 and _RESPECTIVELY_RE.search(line.sentence.text, start, end):
        return before, first[place]
    after = _AFTER_RE.match(line.sentence.text, quantity.end)
    cues = [match.lastgroup or "" for match in BOUND_RE.finditer(before)]
    return before, cues[-1] if cues else (after.lastgroup or "") if after else ""
