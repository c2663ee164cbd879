"""Comparing what a program wrote with what it should have written."""

from harness.sandbox.records import Compare


def difference(written: str, expected: str, compare: "Compare | str") -> str | None:
    """The first difference in words, or None if there is none.

    >>> difference("1 \\n2\\n\\n", "1\\n2", "lines") is None
    True
    >>> difference("1\\n3", "1\\n2", "lines")
    "line 2 is '3', expected '2'"
    """
    if compare == "exact":
        ours, theirs, unit = [written], [expected], "output"
    elif compare == "tokens":
        ours, theirs, unit = written.split(), expected.split(), "token"
    else:
        ours, theirs, unit = _lines(written), _lines(expected), "line"
    for position, (left, right) in enumerate(zip(ours, theirs, strict=False), start=1):
        if left != right:
            name = unit if unit == "output" else f"{unit} {position}"
            return f"{name} is '{left[:120]}', expected '{right[:120]}'"
    if len(ours) != len(theirs):
        return f"{len(ours)} {unit}s, expected {len(theirs)}"
    return None


def _lines(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines
