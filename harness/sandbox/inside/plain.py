"""Values that cannot change, as JSON and back; and what an instance of a class derived from a type that is data is without that class."""

import base64
import builtins
import collections
import datetime
import decimal
import fractions
import importlib
import types
from collections.abc import Callable
from typing import Any


class Opaque:
    """Stands for something that did not come across. Equal to nothing."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return f"<{self._text}>"

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return id(self)


NUMPY_KINDS = "biufcSUMm"
"""Kinds of numpy types whose memory is the value."""


def base_value(x: Any) -> Any:
    """What an instance of a class derived from a built-in type is without that class."""
    for base, plain in {**BASES, **_PLAIN}.items():
        if isinstance(x, base):
            return plain(x)
    return Opaque("no data")


def is_derived(x: Any) -> bool:
    """Whether `base_value` has anything to say of it."""
    return isinstance(x, (*BASES, *_PLAIN))


def flat_array(dtype: Any, data: Any) -> Any:
    """The numpy array, of one dimension, whose memory is `data` in base 64. Raises ValueError for a type that is no plain memory."""
    numpy = importlib.import_module("numpy")
    kind = numpy.dtype(str(dtype))
    if kind.kind not in NUMPY_KINDS:
        raise ValueError(kind)
    return numpy.frombuffer(base64.b64decode(data, validate=True), dtype=kind)


def _integer(text: str) -> int:
    return int(text, 16)


def _zone(zone: Any, moment: Any) -> Any:
    """A time zone: none, an offset with or without a name, or a key of the time zone database."""
    if zone is None:
        return None
    if type(zone).__module__ == "zoneinfo" and isinstance(zone.key, str):
        return zone.key
    if type(zone) is not datetime.timezone:
        offset = moment.utcoffset()
        zone = None if offset is None else datetime.timezone(offset)
    return None if zone is None else _fixed_zone(zone)


def _fixed_zone(zone: datetime.timezone) -> list[Any]:
    offset, name = zone.utcoffset(None), zone.tzname(None)
    return ["tz", offset.days, offset.seconds, offset.microseconds, None if name == datetime.timezone(offset).tzname(None) else name]


def _to_fixed_zone(days: int, seconds: int, microseconds: int, name: str | None) -> datetime.timezone:
    offset = datetime.timedelta(days, seconds, microseconds)
    if not offset and name is None:
        return datetime.UTC
    return datetime.timezone(offset) if name is None else datetime.timezone(offset, name)


def _to_moment(cls: Any, text: str, fold: int, zone: Any) -> Any:
    if isinstance(zone, str):
        found = importlib.import_module("zoneinfo").ZoneInfo(zone)
    else:
        found = None if zone is None else _to_fixed_zone(*zone[1:])
    return cls.fromisoformat(text).replace(fold=fold, tzinfo=found)


def dict_items(x: Any) -> Any:
    """A dictionary's items by the built-in type's own method, whatever a subclass says."""
    return collections.OrderedDict.items(x) if isinstance(x, collections.OrderedDict) else dict.items(x)


_NAMED_TYPES = {cls.__name__: cls for module in (types, builtins) for cls in vars(module).values() if isinstance(cls, type)}


ENCODERS: dict[type, Callable[[Any], Any]] = {
    bytes: lambda x: ["b", x.hex()],
    complex: lambda x: ["c", x.real.hex(), x.imag.hex()],
    range: lambda x: ["r", hex(x.start), hex(x.stop), hex(x.step)],
    decimal.Decimal: lambda x: ["D", str(x)],
    fractions.Fraction: lambda x: ["F", hex(x.numerator), hex(x.denominator)],
    datetime.datetime: lambda x: ["dt", x.replace(tzinfo=None).isoformat(), x.fold, _zone(x.tzinfo, x)],
    datetime.date: lambda x: ["da", x.isoformat()],
    datetime.time: lambda x: ["ti", x.replace(tzinfo=None).isoformat(), x.fold, _zone(x.tzinfo, x)],
    datetime.timedelta: lambda x: ["td", x.days, x.seconds, x.microseconds],
    datetime.timezone: _fixed_zone,
    type(...): lambda x: ["..."],
    type(NotImplemented): lambda x: ["ni"],
}


BASES: dict[Any, Callable[[Any], Any]] = {
    # By the base type's own methods: its constructor would ask the value.
    int: int.__pos__,
    float: float.__pos__,
    str: str.__str__,
    bytes: lambda x: bytes.__getitem__(x, slice(None)),
    tuple: lambda x: tuple(tuple.__iter__(x)),
    frozenset: lambda x: frozenset(frozenset.__iter__(x)),
    complex: complex.__pos__,
    decimal.Decimal: lambda x: decimal.Decimal(decimal.Decimal.__str__(x)),
    fractions.Fraction: lambda x: fractions.Fraction(x.numerator, x.denominator),
    datetime.datetime: lambda x: datetime.datetime(
        x.year, x.month, x.day, x.hour, x.minute, x.second, x.microsecond, x.tzinfo, fold=x.fold
    ),
    datetime.date: lambda x: datetime.date(x.year, x.month, x.day),
    datetime.time: lambda x: datetime.time(x.hour, x.minute, x.second, x.microsecond, x.tzinfo, fold=x.fold),
    datetime.timedelta: lambda x: datetime.timedelta(x.days, x.seconds, x.microseconds),
}


_PLAIN: dict[Any, Callable[[Any], Any]] = {
    list: lambda x: list(list.__iter__(x)),
    dict: lambda x: dict(dict_items(x)),
    set: lambda x: set(set.__iter__(x)),
    bytearray: lambda x: bytearray(bytearray.__iter__(x)),
    collections.deque: lambda x: collections.deque(collections.deque.__iter__(x), x.maxlen),
}


COLLECT: dict[str, Callable[[list[Any]], Any]] = {
    "t": tuple,
    "z": frozenset,
    "dk": lambda items: dict.fromkeys(items).keys(),
    "dv": lambda items: dict(enumerate(items)).values(),
}


DECODERS: dict[str, Callable[..., Any]] = {
    "u": lambda text: bytes.fromhex(text).decode("utf-32-le", "surrogatepass"),
    "i": _integer,
    "f": float.fromhex,
    "b": bytes.fromhex,
    "c": lambda real, imag: complex(float.fromhex(real), float.fromhex(imag)),
    "r": lambda start, stop, step: range(_integer(start), _integer(stop), _integer(step)),
    "D": lambda text: decimal.Decimal(str(text)),
    "F": lambda numerator, denominator: fractions.Fraction(_integer(numerator), _integer(denominator)),
    "dt": lambda text, fold, zone: _to_moment(datetime.datetime, text, fold, zone),
    "da": datetime.date.fromisoformat,
    "ti": lambda text, fold, zone: _to_moment(datetime.time, text, fold, zone),
    "td": datetime.timedelta,
    "tz": _to_fixed_zone,
    "T": lambda name: _NAMED_TYPES[name],
    "N": lambda dtype, data: flat_array(dtype, data).reshape(1)[0],
    "...": lambda: ...,
    "ni": lambda: NotImplemented,
}
