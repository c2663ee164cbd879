"""Text of models and data sets on a page: always text, and what hides in it is shown.

Everything is escaped. Characters that cannot be seen, or that change how others are shown (terminal escapes, directions of writing,
zero width), appear as their code points. Long texts are cut, and say so.
"""

from markupsafe import Markup, escape

from harness.visible import HIDDEN, code_point, settled


def shown(text: object, most: int | None = None) -> Markup:
    """`text` as HTML that is nothing but text; with `most`, at most so many characters of it.

    >>> str(shown("<b>\\u202e1\\x1b[31m"))
    '&lt;b&gt;<span class="hid">U+202E</span>1<span class="hid">U+001B</span>[31m'
    """
    whole = settled(str(text))
    cut = whole if most is None else whole[:most]
    parts, at = [], 0
    for match in HIDDEN.finditer(cut):
        parts += [escape(cut[at : match.start()]), Markup('<span class="hid">{}</span>').format(code_point(match.group()))]
        at = match.end()
    return Markup("").join([*parts, escape(cut[at:])])
