"""Which part of a response is the program.

1. Fenced blocks; a fence that is never closed reaches to the end. The last block that parses and defines the entry points is
   the program (an earlier one may quote the code to be repaired); failing that, all blocks that parse, joined.
2. Without a fence: the longest run of lines, beginning at a line that can begin a program (import, from, def, class, @, or a
   name at the margin), that parses and defines the entry points.
3. Where the item has a stub (the code that the prompt began): the stub continued by the last block, or by the response, as it
   is or indented by four blanks instead, up to the first line where that no longer parses.
4. Otherwise the response as it is, so that the error it gives is the one recorded.

Only the first 100,000 characters are looked at, and of them no more than five times as many are parsed in 2 and 3, however often
these begin anew: no program is longer, and responses may repeat themselves for ever. Of 1 to 3 only what the entry points need is
kept, as `reachable.py` says; a program without entry points, which is judged by what it writes, is kept whole. The response itself
is stored whole.
"""

import ast
import re
import textwrap

from harness.scorers.reachable import keep_reachable

_FENCE_RE = re.compile(r"(?<![`~])(`{3,}+|~{3,}+)[^\n]*+\n(.*?)(?:^[ \t]*+\1|\Z)", re.DOTALL | re.MULTILINE)
_START_RE = re.compile(r"(?:import|from|def|async def|class)\s|@|[A-Za-z_]\w*\s*=")
_MAX_LINES = 2000
_MAX_CHARACTERS = 100_000
_MAX_PARSED = 5 * _MAX_CHARACTERS
_NO_CODE_RE = re.compile("[\0\ud800-\udfff]")
"""What no source may contain; the parser does not say where it found it."""
_NEWLINE_RE = re.compile(r"\r\n?")


def extract_program(response: str, entry_points: tuple[str, ...], stub: str = "") -> str:
    """Return the program in `response`, thoughts taken out; the rule stands in the module's docstring."""
    answer = _NEWLINE_RE.sub("\n", response[:_MAX_CHARACTERS])
    found = _find(answer, entry_points, stub)
    if found is None:
        return answer
    return keep_reachable(found, entry_points) if entry_points else found


def _find(answer: str, entry_points: tuple[str, ...], stub: str) -> str | None:
    blocks: list[str] = [textwrap.dedent(block).removesuffix("\n") for _, block in _FENCE_RE.findall(answer)]
    for block in reversed(blocks):
        if _defines(block, entry_points):
            return block
    parsing = [block for block in blocks if _defined_names(block) is not None]
    joined = "\n\n".join(parsing)
    if _defines(joined, entry_points):
        return joined
    whole = answer if not entry_points and _defines(answer, ()) else _longest_program(answer, entry_points)
    if whole is not None:
        return whole
    bodies = [block for _, block in _FENCE_RE.findall(answer)][::-1] or [answer]
    continued = next((program for body in bodies if (program := _continue(stub, body, entry_points))), None) if stub else None
    return continued or joined or None


def _continue(stub: str, body: str, entry_points: tuple[str, ...]) -> str | None:
    """The stub with `body` as what follows it, or None if no beginning of `body` fits."""
    body = body.strip("\n")
    # Some models leave out the indentation, others that of the first line only, or indent in their own way.
    variants = [body, textwrap.indent(textwrap.dedent(body), "    "), f"    {body}"]
    found = [program for text in variants if (program := _longest_beginning(stub.rstrip(), text.split("\n")[:_MAX_LINES]))]
    programs = [program for program in found if _defines(program, entry_points)]
    return max(programs, key=len, default=None)


def _longest_beginning(stub: str, lines: list[str]) -> str | None:
    """The stub followed by as many of `lines` as can be compiled, at least one of them code."""
    lines, left = lines[: _first_without_code(lines)], _MAX_PARSED
    while left > 0 and any(line.strip() and not line.strip().startswith("#") for line in lines):
        program = "\n".join([stub, *lines])
        try:
            compile(program, "program", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            left -= _read(program, error)
            fault = (getattr(error, "lineno", None) or 1) - stub.count("\n") - 1
            lines = lines[: max(min(len(lines) - 1, fault - 1), 0)]
            continue
        return program
    return None


def _longest_program(text: str, entry_points: tuple[str, ...]) -> str | None:
    lines = text.split("\n")[:_MAX_LINES]
    start, left, limit = 0, _MAX_PARSED, 0
    while start < len(lines) and left > 0:
        if start >= limit:
            limit = start + _first_without_code(lines[start:])
        end = limit if _START_RE.match(lines[start]) else start
        while end > start and left > 0:
            program = "\n".join(lines[start:end])
            try:
                ast.parse(program)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                left -= _read(program, error)
                # What stands before the line at fault may parse; nothing longer can.
                fault = getattr(error, "lineno", None) or 1
                end = min(end - 1, start + max(fault - 1, 0))
                continue
            left -= len(program)
            if _defines(program, entry_points):
                return program
            break
        start = max(end, start + 1)  # No part of a run defines what the whole does not.
    return None


def _first_without_code(lines: list[str]) -> int:
    return next((number for number, line in enumerate(lines) if _NO_CODE_RE.search(line)), len(lines))


def _read(program: str, error: BaseException) -> int:
    """How many characters were parsed before the error was found."""
    line = getattr(error, "lineno", None)
    if line is None:
        return len(program)
    return sum(len(text) + 1 for text in program.split("\n", line)[:line])


def _defines(program: str, entry_points: tuple[str, ...]) -> bool:
    names = _defined_names(program)
    return bool(program.strip()) and names is not None and set(entry_points) <= names


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
