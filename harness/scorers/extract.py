"""Which part of a response is the program.

1. Fenced blocks; a fence that is never closed reaches to the end. The last block that parses and defines the entry points is
   the program (an earlier one may quote the code to be repaired); failing that, all blocks that parse, joined.
2. Without a fence: the longest run of lines, beginning at a line that can begin a program (import, from, def, class, @, or a
   name at the margin), that parses and defines the entry points.
3. Otherwise the response as it is, so that the error it gives is the one recorded.
"""

import ast
import re

_FENCE_RE = re.compile(r"```[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL)
_START_RE = re.compile(r"(?:import|from|def|async def|class)\s|@|[A-Za-z_]\w*\s*=")


def extract_program(response: str, entry_points: tuple[str, ...]) -> str:
    """Return the program in `response`; the rule stands in the module's docstring."""
    blocks: list[str] = [block for _, block in _FENCE_RE.findall(response)]
    for block in reversed(blocks):
        if _defines(block, entry_points):
            return block
    parsing = [block for block in blocks if _defined_names(block) is not None]
    if parsing:
        return "\n\n".join(parsing)
    return _longest_program(response, entry_points) or response


def _longest_program(text: str, entry_points: tuple[str, ...]) -> str | None:
    lines = text.split("\n")[:2000]
    for start, line in enumerate(lines):
        if not _START_RE.match(line):
            continue
        end = len(lines)
        while end > start:
            program = "\n".join(lines[start:end])
            try:
                ast.parse(program)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                # What stands before the line at fault may parse; nothing longer can.
                fault = getattr(error, "lineno", None) or 1
                end = min(end - 1, start + max(fault - 1, 0))
                continue
            if _defines(program, entry_points):
                return program
            break
    return None


def _defines(program: str, entry_points: tuple[str, ...]) -> bool:
    names = _defined_names(program)
    return names is not None and set(entry_points) <= names


def _defined_names(program: str) -> set[str] | None:
    """Names bound at the top level of `program`, or None if it does not parse."""
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names: set[str] = set()
    pending: list[ast.stmt] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
        else:  # What an if, a try or a with binds is bound at the top level too.
            pending += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
    return names
