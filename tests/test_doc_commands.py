"""Every command on a page is one that is there, with options that are there; and is run by a test, or marked and listed here."""

import re
from pathlib import Path

import pytest

from tests.pages import PAGES, PROGRAMS, ROOT, Command, blocks, commands, inline_commands, parse, resolve

ALL = [command for page in PAGES for command in commands(page)]
PARSED = [command for command in ALL if command.page != "CONTRIBUTING.md" or command.words[0] == "make"]
"""The others are of examples that add to the program; tests/test_contributing.py runs them with what they add."""
NOT_RUN = {
    "git clone '<this' 'repository>'": "a network",
    "git clone '<本仓库>'": "网络",
    "make setup-system": "root",
    "make setup": "the package index",
    "HARNESS_DATA=path/to/data harness eval --suites gsm8k --size full": "the benchmark's data",
    "HARNESS_DATA=hub harness eval --suites gsm8k": "a network",
    "harness eval --engine server --url http://gpu1:8000/v1 --model tuned=checkpoints/tuned": "a server",
    "make eval ENGINE=server 'URL=http://gpu1:8000/v1 http://gpu2:8000/v1,concurrency=256' MODEL=tuned=checkpoints/tuned": "servers",
    "harness eval --engine server --url http://gpu1:8000/v1 --model tuned=checkpoints/lora --baseline checkpoints/base": (
        "a server with an adapter"
    ),
    "HARNESS_API_KEY=secret harness eval --engine server --url https://api.example.com/v1,per_minute=500 --model closed-model --suites "
    "'instruction_following hallucination safety'": "a key",
    "HARNESS_API_KEY=secret harness judge runs/a runs/b --judge closed-model --engine server --url https://api.example.com/v1": "a key",
    "accelerate launch --config_file examples/accelerate/fsdp.yaml -m sft_train.cli run train.yaml": "GPUs",
}
"""Commands that no test runs, and what they need; each is marked so on its page. All others are run by tests/test_doc_runs.py and
tests/test_contributing.py."""
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
VARIABLES = set(re.findall(r"call (?:given|option),([A-Z_]+)", MAKEFILE))


def name_of(command: Command) -> str:
    return f"{command.page}:{command.line}"


def check_make(arguments: tuple[str, ...] | list[str]) -> None:
    for word in arguments:
        name, equals, _ = word.partition("=")
        assert name in (VARIABLES if equals else TARGETS), f"make knows no {'variable' if equals else 'target'} {name}"


def test_there_are_commands_on_the_pages_that_teach() -> None:
    assert len(ALL) > 60
    assert {"README.md", "README.zh.md", "docs/nightly.md", "docs/training.md"} <= {command.page for command in ALL}


@pytest.mark.parametrize("page", PAGES)
def test_blocks_say_what_they_hold_and_only_blocks_of_commands_hold_commands(page: str) -> None:
    begins = re.compile(rf"^\s*(?:[A-Z_]+=\S+ +)*(?:\$ )?(?:\.venv/bin/)?(?:{'|'.join(PROGRAMS)})\s+[a-z<-]")
    for block in blocks(page):
        place = f"{page}:{block.line}"
        assert block.language, f"{place}: say what the block holds: ```sh for commands, ```text for what is shown"
        if block.language not in ("sh", "diff", "python"):
            assert not any(begins.match(line) for line in block.text.splitlines()), f"{place}: begin blocks of commands with ```sh"


@pytest.mark.parametrize("command", PARSED, ids=name_of)
def test_commands_are_there_with_their_options(command: Command) -> None:
    words = list(command.words)
    while "=" in words[0]:
        words.pop(0)
    program = words[0].rsplit("/", 1)[-1]
    if program in ("harness", "sft-train"):
        parse(program, words[1:])
    elif program == "make":
        check_make(words[1:])
    elif "sft_train.cli" in words:
        parse("sft-train", words[words.index("sft_train.cli") + 1 :])
        assert all(not word.startswith("examples/") or (ROOT / word).is_file() for word in words)
    else:
        assert program in ("$EDITOR", "git"), f"{name_of(command)}: nothing is known of '{program}'"


@pytest.mark.parametrize("page", PAGES)
def test_commands_in_running_text_are_there_with_their_options(page: str) -> None:
    for program, *words in inline_commands(page):
        if program == "make":
            check_make([word for word in words if word != "…"])
            continue
        command, rest = resolve(program, words)
        options = {option for parameter in command.params for option in parameter.opts}
        given = {word.partition("=")[0] for word in rest if word.startswith("--") and word != "--help"}
        assert given <= options, f"{page}: {program} {' '.join(words)}"


def test_what_is_not_run_is_marked_and_listed_with_what_it_needs() -> None:
    assert {command.text: command.needs for command in ALL if command.needs} == NOT_RUN


def test_both_readmes_have_the_same_sections_and_commands() -> None:
    english, chinese = ([command.words for command in commands(page) if not command.needs] for page in ("README.md", "README.zh.md"))
    assert _without_language(chinese) == _without_language(english)
    levels = [re.findall(r"^(#+) ", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE) for page in ("README.md", "README.zh.md")]
    assert levels[0] == levels[1]


def test_links_and_pictures_of_the_pages_are_there() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", (ROOT / page).read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("#"):
                assert ((ROOT / page).parent / target.split("#")[0]).exists(), f"{page}: {target}"


def _without_language(lines: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The Chinese page asks for Chinese workbooks and reports."""
    return [tuple(word for at, word in enumerate(words) if word not in ("LANGUAGE=zh", "--language") and words[at - 1] != "--language")
            for words in lines]  # fmt: skip


def test_pictures_are_small() -> None:
    assert all(path.stat().st_size < 300_000 for path in Path(ROOT, "docs").rglob("*.png"))
