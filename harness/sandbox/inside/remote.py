"""Stand-ins, on the tests' side, for objects of the candidate that are no data."""

from collections.abc import Iterator
from typing import Any, Protocol

ARITHMETIC = frozenset(
    ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "matmul", "lshift", "rshift", "divmod")
)
_UNARY = ("neg", "pos", "abs", "invert")
_CHANGES = ("setattr", "delattr", "setitem", "delitem", "enter", "exit", "format", "reversed")
"""Operations that give back no judgement on a value."""
COMPUTING = {*ARITHMETIC, *_UNARY, *(f"r{name}" for name in ARITHMETIC), *(f"i{name}" for name in ARITHMETIC - {"divmod"})}


class Asker(Protocol):
    """What stand-ins need of the judge."""

    has_classes: bool
    """Whether the task is to write a class, so that objects have methods of their own."""
    written: frozenset[str]
    """Names that tests and prelude themselves look up in objects."""

    @property
    def reads_ahead(self) -> bool:
        """Whether nobody can tell that an iterator of the candidate has been read further than was asked."""

    def ask(self, operation: str, target: int | str, *arguments: Any, **named: Any) -> Any:
        """Have the worker do something with one of its objects; returns the result as data or as a stand-in."""


class Remote:
    """Stands for an object of the candidate.

    It can be called, read, iterated, measured, and shown; what that gives is data that the tests judge. Nothing that takes an
    expected value is passed on, since the candidate would be asked whether it is right: the object equals nothing but itself
    and takes no part in arithmetic. Where an entry point is a class, its methods can be called, and an object made by calling
    that class, or by arithmetic with one, has the operators of its class; it is compared with other objects only, never with data,
    unless it is derived from a type that is data: then its base value is.
    """

    def __init__(
        self, judge: Asker, target: int | str, name: str = "function", *, callable_: bool = False, born: bool = False, derived: bool = False
    ) -> None:
        vars(self).update(_judge=judge, _target=target, _name=name, _callable=callable_, _born=born, _derived=derived)

    _judge: Asker
    _target: int | str
    _name: str
    _callable: bool
    _born: bool
    _derived: bool

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if not self._callable:
            raise TypeError("a method of an object that is no entry point cannot be called")
        return self._judge.ask("call", self._target, *arguments, **named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in self._judge.written:
            # Looked up by a library of this process, which would trust what it finds.
            raise AttributeError(name)
        return self._judge.ask("getattr", self._target, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._full("setattr", name, value)

    def __delattr__(self, name: str) -> None:
        self._full("delattr", name)

    def __subclasscheck__(self, cls: Any) -> bool:
        return isinstance(cls, Remote) and self._judge.ask("is_subclass", self._target, cls) is True

    def __instancecheck__(self, instance: Any) -> bool:
        if isinstance(instance, Remote) and instance._target != self._target:
            return self._judge.ask("is_instance", self._target, instance) is True
        return False

    def __eq__(self, other: object) -> bool:
        return self._compare("eq", other)

    def __ne__(self, other: object) -> bool:
        return self._compare("ne", other)

    def _compare(self, operation: str, other: object) -> bool:
        if isinstance(other, Remote) and (self._born or other._born):
            return self._judge.ask(operation, self._target, other) is True
        if self._judge.has_classes and self._derived and not isinstance(other, Remote):  # As data, compared here.
            value = self._judge.ask("base", self._target)
            return bool(value == other if operation == "eq" else value != other)
        same = isinstance(other, Remote) and other._target == self._target
        return same if operation == "eq" else not same

    def __hash__(self) -> int:
        return int(self._judge.ask("hash", self._target)) if self._judge.has_classes else hash(self._target)

    def __repr__(self) -> str:
        return str(self._judge.ask("repr", self._target)) if self._judge.has_classes else f"<{self._name} object>"

    def __str__(self) -> str:
        return str(self._judge.ask("str", self._target))

    def __bool__(self) -> bool:
        return self._judge.ask("bool", self._target) is True

    def __iter__(self) -> Iterator[Any]:
        found: Iterator[Any] = iter(self._judge.ask("iter", self._target))
        return found

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        described = [] if kind is None or error is None else [[cls.__name__ for cls in kind.__mro__], error.args]
        return self._full("exit", *described) is True

    def __copy__(self) -> Any:
        return self._copied("copy")

    def __deepcopy__(self, memo: object) -> Any:
        return self._copied("deepcopy")

    def _copied(self, operation: str) -> Any:
        made = self._judge.ask(operation, self._target)
        if isinstance(made, Remote):
            vars(made)["_born"] = self._born
        return made

    def _full(self, operation: str, *arguments: Any) -> Any:
        born = self._born or any(isinstance(argument, Remote) and argument._born for argument in arguments)
        if not born and operation not in _CHANGES:
            raise TypeError(f"unsupported for an object that was not made from an entry point: {operation}")
        if not self._judge.has_classes:
            raise TypeError(f"unsupported where no entry point is a class: {operation}")
        return self._judge.ask(operation, self._target, *arguments)


def _reading(operation: str) -> Any:
    return lambda self, *arguments: self._judge.ask(operation, self._target, *arguments)


def _class_only(operation: str) -> Any:
    return lambda self, *arguments: self._full(operation, *arguments)


for _name in ("len", "int", "float", "index", "getitem"):
    setattr(Remote, f"__{_name}__", _reading(_name))
for _name in ("lt", "le", "gt", "ge", "round", "format", "reversed", "contains", "setitem", "delitem", "enter", *COMPUTING):
    setattr(Remote, f"__{_name}__", _class_only(_name))


class Reading:
    """How far an iterator has been read."""

    def __init__(self) -> None:
        self.fetched: list[Any] = []
        self.ended, self.chunk = False, 1


class RemoteIterator(Remote):
    """An iterator of the candidate; items are fetched in growing chunks, so that an endless one can be read in part."""

    def __init__(self, judge: Asker, target: int, name: str, *, callable_: bool, born: bool, derived: bool) -> None:
        super().__init__(judge, target, name, callable_=callable_, born=born, derived=derived)
        vars(self)["_reading"] = Reading()

    _reading: Reading

    def __iter__(self) -> "RemoteIterator":
        return self

    def __next__(self) -> Any:
        reading = self._reading
        if not reading.fetched and not reading.ended:
            got = self._judge.ask("next", self._target, reading.chunk)
            items = got["items"] if isinstance(got, dict) and isinstance(got.get("items"), list) else []
            reading.fetched.extend(reversed(items))
            reading.chunk = min(2 * reading.chunk, 1024) if self._judge.reads_ahead else 1
            reading.ended = not items or got.get("end") is not False
        if not reading.fetched:
            raise StopIteration
        return reading.fetched.pop()

    def send(self, value: Any) -> Any:
        """As a generator's; only what it is sent goes across."""
        return self._judge.ask("send", self._target, value)

    def close(self) -> None:
        """As a generator's: the candidate's iterator is closed where it lives."""
        self._judge.ask("close", self._target)


def is_same(left: Any, right: Any) -> bool:
    """Whether these stand for the same object."""
    return left is right or (isinstance(left, Remote) and isinstance(right, Remote) and left._target == right._target)
