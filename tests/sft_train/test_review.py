"""From rows to a sheet, from a filled-in sheet to rows: nothing is applied to the wrong row, nothing made by a machine passes unseen."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from harness.errors import UserError
from sft_train.cli import app
from sft_train.config import Source
from sft_train.data.queue import read_queue, waiting, write_queue
from sft_train.data.reading import read_rows, read_sources
from sft_train.review import apply_sheets, write_sheet
from tests.sft_train.rows import messages, talk, write_lines


def records() -> list[dict[str, Any]]:
    return [messages(f"第{at}号问题怎么办", f"=第{at}个回答", task="ab"[at % 5 == 0]) for at in range(50)]


def fill(path: Path, verdicts: list[tuple[str, str, str]]) -> None:
    """Put (verdict, correction, annotator) into the first lines."""
    book = openpyxl.load_workbook(path)
    for line, cells in enumerate(verdicts, start=2):
        for column, text in zip((6, 7, 8), cells, strict=True):
            book["rows"].cell(line, column).value = text
    book.save(path)


def sheet(tmp_path: Path, verdicts: list[tuple[str, str, str]], name: str = "sheet.xlsx") -> tuple[str, Path]:
    data = write_lines(tmp_path / "data.jsonl", records())
    write_sheet(read_rows(data), tmp_path / name, 0.1, "v3")
    fill(tmp_path / name, verdicts)
    return data, tmp_path / name


def test_a_sheet_has_a_tenth_of_every_stratum_with_formulas_as_text(tmp_path: Path) -> None:
    _, path = sheet(tmp_path, [])
    book = openpyxl.load_workbook(path)
    lines = list(book["rows"].iter_rows(min_row=2, values_only=True))
    assert Counter(line[1] for line in lines) == {"a": 4, "b": 1}
    assert all(str(line[4]).startswith("=第") for line in lines)
    assert book["info"]["B1"].value == "v3"
    assert "corrected" in book["rows"].data_validations.dataValidation[0].formula1


def test_wrong_rows_go_corrections_come_in_and_the_error_rate_is_told(tmp_path: Path) -> None:
    data, path = sheet(tmp_path, [("wrong", "", "An"), ("已改", "好答案", "An"), ("right", "", "Bo"), ("对", "", "Bo")])
    lines = apply_sheets(data, [path], tmp_path / "out.jsonl")
    rows = read_rows(str(tmp_path / "out.jsonl"))
    assert len(rows) == 49
    assert [row.answer for row in rows].count("好答案") == 1
    report = json.loads((tmp_path / "out.jsonl.review.json").read_text(encoding="utf-8"))
    assert (report["reviewed"], report["error_rate"], report["guidelines"]) == (4, 0.5, ["v3"])
    assert report["verdicts"] == {"wrong": 1, "corrected": 1, "right": 2}
    assert report["annotators"] == {"An": 2, "Bo": 2}
    assert {each["guideline"] for each in report["reviews"]} == {"v3"}
    low, high = report["error_rate_limits"]
    assert 0 < low < 0.5 < high < 1
    assert "error rate 50.0%" in lines[1]


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (("maybe", "", "An"), "line 2: the verdict is 'maybe'; write right, wrong, corrected"),
        (("corrected", "", "An"), "line 2: has no correction"),
        (("right", "other", "An"), "line 2: is 'right', but there is a correction"),
        (("", "other", "An"), "line 2: the verdict is ''"),
        (("wrong", "", ""), "line 2: has a verdict, but nobody's name"),
    ],
)
def test_a_verdict_that_cannot_be_used_is_refused_by_line(cells: tuple[str, str, str], sentence: str, tmp_path: Path) -> None:
    data, path = sheet(tmp_path, [cells])
    with pytest.raises(UserError, match=sentence):
        apply_sheets(data, [path], tmp_path / "out.jsonl")


def test_two_sheets_that_contradict_each_other_are_refused_and_two_that_agree_are_one(tmp_path: Path) -> None:
    data, one = sheet(tmp_path, [("wrong", "", "An")])
    _, other = sheet(tmp_path, [("right", "", "Bo")], "other.xlsx")
    with pytest.raises(UserError, match="An says wrong, Bo right; let them agree"):
        apply_sheets(data, [one, other], tmp_path / "out.jsonl")
    fill(other, [("错", "", "Bo")])
    assert "1 of 50 rows reviewed" in apply_sheets(data, [one, other], tmp_path / "out.jsonl")[0]


def test_a_sheet_is_not_applied_to_rows_that_were_changed_since(tmp_path: Path) -> None:
    _, path = sheet(tmp_path, [("wrong", "", "An")] * 5)
    changed = write_lines(tmp_path / "new.jsonl", [messages(f"第{at}号问题怎么办", "新的回答") for at in range(50)])
    with pytest.raises(UserError, match="5 reviewed rows are not in it"):
        apply_sheets(changed, [path], tmp_path / "out.jsonl")


def test_sheets_are_not_written_over_and_other_files_not_taken_for_sheets(tmp_path: Path) -> None:
    data, path = sheet(tmp_path, [])
    with pytest.raises(UserError, match="is there already"):
        write_sheet(read_rows(data), path, 0.1, "v3")
    with pytest.raises(UserError, match=r"call it \.xlsx"):
        write_sheet(read_rows(data), tmp_path / "a.csv", 0.1, "v3")
    with pytest.raises(UserError, match="not a review sheet"):
        apply_sheets(data, [Path(data)], tmp_path / "out.jsonl")
    with pytest.raises(UserError, match="No row of the sheets has a verdict"):
        apply_sheets(data, [path], tmp_path / "out.jsonl")


def test_rows_that_wait_are_no_training_data_until_they_were_passed(tmp_path: Path) -> None:
    source = talk("把空调调到24度", "好的。", id="x1")
    made = [waiting(talk(f"空调设为24度吧{at}", "好的。"), "wording", source) for at in range(3)]
    queue = tmp_path / "queue.jsonl"
    assert write_queue(queue, made) == 3
    found = read_sources([Source(path=str(queue))])
    assert found.rows == []
    assert [problem.reason for problem in found.problems] == ["waiting"] * 3
    assert write_sheet(read_queue(str(queue)).rows, tmp_path / "sheet.xlsx", 0.1, "v1") == 3
    fill(tmp_path / "sheet.xlsx", [("right", "", "An"), ("wrong", "", "An")])
    apply_sheets(str(queue), [tmp_path / "sheet.xlsx"], tmp_path / "passed.jsonl")
    assert [(row.question, row.group) for row in read_rows(str(tmp_path / "passed.jsonl"))] == [("空调设为24度吧0", "x1")]
    with pytest.raises(UserError, match="is there already"):
        write_queue(queue, made)


def test_the_commands_lead_from_data_to_reviewed_data(tmp_path: Path) -> None:
    data = write_lines(tmp_path / "data.jsonl", records())
    run = CliRunner().invoke
    book = tmp_path / "sheet.xlsx"
    assert run(app, ["review", "make", data, "--out", str(book), "--guideline", "v1", "--share", "0.2"]).output.startswith("10 rows in")
    assert run(app, ["review", "make", data, "--out", str(book), "--guideline", "v1", "--share", "0.05"]).exit_code == 2
    fill(book, [("wrong", "", "An")])
    result = run(app, ["review", "apply", data, str(book), "--out", str(tmp_path / "out.jsonl")])
    assert result.exit_code == 0
    assert "1 of 50 rows reviewed (2%): 1 wrong, 0 corrected" in result.output
