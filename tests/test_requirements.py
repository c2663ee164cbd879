"""docs/requirements.md names code and tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
FAMILIES = {"B": 13, "C": 27, "D": 35, "E": 12, "F": 15, "T": 22, "X": 6}
"""How many requirements there are of each family, numbered from 1."""
_ROW_RE = re.compile(r"^\| ([A-Z]\d\d) \|(.+)\|$", re.MULTILINE)


def rows() -> list[tuple[str, list[str]]]:
    text = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    return [(match[1], [cell.strip() for cell in match[2].split("|")]) for match in _ROW_RE.finditer(text)]


def test_every_id_stands_once() -> None:
    ids = [identifier for identifier, _ in rows()]
    assert len(ids) == len(set(ids))
    families = {letter: sorted(int(each[1:]) for each in ids if each[0] == letter) for letter in "BCDEFTX"}
    assert {letter: len(numbers) for letter, numbers in families.items()} == FAMILIES
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in families.values())
    assert len(ids) == 130


def test_code_and_tests_that_are_named_are_there() -> None:
    for identifier, (_, code, tests, status) in rows():
        assert re.fullmatch(r"done|(?:part|interface|document|not): .+", status), identifier
        for path in re.findall(r"`([^`]+)`", code):
            assert (ROOT / path).is_file(), f"{identifier}: {path}"
        named = re.findall(r"`([^`:]+)::([^`]+)`", tests)
        assert named or status.startswith(("document:", "not:")), f"{identifier}: names no test"
        for path, name in named:
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{identifier}: {path}::{name}"
