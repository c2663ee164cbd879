"""Every message that an import can raise, each by a workbook damaged as people damage them, in both languages; and what survives."""

import csv
import datetime
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from harness.errors import RunError, UserError
from reports.review.batch import Batch
from reports.review.collected import collected
from reports.review.commands import rater_warnings, run_import
from reports.review.complaints import CODES, Complaint
from reports.review.freezing import freeze, unblind
from reports.review.importing import Imported, import_files
from reports.review.records import SHEET_NAMES
from tests.reports.review import filled
from tests.reports.review.filled import HEADER, Made, columns, fill_all, make_batch, resaved
from tests.reports.review.people import EXACT

FIRST = HEADER + 1
Damage = Callable[[openpyxl.Workbook, Worksheet, dict[str, int]], None]


@dataclass(frozen=True)
class Case:
    """A batch that nothing was imported into yet, and its workbooks as careful people returned them."""

    batch: Batch
    files: list[Path]

    def damaged(self, damage: Damage, number: int = 0) -> Path:
        """A rater's file with something done to it; the file itself stays as it is."""
        book = openpyxl.load_workbook(self.files[number])
        sheet = book[SHEET_NAMES["rating"][self.batch.plan().language]]
        damage(book, sheet, columns(sheet))
        path = self.files[number].parent / "damaged" / self.files[number].name
        path.parent.mkdir(exist_ok=True)
        book.save(path)
        return path

    def complaints(self, *paths: Path) -> list[Complaint]:
        return list(import_files(self.batch, paths).complaints)

    def after(self, damage: Damage) -> list[Complaint]:
        """What an import of the damaged file says; nothing of it may count."""
        found = self.complaints(self.damaged(damage))
        if any(complaint.is_error for complaint in found):
            assert collected(self.batch) == {}, "a file with errors was imported"
        return found


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Path]:
    parent = tmp_path_factory.mktemp("review-import")
    made = make_batch(parent, 30, groups=3)
    fill_all(made, EXACT, parent / "returned")
    return made, parent


@pytest.fixture
def case(original: tuple[Made, Path], tmp_path: Path) -> Case:
    made, parent = original
    shutil.copytree(parent / "reviews", tmp_path / "reviews")
    shutil.copytree(parent / "returned", tmp_path / "returned")
    return Case(Batch.open(tmp_path / "reviews" / made.batch.id), sorted((tmp_path / "returned").glob("*.xlsx")))


def test_careful_people_raise_no_message(case: Case) -> None:
    done = import_files(case.batch, case.files)
    assert done.complaints == ()
    assert done.accepted == ("R1", "R2", "R3")
    assert case.batch.state == "collecting"
    kept = [path.read_bytes() for path in sorted(case.batch.returned.glob("*.xlsx"))]
    assert kept == [path.read_bytes() for path in case.files], "originals are kept byte for byte"
    assert len({rating.dimension for rating in collected(case.batch)["R1"].ratings()}) == 9


def put(column: str, value: object, line: int = FIRST) -> Damage:
    def damage(_: openpyxl.Workbook, sheet: Worksheet, at: dict[str, int]) -> None:
        sheet.cell(line, at[column]).value = value  # type: ignore[assignment]

    return damage


def sort_alone(_: openpyxl.Workbook, sheet: Worksheet, at: dict[str, int]) -> None:
    texts = sorted(str(sheet.cell(line, at["answer_1"]).value) for line in range(FIRST, sheet.max_row + 1))
    for line, text in enumerate(texts, start=FIRST):
        sheet.cell(line, at["answer_1"]).value = text


def rename_column(_: openpyxl.Workbook, sheet: Worksheet, at: dict[str, int]) -> None:
    sheet.cell(HEADER, at["A1_safety"]).value = "safety of 1"


def delete_sheet(book: openpyxl.Workbook, _: Worksheet, __: dict[str, int]) -> None:
    del book["Diversity"]


def double_row(_: openpyxl.Workbook, sheet: Worksheet, at: dict[str, int]) -> None:
    line = sheet.max_row + 1
    for column in at.values():
        sheet.cell(line, column).value = sheet.cell(FIRST, column).value
    sheet.cell(line, at["A1_follow"]).value = "0" if sheet.cell(FIRST, at["A1_follow"]).value != "0" else "2"


def delete_row(_: openpyxl.Workbook, sheet: Worksheet, __: dict[str, int]) -> None:
    sheet.delete_rows(FIRST + 2)


def merge(_: openpyxl.Workbook, sheet: Worksheet, at: dict[str, int]) -> None:
    sheet.merge_cells(start_row=FIRST, end_row=FIRST + 2, start_column=at["A1_follow"], end_column=at["A1_follow"])


def header_again(_: openpyxl.Workbook, sheet: Worksheet, at: dict[str, int]) -> None:
    line = sheet.max_row + 1
    for name, column in at.items():
        sheet.cell(line, column).value = name


def other_rater(book: openpyxl.Workbook, _: Worksheet, __: dict[str, int]) -> None:
    book["README"]["B3"].value = "R7"


def personal(book: openpyxl.Workbook, _: Worksheet, __: dict[str, int]) -> None:
    book.properties.lastModifiedBy = "Some Body"


def contradiction(_: openpyxl.Workbook, sheet: Worksheet, at: dict[str, int]) -> None:
    for name, value in (("A1_follow", "2"), ("A2_follow", "0"), ("A1_accuracy", "2"), ("A2_accuracy", "0"), ("preference", "2"),
                        ("A1_format", "NA"), ("A2_format", "NA")):  # fmt: skip
        sheet.cell(FIRST, at[name]).value = value


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "damage", "cell", "words"),
    [
        ("E02", other_rater, "", "R7"),
        ("E03", rename_column, "", "A1_safety"),
        ("E03", delete_sheet, "", "Diversity"),
        ("E04", put("row_id", "XXXXXXXXXX"), "row_id", "XXXXXXXXXX"),
        ("E05", double_row, "", "A1_follow"),
        ("E06", delete_row, "", "1 of"),
        ("E07", put("answer_1", "A better answer."), "answer_1", "answer_1"),
        ("E07", sort_alone, "answer_1", "answer_1"),
        ("E07", put("sig", "BBBBBBBBBBBB"), "sig", "sig"),
        ("E08", put("A1_accuracy", "3"), "A1_accuracy", "2, 1, 0, NA"),
        ("E08", put("A1_follow", "1-2"), "A1_follow", "1-2"),
        ("E08", put("A1_follow", "2 not"), "A1_follow", "2 not"),
        ("E09", put("A1_follow", None), "A1_follow", "1 required"),
        ("E10", put("A1_follow", "=F6"), "A1_follow", "=F6"),
        ("E11", put("A1_follow", datetime.datetime(2026, 2, 1)), "A1_follow", "2026-02-01"),
        ("E11", put("A1_follow", True), "A1_follow", "TRUE"),
        ("E11", put("A1_follow", "#REF!"), "A1_follow", "#REF!"),
        ("E12", merge, "A1_follow", "merged"),
        ("E12", header_again, "row_id", "header"),
        ("W01", put("A1_follow", " ２ "), "A1_follow", "read as 2"),
        ("W03", contradiction, "", "+2"),
        ("W06", personal, "", "Some Body"),
    ],
)
def test_a_damaged_workbook_is_told_where_and_what(case: Case, code: str, damage: Damage, cell: str, words: str) -> None:
    found = [complaint for complaint in case.after(damage) if complaint.code == code]
    assert found, f"{code} was not raised"
    if cell:
        sheet = openpyxl.load_workbook(case.files[0])["Rating"]
        assert found[0].sheet == "Rating"
        assert sheet[found[0].cell].column == columns(sheet)[cell]
    assert words in found[0].line("en")
    assert "{" not in found[0].line("zh") + found[0].line("en")
    assert any("\u4e00" <= char <= "\u9fff" for char in found[0].message("zh"))


def old_excel(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(7):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", bytes(1_000_000))


def document_type(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def link(path: Path) -> None:
    target = path.with_name("elsewhere.xlsx")
    path.rename(target)
    path.symlink_to(target)


@pytest.mark.parametrize(
    ("damage", "words"),
    [(old_excel, "password"), (bomb, "unpacks to more than"), (document_type, "no spreadsheet program writes"), (cut_short, "damaged"),
     (link, "a link"), (lambda path: path.write_bytes(b""), "empty")],
)  # fmt: skip
def test_what_is_no_workbook_is_e01(case: Case, damage: Callable[[Path], None], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.review.reading.MAX_UNPACKED", 6_000_000)
    damage(case.files[0])
    (found,) = case.complaints(case.files[0])
    assert found.code == "E01"
    assert case.files[0].name in found.line("en")
    assert words in found.line("en")
    assert collected(case.batch) == {}


@pytest.mark.slow
def test_a_file_of_another_batch_is_e02(case: Case, tmp_path: Path) -> None:
    other = make_batch(tmp_path / "other", 12)
    (found,) = case.complaints(other.books[0])
    assert found.code == "E02"
    assert other.batch.id in found.message("en")


def as_csv(path: Path, sheet: str, encoding: str) -> Path:
    """One sheet as a spreadsheet program saves it; characters that the encoding lacks become question marks."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["" if cell is None else cell for cell in row] for row in openpyxl.load_workbook(path)[sheet].values])
    target = path.with_name(f"{path.stem}-{sheet}.csv")
    target.write_bytes(text.getvalue().encode(encoding, "replace"))
    return target


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_csv_counts_as_a_workbook_does(case: Case, encoding: str) -> None:
    import_files(case.batch, [case.files[1]])
    sheets = [as_csv(case.files[0], sheet, encoding) for sheet in ("Rating", "Diversity")]
    done = import_files(case.batch, sheets)
    assert [complaint.line("en") for complaint in done.errors] == []
    kept = {rating[2:] for rating in collected(case.batch)["R1"].ratings() if rating.sheet != "exit"}
    import_files(case.batch, [case.files[0]], replace=True, reason="the workbook came after all")
    assert kept == {rating[2:] for rating in collected(case.batch)["R1"].ratings() if rating.sheet != "exit"}


def test_csv_of_one_sheet_lacks_the_others(case: Case) -> None:
    (found,) = case.complaints(as_csv(case.files[0], "Rating", "utf-8-sig"))
    assert found.code == "E03"
    assert "Diversity" in found.line("en")
    assert "send the .xlsx" in found.line("en")


def test_damaged_text_is_e13(case: Case) -> None:
    path = as_csv(case.files[0], "Rating", "utf-8")
    path.write_bytes(path.read_bytes() + b"\xff\xfe\xff")
    assert [complaint.code for complaint in case.complaints(path)] == ["E13"]
    path.write_bytes(path.read_bytes().replace(b"\xff\xfe\xff", "\ufffd".encode()))
    assert [complaint.code for complaint in case.complaints(path)] == ["E13"]


@pytest.mark.slow
def test_a_second_different_file_is_e14_and_replaces_only_for_a_reason(case: Case) -> None:
    first = case.complaints(case.files[0])
    assert first == []
    assert import_files(case.batch, [case.files[0]]).unchanged == ("R1",)
    changed = case.damaged(put("A1_safety", "1"))
    (found,) = case.complaints(changed)
    assert (found.code, found.facts["found"]) == ("E14", "1")
    with pytest.raises(UserError, match="--reason"):
        import_files(case.batch, [changed], replace=True)
    done = import_files(case.batch, [changed], replace=True, reason="the first was a draft")
    assert done.accepted == ("R1",)
    line = case.batch.audit()[-1]["details"]
    assert line["reason"] == "the first was a draft"
    assert line["replaces"] != line["sha256"]


@pytest.mark.slow
def test_two_files_of_one_rater_at_once_contradict_each_other(case: Case) -> None:
    found = case.complaints(case.files[0], case.damaged(put("A1_safety", "1")), case.files[1])
    assert [complaint.code for complaint in found] == ["E14"]
    assert [*collected(case.batch)] == ["R2"], "the others are imported all the same"


def test_two_csv_files_of_one_sheet_contradict_each_other_too(case: Case) -> None:
    first = as_csv(case.files[0], "Rating", "utf-8-sig")
    second = as_csv(case.damaged(put("A1_safety", "1")), "Rating", "utf-8-sig")
    assert [complaint.code for complaint in case.complaints(first, second)] == ["E14"]


NASTY = (
    "=1+1", "@SUM(A1)", "+49 170", "-5", "0012", "1-2", "TRUE", "2026-02-01", "_x0041_ and _x005F_", "  spaces\t around  \n\n", "'quoted",
    "#REF!", "x\x07y", "emoji 👩‍👩‍👧 \u200bzero", "行一\r\n行二", "é e\u0301", "<b>&amp;</b>", "long " * 15_000, "好" * 40_000,
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("libreoffice")
def test_texts_that_spreadsheets_like_to_change_come_back_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = filled.write_run

    def with_nasty(folder: Path, lines: list[tuple[str, str, str]], suites: object, run: int, truth: object, dice: object) -> Path:
        made = plain(folder, lines, suites, run, truth, dice)  # type: ignore[arg-type]
        rows = [json.loads(line) for line in (made / "responses.jsonl").read_text(encoding="utf-8").splitlines()]
        for number, row in enumerate(rows):
            row["response"] = NASTY[(number + run) % len(NASTY)]
        (made / "responses.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return made

    monkeypatch.setattr(filled, "write_run", with_nasty)
    made = make_batch(tmp_path, len(NASTY), language="zh")
    files = fill_all(made, EXACT, tmp_path / "returned")
    done = import_files(made.batch, [files[0], *resaved(files[1:], tmp_path / "resaved")])
    assert [complaint.line("en") for complaint in done.errors] == []


@pytest.mark.slow
def test_all_errors_of_all_files_come_in_one_pass(case: Case) -> None:
    def many(book: openpyxl.Workbook, sheet: Worksheet, at: dict[str, int]) -> None:
        for damage in (
            put("A1_follow", "9"),
            put("A2_follow", None),
            put("A1_format", "=A1"),
            put("answer_2", "other", FIRST + 1),
            delete_row,
        ):
            damage(book, sheet, at)

    found = case.complaints(case.damaged(many), case.damaged(put("A1_safety", "x"), 1), case.files[2])
    assert {(complaint.code, complaint.file[-7:-5]) for complaint in found} == {
        ("E08", "R1"), ("E09", "R1"), ("E10", "R1"), ("E07", "R1"), ("E06", "R1"), ("E08", "R2"),
    }  # fmt: skip
    assert [*collected(case.batch)] == ["R3"]


def habits(_: openpyxl.Workbook, sheet: Worksheet, at: dict[str, int]) -> None:
    """What Excel, WPS and their users do without harm: rows sorted, columns hidden and added, filters, other ways to write a value."""
    body = [[cell.value for cell in row] for row in sheet.iter_rows(FIRST, sheet.max_row)]
    body.sort(key=lambda row: str(row[at["prompt"] - 1]), reverse=True)
    for line, row in enumerate(body, start=FIRST):
        for column, value in enumerate(row, start=1):
            sheet.cell(line, column).value = value
    for line, text in enumerate(("２", " 2", "2.0", "2 safe", "2安全", 2, "2\u3000"), start=FIRST):
        sheet.cell(line, at["A1_safety"]).value = text
    sheet.column_dimensions["B"].hidden = True
    sheet.row_dimensions[FIRST + 3].hidden = True
    sheet.auto_filter.ref = f"A{HEADER}:Z{sheet.max_row}"
    sheet.cell(HEADER, sheet.max_column + 1).value = "my notes"
    sheet.cell(FIRST, sheet.max_column).value = "look again"


def test_habits_of_people_and_programs_survive(case: Case) -> None:
    plain = import_files(case.batch, [case.files[0]])
    before = set(collected(case.batch)["R1"].ratings())
    done = import_files(case.batch, [case.damaged(habits)], replace=True, reason="sorted")
    assert plain.errors == done.errors == ()
    assert {complaint.code for complaint in done.complaints} == {"W01"}
    assert set(collected(case.batch)["R1"].ratings()) == before


@pytest.mark.slow
def test_raters_who_do_not_read_are_named(case: Case) -> None:
    """W02, W04, W05: all twos, always the left answer."""

    def careless(_: openpyxl.Workbook, sheet: Worksheet, at: dict[str, int]) -> None:
        for line in range(FIRST, sheet.max_row + 1):
            for name, column in at.items():
                if name.startswith(("A1_", "A2_")) or name == "preference":
                    sheet.cell(line, column).value = "-1" if name == "preference" else "2"

    import_files(case.batch, [case.damaged(careless), *case.files[1:]])
    found = rater_warnings(case.batch, case.batch.plan())
    named = {(complaint.code, complaint.facts["rater"]) for complaint in found}
    assert {("W02", "R1"), ("W04", "R1"), ("W05", "R1")} <= named
    assert not {("W02", "R2"), ("W02", "R3"), ("W04", "R2"), ("W04", "R3")} & named
    assert all(str(complaint.facts["rater"]) in complaint.message("zh") for complaint in found)


def test_e15_a_key_that_was_changed_does_not_unblind(case: Case) -> None:
    import_files(case.batch, case.files)
    freeze(case.batch)
    text = case.batch.key_file.read_text(encoding="utf-8")
    case.batch.key_file.chmod(0o600)
    case.batch.key_file.write_text(text.replace('"left_run": 0', '"left_run": 1', 1), encoding="utf-8")
    with pytest.raises(RunError, match=r"^E15 .*key\.json"):
        unblind(case.batch)
    assert case.batch.state == "frozen"


def test_e16_no_unblinding_before_freezing_nor_with_raters_missing_without_a_reason(case: Case) -> None:
    import_files(case.batch, case.files[:2])
    with pytest.raises(UserError, match=r"^E16 .*not frozen"):
        unblind(case.batch)
    with pytest.raises(UserError, match=r"^E16 1 of 3 raters missing \(R3\)"):
        freeze(case.batch)
    freeze(case.batch, partial=True)
    with pytest.raises(UserError, match=r"1 of 3 raters missing \(R3\)"):
        unblind(case.batch)
    with pytest.raises(UserError, match="raters missing"):
        unblind(case.batch, partial=True, reason="  ")
    unblind(case.batch, partial=True, reason="R3 fell ill")
    assert case.batch.audit()[-1]["details"]["reason"] == "R3 fell ill"
    with pytest.raises(UserError, match="unblinded"):
        import_files(case.batch, [case.files[2]])


def test_frozen_ratings_that_were_edited_are_refused(case: Case) -> None:
    import_files(case.batch, case.files)
    freeze(case.batch)
    case.batch.frozen.chmod(0o600)
    case.batch.frozen.write_text(case.batch.frozen.read_text(encoding="utf-8").replace(",follow,1", ",follow,2", 1), encoding="utf-8")
    with pytest.raises(RunError, match="not the file that was frozen"):
        unblind(case.batch)


@pytest.mark.slow
def test_the_report_links_to_the_cells_and_the_command_ends_with_2(case: Case) -> None:
    path = case.damaged(put("A1_follow", "=1+1"))
    assert run_import(case.batch.folder, [path, case.files[1]], False, None) == 2
    assert run_import(case.batch.folder, [case.files[2]], False, None) == 0
    assert run_import(case.batch.folder, [path], False, None) == 2
    report = openpyxl.load_workbook(case.batch.folder / "import_report.xlsx").active
    assert report is not None
    header = [cell.value for cell in report[1]]
    line = next(row for row in report.iter_rows(2) if row[0].value == "E10")
    shown = dict(zip(header, (cell.value for cell in line), strict=True))
    assert (shown["found"], shown["file"], shown["sheet"]) == ("=1+1", path.name, "Rating")
    assert line[5].data_type == "s", "what was found must not become a formula in the report"
    target = line[4].hyperlink
    assert target is not None
    assert target.target is not None
    assert (case.batch.folder / target.target.replace("\\", "/")).resolve() == path.resolve(), "Excel writes links with backslashes"
    assert target.location == f"'Rating'!{shown['cell']}"


def test_every_message_exists_in_both_languages() -> None:
    names = "found expected what todo rows difference row_id column count cells kind rater level better side pvalue"
    facts = dict.fromkeys(names.split(), "…")
    for code in CODES:
        complaint = Complaint(code, "f.xlsx", "Rating", "A1", facts)
        assert complaint.message("en") != complaint.message("zh")
        assert complaint.line("zh").startswith(f"{code} f.xlsx, Rating!A1: ")


def test_nothing_that_is_imported_depends_on_who_asks_first(case: Case) -> None:
    """Imports of the same files in another order give the same ratings."""
    done: Imported = import_files(case.batch, [*reversed(case.files)])
    assert sorted(done.accepted) == ["R1", "R2", "R3"]
    freeze(case.batch)
    raters = [line.split(",")[0] for line in case.batch.frozen.read_text(encoding="utf-8-sig").splitlines()[1:] if line.startswith("R")]
    assert raters == sorted(raters)
