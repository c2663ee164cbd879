"""The skeleton of a prompt: what is left when numbers, quotations and other slot values are masked. Prompts made by filling in one
template have the same skeleton.

Masked as `#`: digits of any script, Chinese numerals, number words, each with its unit, and dates and times. Masked as `□`: quoted text
in every kind of quotation mark of either language, 《names》, code spans and blocks, JSON. Slots that follow each other, also over "and" or
和, are one, so that lists of different lengths are alike. Case, width, punctuation and white space do not count.

Not masked: names and words without quotation marks ("write about cats", "write about dogs" are two skeletons) and indented code. Chinese
numerals are masked inside words too (一定, 万一), and months only beside a number: for telling templates apart that does no harm.
"""

import json
import re
import unicodedata

_HANZI = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CODE_RE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|``.+?``|`[^`\n]+`", re.DOTALL)
_BRACKET_RE = re.compile(r"[{\[]")
_JSON_WORD_RE = re.compile(r"(?<=[:：\[,])\s*(?:true|false|null|none)\b", re.IGNORECASE)
# Inner kinds first. A straight or curly single quote is an apostrophe where a Latin letter stands on its outer side.
_QUOTE_RES = tuple(
    re.compile(pattern)
    for pattern in (
        r"『[^『』]*』", r"「[^「」]*」", r"〈[^〈〉]*〉", r"《[^《》]*》", r"‹[^‹›]*›", r"«[^«»]*»", r"»[^«»]*«",
        r"‘[^‘]*?’(?![a-z0-9])", r"‚[^‚‘’]*[‘’]", r"(?<![a-z0-9])'[^'\n]*(?:(?<=[a-z])'[a-z][^'\n]*)*'(?![a-z0-9])",
        r"[\"“”„‟〝〞〟][^\"“”„‟〝〞〟]*[\"“”„‟〝〞〟]",
    )
)  # fmt: skip

_NUMERAL_ZH = "〇零一二三四五六七八九十百千万亿两俩仨半壹贰叁肆伍陆柒捌玖拾佰仟廿卅兩萬億貳參陸"
_NUMERAL_EN = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|"
    "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|half|halves|quarters?|once|twice|"
    "thrice|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|twentieth|thirtieth|hundredth"
)
_NUMBER_RE = re.compile(
    rf"(?<![\w)])[-−+](?=\d)|\d+(?:[.,:/⁄~–—-]\d+)*(?:st|nd|rd|th)?(?![a-z])|\d+|[{_NUMERAL_ZH}]+|\b(?:{_NUMERAL_EN})\b", re.IGNORECASE
)
_UNIT_EN = (
    "a\\.?m|p\\.?m|km/h|kph|mph|m/s|rpm|km|cm|mm|nm|m|kg|mg|g|t|ml|l|kwh|kw|wh|w|hp|mah|ah|v|a|khz|mhz|ghz|hz|kb|mb|gb|tb|"
    "bar|psi|kpa|pa|db|ms|min|s|h|"
    "kilomet(?:er|re)s?|met(?:er|re)s?|centimet(?:er|re)s?|millimet(?:er|re)s?|miles?|feet|foot|inch(?:es)?|yards?|"
    "kilograms?|grams?|kilos?|tonn?es?|tons?|pounds?|lbs?|ounces?|lit(?:er|re)s?|gallons?|"
    "percent|per cent|(?:degrees? )?celsius|(?:degrees? )?fahrenheit|degrees?|seconds?|minutes?|hours?|days?|weeks?|months?|years?|"
    "o['’]clock|yuan|rmb|dollars?|euros?|cents?|pence|volts?|watts?|amps?|kilowatts?(?: hours?)?|kilowatt-hours?"
)
_MONTH = "january|february|march|april|may|june|july|august|september|october|november|december"
_UNIT_ZH = (
    "公里每小时|公里/小时|千米/小时|米每秒|米/秒|千瓦时|千瓦|公里|千米|厘米|毫米|微米|米|公斤|千克|毫克|克|斤|吨|毫升|升|"
    "摄氏度|华氏度|度电|度|个?小时|分钟|秒钟?|点钟?|分|时|个?月|个?星期|个?礼拜|周|天|日|号|年|岁|美元|欧元|元|块钱|块|角|毛钱|"
    "伏特?|安培?|瓦特?|赫兹|兆帕|千帕|帕|巴|转|马力|英里|英寸|英尺"
)
_SLOT_RE = re.compile(
    rf"(?:上午|下午|早上|晚上|凌晨|中午|傍晚|[$€£¥])\s*(?=#)|(?:{_MONTH})\s+(?=#)|(?<=#)(?:\s+(?:of\s+)?(?:{_MONTH})\b|"
    rf"\s*-?(?:°[cf]?|[%‰]|(?:{_UNIT_EN})(?![a-z])|{_UNIT_ZH})|\s*[$€£¥])"
)
_WEEKDAY_RE = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|(?:周|星期|礼拜)[#日天末]")
_REPEAT_RE = re.compile(r"([#□])(?: (?:(?:and|or|to|和|或|与|及|以及|跟|至|到) )?\1)+")
_KEPT_PUNCTUATION = frozenset("#*/%&@")


def skeleton(prompt: str) -> str:
    """Return the skeleton of `prompt`; equal skeletons mean one template.

    >>> skeleton("Set the fan to level 3 for 20 minutes.") == skeleton("Set the fan to level two for 1.5 hours")
    True
    >>> skeleton("用“开心”和“雨伞”造一个句子。")
    '用 □ 造 # 个句子'
    """
    text = _CODE_RE.sub(" □ ", _mask_json(prompt))
    # Numerals first: folding would make letters of Ⅳ.
    text = "".join("0" if unicodedata.category(char).startswith("N") else char for char in text)
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _JSON_WORD_RE.sub(" □ ", text)
    for pattern in _QUOTE_RES:
        text = pattern.sub(" □ ", text)
    text = text.replace("#", " ")  # The prompt's own, such as a heading's.
    text = _mask_units(_NUMBER_RE.sub("#", text))
    return _collapse(text)


def _mask_json(text: str) -> str:
    """`text` with every JSON object and list, however deep, as one slot."""
    decoder, parts, start, position = json.JSONDecoder(), list[str](), 0, 0
    while (match := _BRACKET_RE.search(text, position)) is not None:
        try:
            _, end = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            position = match.end()
            continue
        parts += [text[start : match.start()], " □ "]
        start = position = end
    return "".join([*parts, text[start:]])


def _mask_units(text: str) -> str:
    """Join numbers with their units and with each other: `#点#分` and `#.# km` become `#`."""
    while (shorter := re.sub(r"#(?:[-.,:/个]?#)+", "#", _SLOT_RE.sub("", text))) != text:
        text = shorter
    return _WEEKDAY_RE.sub("#", text)


def _collapse(text: str) -> str:
    plain = "".join(" " if unicodedata.category(char).startswith("P") and char not in _KEPT_PUNCTUATION else char for char in text)
    spaced = " ".join(re.sub("([#□])", r" \1 ", plain).split())
    return _REPEAT_RE.sub(r"\1", re.sub(rf"(?<=[{_HANZI}]) (?=[{_HANZI}])", "", spaced))
