"""Leaves of a program only what its entry points need, so that demonstrations, self-tests and reading of input do not run.

Kept are the entry points; definitions, imports and assignments whose names they use, directly or through others; statements
that change something kept: `TABLE.append(1)`, `for i in range(9): TABLE[i] = i * i`, `heapify(HEAP)`, the call of a function that
itself changes it, a definition that its decorator enters in it, a class derived from it; and settings of the interpreter such as
`sys.setrecursionlimit`. Dropped are all else: calls, prints, asserts, `if __name__ == "__main__":`. The lines of what is
dropped become empty, so that line numbers stay. A program that looks names up at run time (`globals`, `eval`, …) is left whole.
"""

import ast
import dis
import re
import types
from collections.abc import Iterator

_DYNAMIC = frozenset(("globals", "locals", "vars", "eval", "exec", "__import__"))
_SETTINGS = frozenset(("setrecursionlimit", "set_int_max_str_digits", "stack_size", "seed", "simplefilter", "filterwarnings"))
_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, *_IMPORTS)
_SHOWING, _ENDING = frozenset(("print", "pprint", "display")), frozenset(("exit", "main"))
_RESULT = "()"
_NEWLINE_RE = re.compile(r"\r\n?")


def keep_reachable(program: str, entry_points: tuple[str, ...]) -> str:
    """`program` without the statements that its entry points do not need; unchanged if it does not parse."""
    try:
        tree = ast.parse(program)
        parts = [_Statement(node) for node in tree.body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return program
    if any(part.uses & _DYNAMIC for part in parts):
        return program
    _resolve(parts, entry_points)
    needed, kept = set(entry_points), set[int]()
    growing = True
    while growing:
        growing = False
        for position, part in enumerate(parts):
            if position not in kept and part.serves(needed):
                kept.add(position)
                needed |= part.uses | part.binds
                growing = True
    return _blank(_NEWLINE_RE.sub("\n", program), [part.node for position, part in enumerate(parts) if position not in kept],
                  [part.node for position, part in enumerate(parts) if position in kept])  # fmt: skip


def _resolve(parts: list["_Statement"], entry_points: tuple[str, ...]) -> None:
    """Add to what statements change what they change through the program's own functions, classes and variables."""
    functions = {part.node.name: part for part in parts if isinstance(part.node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    imported = {name for part in parts if isinstance(part.node, _IMPORTS) for name in part.binds}
    variables = {name for part in parts if not isinstance(part.node, _DEFINITIONS) for name in part.binds}
    classes = {part.node.name for part in parts if isinstance(part.node, ast.ClassDef)}
    for part in parts:
        # What a library hands out is its own (`getcontext().prec = 50`); what the program's functions return is not kept by them.
        part.changes |= {name.removesuffix(_RESULT) for name in part.changes} & imported
        part.changes |= part.passed & variables | part.entered - imported | part.derived & classes
        for name in part.called - set(entry_points):
            if name in functions:
                part.changes |= functions[name].alters


class _Statement:
    def __init__(self, node: ast.stmt) -> None:
        self.node = node
        code = compile(ast.Module([node], type_ignores=[]), "<statement>", "exec")
        # A comprehension is a function of its own, but what it binds by `:=` is bound out here.
        own = [inner for inner in _codes(code) if inner is code or (inner.co_name.startswith("<") and inner.co_name != "<lambda>")]
        self.binds = {str(step.argval) for inner in own for step in dis.get_instructions(inner) if step.opname in _STORES[inner is code]}
        self.uses = {name for inner in _codes(code) for name in _global_names(inner)}
        inside = {name for part in ast.walk(node) for name in _changed(part)}
        defined, decorators = isinstance(node, _DEFINITIONS), list(getattr(node, "decorator_list", []))
        self.changes = set[str]() if defined else inside
        given = {name for part in ast.walk(node) for name in _passed(part)}
        self.alters = (inside | given) & self.uses | set(_stored_globals(code))
        """What calling it changes, if it is a function."""
        ran: list[ast.AST] = [*decorators] if defined else [part for part in ast.walk(node) if isinstance(part, ast.Expr)]
        self.called = {name for part in ran for name in _called(part)}
        self.passed = {name for part in ran for name in _passed(part)}
        targets = [part.func if isinstance(part, ast.Call) else part for part in decorators]
        self.entered = {name for target in targets if isinstance(target, ast.Attribute) for name in _root(target)}
        """What a definition is entered in by its decorators, as in `@HANDLERS.add`."""
        self.derived = {base.id for base in getattr(node, "bases", []) if isinstance(base, ast.Name)}
        self._always = _is_future(node) or _is_setting(node)
        self._never = isinstance(node, ast.If) and "__name__" in ast.dump(node.test)

    def serves(self, needed: set[str]) -> bool:
        if self._always:
            return True
        star = isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*"
        return not self._never and (star or bool((self.binds | self.changes) & needed))


_STORES = {True: ("STORE_NAME", "STORE_GLOBAL"), False: ("STORE_GLOBAL",)}


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


def _stored_globals(code: types.CodeType) -> Iterator[str]:
    for inner in _codes(code):
        yield from (str(step.argval) for step in dis.get_instructions(inner) if step.opname == "STORE_GLOBAL")


def _changed(node: ast.AST) -> set[str]:
    """The variables whose contents a piece of a statement changes: `x[…] =`, `x.y =`, `x.method(…)` as a statement."""
    if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del)):
        return _root(node)
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return set()
    call = node.value
    if isinstance(call.func, ast.Attribute):
        return set() if call.func.attr in _ENDING else _root(call.func)
    return _root(call.args[0]) if isinstance(call.func, ast.Name) and call.func.id in ("setattr", "delattr") and call.args else set()


def _passed(node: ast.AST) -> set[str]:
    """The variables that a call which is a statement is given: it may change them."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or (isinstance(call.func, ast.Name) and call.func.id in _SHOWING):
        return set()
    return {name for argument in call.args for name in _root(argument)}


def _called(node: ast.AST) -> set[str]:
    """The function that is called, where the call is a statement or a decorator."""
    target = node.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else node
    function = target.func if isinstance(target, ast.Call) else target
    return {function.id} if isinstance(function, ast.Name) else set()


def _root(node: ast.expr) -> set[str]:
    """The name that stands before all dots, brackets and calls; with `()` behind it if there are calls."""
    called = ""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        called = _RESULT if isinstance(node, ast.Call) else called
        node = node.func if isinstance(node, ast.Call) else node.value
    return {node.id + called} if isinstance(node, ast.Name) else set()


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
