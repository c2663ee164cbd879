"""The process that makes the verdict. It runs the tests; the candidate is in another process and can send it nothing but data."""

import ast
import builtins
import importlib
import itertools
import linecache
import random
import socket
import sys
import traceback
import types
from collections.abc import Iterator
from typing import Any

from . import wire
from .codec import Codec, TooLarge, Unsupported, plain_classes

_ASSUMED = frozenset(
    ("bisect", "collections", "copy", "datetime", "functools", "heapq", "itertools", "json", "math", "operator", "os", "random", "re",
     "string", "sys", "time", "typing")
)  # fmt: skip
"""Modules that tests may use without importing them, since they would often find the candidate's import."""


ARITHMETIC = frozenset(
    ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "matmul", "neg", "pos", "abs", "invert", "radd", "rsub",
     "rmul", "rtruediv")
)  # fmt: skip
_CHANGES = frozenset(("setattr", "setitem", "delitem", "enter", "exit", "format", "reversed"))
"""Operations that give back no judgement on a value."""


class WorkerGone(BaseException):
    """No Exception, so that a test's `except Exception` does not take it for an answer."""


class CandidateError(Exception):
    """The candidate raised something that is no ordinary exception, such as SystemExit."""


class Judge:
    """One program's tests against one worker."""

    def __init__(self, job: dict[str, Any], link: socket.socket) -> None:
        self._job, self._link = job, link
        self._answered, self._gone, self._broke = 0, False, False
        # Objects have methods of their own only where the trusted side says that the task is about a class.
        self.has_classes = any(name[:1].isupper() for name in job["entry_points"])
        self._exceptions: dict[str, type[Exception]] = {}
        self._own: list[Any] = []
        self.codec = Codec(self._export, self._import)
        self._callable = self._born = False
        """What stand-ins of the result that is being decoded may do."""

    def verdict(self) -> dict[str, Any]:
        """Status and reason. Passing needs tests that returned, a call that was answered, and a worker that never died."""
        try:
            status, reason = self._run()
        except WorkerGone:
            status, reason = "gone", ""
        except Unsupported as error:
            status, reason = "unsupported", str(error)
        except TooLarge as error:
            status, reason = "error", str(error)
        except MemoryError as error:
            status, reason = "memory", "MemoryError" if hasattr(error, "from_candidate") else "the tests ran out of memory"
        except AssertionError as error:
            status, reason = "error" if hasattr(error, "from_candidate") else "failed", _explain(error)
        except BaseException as error:
            status, reason = "error", _text(error) if isinstance(error, CandidateError) else f"{type(error).__name__}: {_text(error)}"
        if self._gone:  # A bare `except:` in the tests must not hide it.
            status, reason = "gone", ""
        if self._broke:
            status, reason = "crashed", "sent something that is no answer"
        return {"status": status, "reason": reason[:500].encode("utf-8", "replace").decode(), "calls": self._answered}

    def _run(self) -> tuple[str, str]:
        module = types.ModuleType("__tests__")
        sys.modules["__tests__"] = module
        namespace = vars(module)
        random.seed(0)
        try:
            exec(compile(self._job["prelude"], "<prelude>", "exec"), namespace)
        except BaseException as error:
            return "infra_error", f"the prelude failed: {type(error).__name__}: {error}"
        self.codec.classes = plain_classes(namespace)
        ready = self._receive()
        if "e" in ready:
            raise self._error(ready["e"])
        kinds = ready.get("entry_points")
        for name in self._job["entry_points"]:
            kind = kinds.get(name) if isinstance(kinds, dict) else None
            if not isinstance(kind, list) or kind[:1] == ["missing"]:
                return "error", f"'{name}' is not defined"
            namespace[name] = self._entry(name, kind)
        tests = self._job["tests"]
        for name in _free_names(tests) & _ASSUMED:
            if name not in namespace:
                namespace[name] = importlib.import_module(name)
        # For the lines that a reason quotes.
        linecache.cache["<tests>"] = (len(tests), None, tests.splitlines(keepends=True), "<tests>")
        exec(compile(tests, "<tests>", "exec"), namespace)
        if (problem := _run_test_cases(namespace)) is not None:
            return "failed", problem
        if not self._answered:
            return "failed", "the tests never called the program"
        return "passed", "all tests passed"

    def _entry(self, name: str, kind: list[Any]) -> Any:
        if kind[0] == "value":
            return self.ask("value", name)
        if kind[0] == "exception" and name[:1].isupper():
            base = self._exception_class(kind[1][1:] if len(kind) > 1 and isinstance(kind[1], list) else [])
            self._exceptions[name] = type(name, (base,), {})
            return self._exceptions[name]
        return Remote(self, name, callable_=True)

    def ask(self, operation: str, target: int | str, *arguments: Any, **named: Any) -> Any:
        """Have the worker do something with one of its objects; returns the result as data or as a stand-in."""
        encoded = self.codec.encode([*arguments, *named.values()])
        answer = self._request({"op": operation, "t": target, "a": encoded, "k": list(named)})
        self._answered += 1
        if "e" in answer:
            raise self._error(answer["e"])
        if "m" in answer:
            for before, after in zip(arguments, self.codec.decode(answer["m"]), strict=False):
                _change(before, after)
        # An object made by calling a class of the task, or by arithmetic with one, has operators of its own.
        born = self.has_classes and (operation in ARITHMETIC or (operation == "call" and isinstance(target, str) and target[:1].isupper()))
        return self._decode(answer.get("r"), callable_=self.has_classes or operation != "getattr", born=born)

    def _decode(self, message: Any, *, callable_: bool, born: bool) -> Any:
        self._callable, self._born = callable_, born
        try:
            return self.codec.decode(message)[0]
        finally:
            self._callable = self._born = False

    def _request(self, message: dict[str, Any]) -> dict[str, Any]:
        if self._gone:
            raise WorkerGone
        try:
            wire.send(self._link, message)
        except (wire.Broken, OSError):
            self._gone = True
            raise WorkerGone from None
        except ValueError as error:
            raise TooLarge(f"an argument is too large: {error}") from None
        while "op" in (answer := self._receive()):
            reply = self._serve(answer)
            try:
                wire.send(self._link, reply)
            except (wire.Broken, OSError):
                self._gone = True
                raise WorkerGone from None
        return answer

    def _receive(self) -> dict[str, Any]:
        try:
            return wire.receive(self._link)
        except (wire.Broken, MemoryError) as error:
            self._gone = True
            self._broke = not isinstance(error, wire.Gone)
            raise WorkerGone from None

    def _serve(self, message: dict[str, Any]) -> dict[str, Any]:
        """Call a function of the tests for the candidate: only calls, only of functions that were passed to it."""
        try:
            number, names = message.get("t"), message.get("k")
            if message["op"] != "call" or not isinstance(number, int) or not 0 <= number < len(self._own) or not isinstance(names, list):
                raise TypeError("not a function of the tests")
            arguments = self.codec.decode(message.get("a"))
            split = len(arguments) - len(names)
            named = {str(name): value for name, value in zip(names, arguments[split:], strict=True)}
            return {"r": self.codec.encode([self._own[number](*arguments[:split], **named)])}
        except (Exception, WorkerGone) as error:
            if isinstance(error, WorkerGone):
                raise
            mro = [cls.__name__ for cls in type(error).__mro__]
            return {"e": {"mro": mro, "args": {"x": [str(error)[:400]], "o": []}}}

    def _export(self, value: Any) -> list[Any]:
        if isinstance(value, Remote):
            return ["H", self._number(value)]
        if isinstance(value, Iterator) and not hasattr(value, "read"):  # A file is more than its lines.
            items = self.codec.encode(list(itertools.islice(value, 100_000)))
            if items["o"]:
                raise Unsupported("an iterator over objects")
            return ["it", items["x"]]
        if isinstance(value, types.ModuleType) or not callable(value):
            raise Unsupported(f"a {type(value).__name__} cannot be passed to a program in another process")
        self._own.append(value)
        return ["h", len(self._own) - 1, "function"]

    def _number(self, value: "Remote") -> int:
        """Which of the worker's objects it is; an entry point that is passed as an argument gets a number first."""
        if isinstance(value._target, int):
            return value._target
        answer = self._request({"op": "value", "t": value._target, "a": {"x": [], "o": []}, "k": []})
        try:
            return int(answer["r"]["x"][0][1])
        except (KeyError, IndexError, TypeError, ValueError):
            raise Unsupported(f"'{value._target}' cannot be passed as an argument") from None

    def _import(self, j: list[Any]) -> Any:
        if j[0] == "H":
            return self._own[j[1]]
        number, name = int(j[1]), str(j[2])[:80]
        if j[0] not in ("g", "h"):
            raise ValueError(j[0])
        kind = RemoteIterator if j[0] == "g" else Remote
        return kind(self, number, name, callable_=self._callable, born=self._born)

    def _error(self, described: Any) -> Exception:
        mro = described.get("mro") if isinstance(described, dict) else None
        names = [str(name)[:100] for name in mro] if isinstance(mro, list) else []
        text = str(described.get("text", ""))[:400] if isinstance(described, dict) else ""
        arguments = self.codec.decode(described.get("args")) if isinstance(described, dict) else []
        cls = self._exception_class(names)
        if issubclass(cls, (StopIteration, StopAsyncIteration)):
            cls = CandidateError  # Inside `all(map(…))` it would end the tests as if they were through.
        if cls is CandidateError:
            return _marked(CandidateError(f"{names[0] if names else 'something'}: {text}".rstrip(": ")))
        try:
            if names and names[0] != cls.__name__:
                cls = type(names[0], (cls,), {})
            return _marked(cls(*arguments))
        except Exception:
            return _marked(CandidateError(f"{cls.__name__}: {text}"))

    def _exception_class(self, names: list[str]) -> type[Exception]:
        for name in names:
            known = self._exceptions.get(name) or getattr(builtins, name, None)
            if isinstance(known, type) and issubclass(known, Exception):
                return known
        return CandidateError


def _text(error: BaseException) -> str:
    """The text of an exception; the candidate's objects in it may refuse to be shown."""
    try:
        return str(error)
    except Exception:
        return str(getattr(error, "candidates_text", "its text cannot be had"))


def _explain(error: AssertionError) -> str:
    if hasattr(error, "from_candidate"):
        return f"AssertionError: {_text(error)}".rstrip(": ")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<tests>"]
    where = f"line {frames[-1].lineno}: {(frames[-1].line or '')[:200]}" if frames else ""
    return f"a test failed: {_text(error) or where}".rstrip(": ")


def _marked(error: Exception) -> Exception:
    error.from_candidate = True  # type: ignore[attr-defined]
    return error


def _change(before: Any, after: Any) -> None:
    """Apply what the candidate changed in an argument."""
    if type(before) is not type(after) or before is after:
        return
    if isinstance(before, (list, bytearray)):
        before[:] = after
    elif isinstance(before, (dict, set)):
        before.clear()
        before.update(after)
    elif hasattr(before, "__dict__") and type(before).__module__ == "__tests__":
        vars(before).clear()
        vars(before).update(vars(after))
    elif type(before).__module__ == "numpy" and before.shape == after.shape and before.flags.writeable:
        before[...] = after


def _run_test_cases(namespace: dict[str, Any]) -> str | None:
    """Run the test cases that the tests define, if any; returns what failed first."""
    library = sys.modules.get("unittest")
    if library is None:
        return None
    cases = [value for value in namespace.values() if isinstance(value, type) and issubclass(value, library.TestCase)]
    result = library.TestResult()
    for case in cases:
        if case.__module__ == "__tests__":
            library.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    for test, trace in [*result.failures, *result.errors]:
        return f"{test.id().removeprefix('__tests__.')}: {trace.strip().splitlines()[-1]}"
    return None


def _free_names(tests: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(tests)) if isinstance(node, ast.Name)}


class Remote:
    """Stands for an object of the candidate.

    It can be called, read, iterated, measured, and shown; what that gives is data that the tests judge. Nothing that takes an
    expected value is passed on, since the candidate would be asked whether it is right: the object equals nothing but itself
    and takes no part in arithmetic. Where an entry point is a class, its methods can be called, and an object made by calling
    that class, or by arithmetic with one, has the operators of its class; it is compared with other objects only, never with data.
    """

    def __init__(self, judge: Judge, target: int | str, name: str = "function", *, callable_: bool = False, born: bool = False) -> None:
        object.__setattr__(self, "_judge", judge)
        object.__setattr__(self, "_target", target)
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_callable", callable_)
        object.__setattr__(self, "_born", born)

    _judge: Judge
    _target: int | str
    _name: str
    _callable: bool
    _born: bool

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if not self._callable:
            raise TypeError("a method of an object that is no entry point cannot be called")
        return self._judge.ask("call", self._target, *arguments, **named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # numpy, for one, would follow a pointer that the candidate names.
            raise AttributeError(name)
        return self._judge.ask("getattr", self._target, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._full("setattr", name, value)

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

    def __exit__(self, *_: object) -> None:
        self._full("exit")

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
for _name in (
    "lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "matmul", "neg", "pos", "abs",
    "invert", "round", "format", "reversed", "contains", "setitem", "delitem", "radd", "rsub", "rmul", "rtruediv", "enter",
):  # fmt: skip
    setattr(Remote, f"__{_name}__", _class_only(_name))


class RemoteIterator(Remote):
    """An iterator of the candidate; items are fetched in growing chunks, so that an endless one can be read in part."""

    def __init__(self, judge: Judge, target: int, name: str, *, callable_: bool, born: bool) -> None:
        super().__init__(judge, target, name, callable_=callable_, born=born)
        object.__setattr__(self, "_fetched", [])
        object.__setattr__(self, "_state", {"ended": False, "chunk": 1})

    _fetched: list[Any]
    _state: dict[str, Any]

    def __iter__(self) -> "RemoteIterator":
        return self

    def __next__(self) -> Any:
        if not self._fetched and not self._state["ended"]:
            got = self._judge.ask("next", self._target, self._state["chunk"])
            items = got["items"] if isinstance(got, dict) and isinstance(got.get("items"), list) else []
            self._fetched.extend(reversed(items))
            # One at a time where the object is of the task's own class: the tests may look at it between two items.
            self._state["chunk"] = 1 if self._judge.has_classes else min(2 * self._state["chunk"], 1024)
            self._state["ended"] = not items or got.get("end") is not False
        if not self._fetched:
            raise StopIteration
        return self._fetched.pop()
