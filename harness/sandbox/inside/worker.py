"""The candidate's process. It runs the candidate, answers calls, and is believed in nothing but the values it returns."""

import copy
import inspect
import operator
import os
import socket
import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

from . import wire
from .codec import Codec, TooLarge, plain_classes
from .exceptions import describe, names_of, raised_again, text_of
from .plain import base_value, is_derived
from .shared import Objects

_MAX_OBJECTS = 20_000
_MODULE = "__program__"


def serve(job: dict[str, Any], link: socket.socket) -> None:
    """Run the candidate, then answer the judge's calls until it goes away."""
    module = _fresh_module(_MODULE)
    worker = _Worker(vars(module), link)
    try:
        exec(compile(job["prelude"], "<prelude>", "exec"), vars(module))
        classes = plain_classes(vars(module))
        exec(compile(job["candidate"], "<candidate>", "exec"), vars(module))
        worker.know(classes, job["entry_points"])
    except BaseException as error:
        wire.send(link, {"e": describe(error)})
        return
    wire.send(link, {"entry_points": {name: _kind(vars(module).get(name, _MISSING)) for name in job["entry_points"]}})
    worker.run()


def run_shared(job: dict[str, Any], link: socket.socket) -> None:
    """Candidate and tests in one process, for tests that cannot be carried over."""
    module = _fresh_module(_MODULE)
    nonce, tests = job.pop("nonce"), job.pop("tests")
    # Ready beforehand: a program that has used the last byte leaves none to make it with.
    no_memory = {"nonce": nonce, "status": "memory", "reason": "MemoryError"}
    try:
        for part in ("prelude", "candidate"):
            exec(compile(job[part], f"<{part}>", "exec"), vars(module))
        missing = [name for name in job["entry_points"] if name not in vars(module)]
        if missing:
            wire.send(link, {"nonce": nonce, "status": "error", "reason": f"'{missing[0]}' is not defined"})
            return
        exec(compile(tests, "<tests>", "exec"), vars(module))
    except AssertionError as error:
        wire.send(link, {"nonce": nonce, "status": "failed", "reason": f"a test failed: {text_of(error)}".rstrip(": ")})
    except MemoryError:
        wire.send(link, no_memory)
    except BaseException as error:
        wire.send(link, {"nonce": nonce, "status": "error", "reason": f"{type(error).__name__}: {text_of(error)}"})
    else:
        wire.send(link, {"nonce": nonce, "status": "passed", "reason": "all tests passed"})


def run_script(job: dict[str, Any], link: socket.socket) -> int:
    """Run the candidate as a script on standard input and output; returns its exit status. What it says on `link` is
    only a reason for people: what it wrote is compared outside."""
    sys.stdin = open(0, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    module = _fresh_module("__main__")
    status = 0
    try:
        exec(compile(job["candidate"], "<candidate>", "exec"), vars(module))
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException as error:
        wire.send(link, {"e": describe(error)})
        status = 1
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        status = status or 1
    return status & 0xFF


_MISSING = object()
_IMMUTABLE = {type(None), bool, int, float, str, bytes, complex}


class _Worker:
    def __init__(self, namespace: dict[str, Any], link: socket.socket) -> None:
        self._namespace, self._link = namespace, link
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._callbacks: dict[int, _Callback] = {}
        self._from_tests: dict[int, tuple[BaseException, int]] = {}
        self._behind: dict[int, BaseException] = {}
        """What iterators raised after items that have not been sent yet, by the iterator's identity."""
        # The judge listens only while operations are running, and hears one thread at a time.
        self._change = threading.Condition()
        self._depth, self._asking = 0, False
        self.codec = Codec(self._export, self._import, sign=-1)

    def know(self, classes: dict[str, type], entry_points: list[str]) -> None:
        """Which classes cross by value, as the program has left them, and whose instances stay."""
        now = plain_classes(self._namespace)
        self.codec.classes = {name: now.get(name, cls) for name, cls in classes.items()}
        if any(name[:1].isupper() for name in entry_points):
            found = (self._namespace.get(name) for name in entry_points)
            self.codec.staying = tuple(value for value in found if isinstance(value, type))

    def run(self) -> None:
        while True:
            try:
                message = wire.receive(self._link)
            except wire.Broken:
                return
            self._operate(message)

    def _operate(self, message: dict[str, Any]) -> None:
        """Do what the judge asks for, and answer when what was begun meanwhile has been answered."""
        with self._change:
            self._depth += 1
            level, self._asking = self._depth, False
            self._change.notify_all()
        answer = self._answer(message)
        with self._change:
            self._change.wait_for(lambda: self._depth == level and not self._asking)
            self._depth -= 1
            self._asking = self._depth > 0
            try:
                wire.send(self._link, answer)
            except ValueError as error:  # Too long.
                wire.send(self._link, {"r": {"x": [], "o": []}, "e": describe(error)})

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        results: list[Any] = []
        objects: Objects = {}
        failure = None
        try:
            target = self._target(message["t"])
            arguments, objects = self.codec.decode(message["a"])
            split = len(arguments) - len(message["k"])
            named = dict(zip(message["k"], arguments[split:], strict=True))
            if message["op"] == "next":
                results = [self._next_items(target, *arguments)]
            else:
                results = [_OPERATIONS[message["op"]](target, *arguments[:split], **named)]
        except BaseException as error:
            failure = self._describe(error)
        try:
            answer = {"r": self.codec.encode_answer(results, message["a"], objects)}
        except BaseException as error:
            answer = {"r": {"x": [], "o": []}, "e": self._describe(error)}
        return answer if failure is None else {**answer, "e": failure}

    def _describe(self, error: BaseException) -> dict[str, Any]:
        known = self._from_tests.get(id(error))
        return {**describe(error, self.codec), **({} if known is None else {"n": known[1]})}

    def _target(self, target: Any) -> Any:
        return self._objects[target] if isinstance(target, int) else self._namespace[target]

    def _export(self, value: Any) -> list[Any]:
        if isinstance(value, _Callback):
            return ["H", value.number]
        number = self._numbers.get(id(value))
        if number is None:
            if len(self._objects) >= _MAX_OBJECTS:
                raise TooLarge("the program returned too many objects")
            number = self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)
        kind = "g" if hasattr(type(value), "__next__") and not hasattr(type(value), "read") else "h"
        return [kind, number, type(value).__name__, is_derived(value)]

    def _import(self, j: list[Any]) -> Any:
        if j[0] == "H":
            return self._objects[j[1]]
        if j[1] not in self._callbacks:
            self._callbacks[j[1]] = _Callback(self, j[1], j[2], j[3]) if j[0] == "h" else _TestsIterator(self, j[1], j[2], j[3])
        return self._callbacks[j[1]]

    def ask(self, number: int, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call one of the tests' functions that was passed as an argument."""
        message, objects = self.codec.encode([*arguments, *named.values()])
        with self._change:
            self._change.wait_for(lambda: self._depth > 0 and not self._asking)
            self._asking = True
        try:
            wire.send(self._link, {"op": "call", "t": number, "a": message, "k": list(named)})
            while "op" in (answer := wire.receive(self._link)):
                self._operate(answer)
        finally:
            with self._change:
                self._asking = False
                self._change.notify_all()
        results, _ = self.codec.decode(answer["r"], objects)
        if "e" in answer:
            raise self._error(answer["e"])
        return results[0]

    def _error(self, described: dict[str, Any]) -> BaseException:
        """What a function of the tests raised; if it comes back, it is the tests' own again."""
        arguments, _ = self.codec.decode(described["v"])[0]
        error = raised_again(names_of(described), arguments)
        self._from_tests[id(error)] = error, described["n"]
        return error

    def _next_items(self, iterator: Iterator[Any], count: int) -> dict[str, Any]:
        """Up to `count` items; what came behind them, the end or an error, comes with the next call."""
        items: list[Any] = []
        if id(iterator) in self._behind:
            raise self._behind.pop(id(iterator))
        try:
            while len(items) < count:
                items.append(next(iterator))
                if type(items[-1]) not in _IMMUTABLE:  # It may be another when the iterator goes on.
                    break
        except StopIteration:
            return {"items": items, "end": True}
        except BaseException as error:
            if not items:
                raise
            self._behind[id(iterator)] = error
        return {"items": items, "end": False}


class _Callback:
    """A function of the tests."""

    def __init__(self, worker: _Worker, number: int, name: str, parameters: list[tuple[str, int, bool]] | None) -> None:
        self._worker, self.number = worker, number
        self.__name__ = self.__qualname__ = name
        if parameters is None:
            return
        # For programs that ask how many arguments it takes.
        made = [inspect.Parameter(given, _KINDS[kind], default=None if default else _EMPTY) for given, kind, default in parameters]
        self.__signature__ = inspect.Signature(made)
        plain = [parameter.name for parameter in made if parameter.kind in _KINDS[:2]]
        self.__code__ = types.SimpleNamespace(co_argcount=len(plain), co_varnames=tuple(plain), co_name=name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._worker.ask(self.number, arguments, named)


class _TestsIterator(_Callback):
    """An iterator of the tests: what is not read stays there."""

    def __iter__(self) -> "_TestsIterator":
        return self

    def __next__(self) -> Any:
        return self._worker.ask(self.number, (), {})


_EMPTY = inspect.Parameter.empty
_KINDS = (
    inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.VAR_POSITIONAL,
    inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD,
)  # fmt: skip


def _call(target: Any, *arguments: Any, **named: Any) -> Any:
    return target(*arguments, **named)


def _is_instance(target: Any, other: Any) -> bool:
    return isinstance(target, type) and isinstance(other, target)


def _is_subclass(target: Any, other: Any) -> bool:
    return isinstance(target, type) and isinstance(other, type) and issubclass(other, target)


def _leave(target: Any, names: list[str] | None = None, arguments: Any = ()) -> bool:
    """Leave a `with` block, which raised the exception described if there is one; whether it goes no further."""
    if names is None:
        return bool(target.__exit__(None, None, None))
    error = raised_again(names, arguments)
    return bool(target.__exit__(type(error), error, None))


def _reflected(operation: Callable[..., Any]) -> Callable[..., Any]:
    return lambda target, other: operation(other, target)


_BINARY: dict[str, Callable[..., Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv, "floordiv": operator.floordiv,
    "mod": operator.mod, "pow": pow, "and": operator.and_, "or": operator.or_, "xor": operator.xor, "matmul": operator.matmul,
    "lshift": operator.lshift, "rshift": operator.rshift, "divmod": divmod,
}  # fmt: skip
_OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": _call, "value": lambda target: target, "is_instance": _is_instance, "is_subclass": _is_subclass, "base": base_value,
    "getattr": getattr, "setattr": setattr, "delattr": delattr, "len": len, "str": str, "repr": repr, "bool": bool, "int": int,
    "float": float, "hash": hash, "index": operator.index, "iter": iter, "getitem": operator.getitem, "setitem": operator.setitem,
    "delitem": operator.delitem, "contains": operator.contains, "eq": operator.eq, "ne": operator.ne, "lt": operator.lt,
    "le": operator.le, "gt": operator.gt, "ge": operator.ge, "neg": operator.neg, "pos": operator.pos, "abs": operator.abs,
    "invert": operator.invert, "round": round, "format": format, "reversed": reversed, "copy": copy.copy, "deepcopy": copy.deepcopy,
    "enter": lambda target: target.__enter__(), "exit": _leave, "send": lambda target, value: target.send(value),
    "close": lambda target: target.close(), **_BINARY,
    **{f"r{name}": _reflected(operation) for name, operation in _BINARY.items()},
    **{f"i{name}": getattr(operator, f"i{name}") for name in _BINARY if name != "divmod"},
}  # fmt: skip


def _kind(value: Any) -> list[Any]:
    if value is _MISSING:
        return ["missing"]
    if isinstance(value, type) and issubclass(value, BaseException):
        return ["exception", [cls.__name__ for cls in value.__mro__]]
    return ["callable"] if callable(value) else ["value"]


def _fresh_module(name: str) -> types.ModuleType:
    # A module of its own: dataclasses and others look their class's module up.
    module = types.ModuleType(name)
    sys.modules[name] = module
    sys.argv = ["candidate"]
    return module


def start(job: dict[str, Any], link: socket.socket) -> None:
    """Do the job and end the process, without giving the candidate's exit handlers and threads another turn."""
    status = 0
    try:
        if job["kind"] == "split":
            serve(job, link)
        elif job["kind"] == "shared":
            run_shared(job, link)
        else:
            status = run_script(job, link)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        status = status or 1
    os._exit(status)
