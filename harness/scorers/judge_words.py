"""How a judge's verdict is read. The rule, in full:

- A verdict is a line of its own: "Verdict: A", "Verdict: B", "Verdict: tie", "Rating: 7"; in Chinese "结论：A", "结论：平局",
  "评分：7". Case, width, emphasis and marks of lists (*, _, `, #, >, -), brackets around the label ("[[A]]", "【A】") and a full stop
  behind it do not count; "Rating: 7/10" is 7 where 10 is the highest rating.
- A response that is nothing but the label ("A", "平局", "7") is a verdict too.
- Several such lines must say the same. Lines that contradict each other, a rating off the scale, and a response without any such line
  are no verdict: an error, never a tie.

Words around a label make the line something else: "Verdict: A or B", "Verdict: A is better". A rubric asks for the bare line.
"""

import re
import unicodedata
from typing import TypeVar

from harness.stats.swaps import Verdict

_TRIMMINGS = "*_`#[]【】()「」“”\"' \t"
_PAIR_RE = re.compile(r"(?:verdict|结论)\s*:\s*(?P<label>.+)")
_RATING_RE = re.compile(r"(?:rating|评分)\s*:\s*(?P<label>.+)")
_LABELS: dict[str, Verdict] = {"a": "a", "b": "b", "tie": "tie", "平局": "tie"}
_Found = TypeVar("_Found")
_NUMBER_RE = re.compile(r"(\d{1,4})(?: ?/ ?(\d{1,4}))?")


class NoVerdictError(ValueError):
    """A judge's response holds no verdict."""


def read_preference(text: str) -> Verdict:
    """Which answer the response prefers, "a" being the one called A. Raises NoVerdictError.

    >>> read_preference("B is padded.\\n**Verdict: A**")
    'a'
    """
    found = {_LABELS.get(label) for label in _labels(text, _PAIR_RE)}
    return _only(found, text, "'Verdict: A', 'Verdict: B' or 'Verdict: tie'")


def read_rating(text: str, low: int, high: int) -> int:
    """The rating from `low` to `high` that the response gives. Raises NoVerdictError.

    >>> read_rating("有一处错误。\\n评分：7/10", 1, 10)
    7
    """
    found = {_rating(label, low, high) for label in _labels(text, _RATING_RE)}
    return _only(found, text, f"'Rating: N' with N from {low} to {high}")


def _only(found: set[_Found | None], text: str, wanted: str) -> _Found:
    if len(found) == 1 and (verdict := next(iter(found))) is not None:
        return verdict
    what = "contradictory verdicts" if len(found) > 1 else "no verdict"
    end = " ".join(text.split())[-80:]
    raise NoVerdictError(f"{what}: the judge was to write a line {wanted}, its response ends in '{end}'")


def _labels(text: str, marked: re.Pattern[str]) -> list[str]:
    """The labels of all lines that are verdicts; the whole response if there is no such line."""
    lines = [_plain(line.lstrip("#>-• \t")) for line in text.splitlines()]
    found = [_plain(match["label"]) for line in lines if (match := marked.fullmatch(line))]
    return found or [_plain(text)]


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    return folded.strip(_TRIMMINGS).rstrip(".。").strip(_TRIMMINGS)


def _rating(label: str, low: int, high: int) -> int | None:
    match = _NUMBER_RE.fullmatch(label)
    if match is None or (match[2] is not None and int(match[2]) != high):
        return None
    return int(match[1]) if low <= int(match[1]) <= high else None
