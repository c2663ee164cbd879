"""Python programs with one mistake: mutations of the syntax tree as mutation testing uses them. Programs are parsed, never run."""

import ast
from collections.abc import Iterator
from copy import deepcopy

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.FloorDiv, ast.FloorDiv: ast.Div, ast.Mod: ast.FloorDiv,
}  # fmt: skip


def mutate(code: str) -> list[tuple[str, str]]:
    """Every (kind of mistake, program with it), each with one change; empty if the code is no Python.

    >>> mutate("def f(a):\\n    return a + 1\\n")
    [('operator', 'def f(a):\\n    return a - 1\\n'), ('constant', 'def f(a):\\n    return a + 2\\n')]
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    plain = ast.unparse(tree)
    count = sum(1 for _ in ast.walk(tree))
    found = []
    for at in range(count):
        changed = deepcopy(tree)
        node = next(node for place, node in enumerate(ast.walk(changed)) if place == at)
        for kind in _changed(node):
            text = ast.unparse(changed)
            if text != plain:
                found.append((kind, text + "\n"))
    return found


def _changed(node: ast.AST) -> Iterator[str]:
    """Change the node in place, if it is of a kind that can be, and yield the kind."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
        node.ops[0] = _COMPARED[type(node.ops[0])]()
        yield "comparison"
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        node.op = _COMPUTED[type(node.op)]()
        yield "operator"
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "logic"
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
        yield "constant"
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        node.value += 1
        yield "constant"
