"""Programs and tests whose verdict must be the one that plain execution in one process gives: right programs and wrong ones."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pair:
    name: str
    program: str
    tests: str
    entry_points: tuple[str, ...]
    prelude: str
    shared: bool
    """Whether the tests need the program's own process."""


def _read(text: str) -> list[Pair]:
    pieces: dict[str, str] = {}
    pairs: list[Pair] = []
    for block in text.split("\n=== ")[1:]:
        name, _, body = block.partition("\n")
        if name.startswith("define "):
            pieces["{" + name.removeprefix("define ") + "}"] = body.strip("\n")
            continue
        facts, *sources = body.strip("\n").split("--- ")
        parts = {"prelude": "", "program": "", "tests": ""}
        for source in sources:
            part, _, code = source.partition("\n")
            lines = (pieces.get(line, line) for line in code.rstrip("\n").split("\n"))
            parts[part] = "\n".join(lines) + "\n"
        named = [line.removeprefix("entry points: ") for line in facts.splitlines() if line.startswith("entry points: ")]
        entry_points = tuple((named or ["f"])[0].split(", "))
        pairs.append(Pair(name, parts["program"], parts["tests"], entry_points, parts["prelude"], "shared process" in facts))
    return pairs


PAIRS = _read((Path(__file__).parent / "pairs.txt").read_text(encoding="utf-8"))
