"""The thoughts of thinking models, taken out before an answer is judged. The stored response keeps them.

The rule: every `<think>…</think>` goes; of a closing tag without an opening one (some templates open it in the prompt) all
that stands before it goes; an opening tag that is never closed takes everything behind it with it, and the response
counts as truncated. `<thinking>` is read the same way. Tags inside code fences are tags too.

It is applied in one place, `Response.answer`; scorers never see thoughts.
"""

import re

_TAG_RE = re.compile(r"<(/?)think(?:ing)?>", re.IGNORECASE)


def strip_thinking(response: str) -> tuple[str, bool]:
    """The answer without thoughts, and whether the thoughts were ended. Takes time in proportion to the length.

    >>> strip_thinking("<think>2 and 2 …</think>\\n4")
    ('\\n4', True)
    >>> strip_thinking("<think>2 and 2 …")
    ('', False)
    """
    kept: list[str] = []
    position, thinking = 0, False
    for tag in _TAG_RE.finditer(response):
        closes = bool(tag[1])
        if closes and not thinking:
            kept.clear()
        elif not closes and not thinking:
            kept.append(response[position : tag.start()])
        position = tag.end()
        thinking = not closes
    return "".join(kept) + ("" if thinking else response[position:]), not thinking
