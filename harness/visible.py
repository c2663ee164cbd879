"""Text from outside for places that show text and nothing else: what hides in it, or would act there, appears as its code point.

Hidden are terminal escapes and other control characters, directions of writing, zero width, halves of surrogate pairs. Line breaks and
tabs stay, unless a sentence is wanted.
"""

import re

HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_KEPT_WITH_EMOJI = re.compile("(?<=[\u203c-\u3299\U0001f000-\U0001faff])[\ufe0e\ufe0f]")
"""Marks that only choose how a symbol before them is drawn."""
_BEGINNING, _END = 1200, 600
"""Characters of an overlong sentence that are kept: it names the thing first and says what to do last."""


def settled(text: str) -> str:
    """`text` without what only says how it is drawn: marks behind emoji, and carriage returns before line feeds."""
    return _KEPT_WITH_EMOJI.sub("", text.replace("\r\n", "\n"))


def plain(text: object) -> str:
    r"""`text` with what hides in it shown.

    >>> plain("1\x1b[31m2\u202e")
    '1[U+001B][31m2[U+202E]'
    """
    return HIDDEN.sub(lambda match: f"[{code_point(match.group())}]", settled(str(text)))


def sentence(text: object) -> str:
    r"""`text` in one line that can be read, whatever was put into it; what is too long for that is cut in the middle.

    >>> sentence("no item 'a\nb\x1b[2J'")
    "no item 'a b[U+001B][2J'"
    """
    told = plain(re.sub(r"[\r\n\t\v\f\x85\u2028\u2029]+", " ", str(text)))
    return told if len(told) <= _BEGINNING + _END else f"{told[:_BEGINNING]} […] {told[-_END:]}"


def csv_cell(value: object) -> object:
    """`value` for a CSV file: spreadsheets take a text that begins like a formula for one, so it gets an apostrophe before it.

    >>> csv_cell("=1+1"), csv_cell("arith"), csv_cell(-0.5)
    ("'=1+1", 'arith', -0.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def code_point(char: str) -> str:
    """A character by its number, such as U+202E."""
    return f"U+{ord(char):04X}"
