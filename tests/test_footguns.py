"""docs/footguns.md: each trap names a test that is there."""

import re

from tests.pages import ROOT, read

PAGE = "docs/footguns.md"
_ROW_RE = re.compile(r"^\| (?!trap |---)(.+) \|$", re.MULTILINE)


def rows() -> list[list[str]]:
    return [match.split(" | ") for match in _ROW_RE.findall(read(PAGE))]


def test_every_trap_says_what_happens_what_is_done_and_which_test_holds_it() -> None:
    assert len(rows()) > 70
    for row in rows():
        assert len(row) == 4, row
        assert all(cell.strip() for cell in row), row
        held = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", row[3])
        assert held, f"{row[0]}: name one test as `tests/file.py::test_name`"
        assert f"\ndef {held[2]}(" in (ROOT / held[1]).read_text(encoding="utf-8"), f"{row[0]}: {held[1]} has no {held[2]}"


def test_no_trap_stands_twice_and_no_test_holds_two() -> None:
    traps, tests = [row[0] for row in rows()], [row[3] for row in rows()]
    assert len(traps) == len(set(traps))
    assert [name for name in tests if tests.count(name) > 1] == []
