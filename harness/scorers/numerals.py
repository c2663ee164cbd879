"""Numbers written in words, Chinese and English, as values. Pure functions on folded strings."""

import re

_ZH_DIGITS = {char: value for value, chars in enumerate(("零〇", "一", "二两", *"三四五六七八九")) for char in chars}
_LONGEST = 100
"""Characters; what is longer is no number that anyone means."""
_ZH_TENS = {"十": 10, "百": 100, "千": 1000}
_ZH_MYRIADS = {"万": 10_000, "亿": 100_000_000}
_EN_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_EN_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_EN_SMALL = dict(zip(_EN_UNITS, range(20), strict=True)) | dict(zip(_EN_TENS, range(20, 100, 10), strict=True))
_EN_LARGE = {"hundred": 100, "thousand": 1000, "million": 1_000_000}

# "千瓦" is a unit, not a thousand of anything; "百公里" alone is a distance that consumption is given for.
_ZH_CHAR = "[零〇一二两三四五六七八九十百万亿]|千(?![瓦米克帕伏])"
ZH_NUMBER = rf"(?<![第周期拜])[零〇一二两三四五六七八九十](?:{_ZH_CHAR})*(?:点[零〇一二三四五六七八九]+)?"
_EN_WORD = "|".join(sorted([*_EN_SMALL, *_EN_LARGE], key=len, reverse=True))
_EN_DIGIT = "|".join(_EN_UNITS[:10])
EN_NUMBER = (
    rf"\b(?:a (?=hundred|thousand))?(?:{_EN_WORD})(?:(?:[ -]|(?:(?<=hundred)|(?<=thousand)) and )(?:{_EN_WORD}))*"
    rf"(?: point (?:{_EN_DIGIT})(?:[ -](?:{_EN_DIGIT}))*)?(?: and a half)?\b"
)


def chinese_value(text: str) -> float | None:
    """Value of a number in Chinese characters, or None if it is none or is too long ("三四十" is an estimate, not a number).

    >>> chinese_value("一百二"), chinese_value("十六万"), chinese_value("两点五"), chinese_value("三四十")
    (120.0, 160000.0, 2.5, None)
    """
    if len(text) > _LONGEST:
        return None
    whole, _, decimals = text.partition("点")
    value = _chinese_whole(whole)
    if value is None:
        return None
    return float(f"{value}.{''.join(str(_ZH_DIGITS[char]) for char in decimals)}") if decimals else float(value)


def _chinese_whole(text: str) -> int | None:
    if all(char in _ZH_DIGITS for char in text) and (len(text) == 1 or len(text) > 2 or text[0] in "零〇"):
        return int("".join(str(_ZH_DIGITS[char]) for char in text))  # Read out one by one, as years are.
    total = section = digit = 0
    last, after_digit = 10, False
    for char in text:
        if char in _ZH_DIGITS:
            if after_digit and digit:
                return None
            digit, after_digit = _ZH_DIGITS[char], True
            if char in "零〇":
                last, after_digit = 10, False
            continue
        if char in _ZH_TENS:
            section += (digit or (1 if char == "十" else 0)) * _ZH_TENS[char]
            last = _ZH_TENS[char]
        else:
            total = (total + section + digit) * _ZH_MYRIADS[char]
            section, last = 0, _ZH_MYRIADS[char]
        digit, after_digit = 0, False
    return total + section + digit * (last // 10)  # "一百二" is 120; after a ten or a zero the digit is itself.


def english_value(text: str) -> float | None:
    """Value of a number in English words, or None if the words make none.

    >>> english_value("a hundred and sixty thousand"), english_value("one point five"), english_value("twenty thirty")
    (160000.0, 1.5, None)
    """
    if len(text) > _LONGEST:
        return None
    whole, _, decimals = text.removesuffix(" and a half").partition(" point ")
    half = 0.5 if text.endswith(" and a half") else 0.0
    total = section = 0
    room = 100  # What the next small number must stay below: after "twenty" only "one" to "nine" may follow.
    for word in re.split(r"[ -]", whole):
        if word in _EN_SMALL:
            if _EN_SMALL[word] >= room:
                return None
            section += _EN_SMALL[word]
            room = 10 if _EN_SMALL[word] >= 20 else 0
        elif word == "hundred":
            section, room = max(section, 1) * 100, 100
        elif word in _EN_LARGE:
            total, section, room = total + max(section, 1) * _EN_LARGE[word], 0, 100
    if decimals:
        return float(f"{total + section}.{''.join(str(_EN_SMALL[word]) for word in re.split('[ -]', decimals))}")
    return total + section + half
