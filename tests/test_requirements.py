"""docs/requirements.md names code and tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
_ROW_RE = re.compile(r"^\| ([A-Z]\d\d) \|(.+)\|$", re.MULTILINE)


def rows() -> list[tuple[str, list[str]]]:
    text = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    return [(match[1], [cell.strip() for cell in match[2].split("|")]) for match in _ROW_RE.finditer(text)]


def test_every_id_stands_once() -> None:
    ids = [identifier for identifier, _ in rows()]
    assert len(ids) > 40
    assert len(ids) == len(set(ids))


def test_code_and_tests_that_are_named_are_there() -> None:
    for identifier, (_, code, tests, status) in rows():
        assert re.fullmatch(r"done|(?:part|document): .+", status), identifier
        for path in re.findall(r"`([^`]+)`", code):
            assert (ROOT / path).is_file(), f"{identifier}: {path}"
        named = re.findall(r"`([^`:]+)::([^`]+)`", tests)
        assert named, f"{identifier}: names no test"
        for path, name in named:
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{identifier}: {path}::{name}"
