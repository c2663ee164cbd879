"""Leaves of a program only what its entry points need, so that demonstrations, self-tests and reading of input do not run.

Kept are the entry points; definitions, imports and assignments whose names they use, directly or through others; statements
that change something kept (`TABLE.append(1)`, `for i in range(9): TABLE[i] = i * i`); and settings of the interpreter such as
`sys.setrecursionlimit`. Dropped are all else: calls, prints, asserts, `if __name__ == "__main__":`. The lines of what is
dropped become empty, so that line numbers stay. A program that looks names up at run time (`globals`, `eval`, …) is left whole.
"""

import ast
import dis
import types
from collections.abc import Iterator

_DYNAMIC = frozenset(("globals", "locals", "vars", "eval", "exec", "__import__"))
_SETTINGS = frozenset(("setrecursionlimit", "set_int_max_str_digits", "stack_size", "seed", "simplefilter", "filterwarnings"))
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def keep_reachable(program: str, entry_points: tuple[str, ...]) -> str:
    """`program` without the statements that its entry points do not need; unchanged if it does not parse."""
    try:
        tree = ast.parse(program)
        parts = [_Statement(node) for node in tree.body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return program
    if any(part.uses & _DYNAMIC for part in parts):
        return program
    needed, kept = set(entry_points), set[int]()
    growing = True
    while growing:
        growing = False
        for position, part in enumerate(parts):
            if position not in kept and part.serves(needed):
                kept.add(position)
                needed |= part.uses | part.binds
                growing = True
    return _blank(program, [part.node for position, part in enumerate(parts) if position not in kept],
                  [part.node for position, part in enumerate(parts) if position in kept])  # fmt: skip


class _Statement:
    def __init__(self, node: ast.stmt) -> None:
        self.node = node
        code = compile(ast.Module([node], type_ignores=[]), "<statement>", "exec")
        self.binds = {str(step.argval) for step in dis.get_instructions(code) if step.opname in ("STORE_NAME", "STORE_GLOBAL")}
        self.uses = {name for inner in _codes(code) for name in _global_names(inner)}
        self.changes = set() if isinstance(node, _DEFINITIONS) else {name for part in ast.walk(node) if (name := _changed(part))}
        self._always = _is_future(node) or _is_setting(node)
        self._never = isinstance(node, ast.Assert) or (isinstance(node, ast.If) and "__name__" in ast.dump(node.test))

    def serves(self, needed: set[str]) -> bool:
        if self._always:
            return True
        star = isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*"
        return not self._never and (star or bool((self.binds | self.changes) & needed))


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _global_names(code: types.CodeType) -> Iterator[str]:
    for step in dis.get_instructions(code):
        # LOAD_NAME, LOAD_GLOBAL, STORE_GLOBAL and their relatives in later versions.
        if isinstance(step.argval, str) and ("GLOBAL" in step.opname or step.opname == "LOAD_NAME"):
            yield step.argval


def _changed(node: ast.AST) -> str | None:
    """The variable whose contents a piece of a statement changes: `x[…] =`, `x.y =`, `x.method(…)` as a statement."""
    if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del)):
        return _root(node)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        return _root(node.value.func)
    return None


def _root(node: ast.expr) -> str | None:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_setting(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _SETTINGS


def _blank(program: str, dropped: list[ast.stmt], kept: list[ast.stmt]) -> str:
    lines = program.split("\n")
    needed = {line for node in kept for line in _lines(node)}  # Two statements may share a line.
    for node in dropped:
        for line in _lines(node):
            if line not in needed:
                lines[line - 1] = ""
    return "\n".join(lines)


def _lines(node: ast.stmt) -> range:
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    return range(first, (node.end_lineno or node.lineno) + 1)
