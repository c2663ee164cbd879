"""Runs over time: read from their folders, remembered in an index that is never trusted beyond what it was made from."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from harness import history
from harness.cli import main
from harness.errors import UserError
from harness.history import INDEX, as_csv, read_history

Shown = pytest.CaptureFixture[str]


def write_finished(
    parent: Path, name: str, day: int, score: float | None = 0.5, suites: tuple[str, ...] = ("arith",), **changes: Any
) -> Path:
    folder = parent / name
    folder.mkdir(parents=True)
    manifest = {
        "format_version": 1, "status": "complete", "run": name.rpartition("-")[2], "label": name.rpartition("-")[0],
        "finished": f"2026-01-{day:02}T03:00:00+00:00", "model": {"identity": "i"}, "engine": {"kind": "vllm", "conditions": {}},
        "choice": {"size": "quick", "draw": 0}, "condition": None, "suites": {}, "scorers": {},
    }  # fmt: skip
    part = {"version": 1, "primary_metric": "correct", "n": 40, "score": score, "low": None if score is None else score - 0.1,
            "high": None if score is None else score + 0.1, "errors": 0}  # fmt: skip
    (folder / "summary.json").write_text(json.dumps(dict.fromkeys(suites, part)))
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    write_finished(tmp_path, "cockpit-v2-bbb", 2, 0.6, ("arith", "grammar"))
    write_finished(tmp_path, "cockpit-v1-aaa", 1, 0.5, condition={"name": "short"})
    write_finished(tmp_path, "base-ccc", 3, None)
    (tmp_path / "half-ddd").mkdir()
    (tmp_path / "half-ddd" / "plan.json").write_text("{}")
    (tmp_path / "noise").mkdir()
    (tmp_path / "a-file").write_text("")
    return tmp_path


def test_points_are_those_of_complete_runs_oldest_first(runs: Path) -> None:
    points = read_history(runs).points
    assert [(point.model, point.suite, point.score) for point in points] == [
        ("cockpit-v1", "arith", 0.5), ("cockpit-v2", "arith", 0.6), ("cockpit-v2", "grammar", 0.6), ("base", "arith", None),
    ]  # fmt: skip
    assert (points[0].condition, points[1].condition, points[0].folder) == ("short", "", "cockpit-v1-aaa")


def test_a_family_of_models_is_a_pattern(runs: Path) -> None:
    assert {point.model for point in read_history(runs, model="cockpit*").points} == {"cockpit-v1", "cockpit-v2"}
    assert [point.suite for point in read_history(runs, suite="gram*").points] == ["grammar"]
    assert read_history(runs, model="Cockpit*").points == ()


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    read: list[str] = []
    original = history._points
    monkeypatch.setattr(history, "_points", lambda folder: read.append(folder.name) or original(folder))
    return read


def test_what_is_in_the_index_is_not_read_again(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, read = read_history(runs), count_reads(monkeypatch)
    assert read_history(runs) == first
    assert read == []
    write_finished(runs, "cockpit-v3-eee", 4, 0.7)
    assert [point.score for point in read_history(runs, suite="arith", model="*v3").points] == [0.7]
    assert read == ["cockpit-v3-eee"]


def test_a_rescored_run_is_read_again_and_one_that_is_gone_is_forgotten(runs: Path) -> None:
    read_history(runs)
    folder = runs / "cockpit-v1-aaa"
    (folder / "summary.json").write_text((folder / "summary.json").read_text().replace("0.5", "0.55"))
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "rescored": "2026-02-01"}))
    assert read_history(runs, model="cockpit-v1").points[0].score == 0.55
    (folder / "manifest.json").unlink()
    assert read_history(runs, model="cockpit-v1").points == ()
    assert "cockpit-v1-aaa" not in json.loads((runs / INDEX).read_text())


def test_a_manifest_of_the_same_size_and_another_time_is_read_again(runs: Path) -> None:
    before = read_history(runs, model="base").points
    path = runs / "base-ccc" / "manifest.json"
    path.write_text(path.read_text().replace("2026-01-03", "2026-01-09"))
    assert read_history(runs, model="base").points[0].finished != before[0].finished


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"base-ccc": {"modified": 1}}', "null", b"\xff\xfe"])
def test_an_index_that_cannot_be_read_is_made_anew(runs: Path, damage: str | bytes) -> None:
    expected = read_history(runs)
    (runs / INDEX).write_bytes(damage if isinstance(damage, bytes) else damage.encode())
    assert read_history(runs) == expected
    assert len(json.loads((runs / INDEX).read_text())) == 3
    (runs / INDEX).unlink()
    assert read_history(runs) == expected


def test_a_folder_that_cannot_be_written_has_a_history_all_the_same(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (runs / (INDEX + ".part")).mkdir()  # Where the index would be written first.
    assert len(read_history(runs).points) == 4
    assert not (runs / INDEX).exists()


def test_damaged_runs_are_named_and_do_not_hide_the_others(runs: Path) -> None:
    (runs / "base-ccc" / "summary.json").write_text('{"arith": {}}')
    (runs / "cockpit-v1-aaa" / "manifest.json").write_text("{")
    found = read_history(runs)
    assert {*found.unreadable} == {"base-ccc", "cockpit-v1-aaa"}
    assert {point.model for point in found.points} == {"cockpit-v2"}


def test_csv_has_a_line_a_point(runs: Path) -> None:
    points = read_history(runs).points
    lines = list(csv.DictReader(as_csv(points).splitlines()))
    assert [line["score"] for line in lines] == ["0.5", "0.6", "0.6", ""]
    assert lines[0]["model"] == "cockpit-v1"


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["harness", "history", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_the_command_prints_a_table_and_writes_a_file(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "--out", runs, "--csv", runs / "h.csv") == 0
    out = capsys.readouterr().out
    for text in ("cockpit-v2", "2026-01-02 03:00", "0.600", "0.500…0.700", "short"):
        assert text in out
    assert len((runs / "h.csv").read_text().splitlines()) == 5
    (runs / "base-ccc" / "summary.json").write_text("{")
    (runs / INDEX).unlink()
    assert call(monkeypatch, "--out", runs) == 3
    assert "left out: base-ccc" in capsys.readouterr().out


def test_older_rows_are_counted_when_they_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(70):
        write_finished(tmp_path, f"m-{number:03}", 1 + number % 28)
    assert call(monkeypatch, "--out", tmp_path) == 0
    assert "10 older rows are not shown" in capsys.readouterr().out


def test_no_folder_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--out"):
        read_history(tmp_path / "gone")
