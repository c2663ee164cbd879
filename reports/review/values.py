"""What a rater typed → a level of the rubric, or nothing.

Covered: full-width digits and letters, spaces of every kind, `2.0`, `+1`, `−1` with a typographic minus, `n/a`, a level with its
label (`2 fully`, `2完全`), the apostrophe that spreadsheets put before text. Not covered, on purpose: two levels (`1-2`, `2 or 1`),
doubt (`2?`), a level with the label of another one: a person meant something that nobody else can know.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

Levels = Mapping[str, Sequence[str]]
"""Code of each level, such as `2` or `NA`, → its labels in every language, which may follow the code."""

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_CODE = re.compile(r"(?P<number>[+-]?\d+)(?:\.0*)?(?![\d.])|(?P<word>n\s*[/.]\s*a\b\.?|[a-z]+)")
_BETWEEN = " \t\n:;,.=|()[]-、。"


def read_level(text: str, levels: Levels) -> str | None:
    """The code that `text` stands for, or None if it is not clearly one of the levels.

    Examples
    --------
    >>> scale = {"2": ("fully", "完全"), "1": ("partly", "部分"), "0": ("not", "没有"), "NA": ("not checkable", "无法核实")}
    >>> [read_level(text, scale) for text in ("2", " ２ ", "2.0", "2 fully", "2完全", "n/a", "3", "1-2", "2 not", "")]
    ['2', '2', '2', '2', '2', 'NA', None, None, None, None]
    """
    plain = plain_text(text).removeprefix("'").casefold()
    if (exact := next((code for code in levels if code.casefold() == plain), None)) is not None:
        return exact
    found = _CODE.match(plain)
    if found is None:
        return None
    code = str(int(found["number"])) if found["number"] is not None else re.sub(r"[\s/.]", "", found["word"]).upper()
    if code not in levels:
        return None
    rest = plain[found.end() :].strip(_BETWEEN)
    labels = [plain_text(label).casefold() for label in levels[code]]
    return code if not rest or any(rest == label or rest.startswith(label) for label in labels if label) else None


def plain_text(text: str) -> str:
    """`text` in its compatible form (NFKC), without invisible characters and outer spaces, every dash a hyphen.

    >>> plain_text(" ２\\u200b ")
    '2'
    """
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).translate(_DASHES).strip()
