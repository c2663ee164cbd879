"""Model output as it may stand in a cell: what a spreadsheet would refuse, run, cut or alter is made visible first.

- Thoughts of a thinking model are taken out, as before scoring. Special tokens and residue of chat templates are taken out and counted.
- CRLF and CR become LF; other control characters become visible escapes (`\\x07`); half a surrogate pair becomes U+FFFD.
- A text longer than `CELL` is cut into parts, each for a cell of its own, that give it back when joined; one longer than `LONGEST` is not
  reviewed.
"""

import re
from collections.abc import Sequence

CELL = 30_000
"""Most UTF-16 units of a cell; spreadsheets take 32,767 and cut what is longer without a word."""
LINES = 250
"""Most line breaks of a cell; Excel states a limit of 253."""
LONGEST = 10 * CELL
"""Most characters of an answer that people are asked to read."""
_TOKEN_RE = re.compile(
    r"<[|｜][\w\u2581 .:/-]{1,40}[|｜]>|</?s>|<(?:bos|eos|pad|unk|end_of_turn)>|<start_of_turn>(?:user|model)?\n?|\[/?INST\]|<</?SYS>>"
    r"|</?(?:tool_call|tool_response)>|</?think(?:ing)?>"
)
_ROLE_RE = re.compile(r"\A\s*(?:assistant|ASSISTANT|Assistant|助手)\s*[:：\n]\s*|\n(?:<\|im_start\|>)?(?:user|assistant)\n\Z")
_CONTROL_RE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_SURROGATE_RE = re.compile("[\ud800-\udfff]")


def strip_template(text: str) -> tuple[str, int]:
    """Take out special tokens and residue of chat templates; also how many places that were.

    >>> strip_template("assistant\\nYes.<|im_end|>")
    ('Yes.', 2)
    """
    text, tokens = _TOKEN_RE.subn("", text)
    text, roles = _ROLE_RE.subn("", text)
    return text, tokens + roles


def cell_text(text: str) -> str:
    """A text that a spreadsheet keeps as it is.

    >>> cell_text("=1+1\\r\\n\\x07")
    '=1+1\\n\\\\x07'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL_RE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    return unicode_text(text)


def unicode_text(text: str) -> str:
    """The text with U+FFFD in the place of halves of surrogate pairs, which no file in UTF-8 can hold."""
    return _SURROGATE_RE.sub("\ufffd", text)


def cells(text: str) -> list[str]:
    """Cut a text into parts for cells; joined they are the text. At least one part.

    >>> [len(part) for part in cells("x" * 70_000)]
    [30000, 30000, 10000]
    """
    if text.count("\n") <= LINES and len(text) <= CELL and (text.isascii() or len(text.encode("utf-16-le")) <= 2 * CELL):
        return [text]
    parts, start, units, lines = [], 0, 0, 0
    for position, char in enumerate(text):
        size = 2 if ord(char) > 0xFFFF else 1
        if units + size > CELL or (char == "\n" and lines == LINES):
            parts.append(text[start:position])
            start, units, lines = position, 0, 0
        units += size
        lines += char == "\n"
    return [*parts, text[start:]]


def numbered(texts: Sequence[str]) -> str:
    """One text as it is, several with their numbers: the turns of a dialogue, the items of a group.

    >>> numbered(["Hi.", "And now?"])
    '[1] Hi.\\n\\n[2] And now?'
    """
    if len(texts) == 1:
        return texts[0]
    return "\n\n".join(f"[{number}] {text}" for number, text in enumerate(texts, start=1))
