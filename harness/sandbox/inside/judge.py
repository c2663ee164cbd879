"""The process that makes the verdict. It runs the tests; the candidate is in another process and can send it nothing but data."""

import builtins
import importlib
import inspect
import linecache
import socket
import sys
import traceback
import types
from collections.abc import Iterator
from typing import Any

from . import wire
from .codec import Codec, TooLarge, Unsupported, plain_classes
from .exceptions import describe, names_of, text_of
from .identity import SAME, asking_identity
from .plain import Opaque
from .remote import COMPUTING, Reading, Remote, RemoteIterator, is_same


class WorkerGone(BaseException):
    """No Exception, so that a test's `except Exception` does not take it for an answer."""


class CannotCross(BaseException):
    """Something of the tests that no other process can be given. No Exception, for the same reason."""


class CandidateError(Exception):
    """The candidate raised something that is no ordinary exception, such as SystemExit."""


class Judge:
    """One program's tests against one worker."""

    def __init__(self, job: dict[str, Any], link: socket.socket) -> None:
        self._job, self._link = job, link
        self._answered, self._gone, self._broke, self._uncrossed = 0, False, False, ""
        # Objects have methods of their own only where the trusted side says that the task is about a class.
        self.has_classes = any(name[:1].isupper() for name in job["entry_points"])
        self._exceptions: dict[str, type[Exception]] = {}
        self._own: list[Any] = []
        self._numbers: dict[Any, int] = {}
        self._raised: list[Exception] = []
        self._reading: dict[int, Reading] = {}
        self.codec = Codec(self._export, self._import)
        self._callable = self._born = False
        """What stand-ins of the result that is being decoded may do."""
        self.written = frozenset(job["looked_up"])
        """Names that tests and prelude themselves look up in objects."""

    def verdict(self) -> dict[str, Any]:
        """Status and reason. Passing needs tests that returned, a call that was answered, and a worker that never died."""
        try:
            status, reason = self._run()
        except WorkerGone:
            status, reason = "gone", ""
        except CannotCross:
            status, reason = "unsupported", ""
        except MemoryError as error:
            status, reason = "memory", "MemoryError" if hasattr(error, "from_candidate") else "the tests ran out of memory"
        except AssertionError as error:
            status, reason = "error" if hasattr(error, "from_candidate") else "failed", _explain(error)
        except BaseException as error:
            status, reason = "error", text_of(error) if isinstance(error, CandidateError) else f"{type(error).__name__}: {text_of(error)}"
        # A bare `except:` in the tests must hide none of these.
        if self._uncrossed:
            status, reason = "unsupported", self._uncrossed
        if self._gone:
            status, reason = "gone", ""
        if self._broke:
            status, reason = "crashed", "sent something that is no answer"
        return {"status": status, "reason": reason[:500].encode("utf-8", "replace").decode(), "calls": self._answered}

    def _run(self) -> tuple[str, str]:
        module = types.ModuleType("__tests__")
        sys.modules["__tests__"] = module
        namespace = vars(module)
        try:
            exec(compile(self._job["prelude"], "<prelude>", "exec"), namespace)
        except BaseException as error:
            return "infra_error", f"the prelude failed: {type(error).__name__}: {error}"
        self.codec.classes = plain_classes(namespace)
        tests = self._job["tests"]
        code = compile(asking_identity(tests) if self._job["identity"] else tests, "<tests>", "exec")
        ready = self._receive()
        if "e" in ready:
            raise self._error(ready["e"])
        kinds = ready.get("entry_points")
        for name in self._job["entry_points"]:
            kind = kinds.get(name) if isinstance(kinds, dict) else None
            if not isinstance(kind, list) or kind[:1] == ["missing"]:
                return "error", f"'{name}' is not defined"
            namespace[name] = self._entry(name, kind)
        for name in self._job["assumed"]:
            if name not in namespace:
                namespace[name] = importlib.import_module(name)
        # For the lines that a reason quotes.
        linecache.cache["<tests>"] = (len(tests), None, tests.splitlines(keepends=True), "<tests>")
        namespace[SAME] = is_same
        exec(code, namespace)
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
            self._exceptions[name] = _exception_like(name, base)
            return self._exceptions[name]
        return Remote(self, name, callable_=True)

    def ask(self, operation: str, target: int | str, *arguments: Any, **named: Any) -> Any:
        """Have the worker do something with one of its objects; returns the result as data or as a stand-in."""
        try:
            encoded, objects = self.codec.encode([*arguments, *named.values()])
        except Unsupported as error:
            raise self._cannot_cross(error) from None
        answer = self._request({"op": operation, "t": target, "a": encoded, "k": list(named)})
        self._answered += 1
        # An object made by calling a class of the task, or by arithmetic with one, has operators of its own.
        made = operation in COMPUTING or (operation == "call" and isinstance(target, str) and target[:1].isupper())
        self._callable, self._born = self.has_classes or operation != "getattr", self.has_classes and made
        values, _ = self.codec.decode(answer.get("r"), objects)
        if "e" in answer:
            self._callable = self._born = False
            raise self._error(answer["e"])
        return values[0] if values else Opaque("nothing")

    def _cannot_cross(self, error: Unsupported) -> CannotCross:
        self._uncrossed = str(error)
        return CannotCross(self._uncrossed)

    def _request(self, message: dict[str, Any]) -> dict[str, Any]:
        if self._gone:
            raise WorkerGone
        self._send(message)
        while "op" in (answer := self._receive()):
            self._send(self._serve(answer))
        return answer

    def _send(self, message: dict[str, Any]) -> None:
        try:
            wire.send(self._link, message)
        except (wire.Broken, OSError):
            self._gone = True
            raise WorkerGone from None
        except ValueError as error:
            raise TooLarge(str(error)) from None

    def _receive(self) -> dict[str, Any]:
        try:
            return wire.receive(self._link)
        except (wire.Broken, MemoryError) as error:
            raise self._disbelieve(died=isinstance(error, wire.Gone)) from None

    def _disbelieve(self, died: bool = False) -> WorkerGone:
        self._gone = True
        self._broke = not died
        return WorkerGone()

    def _serve(self, message: dict[str, Any]) -> dict[str, Any]:
        """Call a function of the tests for the candidate: only calls, only of functions that were passed to it."""
        failure: Exception | None = None
        results, objects = list[Any](), dict[int, Any]()
        try:
            number, names = message.get("t"), message.get("k")
            if message["op"] != "call" or type(number) is not int or not 0 <= number < len(self._own) or not isinstance(names, list):
                raise TypeError("not a function of the tests")
            self._callable, self._born = True, False
            arguments, objects = self.codec.decode(message.get("a"))
            split = len(arguments) - len(names)
            named = {str(name): value for name, value in zip(names, arguments[split:], strict=True)}
            own = self._own[number]
            results = [(own if callable(own) else own.__next__)(*arguments[:split], **named)]
        except Exception as error:
            failure = error
        answer: dict[str, Any] = {"r": {"x": [], "o": []}}
        try:
            answer = {"r": self.codec.encode_answer(results, message.get("a"), objects)}
        except Unsupported as error:
            raise self._cannot_cross(error) from None
        except TooLarge as error:
            failure = error
        if failure is None:
            return answer
        self._raised.append(failure)
        return {**answer, "e": {**describe(failure, self.codec), "n": len(self._raised) - 1}}

    def _export(self, value: Any) -> list[Any]:
        if isinstance(value, Remote):
            return ["H", self._number(value)]
        if isinstance(value, Opaque):  # Nor does it come across now.
            return ["?"]
        if isinstance(value, Iterator) and not hasattr(value, "read"):  # A file is more than its lines.
            return ["g", self._own_number(value), type(value).__name__, None]
        if isinstance(value, types.ModuleType) or not callable(value):
            raise Unsupported(f"a {type(value).__name__} cannot be passed to a program in another process")
        return ["h", self._own_number(value), getattr(value, "__name__", type(value).__name__), _parameters(value)]

    def _own_number(self, value: Any) -> int:
        """The same for the same object, so that the candidate knows it again."""
        key = value if isinstance(value, types.MethodType | types.BuiltinFunctionType) else id(value)
        if key not in self._numbers:
            self._numbers[key] = len(self._own)
            self._own.append(value)
        return self._numbers[key]

    def _number(self, value: Remote) -> int:
        """Which of the worker's objects it is; an entry point that is passed as an argument gets a number first."""
        if isinstance(value._target, int):
            return value._target
        answer = self._request({"op": "value", "t": value._target, "a": {"x": [], "o": []}, "k": []})
        try:
            return int(answer["r"]["x"][0][1])
        except (KeyError, IndexError, TypeError, ValueError):
            raise self._disbelieve() from None

    def _import(self, j: list[Any]) -> Any:
        if j[0] == "H":
            return self._own[j[1]]
        if j[0] not in ("g", "h"):
            raise ValueError(j[0])
        number, name, derived = int(j[1]), str(j[2])[:80], j[3] is True
        made = (RemoteIterator if j[0] == "g" else Remote)(self, number, name, callable_=self._callable, born=self._born, derived=derived)
        if isinstance(made, RemoteIterator):  # The same iterator may come again.
            vars(made)["_reading"] = self._reading.setdefault(number, made._reading)
        return made

    @property
    def reads_ahead(self) -> bool:
        """Whether nobody can tell that an iterator of the candidate has been read further than was asked."""
        alone = len(self._job["entry_points"]) == 1 and not self.has_classes
        return alone and not self._own and not self.written & {"send", "close", "throw"}

    def _error(self, described: Any, depth: int = 0) -> Exception:
        own = described.get("n") if isinstance(described, dict) else None
        if type(own) is int and 0 <= own < len(self._raised) and not isinstance(self._raised[own], (StopIteration, StopAsyncIteration)):
            return self._raised[own]
        names, text = names_of(described), str(described.get("text", ""))[:400] if isinstance(described, dict) else ""
        contents = self.codec.decode(described.get("v"))[0] if isinstance(described, dict) else []
        arguments, attributes = contents if [type(part) for part in contents] == [tuple, dict] else ((text,), {})
        cls = self._exception_class(names)
        if issubclass(cls, (StopIteration, StopAsyncIteration)):
            cls = CandidateError  # Inside `all(map(…))` it would end the tests as if they were through.
        if cls is CandidateError:
            return _marked(CandidateError(f"{names[0] if names else 'something'}: {text}".rstrip(": ")))
        try:
            if names[0] != cls.__name__:
                cls = _exception_like(names[0], cls)
            error = cls(*arguments)
            sound = {str(name): value for name, value in attributes.items() if not callable(getattr(cls, str(name), None))}
            vars(error).update(sound)
            if text_of(error) != text and hasattr(cls, "shown"):
                error.shown = text  # type: ignore[attr-defined]
        except Exception:
            error = CandidateError(f"{cls.__name__}: {text}")
        if isinstance(described.get("cause"), dict) and depth < 10:
            error.__cause__ = self._error(described["cause"], depth + 1)
        return _marked(error)

    def _exception_class(self, names: list[str]) -> type[Exception]:
        for name in names:
            known = self._exceptions.get(name) or getattr(builtins, name, None)
            if isinstance(known, type) and issubclass(known, Exception):
                return known
        return CandidateError


def _explain(error: AssertionError) -> str:
    if hasattr(error, "from_candidate"):
        return f"AssertionError: {text_of(error)}".rstrip(": ")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<tests>"]
    where = f"line {frames[-1].lineno}: {(frames[-1].line or '')[:200]}" if frames else ""
    return f"a test failed: {text_of(error) or where}".rstrip(": ")


def _marked(error: Exception) -> Exception:
    error.from_candidate = True  # type: ignore[attr-defined]
    return error


def _exception_like(name: str, base: type[Exception]) -> type[Exception]:
    """A class for the candidate's; it is shown as the candidate's was, where that is another text than its arguments give."""
    return type(name, (base,), {"shown": None, "__str__": lambda self: base.__str__(self) if self.shown is None else self.shown})


def _parameters(function: Any) -> list[tuple[str, int, bool]] | None:
    """Name, kind and whether there is a default, of each; None if that cannot be told."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [(parameter.name, int(parameter.kind), parameter.default is not parameter.empty) for parameter in found]


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
