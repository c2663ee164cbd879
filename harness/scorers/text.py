"""Counting and comparing text, Chinese and English alike. Pure functions on strings."""

import re
import unicodedata
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator

from harness.scorers import english

Phrase = Annotated[str, AfterValidator(lambda text: require_phrase(text))]
"""Text that can be looked for: something is left of it when case, width, bold and white space do not count."""

HANZI = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
_CHINESE_DIGITS = "零〇一二三四五六七八九十百千万亿"
_HANZI_RE = re.compile(f"[{HANZI}]")
_WORD_RE = re.compile(rf"[{_LATIN}0-9]+(?:['’\-.,][{_LATIN}0-9]+)*")
# A Latin full stop may end a sentence only before white space, a closing quote or the end; 3.5 and e.g.x do not split.
_SENTENCE_END_RE = re.compile(r"[。！？!?…]+[”’」』）)\"'*]*|(?<!\.)\.++(?=[”’\"')*]*(?:\s|$))[”’\"')*]*")
_LIST_MARK_RE = re.compile(r"^\W*(?:\d{1,3}|[A-Za-z])\.\s+")
# Signs that make another answer of it stay: C++ C# A+ O- -5 3.5 5% x>5; all other punctuation goes.
_PUNCTUATION_RE = re.compile(
    r"((?<=[a-z])(?:\+\+|\#)|(?<=\w)\+(?!\w)|(?<=\b[a-z])-(?!\S)|(?<![\w)\]])-(?=\.?\d)|(?<=\d)\.(?=\d)|(?<!\w)\.(?=\d)|(?<=\d)%|[<>=≤≥≠])"
    r"|[^\w\s]|_"
)
_ARTICLE_RE = re.compile(r"\b(?:a|an|the)\s+(?=\w)")
_THOUSANDS_RE = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# Digits after a point or a thousands separator belong to the number; "1999,2000" are two, and "5-3" has no sign.
_NUMBER_RE = re.compile(
    rf"(?:(?<![\w)])-|(?<=[{HANZI}])-)?(?<!\d)(?<!\d\.)(?:(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+)(?:\.\d+)?|(?<!\.)\.\d+)(?:e[+-]?\d+(?!\w))?"
)
# m2, CO2, x1; but the number in RMB500, 1e5 and 3x4 is one.
_NAME_WITH_DIGITS_RE = re.compile(rf"(?<![{_LATIN}])(?!(?:rmb|cny|usd|eur|gbp|jpy|hkd|rs)\d|(?<=\d)[ex]\d)[{_LATIN}]+\d+(?:[.,]\d+)*")
_POWER_OF_TEN_RE = re.compile(r"(?<![\d.,])(?:(\d[\d.,]*)\s*[×x*·]\s*)?(?<![\d.,])10\s*(?:\^|\*\*)\s*[({]?\s*([+-]?\d{1,3})(?!\d)[)}]?")
_SPACED_THOUSANDS_RE = re.compile("(?<=\\d)[\u00a0\u2009\u202f](?=\\d{3}(?!\\d))")
# A full-width comma separates clauses, and thousands only between full-width digits; folded it would always look like the latter.
_CLAUSE_COMMA_RE = re.compile(r"(?<![０-９])，|，(?![０-９])")
_SUPERSCRIPTS = str.maketrans("", "", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_RAISED_TEN_RE = re.compile(r"(?<![\d.,])10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")


def count_hanzi(text: str) -> int:
    """Number of Chinese characters; punctuation, digits and Latin letters do not count."""
    return len(_HANZI_RE.findall(text))


def count_zi(text: str) -> int:
    """字数: each Chinese character is one, and each word or number in other letters is one; punctuation does not count.

    >>> count_zi("空调设为24°C，请系好安全带。")
    12
    """
    return count_hanzi(text) + len(words(text))


def count_characters(text: str) -> int:
    """Number of characters that are not white space."""
    return len("".join(text.split()))


def words(text: str) -> list[str]:
    """Words in Latin script and numbers; "don't", "in-car" and "3.5" are one word each."""
    return _WORD_RE.findall(text)


def sentences(text: str) -> list[str]:
    """Sentences, ended by 。！？… or by . ! ?; a line break ends one too. Pieces without a letter or digit do not count.

    The number of a list item ends none, nor does the full stop of an English abbreviation.
    """
    return [text[start:end] for start, end in sentence_spans(text)]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Where the `sentences` of `text` begin and end; a list item's number and the white space between sentences belong to none.

    >>> sentence_spans("1. Yes.  No!")
    [(3, 7), (9, 12)]
    """
    found: list[tuple[int, int]] = []
    offset = 0
    for line, whole in zip(text.splitlines(), text.splitlines(keepends=True), strict=True):
        mark = _LIST_MARK_RE.match(line)
        begin = offset + (mark.end() if mark else 0)
        line = line[mark.end() :] if mark else line
        start = 0
        for end in _SENTENCE_END_RE.finditer(line):
            if not set(end[0]) <= {"."} or english.ends_sentence(line, end.end()):
                found.append((begin + start, begin + end.end()))
                start = end.end()
        found.append((begin + start, begin + len(line)))
        offset += len(whole)
    pieces = ((text[start:end], start) for start, end in found)
    return [
        (start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))
        for piece, start in pieces
        if any(char.isalnum() for char in piece)
    ]


def paragraphs(text: str) -> list[str]:
    """Blocks separated by blank lines."""
    return [block.strip() for block in re.split(r"\n\s*\n", text.strip()) if block.strip()]


def fold(text: str) -> str:
    """Case-folded, with compatibility forms (full-width letters and digits, ligatures) and apostrophes made plain."""
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def comparable(text: str) -> str:
    """Folded, without Markdown bold, white space collapsed and dropped beside Chinese characters."""
    plain = " ".join(fold(_CLAUSE_COMMA_RE.sub(", ", text)).replace("**", "").split())
    return re.sub(rf"(?<=[{HANZI}]) | (?=[{HANZI}])", "", plain)


def normalise(text: str) -> str:
    """The form in which answers are compared: folded, without punctuation and English articles, white space collapsed.

    Signs that make another answer of it stay: "C++" is not "C", "-5" not "5", "3.5" not "35"; "1,000" is "1000".
    """
    plain = _THOUSANDS_RE.sub("", fold(text).replace("−", "-"))
    plain = _PUNCTUATION_RE.sub(lambda match: f" {match[1]} " if match[1] and match[1] in "<>=≤≥≠" else match[1] or " ", plain)
    # An article stands before a word; the letter A as an answer, or in "vitamin A", is none.
    return " ".join(_ARTICLE_RE.sub(" ", " ".join(plain.split())).split())


def require_phrase(phrase: str) -> str:
    """Return `phrase`; raises ValueError if nothing of it could be looked for."""
    if not comparable(phrase):
        raise ValueError("an empty phrase cannot be looked for")
    return phrase


def count_phrase(text: str, phrase: str) -> int:
    """How often `phrase` stands in `text`, ignoring case, width, bold and the amount of white space; see `phrase_pattern`."""
    return len(re.findall(phrase_pattern(phrase), comparable(text)))


def phrase_pattern(phrase: str) -> str:
    """A regular expression that finds `phrase` in a `comparable` text.

    Where the phrase begins or ends with a Latin letter or a digit, it must stand on a word boundary there, and a
    number must not be part of a longer one: "24" is not in "124", "24.5", "1,024" or "24万", nor "十二" in "二十二". Otherwise
    Chinese has no word boundaries.
    """
    needle = comparable(require_phrase(phrase))
    pattern = re.escape(needle)
    if re.match(f"[{_LATIN}0-9]", needle):
        pattern = rf"(?<![{_LATIN}0-9])" + (r"(?<!\d[.,])" if needle[0].isdigit() else "") + pattern
    if re.search(f"[{_LATIN}0-9]$", needle):
        pattern += rf"(?![{_LATIN}0-9])" + (r"(?![.,]\d|[万亿])" if needle[-1].isdigit() else "")
    if needle[0] in _CHINESE_DIGITS:
        pattern = f"(?<![{_CHINESE_DIGITS}])" + pattern
    if needle[-1] in _CHINESE_DIGITS and not needle.removeprefix("第").strip(_CHINESE_DIGITS):  # A number, not "周一".
        pattern += f"(?![{_CHINESE_DIGITS}])"
    return pattern


def contains_phrase(text: str, phrase: str) -> bool:
    """Whether a phrase stands in a text, as `count_phrase` looks for it."""
    return count_phrase(text, phrase) > 0


def numbers(text: str) -> list[str]:
    """All numbers in `text` in their plain form: "1,250.50 km in 3 h" gives "1250.5" and "3", "1e5" gives "100000", "50%" gives "50".

    A digit that belongs to a name, as in m2, CO2 or x1, counts only where there is nothing else.
    """
    # Ten to the power of something is one number; any other raised digit is an exponent or a footnote mark, no number of its own.
    plain = _RAISED_TEN_RE.sub(lambda ten: "10^" + ten[1].translate(_RAISED), text).translate(_SUPERSCRIPTS)
    plain = fold(_CLAUSE_COMMA_RE.sub("; ", _SPACED_THOUSANDS_RE.sub("", plain))).replace("−", "-")
    plain = _POWER_OF_TEN_RE.sub(lambda match: f"{match[1] or 1}e{match[2]} ", plain)
    found = _NUMBER_RE.findall(_NAME_WITH_DIGITS_RE.sub(" ", plain)) or _NUMBER_RE.findall(plain)
    return [canonical_number(number) for number in found]


def last_number(text: str) -> str | None:
    """The last number in `text`, as `numbers` gives it, or None."""
    return next(iter(numbers(text)[-1:]), None)


def canonical_number(number: str) -> str:
    """`number` without thousands separators, exponent, percent sign, and zeros that say nothing; "-0" is "0"."""
    plain = fold(number).replace(",", "").replace("−", "-").rstrip("% ").strip()
    if "e" in plain:
        # Written out, a larger exponent would fill the memory.
        if not re.fullmatch(r"-?(?:\d+\.?\d*|\.\d+)e[+-]?\d{1,3}", plain):
            return plain
        plain = f"{Decimal(plain):f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    digits = digits.lstrip("0") or "0"
    if digits.startswith("."):
        digits = "0" + digits
    return sign + digits if digits != "0" else "0"
