"""HumanEval (Chen et al., 2021): a function's head and docstring, to be completed."""

import ast
from typing import Any

_REQUEST = "Complete this Python function. Answer with the whole function, imports included, in one ```python block."


def read(row: dict[str, Any], number: int) -> dict[str, Any]:
    """An item from a row with `task_id`, `prompt`, `entry_point` and `test`, whose `check` is called with the function."""
    prompt, entry = row["prompt"], row["entry_point"]
    return {
        "id": row["task_id"],
        "stratum": "all",
        "prompt": f"{_REQUEST}\n\n```python\n{prompt.rstrip()}\n```",
        "target": {
            "entry_points": [entry],
            "prelude": _complete_part(prompt, entry),
            "stub": prompt,
            "tests": f"{row['test'].strip()}\n\ncheck({entry})",
            # The authors give a program 3 seconds by the clock; here it is CPU time, and the clock stops programs that sleep.
            "cpu_s": 3,
            "wall_s": 6,
        },
    }


def _complete_part(prompt: str, entry: str) -> str:
    """What stands in the prompt before the function: imports and helpers, which tests use too."""
    lines = prompt.splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith((f"def {entry}(", f"class {entry}")))
    before = "\n".join(lines[:head])
    ast.parse(before)
    return before
