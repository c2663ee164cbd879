"""Counting and comparing text, Chinese and English alike. Pure functions on strings."""

import re
import threading
import unicodedata
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

Phrase = Annotated[str, AfterValidator(lambda text: require_phrase(text))]
"""Text that can be looked for: something is left of it when case, width, bold and white space do not count."""

_HANZI = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
_CHINESE_DIGITS = "零〇一二三四五六七八九十百千万亿"
_HANZI_RE = re.compile(f"[{_HANZI}]")
_WORD_RE = re.compile(rf"[{_LATIN}0-9]+(?:['’\-.,][{_LATIN}0-9]+)*")
# A Latin full stop ends a sentence only before white space, a closing quote or the end; 3.5 and e.g.x do not split.
_SENTENCE_END_RE = re.compile(r"[。！？!?…]+[”’」』）)\"'*]*|\.+(?=[”’\"')*]*(?:\s|$))[”’\"')*]*")
_PUNCTUATION_RE = re.compile(r"[^\w\s]|_")
_ARTICLE_RE = re.compile(r"\b(?:a|an|the)\b")
# Digits after a point or a thousands separator belong to the number; "1999,2000" are two, and "5-3" has no sign.
_NUMBER_RE = re.compile(
    rf"(?:(?<![\w)])-|(?<=[{_HANZI}])-)?(?<!\d)(?<!\d\.)(?:(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+)(?:\.\d+)?|(?<!\.)\.\d+)"
)
# A full-width comma separates clauses, and thousands only between full-width digits; folded it would always look like the latter.
_CLAUSE_COMMA_RE = re.compile(r"(?<![０-９])，|，(?![０-９])")
_SUPERSCRIPTS = str.maketrans("", "", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LANGDETECT_LOCK = threading.Lock()


def count_hanzi(text: str) -> int:
    """Number of Chinese characters; punctuation, digits and Latin letters do not count."""
    return len(_HANZI_RE.findall(text))


def count_characters(text: str) -> int:
    """Number of characters that are not white space."""
    return len("".join(text.split()))


def words(text: str) -> list[str]:
    """Words in Latin script and numbers; "don't", "in-car" and "3.5" are one word each."""
    return _WORD_RE.findall(text)


def sentences(text: str) -> list[str]:
    """Sentences, ended by 。！？… or by . ! ?; a line break ends one too. Pieces without a letter or digit do not count."""
    found: list[str] = []
    for line in text.splitlines():
        start = 0
        for end in _SENTENCE_END_RE.finditer(line):
            found.append(line[start : end.end()])
            start = end.end()
        found.append(line[start:])
    return [piece.strip() for piece in found if any(char.isalnum() for char in piece)]


def paragraphs(text: str) -> list[str]:
    """Blocks separated by blank lines."""
    return [block.strip() for block in re.split(r"\n\s*\n", text.strip()) if block.strip()]


def fold(text: str) -> str:
    """Case-folded, with compatibility forms (full-width letters and digits, ligatures) and apostrophes made plain."""
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def _comparable(text: str) -> str:
    """Folded, without Markdown bold, white space collapsed and dropped beside Chinese characters."""
    plain = " ".join(fold(_CLAUSE_COMMA_RE.sub(", ", text)).replace("**", "").split())
    return re.sub(rf"(?<=[{_HANZI}]) | (?=[{_HANZI}])", "", plain)


def normalise(text: str) -> str:
    """Folded, without punctuation and English articles, white space collapsed: the form in which answers are compared."""
    plain = _PUNCTUATION_RE.sub(" ", fold(text))
    # An answer that is an article, such as the letter A, stays.
    return " ".join((_ARTICLE_RE.sub(" ", plain).split()) or plain.split())


def require_phrase(phrase: str) -> str:
    """Return `phrase`; raises ValueError if nothing of it could be looked for."""
    if not _comparable(phrase):
        raise ValueError("an empty phrase cannot be looked for")
    return phrase


def count_phrase(text: str, phrase: str) -> int:
    """How often `phrase` stands in `text`, ignoring case, width, bold and the amount of white space.

    Where the phrase begins or ends with a Latin letter or a digit, it must stand on a word boundary there, and a
    number must not be part of a longer one: "24" is not in "124", "24.5", "1,024" or "24万", nor "十二" in "二十二". Otherwise
    Chinese has no word boundaries.
    """
    needle = _comparable(require_phrase(phrase))
    pattern = re.escape(needle)
    if re.match(f"[{_LATIN}0-9]", needle):
        pattern = rf"(?<![{_LATIN}0-9])" + (r"(?<!\d[.,])" if needle[0].isdigit() else "") + pattern
    if re.search(f"[{_LATIN}0-9]$", needle):
        pattern += rf"(?![{_LATIN}0-9])" + (r"(?![.,]\d|[万亿])" if needle[-1].isdigit() else "")
    if needle[0] in _CHINESE_DIGITS:
        pattern = f"(?<![{_CHINESE_DIGITS}])" + pattern
    if needle[-1] in _CHINESE_DIGITS and not needle.removeprefix("第").strip(_CHINESE_DIGITS):  # A number, not "周一".
        pattern += f"(?![{_CHINESE_DIGITS}])"
    return len(re.findall(pattern, _comparable(text)))


def contains_phrase(text: str, phrase: str) -> bool:
    return count_phrase(text, phrase) > 0


def numbers(text: str) -> list[str]:
    """All numbers in `text`, without thousands separators and trailing zeros: "1,250.50 km in 3 h" gives "1250.5" and "3"."""
    # An exponent or a footnote mark is no number of its own.
    plain = fold(_CLAUSE_COMMA_RE.sub("; ", text.translate(_SUPERSCRIPTS))).replace("−", "-")
    return [canonical_number(number) for number in _NUMBER_RE.findall(plain)]


def last_number(text: str) -> str | None:
    """The last number in `text`, as `numbers` gives it, or None."""
    return next(iter(numbers(text)[-1:]), None)


def canonical_number(number: str) -> str:
    plain = fold(number).replace(",", "").replace("−", "-").strip()
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    digits = digits.lstrip("0") or "0"
    if digits.startswith("."):
        digits = "0" + digits
    return sign + digits if digits != "0" else "0"


def detect_language(text: str) -> str | None:
    """ISO code of the language of `text`, "zh" for any Chinese; None if it has no letters. Deterministic.

    Script decides first: more Chinese characters than Latin words, and no kana or hangul, is Chinese. Latin text of fewer
    than five words is called English, since nothing shorter can be told apart; otherwise langdetect, seeded, decides.
    """
    hanzi, latin = count_hanzi(text), [word for word in words(text) if not word[0].isdigit()]
    if re.search(r"[\u3040-\u30ff\uac00-\ud7af]", text):
        return _language_family(text)
    if hanzi > len(latin):
        return "zh"
    if not any(char.isalpha() for char in text):
        return None
    if latin and len(latin) < 5 and not re.search(r"[^\W\d_\u0000-\u024f\u3400-\u9fff]", text):
        return "en"
    return _language_family(text)


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
