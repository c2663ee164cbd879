"""Which language a text is in, and which of the two Chinese scripts. Deterministic."""

import re
import threading
from functools import cache
from pathlib import Path

from harness.scorers.text import HANZI, count_hanzi, words

# Used in both scripts, mostly in names, though one of the two character sets lacks them.
_BOTH_SCRIPTS = "着瞭玥璟祐晞琯珮洸奭炤劻晅潟澴咔珉煊"
_HANZI_RE = re.compile(f"[{HANZI}]")
# English words that hardly any other language has.
_ENGLISH_WORDS = frozenset(
    re.findall(
        r"\w+",
        "the and but with from were been it its this that these those you your our they she his not does have would could should when "
        "there what which who how please just than them into about out off",
    )
)
_LANGDETECT_LOCK = threading.Lock()


def detect_language(text: str) -> str | None:
    """ISO code of the language of `text`, "zh" for any Chinese; None if it has no letters. Deterministic.

    Script decides first: more Chinese characters than Latin words, and no kana or hangul, is Chinese. Latin text of fewer
    than five words is called English, since nothing shorter can be told apart, and text of fewer than twenty when enough of
    its words are English ones that hardly any other language has. Otherwise langdetect, seeded and without capitals, decides.
    """
    hanzi, latin = count_hanzi(text), [word for word in words(text) if not word[0].isdigit()]
    if re.search(r"[\u3040-\u30ff\uac00-\ud7af]", text):
        return _language_family(text)
    if hanzi > len(latin):
        return "zh"
    if not any(char.isalpha() for char in text):
        return None
    if latin and not re.search(r"[^\W\d_\u0000-\u024f\u3400-\u9fff]", text):
        english_words = sum(word.lower() in _ENGLISH_WORDS for word in latin)
        if len(latin) < 5 or (len(latin) < 20 and english_words >= max(1, 0.15 * len(latin))):
            return "en"
    return _language_family(text.lower())


def _language_family(text: str) -> str | None:
    code = seeded_langdetect(text)
    return "zh" if code and code.startswith("zh") else code


def seeded_langdetect(text: str) -> str | None:
    """The code that langdetect gives `text`, the same every time; None if it finds nothing to go by."""
    from langdetect import DetectorFactory, LangDetectException, detect  # type: ignore[import-untyped]

    DetectorFactory.seed = 0
    try:
        with _LANGDETECT_LOCK:  # Its profiles are loaded at the first use, without a lock of their own.
            code: str = detect(text)
    except LangDetectException:
        return None
    return code


@cache
def language_codes() -> frozenset[str]:
    """The codes that `seeded_langdetect` can give."""
    from langdetect import PROFILES_DIRECTORY

    return frozenset(path.name for path in Path(PROFILES_DIRECTORY).iterdir())


def simplified_only(text: str) -> list[str]:
    """Its characters that only simplified Chinese has: those of GB 2312 that Big5 lacks."""
    return [
        char for char in _HANZI_RE.findall(text) if char not in _BOTH_SCRIPTS and _encodes(char, "gb2312") and not _encodes(char, "big5")
    ]


def traditional_only(text: str) -> list[str]:
    """Its characters that only traditional Chinese has: the frequent ones of Big5 that GB 2312 lacks."""
    return [
        char
        for char in _HANZI_RE.findall(text)
        if char not in _BOTH_SCRIPTS and not _encodes(char, "gb2312") and b"\xa4" <= _encodes(char, "big5")[:1] <= b"\xc6"
    ]


def _encodes(char: str, encoding: str) -> bytes:
    return char.encode(encoding, errors="ignore")
