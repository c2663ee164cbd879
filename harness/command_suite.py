"""`harness suite check`: each suite is proved by its examples, audited, printed, and written to a file if one is named.
`harness suite list`: all suites there are."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.machine import print_json
from harness.suite import bundled_names, find_suite, load_suite
from harness.suite_audit import audit_suite
from harness.suite_catalogue import list_entries
from harness.suite_check import check_suite
from harness.suite_report import Finding, LengthCount, SkeletonCount, SuiteCheck


def check_suites(names: list[str], isolation: str, accept_weak: bool, verbose: bool, json_file: str | None) -> int:
    """Check and print the suites called `names`, or the bundled ones; returns the exit code: 0, or 2 if there are problems.

    Raises UserError for a suite that cannot be read or judged; what was found in others by then is printed, but not in the file.
    """
    from reports.suite import print_suite_check

    target = None if json_file is None else _writable(Path(json_file).expanduser())
    checks = []
    for name in names or bundled_names():
        checks.append(check_one(name, isolation, accept_weak))
        print_suite_check(checks[-1], verbose)
    if target is not None:
        target.write_text(json.dumps([_plain(check) for check in checks], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 2 if any(check.problems for check in checks) else 0


def list_suites(as_json: bool) -> None:
    """Print our own suites and the public benchmarks, as a table or as a JSON list that docs/suites.md describes."""
    from reports.suite_list import print_suites

    entries = list_entries()
    if as_json:
        print_json([asdict(entry) for entry in entries])
    else:
        print_suites(entries)


def check_one(name: str, isolation: str = "auto", accept_weak: bool = False) -> SuiteCheck:
    """Read one suite, by name or folder, and find all that is wrong with it."""
    suite = load_suite(find_suite(name))
    proof = check_suite(suite, isolation, accept_weak)
    audit = audit_suite(suite)
    problems = (*(Finding("examples", (), text) for text in proof.problems), *audit.problems)
    version, folder = suite.config.version, str(suite.folder)
    return SuiteCheck(suite.name, version, folder, suite.content_hash, proof.items, proof.examples, audit, problems)


def _writable(path: Path) -> Path:
    if not path.parent.is_dir():
        raise UserError(f"--json {path}: there is no folder '{path.parent}'; make it, or name another file.")
    if path.is_dir():
        raise UserError(f"--json {path}: is a folder; name a file.")
    return path


def _plain(check: SuiteCheck) -> dict[str, Any]:
    """The check as JSON; docs/suites.md describes it."""
    audit = check.audit
    return {
        **{key: getattr(check, key) for key in ("name", "version", "folder", "content_hash", "items", "examples")},
        "groups": [{"stratum": stratum, "lang": lang, "items": count} for (stratum, lang), count in audit.groups.items()],
        "clusters": [{"size": size, "clusters": count} for size, count in audit.cluster_sizes.items()],
        "skeletons": _with_share(audit.skeletons),
        "skeletons_by_stratum": {stratum: _with_share(count) for stratum, count in audit.skeletons_by_stratum.items()},
        "positions": [asdict(count) for count in audit.positions],
        "lengths": [_with_share(count) for count in audit.lengths],
        "problems": [asdict(finding) for finding in check.problems],
        "warnings": [asdict(finding) for finding in check.warnings],
    }


def _with_share(count: SkeletonCount | LengthCount) -> dict[str, Any]:
    return {**asdict(count), "share": count.share}
