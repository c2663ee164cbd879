"""Text of models and data sets on a page: always text, and what hides in it is shown.

Everything is escaped. Characters that cannot be seen, or that change how others are shown (terminal escapes, directions of writing,
zero width), appear as their code points. Long texts are cut, and say so.
"""

import re

from markupsafe import Markup, escape

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_KEPT_WITH_EMOJI = re.compile("(?<=[\u203c-\u3299\U0001f000-\U0001faff])[\ufe0e\ufe0f]")
"""Marks that only choose how a symbol before them is drawn."""


def shown(text: object, most: int | None = None) -> Markup:
    """`text` as HTML that is nothing but text; with `most`, at most so many characters of it.

    >>> str(shown("<b>\\u202e1\\x1b[31m"))
    '&lt;b&gt;<span class="hid">U+202E</span>1<span class="hid">U+001B</span>[31m'
    """
    whole = _KEPT_WITH_EMOJI.sub("", str(text).replace("\r\n", "\n"))
    cut = whole if most is None else whole[:most]
    parts, at = [], 0
    for match in _HIDDEN.finditer(cut):
        parts += [escape(cut[at : match.start()]), Markup('<span class="hid">{}</span>').format(code_point(match.group()))]
        at = match.end()
    return Markup("").join([*parts, escape(cut[at:])])


def plain(text: object) -> str:
    """`text` with what hides in it shown as `[U+202E]`, for places that take no markup."""
    return _HIDDEN.sub(lambda match: f"[{code_point(match.group())}]", str(text))


def code_point(char: str) -> str:
    """A character by its number, such as U+202E."""
    return f"U+{ord(char):04X}"
