"""`is` in tests: two stand-ins for one object are the same, so it is asked by a function."""

import ast
from typing import Any

SAME = "__same_object__"


def asking_identity(tests: str) -> ast.Module:
    """The tests, with `x is y` asking whether these stand for the same object. Not recursive: long sums are deep."""
    tree = ast.parse(tests)
    for parent in reversed(list(ast.walk(tree))):
        for name, value in ast.iter_fields(parent):
            if isinstance(value, list):
                value[:] = [_asked(child) if asks_identity(child) else child for child in value]
            elif asks_identity(value):
                setattr(parent, name, _asked(value))
    return tree


def asks_identity(node: Any) -> bool:
    """Whether a node of the tests compares by `is` or `is not` with something that is no constant."""
    if not isinstance(node, ast.Compare) or len(node.ops) > 1 or isinstance(node.comparators[0], ast.Constant):
        return False
    return isinstance(node.ops[0], (ast.Is, ast.IsNot))


def _asked(node: ast.Compare) -> ast.expr:
    call = ast.Call(ast.Name(SAME, ast.Load()), [node.left, node.comparators[0]], [])
    asked = call if isinstance(node.ops[0], ast.Is) else ast.UnaryOp(ast.Not(), call)
    for made in (asked, call, call.func):
        ast.copy_location(made, node)
    return asked
