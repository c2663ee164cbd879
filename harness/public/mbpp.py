"""MBPP (Austin et al., 2021): a sentence that says what a function does, and the asserts that it must pass."""

import ast
from typing import Any

_REQUEST = "Answer with the code, imports included, in one ```python block."


def read(row: dict[str, Any], number: int) -> dict[str, Any]:
    """An item from a row with `task_id`, `text`, `code`, `test_list` and `test_setup_code`; its id is `Mbpp/` and the task's."""
    shown = "\n".join(_plain(test) for test in row["test_list"])
    setup, code = _plain(row["test_setup_code"]), ast.parse(_plain(row["code"]))
    tests = f"{setup}\n{shown}" if setup else shown
    used = {node.id for node in ast.walk(ast.parse(tests)) if isinstance(node, ast.Name)}
    return {
        "id": f"Mbpp/{row['task_id']}",
        "stratum": "all",
        "prompt": f"{row['text'].strip()}\n\nThe code must pass these tests:\n\n```python\n{shown}\n```\n\n{_REQUEST}",
        "target": {
            "entry_points": [name for name in _defined(code) if name in used],
            "prelude": "\n".join(_imports(code, used)),
            "tests": tests,
        },
    }


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _defined(tree: ast.Module) -> list[str]:
    """Functions, classes and variables at the top level of the reference code."""
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return list(dict.fromkeys(names))


def _imports(tree: ast.Module, used: set[str]) -> list[str]:
    """Imports of the reference code whose names the tests use: they run apart from the program, so need their own."""
    found = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    return [ast.unparse(node) for node in found if any((alias.asname or alias.name.partition(".")[0]) in used for alias in node.names)]
