"""What makes one row unfit for training, each fault with its reason: empty, too short, noise, mojibake, echo, cut off, redundant.

Rules look at one row alone and are meant to be right when they speak; what they do not see is left to the review of a sample.
Not covered: wrong answers, and answers cut off at the end of a sentence.
"""

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Callable

from harness.scorers.text import HANZI, count_characters, normalise, sentences
from sft_train.data.record import Row

Rule = Callable[[Row], str | None]
"""Says why a row is unfit, or None."""

_SAME_CHARACTER_RE = re.compile(r"([^\s\-=_*#.·…~─━0-9|])\1{9,}")
_LOOP_RE = re.compile(r"(.{2,40}?)\1{5,}", re.DOTALL)
_MARKUP_RE = re.compile(r"<(?:div|span|br|p|td|tr|table|script|style|a|img|li|ul)\b[^<>]*>|&(?:nbsp|lt|gt|amp|quot|#\d+);", re.IGNORECASE)
_CODE_RE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_KNOWN_MOJIBAKE = ("锟斤拷", "烫烫烫", "屯屯屯", "\ufffd")
_DANGLING_RE = re.compile(
    r"(?:[，、；,;(（「『“]|(?:\b(?:and|or|the|a|an|of|to|with|because|which|that is)|因为|所以|以及|或者|并且|但是|例如|比如|包括))$",
    re.IGNORECASE,
)
_OPENERS_RE = re.compile(
    r"(?:作为(?:一个|一款|一名)?(?:人工智能|AI|大?语言模型)|我是(?:一个|一款)?(?:人工智能|AI)|"
    r"as an ai(?: language model)?\b|i(?:'m| am) (?:just )?an ai\b|"
    r"(?:这|您)的?是个?(?:非常|很)好的问题|(?:that's|what) an? (?:great|excellent) question)",
    re.IGNORECASE,
)
_MOJIBAKE_ENCODINGS = ("cp1252", "latin-1", "gb18030")


def empty(row: Row) -> str | None:
    """Nothing but white space and punctuation in a turn of either side."""
    for number, part in enumerate(row.parts, start=1):
        if not any(char.isalnum() for char in part) and not _is_sign(part):
            return f"turn {number} has no letter, digit or character"
    return None


def noise(row: Row) -> str | None:
    """One character or phrase over and over, markup left from a web page, control characters, or mostly signs."""
    for part in row.parts:
        prose = _CODE_RE.sub(" ", part)
        if match := _SAME_CHARACTER_RE.search(prose):
            return f"'{match[1]}' stands {len(match[0])} times in a row"
        if (match := _LOOP_RE.search(prose)) and any(char.isalpha() for char in match[1]):
            return f"'{match[1].strip()[:20]}' is repeated {len(match[0]) // len(match[1])} times"
        if match := _MARKUP_RE.search(prose):
            return f"markup is left: {match[0][:30]}"
        if char := next((char for char in part if unicodedata.category(char) == "Cc" and char not in "\n\r\t"), None):
            return f"holds the control character U+{ord(char):04X}"
        signs = sum(unicodedata.category(char)[0] in "SP" for char in prose if char not in "|-")  # Those draw tables.
        if signs > 10 and signs > 0.6 * count_characters(prose):
            return f"{signs} of {count_characters(prose)} characters are signs"
    return None


def mojibake(row: Row) -> str | None:
    """Text that was read in the wrong encoding: known remains, or runs that become UTF-8 when put back."""
    for part in row.parts:
        if known := next((sign for sign in _KNOWN_MOJIBAKE if sign in part), None):
            return f"holds '{known}', the remains of a wrong encoding"
        for run in re.findall(r"[^\x00-\x7f]{2,}", part):
            if restored := _restored(run):
                return f"'{run[:12]}' is UTF-8 read in another encoding; it should be '{restored[:12]}'"
    return None


def echo(row: Row) -> str | None:
    """The answer is the question again."""
    for before, after in zip(row.turns, row.turns[1:], strict=False):
        if after.role == "assistant" and normalise(before.content) == normalise(after.content):
            return "the answer is the prompt"
    return None


def cut_off(row: Row) -> str | None:
    """The last answer stops in the middle: in a code block, a bracket, or behind a word or sign that wants more."""
    answer = row.answer.rstrip()
    if answer.count("```") % 2:
        return "the answer ends inside a code block"
    prose = _CODE_RE.sub(" ", answer)
    if match := _DANGLING_RE.search(prose):
        return f"the answer ends with '{match[0]}'"
    for opened, closed in ("（）", "“”", "《》", "()", "「」"):
        if prose.count(opened) > prose.count(closed) and closed not in prose[prose.rfind(opened) :]:
            return f"the answer ends inside {opened}{closed}"
    return None


def redundant(row: Row) -> str | None:
    """An answer that says little with much: stock phrases about itself, or the same sentences again."""
    for answer in row.answers:
        if match := _OPENERS_RE.search(answer[:60]):
            return f"the answer begins with a stock phrase: '{match[0]}'"
        said = Counter(normalise(sentence) for sentence in sentences(_CODE_RE.sub(" ", answer)))
        again = sum(count - 1 for sentence, count in said.items() if len(sentence) > 8)
        if again >= 2 and again >= 0.25 * sum(said.values()):
            return f"{again} of {sum(said.values())} sentences of the answer had been said before"
    return None


def too_short(row: Row) -> str | None:
    """The user says fewer than two characters that count, in all turns together."""
    asked = "".join(turn.content for turn in row.turns if turn.role == "user")
    return f"the user says only '{asked.strip()}'" if row.turns and sum(char.isalnum() for char in asked) < 2 else None


RULES: dict[str, Rule] = {
    "empty": empty, "mojibake": mojibake, "noise": noise, "echo": echo, "too_short": too_short, "cut_off": cut_off, "redundant": redundant,
}  # fmt: skip
"""In this order; a row is left out for the first fault that is found."""


def _is_sign(text: str) -> bool:
    """An answer may be a sign alone, such as + or an emoji."""
    return 0 < count_characters(text) <= 4 and all(unicodedata.category(char)[0] == "S" for char in text.strip())


def _restored(run: str) -> str | None:
    for encoding in _MOJIBAKE_ENCODINGS:
        try:
            # A character that was cut in two at the end is lost.
            restored = codecs.getincrementaldecoder("utf-8")().decode(run.encode(encoding))
        except UnicodeError:
            continue
        # Chinese text in GB18030 is UTF-8 by chance only when it is very short.
        enough = 2 if encoding == "gb18030" else 1
        if len(restored) < len(run) and len(re.findall(f"[{HANZI}À-ɏ’“”–—…]", restored)) >= enough and restored.isprintable():
            return restored
    return None
