"""The pages that users read, taken apart: fenced blocks, the commands in them, and what each command is.

A block of commands begins with ```sh. Each of its lines is a command, or several joined by &&. A comment that ends in `[needs …]`
(`[需要…]`) says that tests cannot run the line, and why.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typer
import typer.core

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "README.zh.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
_FENCE_RE = re.compile(r"^```(.*)$")
_MARK_RE = re.compile(r"#.*\[(?:needs|需要) ?([^\]]+)\]\s*$")
_OPTIONAL_RE = re.compile(r"\[((?:--?[a-z]|[A-Z_]+=)[^\]]*)\]")
PROGRAMS = ("harness", "sft-train", "make", "python", "torchrun", "accelerate")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what else stands behind the fence (such as a file's name), its text and its place."""

    page: str
    line: int
    language: str
    about: str
    text: str


@dataclass(frozen=True)
class Command:
    """One command of a page as words, with what it needs that a test cannot give it."""

    page: str
    line: int
    words: tuple[str, ...]
    needs: str | None

    @property
    def text(self) -> str:
        return shlex.join(self.words)


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> Iterator[Block]:
    opened: tuple[int, str] | None = None
    text: list[str] = []
    for number, line in enumerate(read(page).splitlines(), 1):
        fence = _FENCE_RE.match(line)
        if fence is None:
            text.append(line)
        elif opened is None:
            opened, text = (number, fence[1].strip()), []
        else:
            language, _, about = opened[1].partition(" ")
            yield Block(page, opened[0], language, about.strip(), "\n".join(text) + "\n")
            opened = None
    assert opened is None, f"{page}: the block that begins in line {opened} has no end"


def prose(page: str) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", read(page), flags=re.DOTALL | re.MULTILINE)


def commands(page: str) -> Iterator[Command]:
    for block in blocks(page):
        if block.language == "sh":
            yield from _commands(block)


def _commands(block: Block) -> Iterator[Command]:
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        mark = _MARK_RE.search(line)
        # What is optional is given; of alternatives, the first.
        written = _OPTIONAL_RE.sub(r"\1", re.sub(r"(\s|^)#.*$", "", line))
        for part in written.split("&&"):
            words = tuple(word.split("|")[0] if word.count("|") else word for word in shlex.split(part))
            if words and words[0] != "cd":
                yield Command(block.page, number, words, mark and mark[1])


def inline_commands(page: str) -> Iterator[tuple[str, ...]]:
    """Words of each `harness …`, `sft-train …`, `make …` in running text; they may be incomplete."""
    for span in re.findall(r"`([^`\n]+)`", prose(page)):
        text = re.sub(r"^(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?", "", _OPTIONAL_RE.sub(r"\1", span))
        if text.split(" ")[0] in PROGRAMS[:3] and " " in text and not text.endswith("--help"):
            yield tuple(shlex.split(text))


@cache
def application(program: str) -> Any:
    """The command `harness` or `sft-train`, as the library behind typer has it."""
    from harness.cli import app
    from sft_train.cli import app as training

    return typer.main.get_command({"harness": app, "sft-train": training}[program])


def resolve(program: str, arguments: Sequence[str]) -> tuple[Any, list[str]]:
    """The subcommand that is named, and the arguments left for it; raises ValueError if there is none of that name."""
    command, rest = application(program), list(arguments)
    while rest and isinstance(command, typer.core.TyperGroup):
        # What is no command of `harness gate` is for the one that may be left out.
        name = rest.pop(0) if rest[0] in command.commands or command.name != "gate" else "judge"
        if name not in command.commands:
            raise ValueError(f"{program} has no command '{name}' here; there are {', '.join(command.commands)}")
        command = command.commands[name]
    return command, rest


def parse(program: str, arguments: Sequence[str]) -> None:
    """Parse as the program itself does, without doing anything; raises what it would complain of."""
    command, rest = resolve(program, arguments)
    command.make_context(command.name, rest)


def expand(arguments: Sequence[str]) -> list[list[str]]:
    """The commands that make would run for these arguments, without its set-up."""
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES")}
    dry = ["make", "--dry-run", "--old-file=setup", *arguments]
    done = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, check=False, env=clean)
    assert done.returncode == 0, done.stderr
    return [shlex.split(line) for line in done.stdout.replace("\\\n", " ").splitlines() if line.strip()]
