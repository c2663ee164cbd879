"""How IFBench's instructions see a text: words, sentences and how sentences end."""

import re

from harness.scorers import text as counting

VOWELS = frozenset("aeiou")
_WORD_RE = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
# Pictographs, dingbats, flags and the marks that join or colour them; digits and # are emoji only with a keycap behind them.
_EMOJI = "[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff\u2190-\u21ff\u203c\u2049]"
_EMOJI_RUN_RE = re.compile(rf"(?:(?:{_EMOJI}|[0-9#*]\ufe0f?\u20e3)[\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]*)+")
_END_MARKS_RE = re.compile(r"(?<![.!?。！？…])([.!?。！？…]++[\"'”’)\]]*+)\s*+\ue000")
_TAIL = " \t\r\n\f\v\u00a0\u3000.!?。！？…\"'”’)]*_"


def words(text: str) -> list[str]:
    """Runs of letters and digits; "don't" and "well-known" are one word each."""
    return _WORD_RE.findall(text)


def lower_words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return [word.lower() for word in words(text)]


def sentences(text: str) -> list[str]:
    """Sentences of all lines; a line break ends one, an abbreviation's full stop does not."""
    return counting.sentences(text)


def end_mark(sentence: str) -> str:
    """The last of . ? ! at the end of a sentence, behind which only quotes and brackets stand; otherwise nothing."""
    found = re.search(r"([.?!])[\"'”’)\]*_\s]*$", sentence)
    return found[1] if found else ""


def mark_emoji(text: str) -> str:
    """`text` with each run of emoji made one private character, put before the marks that end the sentence."""
    return _END_MARKS_RE.sub("\ue000\\1", _EMOJI_RUN_RE.sub("\ue000", text))


def ends_with_emoji(sentence: str) -> bool:
    """Whether a sentence of a text that `mark_emoji` has marked ends with an emoji, apart from its end mark."""
    return sentence.rstrip(_TAIL).endswith("\ue000")


def phrase_count(text: str, word: str) -> int:
    """How often `word` stands in the text as a word of its own, whatever its case."""
    return len(re.findall(rf"(?<!\w){re.escape(word.strip())}(?!\w)", text, re.IGNORECASE))


def lines(text: str) -> list[str]:
    """Lines that are not blank, with their indentation."""
    return [line.rstrip() for line in text.splitlines() if line.strip()]
