"""The thoughts of thinking models, taken out before an answer is judged. The stored response keeps them.

The rule: every `<think>…</think>` goes; of a closing tag without an opening one (some templates open it in the prompt) all
that stands before it goes; an opening tag that is never closed takes everything behind it with it, and the response
counts as truncated. `<thinking>` is read the same way. Tags inside code fences are tags too.
"""

import re

_PAIR_RE = re.compile(r"<think(ing)?>.*?</think(ing)?>", re.DOTALL | re.IGNORECASE)
_CLOSE_RE = re.compile(r"^.*</think(ing)?>", re.DOTALL | re.IGNORECASE)
_OPEN_RE = re.compile(r"<think(ing)?>.*$", re.DOTALL | re.IGNORECASE)


def strip_thinking(response: str) -> tuple[str, bool]:
    """The answer without thoughts, and whether the thoughts were ended.

    >>> strip_thinking("<think>2 and 2 …</think>\\n4")
    ('\\n4', True)
    >>> strip_thinking("<think>2 and 2 …")
    ('', False)
    """
    if "<" not in response:
        return response, True
    answer = _CLOSE_RE.sub("", _PAIR_RE.sub("", response), count=1)
    ended = _OPEN_RE.search(answer) is None
    return (answer if ended else _OPEN_RE.sub("", answer)), ended
