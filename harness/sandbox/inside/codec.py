"""Values as data. Decoding yields exact built-in types, a few types of the standard library, numpy arrays and scalars, instances
of the prelude's own classes, or stand-ins for objects that stay where they are; it never runs code of the other side.

What cannot change stands in a message where it belongs. What can (lists, dicts, sets, instances, …) has a number and its contents in
the message's table, so that shared, cyclic and deeply nested objects arrive as such, and an answer can say what became of an argument.
An instance of a subclass is sent as its base value: what it overrides (`__eq__`, `__iter__`, …) stays behind.
No pickle, no marshal, no eval.
"""

import base64
import collections
import enum
import importlib
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .plain import BASES, COLLECT, DECODERS, ENCODERS, NUMPY_KINDS, Opaque, dict_items, flat_array
from .shared import COLLECTIONS, Objects, Shared

MAX_DEPTH, MAX_ITEMS = 200, 2_000_000
"""Depth counts tuples and other things that stand where they belong."""
_SURROGATE_RE = re.compile("[\ud800-\udfff]")


class Unsupported(Exception):
    """The value cannot be sent as data."""


class TooLarge(Exception):
    """The value is too large, or nested too deeply, to be sent."""


Exporter = Callable[[Any], list[Any]]
"""What is sent for an object that is not data, or Unsupported."""
Importer = Callable[[list[Any]], Any]
"""The stand-in, or the own object, for what such an exporter sent."""


class Codec:
    """Both directions of one side."""

    def __init__(self, export: Exporter, import_: Importer, sign: int = 1) -> None:
        """`sign` is 1 on the tests' side: what it is sent again is the same object again, and changes. It is -1 on the
        candidate's: what it is given is new to it, lest the tests' copy undo what it has done to its own meanwhile."""
        self.sign = sign
        self.classes: dict[str, type] = {}
        """The prelude's, by name; their instances cross by value."""
        self.staying: tuple[type, ...] = ()
        """Instances of these are exported even if they are derived from a type that is data."""
        self.export, self.import_ = export, import_
        self.shared = Shared(sign)

    def encode(self, values: Sequence[Any]) -> tuple[dict[str, Any], Objects]:
        """Several values as one message, and its objects. Raises Unsupported and TooLarge."""
        run = _Encoding(self, {})
        return run.message(values), run.objects

    def encode_answer(self, values: Sequence[Any], question: Any, objects: Objects) -> dict[str, Any]:
        """Values, and what became of the objects of a question since it was decoded. Raises Unsupported and TooLarge."""
        message = _Encoding(self, objects).message(values)
        if objects:
            # As text, since True equals 1.
            before = {json.dumps(entry) for entry in question["o"]}
            message["o"] = [entry for entry in message["o"] if json.dumps(entry) not in before]
        return message

    def decode(self, message: Any, own: Mapping[int, Any] | None = None) -> tuple[list[Any], Objects]:
        """Back to values, and the message's objects; whatever is malformed becomes Opaque.

        `own` are the objects of the question that the message answers: they are changed to what it says.
        """
        if not isinstance(message, dict) or not isinstance(message.get("x"), list):
            return [Opaque("malformed")], {}
        run = _Decoding(self, own or {})
        run.make(message.get("o"))
        return [run.value(part, 0) for part in message["x"]], run.objects


class _Encoding:
    def __init__(self, codec: Codec, known: Objects) -> None:
        self._codec = codec
        self._left = MAX_ITEMS
        self.objects = dict(known)
        self._number = {id(x): number for number, x in known.items()}
        self._queue = list(known)

    def message(self, values: Sequence[Any]) -> dict[str, Any]:
        encoded = [self.value(value, 0) for value in values]
        entries: list[Any] = []
        while len(entries) < len(self._queue):  # What an object contains may be further objects.
            entries.append(self._entry(self._queue[len(entries)]))
        self._codec.shared.forget()
        return {"x": encoded, "o": entries}

    def value(self, x: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise TooLarge("the value is too large or nested too deeply")
        kind = type(x)
        if x is None or kind is bool:
            return x
        if kind is str:
            return x if x.isascii() or not _SURROGATE_RE.search(x) else ["u", x.encode("utf-32-le", "surrogatepass").hex()]
        if kind is int:
            return x if -(2**53) < x < 2**53 else ["i", hex(x)]
        if kind is float:
            return ["f", x.hex()]
        if kind in _CHANGING:
            return self._reference(x)
        if kind in _SEQUENCES:
            return [_SEQUENCES[kind], [self.value(item, depth + 1) for item in x]]
        return ENCODERS[kind](x) if kind in ENCODERS else self._other(x, kind, depth)

    def _other(self, x: Any, kind: type, depth: int) -> Any:
        if isinstance(x, type):
            return ["T", x.__name__] if kind is type and x.__module__ == "builtins" else self._codec.export(x)
        if self._codec.staying and any(cls in kind.__mro__ for cls in self._codec.staying):
            return self._codec.export(x)
        if kind.__name__ in self._codec.classes:
            return self._member(x, kind, depth) if isinstance(x, enum.Enum) else self._reference(x)
        if (numpy := sys.modules.get("numpy")) is not None:
            if isinstance(x, numpy.generic):
                sound = x.dtype.kind in NUMPY_KINDS and x.dtype.itemsize
                return ["N", x.dtype.str, base64.b64encode(x.tobytes()).decode()] if sound else self.value(x.item(), depth + 1)
            if isinstance(x, numpy.ndarray):
                return self._reference(x)
        if isinstance(x, COLLECTIONS):
            return self._reference(x)
        if kind is slice:
            return ["sl", *(self.value(part, depth + 1) for part in (x.start, x.stop, x.step))]
        for base, plain in BASES.items():  # namedtuple, IntEnum, and those that lie: the value only.
            if isinstance(x, base):
                return self.value(plain(x), depth + 1)
        return self._codec.export(x)

    def _member(self, x: enum.Enum, kind: type, depth: int) -> Any:
        if isinstance(x, enum.Flag):  # Combinations have no name of their own.
            return ["E", kind.__name__, None, self.value(x.value, depth + 1)]
        return ["E", kind.__name__, x.name]

    def _reference(self, x: Any) -> Any:
        number = self._number.get(id(x))
        if number is None:
            number = self._number[id(x)] = self._codec.shared.number(x)
            self.objects[number] = x
            self._queue.append(number)
        return ["R", number]

    def _entry(self, number: int) -> list[Any]:
        x = self.objects[number]
        kind = type(x)
        if kind not in _CHANGING and kind.__name__ in self._codec.classes:
            attributes = [[name, self.value(value, 1)] for name, value in _attributes(x)]
            return [number, "v", kind.__name__, attributes]
        for base, (tag, contents) in _CHANGING.items():
            if isinstance(x, base):
                return [number, tag, *contents(x, self._items)]
        return self._array(number, importlib.import_module("numpy").asarray(x))

    def _items(self, items: Any) -> list[Any]:
        return [self.value(item, 1) for item in items]

    def _array(self, number: int, x: Any) -> list[Any]:
        if x.dtype.kind not in NUMPY_KINDS:
            return [number, "n", None, list(x.shape), self._items(x.ravel().tolist())]
        self._left -= x.size
        if self._left < 0:
            raise TooLarge("the array is too large")
        return [number, "n", x.dtype.str, list(x.shape), base64.b64encode(x.tobytes()).decode()]


class _Decoding:
    def __init__(self, codec: Codec, own: Mapping[int, Any]) -> None:
        self._codec, self._own = codec, own
        self.objects = dict(own)

    def make(self, table: Any) -> None:
        """The objects of a message: all of them empty first, since they may contain each other."""
        entries = [entry for entry in (table if isinstance(table, list) else []) if isinstance(entry, list) and len(entry) > 2]
        entries = [entry for entry in entries if type(entry[0]) is int and self._shell(entry)]
        # A set of instances is right only when these have what their hash is made of. Failures are final the second time;
        # the third time is for what had got hold of them.
        instances = any(entry[1] == "v" for entry in entries)
        for attempt in range(3):
            filled = [self._fill(entry, final=attempt > 0) for entry in entries]
            if all(filled) and not instances:
                break
        for number, x in self.objects.items():
            if not isinstance(x, Opaque) and self._codec.shared.get(number) is not x:
                self._codec.shared.put(number, x)
        self._codec.shared.forget()

    def value(self, j: Any, depth: int) -> Any:
        if j is None or type(j) in (bool, str, int, float):
            return j
        if depth > MAX_DEPTH + 1 or not isinstance(j, list) or not j:
            return Opaque("malformed")
        try:
            return self._tagged(j, depth + 1)
        except MemoryError:
            raise
        except Exception:
            return Opaque("malformed")

    def _tagged(self, j: list[Any], depth: int) -> Any:
        tag = j[0]
        if tag == "R":
            return self.objects[j[1]]
        if tag in COLLECT:
            return COLLECT[tag]([self.value(item, depth) for item in j[1]])
        if tag in DECODERS:
            return DECODERS[tag](*j[1:])
        if tag == "di":
            return dict([self.value(pair, depth) for pair in j[1]]).items()
        if tag == "sl":
            return slice(*(self.value(part, depth) for part in j[1:]))
        if tag == "E":
            cls = self._codec.classes[j[1]]
            if not isinstance(cls, enum.EnumMeta):
                return Opaque("malformed")
            return cls[j[2]] if j[2] is not None else cls(self.value(j[3], depth))
        return self._codec.import_(j)

    def _shell(self, entry: list[Any]) -> bool:
        """Have an object of the right kind under the entry's number; whether there is anything to be filled."""
        number, tag = entry[0], entry[1]
        try:
            known = self._own.get(number, self._codec.shared.get(number) if self._codec.sign > 0 else None)
            if known is not None and self._fits(known, entry):
                self.objects[number] = known
                return True
            if number in self._own:
                return False
            if tag == "v":
                cls = self._codec.classes[entry[2]]
                self.objects[number] = Opaque("malformed") if isinstance(cls, enum.EnumMeta) else object.__new__(cls)
            elif tag == "n":
                self.objects[number] = _empty_array(entry)
            elif tag == "q":
                self.objects[number] = collections.deque(maxlen=entry[3])
            else:
                self.objects[number] = {"l": list, "d": dict, "s": set, "B": bytearray}[tag]()
        except MemoryError:
            raise
        except Exception:
            self.objects[number] = Opaque("malformed")
        return not isinstance(self.objects[number], Opaque)

    def _fits(self, own: Any, entry: list[Any]) -> bool:
        if entry[1] == "v":
            return type(own).__name__ == entry[2] and entry[2] in self._codec.classes
        if entry[1] == "n":
            made = _empty_array(entry)
            return type(own) is type(made) and (own.shape, own.dtype) == (made.shape, made.dtype) and bool(own.flags.writeable)
        return any(isinstance(own, base) for base, (tag, _) in _CHANGING.items() if tag == entry[1])

    def _fill(self, entry: list[Any], final: bool) -> bool:
        """Whether that went well."""
        x = self.objects[entry[0]]
        if isinstance(x, Opaque):
            return True
        try:
            _FILLERS[entry[1]](self, x, entry)
        except MemoryError:
            raise
        except Exception:
            if final and entry[0] not in self._own:
                self.objects[entry[0]] = Opaque("malformed")
            return False
        return True

    def fill_list(self, x: Any, entry: list[Any]) -> None:
        x[:] = [self.value(item, 0) for item in entry[2]]

    def fill_keyed(self, x: Any, entry: list[Any]) -> None:
        pairs = [self.value(pair, 0) for pair in entry[2]] if entry[1] == "s" else [_pair(pair) for pair in entry[2]]
        contents: Any = set(pairs) if entry[1] == "s" else {self.value(key, 0): self.value(item, 0) for key, item in pairs}
        x.clear()
        x.update(contents)

    def fill_deque(self, x: Any, entry: list[Any]) -> None:
        items = [self.value(item, 0) for item in entry[2]]
        x.clear()
        x.extend(items)

    def fill_array(self, x: Any, entry: list[Any]) -> None:
        if entry[2] is None:
            for position, item in zip(range(x.size), entry[4], strict=True):
                x.flat[position] = self.value(item, 0)
        else:
            x[...] = flat_array(entry[2], entry[4]).reshape(x.shape)

    def fill_instance(self, x: Any, entry: list[Any]) -> None:
        found, slots = {name: self.value(part, 0) for name, part in map(_pair, entry[3])}, _slots(type(x))
        if hasattr(x, "__dict__"):
            # A method must not be hidden by what the other side sends.
            hiding = {name for name in {*found, *vars(x)} if callable(getattr(type(x), name, None))}
            kept = {name: value for name, value in vars(x).items() if name in hiding}
            vars(x).clear()
            vars(x).update({name: value for name, value in found.items() if name not in hiding and name not in slots} | kept)
        for name in slots:
            if name in found:
                object.__setattr__(x, name, found[name])
            elif hasattr(x, name):
                object.__delattr__(x, name)


def plain_classes(namespace: dict[str, Any]) -> dict[str, type]:
    """The classes in a namespace whose instances can cross by value: enumerations, and classes that are only attributes."""
    found = {name: value for name, value in namespace.items() if isinstance(value, type) and value.__module__ == namespace["__name__"]}
    data = (*BASES, *COLLECTIONS, BaseException)
    return {name: cls for name, cls in found.items() if issubclass(cls, enum.Enum) or not issubclass(cls, data)}


def _attributes(instance: Any) -> list[tuple[str, Any]]:
    found = dict(vars(instance)) if hasattr(instance, "__dict__") else {}
    for name in _slots(type(instance)):
        if hasattr(instance, name):
            found[name] = getattr(instance, name)
    return [(name, value) for name, value in found.items() if isinstance(name, str)]


def _slots(cls: type) -> list[str]:
    """Names of a class's slots, as its instances have them."""
    names: list[str] = []
    for base in cls.__mro__:
        slots = base.__dict__.get("__slots__", ())
        private = f"_{base.__name__.lstrip('_')}"
        own = [slots] if isinstance(slots, str) else list(slots)
        names += [f"{private}{name}" if name.startswith("__") and not name.endswith("__") else name for name in own]
    return [name for name in names if name not in ("__dict__", "__weakref__")]


def _pair(part: Any) -> Any:
    if not isinstance(part, list) or len(part) != 2:
        raise ValueError("no pair")
    return part


def _empty_array(entry: list[Any]) -> Any:
    numpy = importlib.import_module("numpy")
    _, _, dtype, shape, data = entry
    made = numpy.empty(shape, dtype=object) if dtype is None else flat_array(dtype, data).reshape(shape).copy()
    if dtype is None and made.size != len(data):
        raise ValueError("another size")
    return made


_SEQUENCES: dict[type, str] = {
    tuple: "t", frozenset: "z", type({}.keys()): "dk", type({}.values()): "dv", type({}.items()): "di",
}  # fmt: skip
_CHANGING: dict[type, tuple[str, Callable[[Any, Callable[[Any], list[Any]]], list[Any]]]] = {
    list: ("l", lambda x, items: [items(list.__iter__(x))]),
    dict: ("d", lambda x, items: [[items(pair) for pair in dict_items(x)]]),
    set: ("s", lambda x, items: [items(set.__iter__(x))]),
    bytearray: ("B", lambda x, _: [bytearray.hex(x)]),
    collections.deque: ("q", lambda x, items: [items(collections.deque.__iter__(x)), x.maxlen]),
}
"""Types whose instances can change: their tags, and what their entries in the table say."""
_FILLERS: dict[str, Callable[[_Decoding, Any, list[Any]], None]] = {
    "l": _Decoding.fill_list,
    "d": _Decoding.fill_keyed,
    "s": _Decoding.fill_keyed,
    "B": lambda _, x, entry: x.__setitem__(slice(None), bytes.fromhex(entry[2])),
    "q": _Decoding.fill_deque,
    "n": _Decoding.fill_array,
    "v": _Decoding.fill_instance,
}
