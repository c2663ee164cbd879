"""What is read in the trusted text of tests before they run: among others, whether they can be judged from another process.

The split carries values, calls, callbacks, objects of the candidate and of the prelude. It cannot carry tests that look at
or change the candidate's own process. The decision is made from the trusted text alone, so a candidate cannot bring it about.
"""

import ast
from dataclasses import dataclass
from functools import lru_cache

from harness.sandbox.inside.identity import asks_identity
from harness.sandbox.records import Program

_ASSUMED = frozenset(
    ("bisect", "collections", "copy", "datetime", "functools", "heapq", "itertools", "json", "math", "operator", "os", "random", "re",
     "string", "sys", "time", "typing")
)  # fmt: skip
"""Modules that tests may use without importing them, since they would often find the candidate's import."""
_OF_GENERATORS = frozenset(("send", "close", "throw"))

_MODULES = frozenset(("asyncio", "inspect", "dis", "mock", "doctest", "pandas", "tracemalloc", "gc", "builtins"))
_NAMES = frozenset(("patch", "mock", "monkeypatch", "capsys", "redirect_stdout", "redirect_stderr", "globals", "__builtins__"))
_SPECIAL = frozenset(("__code__", "__closure__", "__globals__", "__annotations__", "__dict__", "__doc__", "__module__", "__class__"))
_ATTRIBUTES = frozenset(("stdout", "stderr", "stdin", "modules")) | _SPECIAL | _NAMES
_OF_OBJECTS = frozenset(("type", "vars", "dir", "callable"))
"""What these say of an object of the candidate's own class, a stand-in cannot."""


@dataclass(frozen=True)
class TestsText:
    """What the judge is told of its tests, so that it need not read them itself for every program."""

    shared: str | None = None
    """What in them needs the candidate's own process, in words; None if nothing does."""
    looked_up: tuple[str, ...] = ()
    """Special names, and names of generators' methods, that tests and prelude look up in objects."""
    assumed: tuple[str, ...] = ()
    """Modules that they may use without importing them, as far as they name them."""
    identity: bool = False
    """Whether `is` stands between two values."""


def read_tests(program: Program) -> TestsText:
    """Read prelude and tests; of text that does not parse nothing is known, and the judge reports it."""
    return _read(program.prelude, program.tests, program.entry_points)


@lru_cache(maxsize=1024)
def _read(prelude: str, tests: str, entry_points: tuple[str, ...]) -> TestsText:
    try:
        nodes, before = list(ast.walk(ast.parse(tests))), list(ast.walk(ast.parse(prelude)))
    except (SyntaxError, ValueError, RecursionError):
        return TestsText()
    imports = [node for node in before if isinstance(node, (ast.Import, ast.ImportFrom))]
    found = (_in_node(node, entry_points) for node in [*nodes, *imports])
    attributes = {name for node in [*nodes, *before] if (name := _looked_up(node)) is not None}
    return TestsText(
        next((reason for reason in found if reason is not None), None),
        tuple(sorted(name for name in attributes if name.startswith("__") or name in _OF_GENERATORS)),
        tuple(sorted({node.id for node in nodes if isinstance(node, ast.Name)} & _ASSUMED)),
        any(asks_identity(node) for node in nodes),
    )


def _looked_up(node: ast.AST) -> str | None:
    """The name of an attribute, or what may be one in a string."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _in_node(node: ast.AST, entry_points: tuple[str, ...]) -> str | None:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        hit = next((name for name in names if name.partition(".")[0] in _MODULES or name == "unittest.mock"), None)
        return None if hit is None else f"the tests use the module {hit}"
    if isinstance(node, ast.Name) and node.id in _NAMES:
        return f"the tests use {node.id}"
    if isinstance(node, ast.Name) and node.id in _OF_OBJECTS and any(name[:1].isupper() for name in entry_points):
        return f"the tests use {node.id}"
    if isinstance(node, ast.Attribute) and node.attr in _ATTRIBUTES:
        return f"the tests use .{node.attr}"
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _SPECIAL:
        return f"the tests use .{node.value}"
    if isinstance(node, ast.ClassDef) and any(isinstance(base, ast.Name) and base.id in entry_points for base in node.bases):
        return f"the tests' class {node.name} is derived from the program's"
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and any(
        isinstance(name, ast.Name) and name.id in entry_points for decorator in node.decorator_list for name in ast.walk(decorator)
    ):
        return f"the program decorates the tests' {node.name}"
    return None
