"""Which tests cannot be judged from another process.

The split carries values, calls, callbacks, objects of the candidate and of the prelude. It cannot carry tests that look at
or change the candidate's own process. The decision is made from the trusted text alone, so a candidate cannot bring it about.
"""

import ast
from functools import lru_cache

from harness.sandbox.records import Program

_MODULES = frozenset(("asyncio", "inspect", "dis", "mock", "doctest", "pandas", "tracemalloc", "gc", "builtins"))
_NAMES = frozenset(("patch", "mock", "monkeypatch", "capsys", "redirect_stdout", "redirect_stderr", "globals", "__builtins__"))
_SPECIAL = frozenset(("__code__", "__closure__", "__globals__", "__annotations__", "__dict__", "__doc__", "__module__", "__class__"))
_ATTRIBUTES = frozenset(("stdout", "stderr", "stdin", "modules")) | _SPECIAL | _NAMES
_OF_OBJECTS = frozenset(("type", "vars", "dir", "callable"))
"""What these say of an object of the candidate's own class, a stand-in cannot."""


def why_shared(program: Program) -> str | None:
    """What in the tests needs the candidate's own process, in words; None if nothing does."""
    return _reason(program.prelude, program.tests, program.entry_points)


@lru_cache(maxsize=1024)
def _reason(prelude: str, tests: str, entry_points: tuple[str, ...]) -> str | None:
    try:
        tree, prelude_tree = ast.parse(tests), ast.parse(prelude)
    except (SyntaxError, ValueError, RecursionError):
        return None
    for node in [*ast.walk(tree), *(node for node in ast.walk(prelude_tree) if isinstance(node, (ast.Import, ast.ImportFrom)))]:
        found = _in_node(node, entry_points)
        if found is not None:
            return found
    return None


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
