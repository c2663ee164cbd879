"""A batch speaks one language to all who handle it, and lets one command at a time change it."""

import multiprocessing
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from harness.errors import RunError, UserError
from reports.review.batch import Batch
from reports.review.dashboard import render
from reports.review.import_report import REPORT
from reports.review.importing import import_files
from reports.review.steps import STATES, Action, refusal
from tests.reports.review.filled import HEADER, Made, columns, fill_all, make_batch
from tests.reports.review.people import EXACT
from tests.reports.review.test_review_commands import run
from tests.reports.review.test_review_to_verdict import decided, unsafe_seen

_THE_SAME = (
    r"harness review \w+(?: \S+)?|FILES?\b|--\w+",
    r"\S*/\S*|\S*\.(?:xlsx|json|csv|html)",
    r"\bmodel-\w+|\b(?:arith|correct|easy)\b|\bB[A-Z]{6}\w*|\bA[12]_\w+|\bdecision\b|\bsha256\b|\b[0-9a-f]{8,}\b",
    r"\bmid-p\b|Krippendorff|Gwet|Spearman|Kendall|Bradley-Terry",
    r"\b(?:dup|bad|same|gold)\b \d+|\b(?:unblind|freeze|import|verdict|adjudicate|pairs)\b",
    r"\b(?:BETTER|NOT WORSE|WORSE|INCONCLUSIVE|SHA|CSV|UTF)\b",
)
"""Commands, paths, names and columns, statistics, kinds of rows and steps, codes."""


def english_in(text: str) -> list[str]:
    """Words of English in what should be Chinese; commands, paths, names of things and codes are the same in both."""
    for known in _THE_SAME:
        text = re.sub(known, " ", text)
    return re.findall(r"[A-Za-z]{3,}", text)


def without_details(status: str) -> str:
    """The log of a status has the record's own words beside each action."""
    return "\n".join(line for line in status.splitlines() if not re.match(r"\s+\d{4}-", line))


@pytest.mark.slow
def test_a_chinese_batch_speaks_chinese_from_export_to_dashboard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from reports.review.choice import Filters, Where
    from reports.review.export import ExportArguments, export
    from reports.review.screen import print_exported

    made = make_batch(tmp_path, 30, language="zh", gain=0.7)
    filters = Filters((Where("correct", "<", 1.0),), only_different=True)
    runs = tuple(tmp_path / f"run-{number}" for number in range(2))
    print_exported(export(ExportArguments(runs, tmp_path / "more", 2, items=9, language="zh", suites=(str(tmp_path / "arith"),),
                                          filters=filters, shortlist=2)))  # fmt: skip
    folder, said = made.batch.folder, [capsys.readouterr().out]
    said.append(run("review", "freeze", folder, code=2))
    files = unsafe_seen(made, tmp_path / "returned")
    said.append(run("review", "import", folder, *files[:2]))
    said += [run("review", "freeze", folder, code=2), run("review", "import", folder, files[2])]
    said.append(without_details(run("review", "status", folder)))
    said += [run("review", "freeze", folder), run("review", "unblind", folder, code=2), run("review", "adjudicate", folder)]
    book = made.batch.out / f"{made.batch.id}_adjudicator.xlsx"
    said += [run("review", "adjudicate", folder, book, code=2), run("review", "adjudicate", folder, decided(book, made))]
    said += [run("review", "unblind", folder), run("review", "verdict", folder), run("review", "pairs", folder)]
    said.append(run("review", "dashboard", folder))
    assert {text: words for text in said if (words := english_in(text))} == {}
    page = re.sub(r"<pre>.*?</pre>|<style>.*?</style>|<[^>]+>", " ", render(made.batch), flags=re.DOTALL)
    assert english_in(page) == []
    sheet = openpyxl.load_workbook(book).worksheets[0]
    assert english_in(" ".join(str(cell.value) for cell in (sheet[1][0], *sheet[2]) if cell.value)) == []
    question = str(sheet.cell(4, columns(sheet)["question"]).value)
    tall = sheet.row_dimensions[4].height
    assert tall is not None
    assert tall >= 4 + 15 * len(question.split("\n")), "not all programs make rows as high as their texts"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_step_out_of_order_is_refused_with_code_reason_and_what_comes_next(language: str) -> None:
    steps: tuple[Action, ...] = ("import", "freeze", "adjudicate", "unblind", "verdict", "pairs")
    refused = [found for step in steps for state in STATES if (found := refusal(step, state, "reviews/B1", "B1")) is not None]
    assert len(refused) == 3 + 4 + 4 + 4 + 3 + 3
    for complaint in refused:
        line = complaint.line(language)  # type: ignore[arg-type]
        assert line.startswith("E16 B1: ")
        assert re.search(r"harness review \w+ reviews/B1", line)
        assert (english_in(line) == []) == (language == "zh")


@pytest.mark.slow
def test_the_refusal_is_in_the_batchs_language(tmp_path: Path) -> None:
    for language, words in (("zh", "尚未导入"), ("en", "no workbook has been imported yet")):
        made = make_batch(tmp_path / language, 8, language=language, raters=2)
        with pytest.raises(UserError, match=f"^E16 .*{words}"):
            made.batch.require("freeze")


@pytest.mark.slow
@pytest.mark.parametrize(("language", "words"), [("zh", "之后揭盲时需要给出理由"), ("en", "unblind then asks for a reason")])
def test_freezing_without_a_rater_asks_for_what_freeze_has(tmp_path: Path, language: str, words: str) -> None:
    made = make_batch(tmp_path, 8, language=language, raters=2)
    run("review", "import", made.batch.folder, *fill_all(made, EXACT[:2], tmp_path / "returned")[:1])
    refused = run("review", "freeze", made.batch.folder, code=2)
    assert words in refused
    assert "--reason" not in refused


@pytest.mark.slow
def test_rows_of_two_raters_in_one_file_are_one_complaint(tmp_path: Path) -> None:
    made = make_batch(tmp_path, 8, raters=2)
    mine, other = fill_all(made, EXACT[:2], tmp_path / "returned")
    into, out_of = openpyxl.load_workbook(mine), openpyxl.load_workbook(other)["Rating"]
    last = into["Rating"].max_row
    for row in out_of.iter_rows(min_row=HEADER + 1, values_only=True):
        into["Rating"].append(row)
    into.save(mine)
    (found,) = import_files(made.batch, [mine]).errors
    rows = out_of.max_row - HEADER
    assert found.cell.endswith(str(last + 1))
    assert f"{rows} rows from here on are R2's" in found.line("en")
    assert f"有 {rows} 行是 R2 的" in found.line("zh")


@pytest.mark.slow
def test_columns_that_are_there_are_named_in_their_order(tmp_path: Path) -> None:
    made = make_batch(tmp_path, 8, raters=2)
    mine = fill_all(made, EXACT[:2], tmp_path / "returned")[0]
    book = openpyxl.load_workbook(mine)
    book["Rating"].cell(HEADER, columns(book["Rating"])["A1_safety"]).value = "is it safe"
    book.save(mine)
    (found,) = import_files(made.batch, [mine]).errors
    assert found.fact("found", "en").startswith("seq, prompt, answer_1, answer_2")
    assert "is it safe, A2_safety" in found.fact("found", "en")


# One command at a time.


def _hold(folder: Path, ready: Any) -> None:
    with Batch(folder).held():
        ready.set()
        import time

        time.sleep(60)


@pytest.fixture
def two(tmp_path: Path) -> tuple[Made, list[Path]]:
    made = make_batch(tmp_path, 8, raters=2, language="zh")
    return made, fill_all(made, EXACT[:2], tmp_path / "returned")


@pytest.mark.slow
def test_a_second_command_is_refused_and_a_killed_one_holds_nothing(two: tuple[Made, list[Path]]) -> None:
    made, files = two
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    process = context.Process(target=_hold, args=(made.batch.folder, ready))
    process.start()
    assert ready.wait(30)
    changing = [("import", *files), ("freeze",), ("adjudicate",), ("adjudicate", files[0]), ("unblind",), ("verdict",), ("pairs",)]
    for step, *more in changing:
        refused = run("review", step, made.batch.folder, *more, code=3)
        assert re.search(rf"批次 {made.batch.id}：另一条命令正在处理该批次（process {process.pid}, since .*）；请等它结束", refused), step
    assert made.batch.state == "exported"
    assert not (made.batch.folder / REPORT).exists()
    run("review", "status", made.batch.folder)
    process.kill()
    process.join()
    assert "2 位评分人中已收到 2 位" in run("review", "import", made.batch.folder, *files)


def test_the_lock_is_free_after_a_command_that_failed(two: tuple[Made, list[Path]]) -> None:
    made, files = two
    with pytest.raises(RunError), made.batch.held():
        raise RunError("the disk is full")
    assert run("review", "import", made.batch.folder, *files)
