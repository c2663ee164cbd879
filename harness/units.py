"""Units of measurement as people write them, in Chinese and English: their names, dimensions and sizes. Pure data.

Names are in the folded form of `harness.scorers.text.fold`. A name may stand for several units ("度" is a temperature, an angle and a
kilowatt-hour); which is meant follows from what the quantity is compared with.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A unit of measurement and its names in both languages."""

    symbol: str
    """As tables write it."""
    dimension: str
    factor: float
    """Size of one unit in the base unit of the dimension."""
    names: tuple[str, ...]
    offset: float = 0.0
    """Added after multiplying; only temperatures have one."""


def _unit(symbol: str, dimension: str, factor: float, short: str, words: str = "", chinese: str = "", offset: float = 0.0) -> Unit:
    """`short` names stand as they are; English `words` also with a plural s; an underscore is a space."""
    english = [name.replace("_", " ") for name in words.split()]
    names = [*short.replace("_", " ").split(","), *english, *(name + "s" for name in english), *chinese.split()]
    return Unit(symbol, dimension, factor, tuple(name for name in names if name), offset)


UNITS = {
    unit.symbol: unit
    for unit in (
        _unit("km", "length", 1000, "km,kms", "kilometre kilometer", "公里 千米"),
        _unit("m", "length", 1, "m", "metre meter", "米"),
        _unit("cm", "length", 0.01, "cm", "centimetre centimeter", "厘米 公分"),
        _unit("mm", "length", 0.001, "mm", "millimetre millimeter", "毫米"),
        _unit("inch", "length", 0.0254, "inches,′′", "inch", "英寸 寸"),
        _unit("mile", "length", 1609.344, "", "mile", "英里"),
        _unit("kg", "mass", 1, "kg,kgs", "kilogram kilogramme kilo", "公斤 千克"),
        _unit("g", "mass", 0.001, "g", "gram gramme", "克"),
        _unit("t", "mass", 1000, "t", "tonne ton", "吨"),
        _unit("L", "volume", 1, "l", "litre liter", "升"),
        _unit("mL", "volume", 0.001, "ml", "millilitre milliliter", "毫升"),
        # Hours and years are different matters to a car: a span of use, and an age. So "2024年" is never compared with minutes.
        _unit("s", "duration", 1, "s", "second sec", "秒 秒钟"),
        _unit("min", "duration", 60, "min", "minute min", "分钟 分"),
        _unit("h", "duration", 3600, "h", "hour hr", "小时 个小时 钟头 个钟头"),
        _unit("day", "age", 1, "", "day", "天 日"),
        _unit("month", "age", 30.4375, "", "month", "个月"),
        _unit("year", "age", 365.25, "", "year yr", "年"),
        _unit("°C", "temperature", 1, "°c,deg_c,degrees_c,°,degrees_celsius,degrees_centigrade,celsius", "degree", "摄氏度 度"),
        _unit("°F", "temperature", 5 / 9, "°f,degrees_f,degrees_fahrenheit", "", "华氏度", offset=-160 / 9),
        _unit("°", "angle", 1, "°", "degree", "度"),
        _unit("kW", "power", 1, "kw", "kilowatt", "千瓦"),
        _unit("W", "power", 0.001, "w", "watt", "瓦 瓦特"),
        _unit("hp", "power", 0.7355, "hp,ps,bhp,horsepower", "", "马力 匹"),
        _unit("kWh", "energy", 1, "kwh,kw·h", "kilowatt_hour kilowatt-hour kilowatthour", "千瓦时 千瓦·时 度电 度"),
        _unit("Wh", "energy", 0.001, "wh", "watt_hour watt-hour", "瓦时"),
        # What is used over 100 km is often given as plain kWh, with the distance said before.
        _unit("kWh/100km", "energy", 1, "kwh/100km,kwh/100_km,kwh_per_100_km", "", "千瓦时/百公里 度/百公里 kwh/百公里"),
        _unit("V", "voltage", 1, "v", "volt", "伏 伏特"),
        _unit("bar", "pressure", 1, "bar,bars", "", "巴"),
        _unit("MPa", "pressure", 10, "mpa", "megapascal", "兆帕"),
        _unit("kPa", "pressure", 0.01, "kpa", "kilopascal", "千帕"),
        _unit("psi", "pressure", 0.0689476, "psi"),
        _unit("N·m", "torque", 1, "n·m,nm,n_m,n-m,n⋅m", "newton_metre newton_meter newton-metre newton-meter", "牛·米 牛米 牛顿米 牛顿·米"),
        _unit(
            "km/h",
            "speed",
            1,
            "km/h,kmh,kph,km_per_hour,kilometres_per_hour,kilometers_per_hour,kilometres_an_hour,kilometers_an_hour",
            chinese="公里/小时 公里每小时 千米每小时 千米/小时 公里/时 迈",
        ),
        _unit("m/s", "speed", 3.6, "m/s,metres_per_second,meters_per_second", "", "米/秒 米每秒"),
        _unit("%", "share", 1, "%,percent,per_cent,pct", "", "个百分点"),
        _unit("GB", "memory", 1, "gb", "gigabyte"),
        _unit("nit", "luminance", 1, "cd/m2", "nit", "尼特"),
        _unit("dB", "loudness", 1, "db", "decibel", "分贝"),
    )
}
"""By symbol."""

_BY_NAME: dict[str, tuple[Unit, ...]] = {}
for _each in UNITS.values():
    for _name in _each.names:
        _BY_NAME[_name] = (*_BY_NAME.get(_name, ()), _each)

UNIT_NAMES = tuple(sorted(_BY_NAME, key=len, reverse=True))
"""Every name, the longest first."""


def units_called(name: str) -> tuple[Unit, ...]:
    """All units that a folded name may stand for; none if it is no unit's name."""
    return _BY_NAME.get(name, ())


def convert(value: float, given: Unit, wanted: Unit) -> float:
    """Express `value` of the unit `given` in the unit `wanted`; both must have one dimension.

    >>> round(convert(50, UNITS["°F"], UNITS["°C"]), 6)
    10.0
    """
    if given.dimension != wanted.dimension:
        raise ValueError(f"{given.symbol} cannot be expressed in {wanted.symbol}")
    return (value * given.factor + given.offset - wanted.offset) / wanted.factor
