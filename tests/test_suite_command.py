"""`harness suite check` and `harness suite new` as they are typed: what is printed where, what is written, the exit code."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from harness.cli import main
from harness.suite import load_suite
from tests.conftest import item_line, write_suite


class Result(NamedTuple):
    code: int
    stdout: str
    stderr: str


Harness = Callable[..., Result]


@pytest.fixture
def harness(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Harness:
    def run(*arguments: str | Path) -> Result:
        monkeypatch.setattr(sys, "argv", ["harness", *map(str, arguments)])
        code: Any = 0
        try:
            main()
        except SystemExit as error:
            code = error.code
        return Result(int(code or 0), *capfd.readouterr())

    return run


def sound(folder: Path) -> Path:
    items = [
        item_line("a", prompt="How many wheels has a car?"),
        item_line("b", lang="zh", stratum="hard", prompt="二加二等于几？"),
        item_line("c", prompt="What is two plus two?", cluster="sums"),
    ]
    return write_suite(folder, items, strata=["easy", "hard"])


def doubtful(folder: Path) -> Path:
    """A suite with one warning: an answer stands in the prompt."""
    return write_suite(folder, [item_line("a", prompt="Is 4 a number of [wheels]?"), item_line("b", prompt="What comes after three?")])


def unsound(folder: Path) -> Path:
    """A suite with one problem of its examples, one of the audit and one warning."""
    items = [item_line("a", prompt="Is 4 a number of [wheels]?", fail=[" "]), item_line("b", **{"pass": ["It is [red]."]})]
    return write_suite(folder, items, name="shaky")


def test_a_sound_suite_is_shown_as_a_table_and_one_line(harness: Harness, tmp_path: Path) -> None:
    result = harness("suite", "check", sound(tmp_path / "s"))
    assert (result.code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[-1] == "arith: 3 items, 6 examples, 3 clusters (largest 1), 100% distinct skeletons, 0 problems, 0 warnings"
    rows = [line.replace("│", " ").split() for line in lines if "│" in line]
    assert rows == [["easy", "0", "2", "2/2", "1"], ["hard", "1", "0", "1/1", "1"]]
    assert "positions" not in result.stdout


def test_positions_and_lengths_are_shown_where_there_are_choices(harness: Harness, tmp_path: Path) -> None:
    fields = {"scorer": "choice", "pass": ["four"], "fail": ["five"]}
    items = [
        item_line("a", prompt="What comes after three?", choices=["four", "five"], target={"answer": 0}, **fields),
        item_line("b", prompt="How many wheels has a car?", choices=["five", "six", "four"], target={"answer": 2}, **fields),
        item_line("c", prompt="二加二？", lang="zh", choices=["six", "two", "four"], target={"answer": 2}, **fields | {"fail": ["two"]}),
    ]
    result = harness("suite", "check", write_suite(tmp_path / "s", items))
    (row,) = [line for line in result.stdout.splitlines() if line.startswith("│ easy")]
    assert [cell.strip() for cell in row.split("│")[6:-1]] == ["0 0 1", "1 0; 0 0 1", "33%"]


def test_problems_are_named_on_stderr_and_end_with_2(harness: Harness, tmp_path: Path) -> None:
    result = harness("suite", "check", unsound(tmp_path / "s"), sound(tmp_path / "t"))
    assert result.code == 2
    assert result.stderr.splitlines() == [
        "shaky: b: pass example 1 was judged wrong: last number is None; accepted: 4",
        "shaky: a: fail example 1 is empty, which proves nothing; write a wrong answer",
    ]
    assert (
        "shaky: 2 items, 4 examples, 2 clusters (largest 1), 100% distinct skeletons, 2 problems, 1 warning (--verbose shows"
        in result.stdout
    )
    assert "arith: 3 items" in result.stdout


def test_warnings_do_not_fail_and_are_printed_only_if_asked_for(harness: Harness, tmp_path: Path) -> None:
    folder = doubtful(tmp_path / "s")
    short, long = harness("suite", "check", folder), harness("suite", "check", folder, "--verbose")
    warning = "arith: warning: a: the accepted answer '4' stands in the prompt"
    assert (short.code, long.code) == (0, 0)
    assert warning not in short.stdout
    assert short.stdout.splitlines()[-1].endswith("0 problems, 1 warning (--verbose shows them)")
    assert warning in long.stdout.splitlines()
    assert long.stdout.splitlines()[-1].endswith("0 problems, 1 warning")


def test_everything_is_written_as_json(harness: Harness, tmp_path: Path) -> None:
    folder = unsound(tmp_path / "s")
    assert harness("suite", "check", folder, sound(tmp_path / "t"), "--json", tmp_path / "found.json").code == 2
    first, second = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    suite = load_suite(folder)
    assert first["content_hash"] == suite.content_hash
    assert [first[key] for key in ("name", "version", "folder", "items", "examples")] == ["shaky", 1, str(folder), 2, 4]
    assert first["groups"] == [{"stratum": "easy", "lang": "en", "items": 2}]
    assert first["clusters"] == [{"size": 1, "clusters": 2}]
    assert first["skeletons"] == {"prompts": 2, "distinct": 2, "largest": 1, "share": 1.0}
    assert first["skeletons_by_stratum"] == {"easy": first["skeletons"]}
    assert first["positions"] == first["lengths"] == []
    assert [problem["rule"] for problem in first["problems"]] == ["examples", "fail"]
    assert first["warnings"] == [{"rule": "answer", "items": ["a"], "text": "a: the accepted answer '4' stands in the prompt"}]
    assert (second["name"], second["problems"]) == ("arith", [])


@pytest.mark.parametrize(("place", "complaint"), [("gone/found.json", "there is no folder"), (".", "is a folder; name a file")])
def test_json_that_cannot_be_written_is_refused_before_the_work(harness: Harness, tmp_path: Path, place: str, complaint: str) -> None:
    result = harness("suite", "check", sound(tmp_path / "s"), "--json", tmp_path / place)
    assert result.code == 2
    assert result.stdout == ""
    assert "--json" in result.stderr
    assert complaint in result.stderr


@pytest.mark.slow
def test_a_new_suite_says_what_to_do_next_and_is_sound(harness: Harness, tmp_path: Path) -> None:
    made = harness("suite", "new", "cockpit_faq", "--dir", tmp_path)
    folder = tmp_path / "cockpit_faq"
    assert (made.code, made.stderr) == (0, "")
    assert f"harness suite check {folder}" in made.stdout
    assert f"make eval SUITES={folder}" in made.stdout
    checked = harness("suite", "check", folder)
    assert (checked.code, checked.stderr) == (0, "")
    assert checked.stdout.splitlines()[-1].endswith("0 problems, 0 warnings")


def test_a_new_suite_is_made_where_one_stands(harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert harness("suite", "new", "here").code == 0
    assert (tmp_path / "here" / "suite.yaml").is_file()


def test_an_existing_folder_is_refused_in_one_sentence(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    result = harness("suite", "new", "mine", "--dir", tmp_path)
    assert result.code == 2
    assert len(result.stderr.splitlines()) == 1
    assert f"'{tmp_path / 'mine'}' exists already" in result.stderr
