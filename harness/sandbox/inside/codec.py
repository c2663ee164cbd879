"""Values as data. Decoding yields exact built-in types, a few types of the standard library, numpy arrays, instances of the
prelude's own classes, or stand-ins for objects that stay where they are; it never runs code of the other side.

An instance of a subclass is sent as its base value: what it overrides (`__eq__`, `__sub__`, …) stays behind.
No pickle, no marshal, no eval.
"""

import base64
import builtins
import collections
import datetime
import decimal
import enum
import fractions
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

MAX_DEPTH, MAX_ITEMS = 200, 2_000_000
_DAYTIME: dict[str, Any] = {"datetime": datetime.datetime, "date": datetime.date, "time": datetime.time}
_NUMPY_KINDS = "biufcSUMm"


class Unsupported(Exception):
    """The value cannot be sent as data."""


class TooLarge(Exception):
    """The value is too large, or nested too deeply, to be sent."""


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


Exporter = Callable[[Any], list[Any]]
"""What is sent for an object that is not data, or Unsupported."""
Importer = Callable[[list[Any]], Any]
"""The stand-in, or the own object, for what such an exporter sent."""


class Codec:
    """Both directions of one side. `classes` are the prelude's, by name; their instances cross by value."""

    def __init__(self, export: Exporter, import_: Importer) -> None:
        self.classes: dict[str, type] = {}
        self.export, self.import_ = export, import_

    def encode(self, values: Sequence[Any]) -> dict[str, Any]:
        """Several values as one message; objects that they share are sent once. Raises Unsupported and TooLarge."""
        run = _Encoding(self)
        encoded = [run.value(value, 0) for value in values]
        objects: list[Any] = []
        while len(objects) < len(run.queue):  # Attributes may name further objects.
            name, instance = run.queue[len(objects)]
            objects.append([name, [[attribute, run.value(value, 0)] for attribute, value in _attributes(instance)]])
        return {"x": encoded, "o": objects}

    def decode(self, message: Any) -> list[Any]:
        """Back to values; whatever is malformed becomes Opaque."""
        if not isinstance(message, dict) or not isinstance(message.get("x"), list):
            return [Opaque("malformed")]
        run = _Decoding(self)
        objects = message.get("o")
        for entry in objects if isinstance(objects, list) else []:
            run.create(entry)
        for entry, instance in zip(objects or [], run.objects, strict=False):
            run.fill(entry, instance)
        return [run.value(part, 0) for part in message["x"]]


class _Encoding:
    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._left = MAX_ITEMS
        self._index: dict[int, int] = {}
        self.queue: list[tuple[str, Any]] = []

    def value(self, x: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise TooLarge("a value is too large or nested too deeply")
        kind = type(x)
        if x is None or kind is bool or kind is str:
            return x
        if kind is int:
            return x if -(2**53) < x < 2**53 else ["i", hex(x)]
        if kind is float:
            return ["f", x.hex()]
        if kind in _SEQUENCES:
            return [_SEQUENCES[kind], [self.value(item, depth + 1) for item in x]]
        if kind is dict:
            return ["d", [[self.value(key, depth + 1), self.value(item, depth + 1)] for key, item in x.items()]]
        if kind in _ENCODERS:
            return _ENCODERS[kind](x)
        return self._other(x, kind, depth)

    def _other(self, x: Any, kind: type, depth: int) -> Any:
        if kind is Opaque:
            return ["o", str(x)]
        if kind is collections.deque:
            return ["q", [self.value(item, depth + 1) for item in x], x.maxlen]
        if kind in _VIEWS:
            return [_VIEWS[kind], [self.value(item, depth + 1) for item in x]]
        if kind is type and x.__module__ == "builtins":
            return ["T", x.__name__]
        name = kind.__name__
        if name in self._codec.classes and isinstance(x, enum.Enum):
            return ["E", name, x.name]
        if name in self._codec.classes and not isinstance(x, type):
            if id(x) not in self._index:
                self._index[id(x)] = len(self.queue)
                self.queue.append((name, x))
            return ["v", self._index[id(x)]]
        if (numpy := sys.modules.get("numpy")) is not None:
            if isinstance(x, numpy.generic):
                return self.value(x.item(), depth + 1)
            if isinstance(x, numpy.ndarray):
                return self._array(numpy.asarray(x))
        for base in _BASES:  # Counter, OrderedDict, namedtuple, IntEnum, and those that lie: the value only.
            if isinstance(x, base):
                return self.value(base(x) if base not in _UNRULY else _UNRULY[base](x), depth + 1)
        return self._codec.export(x)

    def _array(self, x: Any) -> Any:
        if x.dtype.kind not in _NUMPY_KINDS:
            return ["n", None, list(x.shape), [self.value(item, 1) for item in x.ravel().tolist()]]
        self._left -= x.size
        if self._left < 0:
            raise TooLarge("an array is too large")
        return ["n", x.dtype.str, list(x.shape), base64.b64encode(x.tobytes()).decode()]


class _Decoding:
    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self.objects: list[Any] = []

    def create(self, entry: Any) -> None:
        cls = self._codec.classes.get(entry[0]) if isinstance(entry, list) and entry and isinstance(entry[0], str) else None
        known = cls is not None and not isinstance(cls, enum.EnumMeta)
        self.objects.append(object.__new__(cls) if known and cls is not None else Opaque("malformed"))

    def fill(self, entry: Any, instance: Any) -> None:
        if isinstance(instance, Opaque):
            return
        cls = type(instance)
        for name, part in _pairs(entry):
            # A method must not be hidden by what the other side sends.
            if isinstance(name, str) and name.isidentifier() and not callable(getattr(cls, name, None)):
                value = self.value(part, 0)
                if hasattr(instance, "__dict__"):
                    instance.__dict__[name] = value
                elif not hasattr(cls, name) or name in _slots(cls):
                    object.__setattr__(instance, name, value)

    def value(self, j: Any, depth: int) -> Any:
        if j is None or type(j) in (bool, str, int, float):
            return j
        if depth > MAX_DEPTH or not isinstance(j, list) or not j:
            return Opaque("malformed")
        try:
            return self._tagged(j, depth + 1)
        except (TypeError, ValueError, IndexError, KeyError, OverflowError, AttributeError, ArithmeticError, ImportError):
            return Opaque("malformed")

    def _tagged(self, j: list[Any], depth: int) -> Any:
        tag = j[0]
        if tag in _COLLECT:
            return _COLLECT[tag]([self.value(item, depth) for item in j[1]])
        if tag == "d":
            return {self.value(key, depth): self.value(item, depth) for key, item in j[1]}
        if tag in _DECODERS:
            return _DECODERS[tag](*j[1:])
        if tag == "q":
            return collections.deque([self.value(item, depth) for item in j[1]], j[2])
        if tag == "v":
            return self.objects[j[1]] if 0 <= j[1] < len(self.objects) else Opaque("malformed")
        if tag == "n":
            return self._array(j)
        if tag == "o":
            return Opaque(str(j[1])[:200])
        if tag == "E":
            cls = self._codec.classes[j[1]]
            return cls[j[2]] if isinstance(cls, enum.EnumMeta) else Opaque("malformed")
        return self._codec.import_(j)

    def _array(self, j: list[Any]) -> Any:
        numpy = importlib.import_module("numpy")
        if j[1] is None:
            array = numpy.empty(len(j[3]), dtype=object)
            array[:] = [self.value(item, 1) for item in j[3]]
            return array.reshape(j[2])
        dtype = numpy.dtype(str(j[1]))
        if dtype.kind not in _NUMPY_KINDS:
            return Opaque("malformed")
        return numpy.frombuffer(base64.b64decode(j[3], validate=True), dtype=dtype).reshape(j[2]).copy()


def plain_classes(namespace: dict[str, Any]) -> dict[str, type]:
    """The classes in a namespace whose instances can cross by value: enumerations, and classes that are only attributes."""
    found = {name: value for name, value in namespace.items() if isinstance(value, type) and value.__module__ == namespace["__name__"]}
    data = (*_BASES, BaseException)
    return {name: cls for name, cls in found.items() if issubclass(cls, enum.Enum) or not issubclass(cls, data)}


def _builtin_type(name: str) -> Any:
    found = getattr(builtins, str(name), None)
    return found if isinstance(found, type) else Opaque("a type")


def _attributes(instance: Any) -> list[tuple[str, Any]]:
    found = dict(vars(instance)) if hasattr(instance, "__dict__") else {}
    for name in _slots(type(instance)):
        if hasattr(instance, name):
            found[name] = getattr(instance, name)
    return [(name, value) for name, value in found.items() if isinstance(name, str)]


def _slots(cls: type) -> list[str]:
    names: list[str] = []
    for base in cls.__mro__:
        slots = base.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else list(slots)
    return [name for name in names if name not in ("__dict__", "__weakref__")]


def _pairs(entry: list[Any]) -> list[tuple[Any, Any]]:
    parts = entry[1] if len(entry) == 2 and isinstance(entry[1], list) else []
    return [(part[0], part[1]) for part in parts if isinstance(part, list) and len(part) == 2]


def _integer(text: str) -> int:
    return int(text, 16)


_SEQUENCES: dict[type, str] = {list: "l", tuple: "t", set: "s", frozenset: "z"}
_VIEWS: dict[type, str] = {type({}.keys()): "dk", type({}.values()): "dv", type({}.items()): "di"}
_ENCODERS: dict[type, Callable[[Any], Any]] = {
    bytes: lambda x: ["b", x.hex()],
    bytearray: lambda x: ["B", x.hex()],
    complex: lambda x: ["c", x.real.hex(), x.imag.hex()],
    range: lambda x: ["r", hex(x.start), hex(x.stop), hex(x.step)],
    decimal.Decimal: lambda x: ["D", str(x)],
    fractions.Fraction: lambda x: ["F", hex(x.numerator), hex(x.denominator)],
    datetime.datetime: lambda x: ["dt", "datetime", x.isoformat()],
    datetime.date: lambda x: ["dt", "date", x.isoformat()],
    datetime.time: lambda x: ["dt", "time", x.isoformat()],
    datetime.timedelta: lambda x: ["td", x.days, x.seconds, x.microseconds],
    type(...): lambda x: ["..."],
    type(NotImplemented): lambda x: ["ni"],
}
_BASES: tuple[Any, ...] = (
    int, float, str, bytes, bytearray, list, tuple, dict, set, frozenset, complex, collections.deque, decimal.Decimal,
    fractions.Fraction, datetime.datetime, datetime.date, datetime.time, datetime.timedelta,
)  # fmt: skip
_UNRULY: dict[Any, Callable[[Any], Any]] = {
    # Where the constructor would ask the value, or cannot take one: the base type's own methods.
    int: lambda x: int.__add__(x, 0),
    float: lambda x: float.__neg__(float.__neg__(x)),
    str: lambda x: str.__str__(x),
    list: lambda x: list.__getitem__(x, slice(None)),
    tuple: lambda x: tuple.__getitem__(x, slice(None)),
    dict: lambda x: dict(dict.items(x)),
    datetime.datetime: lambda x: datetime.datetime(x.year, x.month, x.day, x.hour, x.minute, x.second, x.microsecond, x.tzinfo),
    datetime.date: lambda x: datetime.date(x.year, x.month, x.day),
    datetime.time: lambda x: datetime.time(x.hour, x.minute, x.second, x.microsecond, x.tzinfo),
    datetime.timedelta: lambda x: datetime.timedelta(x.days, x.seconds, x.microseconds),
}
_COLLECT: dict[str, Callable[[list[Any]], Any]] = {
    "l": list,
    "t": tuple,
    "s": set,
    "z": frozenset,
    "dk": lambda items: dict.fromkeys(items).keys(),
    "dv": lambda items: dict(enumerate(items)).values(),
    "di": lambda items: dict(items).items(),
    "it": iter,
}
_DECODERS: dict[str, Callable[..., Any]] = {
    "i": _integer,
    "f": float.fromhex,
    "b": bytes.fromhex,
    "B": bytearray.fromhex,
    "c": lambda real, imag: complex(float.fromhex(real), float.fromhex(imag)),
    "r": lambda start, stop, step: range(_integer(start), _integer(stop), _integer(step)),
    "D": lambda text: decimal.Decimal(str(text)),
    "F": lambda numerator, denominator: fractions.Fraction(_integer(numerator), _integer(denominator)),
    "dt": lambda kind, text: _DAYTIME[kind].fromisoformat(text),
    "td": lambda days, seconds, micro: datetime.timedelta(days, seconds, micro),
    "T": _builtin_type,
    "...": lambda: ...,
    "ni": lambda: NotImplemented,
}
