"""Every public method and property of a public class says what it does, unless a protocol of the project says it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("harness", "reports", "sft_train")
# Pydantic calls validators itself; a setter and an overload share the words of the method that they belong to.
_NEED_NO_WORDS = {"field_validator", "model_validator", "field_serializer", "model_serializer", "setter", "overload"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _decorators(function: Function) -> set[str]:
    called = (decorator.func if isinstance(decorator, ast.Call) else decorator for decorator in function.decorator_list)
    return {ast.unparse(decorator).rpartition(".")[2] for decorator in called}


@cache
def _bases(cls: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in cls.bases}


@cache
def _methods(cls: ast.ClassDef) -> dict[str, Function]:
    """Public methods and properties that the class itself defines, by name."""
    functions = (node for node in cls.body if isinstance(node, Function))
    return {node.name: node for node in functions if not node.name.startswith("_") and not _decorators(node) & _NEED_NO_WORDS}


def _arguments(function: Function) -> list[str]:
    return [argument.arg for argument in function.args.args]


class Classes:
    """The classes at the top of some modules."""

    def __init__(self, modules: dict[str, str]) -> None:
        parsed = ((path, node) for path, text in modules.items() for node in ast.parse(text).body)
        self.placed = [(path, node) for path, node in parsed if isinstance(node, ast.ClassDef)]
        self.by_name = {cls.name: cls for _, cls in self.placed}
        self.protocols = [cls for _, cls in self.placed if "Protocol" in _bases(cls)]

    def _names(self, cls: ast.ClassDef) -> set[str]:
        """What the class and those it is derived from define."""
        inherited = (self._names(self.by_name[base]) for base in _bases(cls) & self.by_name.keys() - {cls.name})
        return set(_methods(cls)).union(*inherited)

    def _described(self, cls: ast.ClassDef) -> set[str]:
        """Methods that a protocol describes, with the same arguments, in a class that has all methods of that protocol.

        A protocol's properties are not looked for: a class may have them as plain attributes.
        """
        names, own = self._names(cls), _methods(cls)
        described = set()
        for protocol in self.protocols:
            documented = {name: method for name, method in _methods(protocol).items() if ast.get_docstring(method)}
            if names >= {name for name, method in documented.items() if "property" not in _decorators(method)}:
                described |= {name for name, method in documented.items() if name in own and _arguments(own[name]) == _arguments(method)}
        return described

    def without_words(self) -> Iterator[str]:
        """Public methods of public classes that nothing describes, as `path:line Class.method`."""
        for path, cls in self.placed:
            if cls.name.startswith("_"):
                continue
            described = self._described(cls)
            for name, method in _methods(cls).items():
                if name not in described and not ast.get_docstring(method):
                    yield f"{path}:{method.lineno} {cls.name}.{name}"


def test_public_methods_are_described() -> None:
    files = sorted(path for package in PACKAGES for path in ROOT.joinpath(package).rglob("*.py"))
    modules = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}
    assert list(Classes(modules).without_words()) == []


def test_what_a_protocol_describes_needs_no_second_description() -> None:
    protocol = """
class Door(Protocol):
    def open(self, wide): "Let somebody in."
    def close(self): "Let nobody in."
    @property
    def width(self): "Metres."
"""
    users = """
class Gate(Door2):
    def open(self, wide): ...
class Door2:
    def open(self, far): ...
    def close(self): ...
    def lock(self): ...
    @field_validator("key")
    def check_key(self): ...
class Window:
    def close(self): ...
class _Hatch:
    def lock(self): ...
"""
    found = list(Classes({"door.py": protocol, "users.py": users}).without_words())
    assert found == ["users.py:5 Door2.open", "users.py:7 Door2.lock", "users.py:11 Window.close"]
