"""What `harness review import` and the commands after it do, from arguments to exit code."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from harness.errors import UserError
from harness.machine import print_json
from reports.console import console
from reports.review.adjudication import ask, settle
from reports.review.batch import Batch
from reports.review.collected import collected
from reports.review.complaints import Complaint
from reports.review.conclusion import as_record, conclude
from reports.review.conflicts import open_conflicts
from reports.review.freezing import freeze, frozen_ratings, unblind
from reports.review.import_report import REPORT, write_report
from reports.review.importing import Imported, import_files
from reports.review.preference_pairs import export_pairs
from reports.review.rater_quality import catch_results, failed_checks, side_preference, straight_lining
from reports.review.records import Plan
from reports.review.verdict_screen import complaint_json, imported_json, print_complaints, print_conclusion, print_frozen, print_imported

INPUT_IS_WRONG = 2


def run_import(folder: Path, files: Sequence[Path], replace: bool, reason: str | None, as_json: bool = False) -> int:
    """Import returned files; 2 if any has an error. The others are imported all the same."""
    batch = Batch.open(folder)
    with batch.held():
        done, plan = import_files(batch, files, replace=replace, reason=reason), batch.plan()
        there = collected(batch)
        complaints = (*done.complaints, *rater_warnings(batch, plan))
        write_report(batch.folder / REPORT, complaints, {path.name: path for path in files}, plan.language)
    found = Imported(complaints, done.accepted, done.unchanged)
    if as_json:
        print_json(imported_json(found, plan, [*there], str(batch.folder / REPORT)))
        return INPUT_IS_WRONG if done.errors else 0
    print_imported(found, plan, [*there], str(batch.folder / REPORT))
    if not batch.key_file.is_file():
        _say(batch, en=f"rows that check raters wait for {batch.key_file}", zh=f"检查题要等 {batch.key_file} 放回后才能核对")
    return INPUT_IS_WRONG if done.errors else 0


def rater_warnings(batch: Batch, plan: Plan) -> list[Complaint]:
    """W02, W04 and W05 over all that was imported so far; W04 only where the key is at hand. Nothing of the key is shown."""
    ratings = [rating for part in collected(batch).values() for rating in part.ratings()]
    warnings = [*straight_lining(ratings, plan), *side_preference(ratings, plan)]
    if batch.key_file.is_file():
        warnings += failed_checks(catch_results(ratings, plan, batch.key()))
    return warnings


def run_freeze(folder: Path, partial: bool, as_json: bool = False) -> int:
    """`harness review freeze`; returns its exit code."""
    batch = Batch.open(folder)
    with batch.held():
        done = freeze(batch, partial=partial)
        key, plan = batch.key() if batch.key_file.is_file() else None, batch.plan()
        conflicts = None if key is None else len(open_conflicts(frozen_ratings(batch), plan, key, {}))
    if as_json:
        print_json({**asdict(done), "conflicts": conflicts})
    else:
        print_frozen(done, conflicts or 0, plan.language)
    return 0


def run_adjudicate(folder: Path, file: Path | None, as_json: bool = False) -> int:
    """Without a file, write the adjudicator's workbook; with it, read what was decided; 2 if it has errors."""
    batch = Batch.open(folder)
    if file is None:
        with batch.held():
            path, count = ask(batch)
        if as_json:
            print_json({"workbook": str(path), "conflicts": count})
            return 0
        _say(batch, en=f"{count} conflicts: {path}", zh=f"{count} 处分歧：{path}")
        _say(batch, en=f"when it comes back: harness review adjudicate {folder} FILE",
             zh=f"收回后执行：harness review adjudicate {folder} FILE")  # fmt: skip
        return 0
    if not file.exists():
        raise UserError(batch.say(en=f"'{file}' is not there; name the adjudicator's workbook.", zh=f"“{file}”不存在；请写明裁定工作簿。"))
    with batch.held():
        complaints, language = settle(batch, file), batch.language
        write_report(batch.folder / REPORT, complaints, {file.name: file}, language)
    failed = any(complaint.is_error for complaint in complaints)
    if as_json:
        print_json({"taken_over": not failed, "complaints": [complaint_json(each, language) for each in complaints]})
        return INPUT_IS_WRONG if failed else 0
    print_complaints(complaints, language)
    if failed:
        _say(batch, en=f"nothing was taken over: {batch.folder / REPORT}", zh=f"未采纳任何裁定：{batch.folder / REPORT}")
    else:
        _say(batch, en="decisions taken over; unblind comes next", zh="裁定已采纳；下一步是 unblind")
    return INPUT_IS_WRONG if failed else 0


def run_unblind(folder: Path, partial: bool, reason: str | None, as_json: bool = False) -> int:
    """`harness review unblind`; returns its exit code."""
    batch = Batch.open(folder)
    with batch.held():
        key = unblind(batch, partial=partial, reason=reason)
    if as_json:
        print_json({"batch": batch.id, "runs": [{name: getattr(run, name) for name in ("label", "run", "folder", "identity")}
                                                for run in key.runs]})  # fmt: skip
        return 0
    names = ", ".join(f"{run.label} ({run.run[:8]})" for run in key.runs)
    _say(batch, en=f"unblinded: {names}; next: harness review verdict {folder}",
         zh=f"已揭盲：{names}；下一步：harness review verdict {folder}")  # fmt: skip
    return 0


def run_verdict(folder: Path, as_json: bool = False) -> int:
    """`harness review verdict`; returns its exit code."""
    batch = Batch.open(folder)
    with batch.held():
        found = conclude(batch)
    if as_json:
        print_json(as_record(found))
    else:
        print_conclusion(found, batch.plan())
    return 0


def run_pairs(folder: Path, out: Path | None, as_json: bool = False) -> int:
    """`harness review pairs`; returns its exit code. Raises UserError if the folder of `out` is not there."""
    batch = Batch.open(folder)
    path = batch.secret / "pairs.jsonl" if out is None else out
    if not path.parent.is_dir():
        raise UserError(batch.say(
            en=f"--out {path}: there is no folder '{path.parent}'; make it, or name another file.",
            zh=f"--out {path}：文件夹“{path.parent}”不存在；请先创建，或改写到别处。",
        ))  # fmt: skip
    with batch.held():
        done = export_pairs(batch, path)
    if as_json:
        print_json({"file": str(path), **asdict(done)})
        return 0
    _say(batch, en=f"{done.pairs} pairs: {path}; left out: {done.undecided} items undecided, {done.unclear} dialogues",
         zh=f"{done.pairs} 个偏好对：{path}；未导出：{done.undecided} 个无定论的条目，{done.unclear} 个对话")  # fmt: skip
    return 0


def run_dashboard(folder: Path, out: Path | None, as_json: bool = False) -> int:
    """`harness review dashboard`; returns its exit code."""
    from reports.review.dashboard import write_dashboard

    batch = Batch.open(folder)
    path = write_dashboard(batch, out)
    if as_json:
        print_json({"dashboard": str(path)})
        return 0
    _say(batch, en=f"dashboard: {path}", zh=f"看板：{path}")
    return 0


def _say(batch: Batch, *, en: str, zh: str) -> None:
    console().print(batch.say(en=en, zh=zh), markup=False, soft_wrap=True)
