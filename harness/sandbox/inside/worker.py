"""The candidate's process. It runs the candidate, answers calls, and is believed in nothing but the values it returns."""

import builtins
import operator
import os
import random
import socket
import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

from . import wire
from .codec import Codec, TooLarge, Unsupported, plain_classes

_MAX_OBJECTS = 20_000
_MODULE = "__program__"


def serve(job: dict[str, Any], link: socket.socket) -> None:
    """Run the candidate, then answer the judge's calls until it goes away."""
    module = _fresh_module(_MODULE)
    worker = _Worker(vars(module), link)
    try:
        exec(compile(job["prelude"], "<prelude>", "exec"), vars(module))
        worker.codec.classes = plain_classes(vars(module))
        exec(compile(job["candidate"], "<candidate>", "exec"), vars(module))
    except BaseException as error:
        wire.send(link, {"e": _describe(error)})
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
        wire.send(link, {"nonce": nonce, "status": "failed", "reason": f"a test failed: {_text(error)}".rstrip(": ")})
    except MemoryError:
        wire.send(link, no_memory)
    except BaseException as error:
        wire.send(link, {"nonce": nonce, "status": "error", "reason": f"{type(error).__name__}: {_text(error)}"})
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
        wire.send(link, {"e": _describe(error)})
        status = 1
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        status = status or 1
    return status & 0xFF


_MISSING = object()


class _Worker:
    def __init__(self, namespace: dict[str, Any], link: socket.socket) -> None:
        self._namespace, self._link = namespace, link
        self._objects: list[Any] = []
        self._asking = threading.RLock()
        self.codec = Codec(self._export, self._import)

    def run(self) -> None:
        while True:
            try:
                message = wire.receive(self._link)
            except wire.Broken:
                return
            wire.send(self._link, self._answer(message))

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        try:
            target = self._target(message["t"])
            arguments = self.codec.decode(message["a"])
            names = message["k"]
            positional, named = arguments[: len(arguments) - len(names)], arguments[len(arguments) - len(names) :]
            result = _OPERATIONS[message["op"]](target, *positional, **dict(zip(names, named, strict=True)))
            answer: dict[str, Any] = {"r": self.codec.encode([result])}
            if not all(type(value) in _IMMUTABLE for value in arguments):
                after = self.codec.encode(arguments)
                if after != message["a"]:
                    answer["m"] = after
            return answer
        except BaseException as error:
            return {"e": _describe(error, self.codec)}

    def _target(self, target: Any) -> Any:
        return self._objects[target] if isinstance(target, int) else self._namespace[target]

    def _export(self, value: Any) -> list[Any]:
        if isinstance(value, _Callback):
            return ["H", value.number]
        if len(self._objects) >= _MAX_OBJECTS:
            raise TooLarge("the program returned too many objects")
        self._objects.append(value)
        kind = "g" if hasattr(type(value), "__next__") and not hasattr(type(value), "read") else "h"
        return [kind, len(self._objects) - 1, type(value).__name__]

    def _import(self, j: list[Any]) -> Any:
        return self._objects[j[1]] if j[0] == "H" else _Callback(self, int(j[1]))

    def ask(self, number: int, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call one of the tests' functions that was passed as an argument."""
        with self._asking:
            message = {"op": "call", "t": number, "a": self.codec.encode([*arguments, *named.values()]), "k": list(named)}
            wire.send(self._link, message)
            while "op" in (answer := wire.receive(self._link)):
                wire.send(self._link, self._answer(answer))
        if "e" in answer:
            names = [name for name in answer["e"]["mro"] if isinstance(getattr(builtins, name, None), type)]
            raise getattr(builtins, names[0] if names else "Exception")(*self.codec.decode(answer["e"]["args"]))
        return self.codec.decode(answer["r"])[0]


class _Callback:
    """A function of the tests."""

    def __init__(self, worker: _Worker, number: int) -> None:
        self._worker, self.number = worker, number

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._worker.ask(self.number, arguments, named)


def _next_items(iterator: Iterator[Any], count: int) -> dict[str, Any]:
    """Up to `count` items; the error or the end that came behind them."""
    items: list[Any] = []
    try:
        while len(items) < count:
            items.append(next(iterator))
    except StopIteration:
        return {"items": items, "end": True}
    except Exception:
        if not items:
            raise
        # It will be raised again by the next call, unless the iterator recovered.
    return {"items": items, "end": False}


def _call(target: Any, *arguments: Any, **named: Any) -> Any:
    return target(*arguments, **named)


def _is_instance(target: Any, other: Any) -> bool:
    return isinstance(target, type) and isinstance(other, target)


def _leave(target: Any) -> Any:
    return target.__exit__(None, None, None)


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": _call, "value": lambda target: target, "next": _next_items, "is_instance": _is_instance,
    "getattr": getattr, "setattr": setattr, "len": len, "str": str, "repr": repr, "bool": bool, "int": int, "float": float, "hash": hash,
    "index": operator.index, "iter": iter, "getitem": operator.getitem, "setitem": operator.setitem, "delitem": operator.delitem,
    "contains": operator.contains, "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt,
    "ge": operator.ge, "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "floordiv": operator.floordiv, "mod": operator.mod, "pow": operator.pow, "and": operator.and_, "or": operator.or_,
    "xor": operator.xor, "matmul": operator.matmul, "neg": operator.neg, "pos": operator.pos, "abs": operator.abs,
    "invert": operator.invert, "round": round, "format": format, "reversed": reversed, "radd": lambda target, other: other + target,
    "rsub": lambda target, other: other - target, "rmul": lambda target, other: other * target,
    "rtruediv": lambda target, other: other / target, "enter": lambda target: target.__enter__(), "exit": _leave,
}  # fmt: skip
_IMMUTABLE = {type(None), bool, int, float, str, bytes, complex}


def _kind(value: Any) -> list[Any]:
    if value is _MISSING:
        return ["missing"]
    if isinstance(value, type) and issubclass(value, BaseException):
        return ["exception", [cls.__name__ for cls in value.__mro__]]
    return ["callable"] if callable(value) else ["value"]


def _describe(error: BaseException, codec: Codec | None = None) -> dict[str, Any]:
    described: dict[str, Any] = {"mro": [_class_name(cls) for cls in type(error).__mro__], "text": _text(error)}
    try:
        described["args"] = (codec or Codec(_refuse, _refuse)).encode(error.args)
        if len(repr(described["args"])) > 10_000:
            raise Unsupported("long")
    except BaseException:
        described["args"] = {"x": [described["text"]], "o": []}
    return described


def _class_name(cls: type) -> str:
    """Its name, unless it only borrows that of a built-in exception."""
    name = str(cls.__name__)[:100]
    return name if getattr(builtins, name, cls) is cls else f"{name} of the program"


def _refuse(value: Any) -> Any:
    raise Unsupported("not data")


def _text(error: BaseException) -> str:
    try:
        return str(error)[:400].encode("utf-8", "replace").decode()
    except BaseException:
        return "its text cannot be had"


def _fresh_module(name: str) -> types.ModuleType:
    # A module of its own: dataclasses and others look their class's module up.
    module = types.ModuleType(name)
    sys.modules[name] = module
    sys.argv = ["candidate"]
    random.seed(0)
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
