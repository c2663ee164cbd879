"""Quantities in a text: numbers and ranges with the units they may have, Chinese and English, in digits and in words."""

import re
from dataclasses import dataclass, replace

from harness.scorers.numerals import EN_NUMBER, ZH_NUMBER, chinese_value, english_value
from harness.units import UNIT_NAMES, UNITS, Unit, convert, units_called


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or a range as it stands in a line of text."""

    start: int
    end: int
    """Characters of the line it takes, unit included."""
    low: float
    high: float
    """Both ends of a range; the same for a single number. In the unit as written."""
    units: tuple[Unit, ...]
    """What the unit's name may mean; empty if no unit follows."""
    after: str = ""
    """What follows a number that has no unit, up to 40 characters: the thing counted, or punctuation."""

    @property
    def bare(self) -> bool:
        """Neither a unit nor a counted thing follows: "9到30。", "16 to 32"."""
        return not self.units and _BARE_RE.match(self.after) is not None

    def unit_in(self, dimension: str) -> Unit | None:
        """The unit of this dimension that is meant, if any may be."""
        return next((unit for unit in self.units if unit.dimension == dimension), None)

    def expressed_in(self, unit: Unit) -> "Quantity":
        """The same quantity in `unit`; a number without a unit is taken to be in it already."""
        given = self.unit_in(unit.dimension)
        if given is None or given is unit:
            return self
        return replace(self, low=convert(self.low, given, unit), high=convert(self.high, given, unit), units=(unit,))


_LARGEST = 1e15
"""Longer rows of digits are no quantities, and could not be reckoned with."""
_ARABIC = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?[万亿]?"
_SIGN = r"(?<![\w°%)])[-−](?=\d)|零下|负|\bminus |\bnegative "
# A Latin letter in front makes digits a name (X5, R19); a Chinese character does not.
_DIGITS = rf"(?<![\w.]){_ARABIC}|(?<=[^\W\da-zà-ÿ_]){_ARABIC}"
_NUMBER = rf"(?P<sign>{_SIGN})?(?:(?P<arabic>{_DIGITS})|(?P<en>{EN_NUMBER}|\bhalf(?= an? ))|(?P<zh>{ZH_NUMBER}|半(?=个?小时|年|升|天)))"
_NAMES = "|".join(re.escape(name) + (r"(?![a-z0-9])" if re.search("[a-z]$", name) else "") for name in UNIT_NAMES)
# What begins another word is no unit: 2升级, 3分为, 8天窗.
_UNIT = (
    rf"(?: ?-?| an? )(?P<unit>{_NAMES})(?![级为类别辨数窗服士]|之(?![间内前后下上])|(?<=[升分])[至到])"
    r"(?P<half>(?<=[时年天])半(?!径))?(?P<below> below (?:zero|freezing))?"
)
_TOKEN_RE = re.compile(rf"(?P<share>百分之)?{_NUMBER}(?P<more>个半(?=小时|月))?(?:{_UNIT})?")
_JOIN_RE = re.compile(r" ?(?:-|–|—|~|〜|至|到|to|through|up to) ?(?:约|大约|about )?")
_BOTH_RE = re.compile(r" ?(?:and|和|与|跟|及) ?")
_BETWEEN_RE = re.compile(r"(?:\bbetween|介于|[在从]) ?$")
_SPEED_BEFORE_RE = re.compile(r"(?:时速|每小时)[^\d,。;]{0,6}$")
# What may follow a number to which nothing is added: punctuation, or a word that links it to the rest.
_BARE_RE = re.compile(
    r" ?(?:$|[^\w\s-]|- ?\d|(?:to|and|or|in|at|for|when|is|are|but|by|on|as|if|so|while|with|then|instead|respectively|degrees?)\b"
    r"|[到至和与的之间左右以或及时起了吧呢是就])"
)


def quantities(line: str) -> list[Quantity]:
    """All quantities in one folded line (see `text.comparable`), in order.

    Ranges ("16–32 °c", "between 9 and 30 degrees", "从16度到32度") and compound spans ("1小时30分钟") are one quantity each.
    "one" and "一" count only with a unit.
    """
    found: list[Quantity] = []
    for match in _TOKEN_RE.finditer(line):
        quantity = _read(match, line)
        if quantity is None:
            continue
        joined = _join(found[-1], quantity, line) if found else None
        if joined is not None:
            found[-1] = joined
        else:
            found.append(quantity)
    return found


def _read(match: re.Match[str], line: str) -> Quantity | None:
    if match["arabic"] is not None:
        digits = match["arabic"].replace(",", "").rstrip("万亿")
        value: float | None = float(digits) * {"万": 1e4, "亿": 1e8}.get(match["arabic"][-1], 1.0)
    elif match["en"] is not None:
        value = 0.5 if match["en"] == "half" else english_value(match["en"])
    else:
        value = 0.5 if match["zh"] == "半" else chinese_value(match["zh"])
    if value is None or value > _LARGEST or match[0] == "十分":  # "Very".
        return None
    name = match["unit"]
    units = (UNITS["%"],) if match["share"] else units_called(name) if name else ()
    if name in ("公里", "千米") and _SPEED_BEFORE_RE.search(line[: match.start()]):
        units = (UNITS["km/h"],)
    if not units and (match["en"] or match["zh"]) in ("one", "一"):
        return None
    value += 0.5 if match["more"] or match["half"] else 0.0
    value = -value if match["sign"] or match["below"] else value
    return Quantity(match.start(), match.end(), value, value, units, "" if units else line[match.end() : match.end() + 40])


def _join(left: Quantity, right: Quantity, line: str) -> Quantity | None:
    """One quantity of two neighbours, if they are the ends of a range or the parts of a span of time."""
    gap = line[left.end : right.start]
    if left.low != left.high or right.low != right.high:
        return None
    between = _BOTH_RE.fullmatch(gap) and _BETWEEN_RE.search(line[: left.start])
    if between or _JOIN_RE.fullmatch(gap):
        return _range(left, right)
    hours, minutes = left.unit_in("duration"), right.unit_in("duration")
    if hours and minutes and hours.factor > minutes.factor and re.fullmatch(r" ?(?:and |又|零)?", gap):
        total = left.low + convert(right.low, minutes, hours)
        return Quantity(left.start, right.end, total, total, (hours,))
    return None


def _range(left: Quantity, right: Quantity) -> Quantity | None:
    """From `left` to `right`; a left end without a unit has the right end's."""
    if left.units:
        dimensions = {unit.dimension for unit in left.units}
        shared = tuple(unit for unit in right.units if unit.dimension in dimensions)
        if not shared:
            return None
        left, right = left.expressed_in(shared[0]), replace(right, units=shared)
    elif not left.bare:
        return None
    return replace(right, start=left.start, low=left.low) if left.low < right.low else None
