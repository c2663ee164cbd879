"""`harness review import`: returned files are read and checked whole, all errors of all of them in one pass; those without errors count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UserError
from reports.review.batch import Batch
from reports.review.checking import Checked, Value, check_sheet, header_of
from reports.review.collected import Collected, Submission, collect, collected
from reports.review.complaints import Complaint, Facts
from reports.review.expectation import ExpectedSheet, expected_files
from reports.review.rater_quality import contradictions
from reports.review.ratings import Rating
from reports.review.reading import Returned, Sheet, Unreadable, read_returned
from reports.review.records import SHEET_NAMES, Plan
from reports.review.rubric import Text
from reports.review.values import plain_text
from reports.review.words import WORDS

_Expected = dict[str, dict[str, ExpectedSheet]]


@dataclass(frozen=True)
class Imported:
    """Outcome of one import."""

    complaints: tuple[Complaint, ...]
    accepted: tuple[str, ...]
    """Raters whose files were imported now."""
    unchanged: tuple[str, ...]
    """Raters whose very files had been imported before."""

    @property
    def errors(self) -> tuple[Complaint, ...]:
        """The complaints that keep a sheet out."""
        return tuple(complaint for complaint in self.complaints if complaint.is_error)


def import_files(batch: Batch, paths: Sequence[Path], *, replace: bool = False, reason: str | None = None) -> Imported:
    """Import what is without errors; report everything.

    `replace`: files of raters who were imported already take the place of the earlier ones, for a `reason` that is kept in the log.
    Raises UserError if the batch takes no ratings any more, if a file is not there, or if a reason is missing.
    """
    batch.require("import")
    if replace and not (reason and reason.strip()):
        raise UserError(batch.say(
            en="--replace: say why with --reason; the log and the report will name it.",
            zh="--replace：请用 --reason 说明理由；日志和报告会写明。",
        ))  # fmt: skip
    if missing := [path for path in paths if not path.exists() and not path.is_symlink()]:
        raise UserError(batch.say(
            en=f"'{missing[0]}' is not there; name the files that came back.", zh=f"“{missing[0]}”不存在；请写明返回的文件。"
        ))  # fmt: skip
    plan = batch.plan()
    expected = expected_files(batch, plan)
    complaints: list[Complaint] = []
    before, accepted, unchanged = collected(batch), [], []
    for submission in _submissions(batch, plan, paths, expected, complaints):
        known = before.get(submission.rater)
        if known is not None and known.sha256 == submission.sha256:
            unchanged.append(submission.rater)
            continue
        ratings, found = check_submission(submission, expected[submission.rater], plan)
        if known is not None and not replace:
            found.append(_already(submission, known, ratings))
        complaints += _foreign_together(found, submission.rater, expected)
        if not any(complaint.is_error for complaint in found):
            collect(batch, submission, ratings, known, reason)
            accepted.append(submission.rater)
    return Imported(tuple(complaints), tuple(accepted), tuple(unchanged))


def _submissions(batch: Batch, plan: Plan, paths: Sequence[Path], expected: _Expected, complaints: list[Complaint]) -> list[Submission]:
    """The readable files by rater. A rater's CSV files, one a sheet, belong together; two with the same sheet contradict each other."""
    by_rater: dict[str, list[Returned]] = {}
    for path in dict.fromkeys(paths):
        try:
            returned = read_returned(path)
        except Unreadable as error:
            complaints.append(Complaint(error.code, path.name, facts={"found": error.reason, "expected": ".xlsx, .csv"}))
            continue
        owner = _owner(batch, plan, returned, expected, complaints)
        if owner is not None:
            by_rater.setdefault(owner, []).append(returned)
    submissions = []
    for rater, files in by_rater.items():
        different = list({file.sha256: file for file in files}.values())
        if any(sum(_find(file, sheet) is not None for file in different) > 1 for sheet in expected[rater].values()):
            first, second = (Submission(rater, (file,)) for file in different[:2])
            ratings, _ = check_submission(first, expected[rater], plan)
            others, _ = check_submission(second, expected[rater], plan)
            complaints.append(_differ(second, first.sha256, ratings, others))
        else:
            submissions.append(Submission(rater, tuple(different)))
    return submissions


def _owner(batch: Batch, plan: Plan, returned: Returned, expected: _Expected, complaints: list[Complaint]) -> str | None:
    """Whose file this is, by its row ids; None, with a complaint, if they are of no rater of this batch or contradict what it says."""
    ids = {text for sheet in returned.sheets.values() for text in _row_ids(sheet)}
    owned = {rater: sum(len(ids & sheet.rows.keys()) for sheet in sheets.values()) for rater, sheets in expected.items()}
    rater = max(owned, key=owned.__getitem__)
    said = _says(returned)
    if owned[rater] == 0 and not ids:
        found = ", ".join(returned.sheets) or "-"
        what = Text(en="sheet or column 'row_id'", zh="工作表或列“row_id”")
        complaints.append(Complaint("E03", returned.path.name, facts={"what": what, "found": found, "expected": "row_id"}))
        return None
    if owned[rater] == 0 or (said is not None and said != (batch.id, rater)):
        found = "/".join(said) if said is not None else ", ".join(sorted(ids)[:2]) + ", …"
        wanted = f"{batch.id}/{rater if owned[rater] else ' | '.join(plan.raters)}"
        complaints.append(Complaint("E02", returned.path.name, facts={"found": found, "expected": wanted}))
        return None
    return rater


def _row_ids(sheet: Sheet) -> set[str]:
    header = header_of(sheet)
    if header is None:
        return set()
    index, columns = header
    place = columns["row_id"]
    texts = {plain_text(row[place].text).upper() for row in sheet.rows[index + 1 :] if len(row) > place}
    return texts - {""}


def check_submission(submission: Submission, expected: dict[str, ExpectedSheet], plan: Plan) -> tuple[list[Rating], list[Complaint]]:
    """All ratings of a submission, and all that is wrong with it."""
    ratings: list[Rating] = []
    complaints: list[Complaint] = []
    for key, wanted in expected.items():
        found = [(file, sheet) for file in submission.files if (sheet := _find(file, wanted)) is not None]
        if not found and not (key == "exit" and submission.files[0].is_csv):
            complaints.append(_no_sheet(submission, wanted, plan))
        for file, sheet in found[:1]:
            checked = check_sheet(sheet, wanted, file.path.name, texts=not file.is_csv)
            complaints += checked.complaints
            if key == "rating":
                complaints += _contradictions(checked, sheet, file, plan)
            ratings += [Rating(submission.rater, key, *_fields(value)) for value in checked.values]
    for file in submission.files:
        if file.author:
            complaints.append(Complaint("W06", file.path.name, facts={"found": f"docProps lastModifiedBy: {file.author}"}))
    return ratings, complaints


def _find(file: Returned, wanted: ExpectedSheet) -> Sheet | None:
    """The sheet of a workbook by its name in either language; a CSV file is the sheet whose columns it has."""
    if not file.is_csv:
        return next((file.sheets[name] for name in wanted.names if name in file.sheets), None)
    sheet = next(iter(file.sheets.values()))
    header = header_of(sheet)
    columns = header[1] if header is not None else {}
    return sheet if any(part.column in columns for part in wanted.inputs if part.column != "comment") else None


def _foreign_together(complaints: Sequence[Complaint], rater: str, expected: _Expected) -> list[Complaint]:
    """Where rows of another rater stand in a file (two files pasted into one), one complaint a sheet and rater takes the place of many."""
    owners = {row_id: other for other, sheets in expected.items() if other != rater for sheet in sheets.values() for row_id in sheet.rows}
    foreign: dict[tuple[str, str, str], list[Complaint]] = {}
    kept = []
    for complaint in complaints:
        owner = owners.get(complaint.fact("found", "en")) if complaint.code == "E04" else None
        if owner is None:
            kept.append(complaint)
        else:
            foreign.setdefault((complaint.file, complaint.sheet, owner), []).append(complaint)
    for (file, sheet, owner), rows in foreign.items():
        facts: Facts = {
            "found": owner, "expected": rater,
            "what": Text(en=f"{len(rows)} rows from here on are {owner}'s, and", zh=f"自此起有 {len(rows)} 行是 {owner} 的，"),
            "todo": Text(en="Send the file of each rater by itself", zh="请把每位评分人的文件分开发送"),
        }  # fmt: skip
        kept.append(Complaint("E04", file, sheet, rows[0].cell, facts))
    return kept


def _no_sheet(submission: Submission, wanted: ExpectedSheet, plan: Plan) -> Complaint:
    names = SHEET_NAMES[wanted.key]
    what = Text(en=f"sheet '{names[plan.language]}'", zh=f"工作表“{names[plan.language]}”")
    found = ", ".join(name for file in submission.files for name in file.sheets)
    return Complaint("E03", submission.files[0].path.name, facts={"what": what, "found": found, "expected": names[plan.language]})


def _fields(value: Value) -> tuple[str, str, str, str]:
    return value.row_id, value.side, value.dimension, value.value


def _contradictions(checked: Checked, sheet: Sheet, file: Returned, plan: Plan) -> Iterator[Complaint]:
    """W03, for each row whose preference goes against all its ratings."""
    rows: dict[str, dict[tuple[str, str], str]] = {}
    for value in checked.values:
        rows.setdefault(value.row_id, {})[value.side, value.dimension] = value.value
    for row_id, cells in rows.items():
        if (found := contradictions(cells, plan)) is not None:
            facts = {"better": str(found[0]), "found": found[1], "expected": f"{'-' if found[0] == 1 else '+'}"}
            yield Complaint("W03", file.path.name, sheet.name, checked.cells[row_id], facts)


def _already(submission: Submission, known: Collected, ratings: Sequence[Rating]) -> Complaint:
    return _differ(submission, known.sha256, known.ratings(), ratings)


def _differ(second: Submission, first_sha256: str, before: Sequence[Rating], now: Sequence[Rating]) -> Complaint:
    """E14: how many cells differ between what a rater sent first and later."""
    old, new = ({rating[:-1]: rating.value for rating in ratings} for ratings in (before, now))
    differing = sum(old.get(place) != new.get(place) for place in old.keys() | new.keys())
    facts = {"rater": second.rater, "expected": first_sha256[:8], "found": str(differing)}
    return Complaint("E14", ", ".join(file.path.name for file in second.files), facts=facts)


def _says(returned: Returned) -> tuple[str, str] | None:
    """Batch and rater as the file's first sheet names them; None for CSV, and if somebody emptied that sheet."""
    sheet = next((returned.sheets[name] for name in SHEET_NAMES["readme"].values() if name in returned.sheets), None)
    if sheet is None:
        return None
    beside = {row[0].text: row[1].text.strip() for row in sheet.rows if len(row) > 1}
    for words in WORDS.values():
        if beside.get(words.batch) and beside.get(words.rater):
            return beside[words.batch], beside[words.rater]
    return None
