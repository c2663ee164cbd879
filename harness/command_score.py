"""`harness score`: judges responses that came from anywhere, without an engine."""

import json
from pathlib import Path
from typing import Any

from harness.errors import RunError, UserError
from harness.given import read_given
from harness.plan import IsolationChoice
from harness.records import Response
from harness.sandbox import SandboxRefused
from harness.scorers import open_sandbox
from harness.scoring import corpus_figures, given_rows, judge, stored_sample
from harness.store import write_atomic
from harness.suite import find_suite, load_suite
from harness.suite_check import check_targets
from harness.summary import figures, score_rows


def run_score(suite_name: str, responses: str, out: str | None, partial: bool, isolation: IsolationChoice) -> int:
    """Score the file and write one line a sample, to `out` or to stdout, and a table; returns the exit code: 0, or 3 if items have errors.

    Raises UserError for whatever is wrong with suite or file, RunError if programs cannot be run for want of isolation.
    """
    from reports.terminal import print_scored

    target = _writable(out)
    suite = load_suite(find_suite(suite_name))
    check_targets(suite)
    given = read_given(Path(responses).expanduser(), suite, partial=partial)
    samples = [
        stored_sample(
            suite, one.item, index, [Response(f"{suite.name}/{one.item.id}/{index}/{turn}", text) for turn, text in enumerate(texts)]
        )
        for one in given
        for index, texts in enumerate(one.samples)
    ]
    with open_sandbox({one.item.scorer for one in given}, isolation.level, isolation.accept_weak) as surrounding:
        if isinstance(surrounding, SandboxRefused):
            raise RunError(str(surrounding))
        judge(samples, {})
    corpus = corpus_figures(suite, samples)
    rows = score_rows(samples, 0, {suite.name: corpus})
    names = {one.item.id: one.name for one in given}
    lines = [json.dumps({**score_line(row), "id": names[row["item"]]}, ensure_ascii=False) for row in rows]
    if target is None:
        print("\n".join(lines))
    else:
        write_atomic(target, lines, "make room, or give another --out")
    summary = {**figures(suite, rows, given_rows(samples)), "corpus": {name: figure.as_json() for name, figure in corpus.items()}}
    print_scored(suite.name, summary, f"{len(given)} of {len(suite.items)} items", to_stderr=target is None)
    return 3 if summary["errors"] > suite.config.max_errors else 0


def score_line(row: dict[str, Any]) -> dict[str, Any]:
    """A row of scores as `harness score` writes it; whole numbers are written without a point."""
    scores = None if row["scores"] is None else {name: _plain(value) for name, value in row["scores"].items()}
    checks = [
        {"name": check["name"], "strict": check["passed"], "loose": check["loose"], "reason": check["reason"]} for check in row["checks"]
    ]
    return {"id": row["item"], "sample": row["sample"], "scores": scores, "checks": checks, "error": row["error"]}


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def _writable(out: str | None) -> Path | None:
    """Told before anything is scored: a place that cannot be written."""
    if out is None:
        return None
    path = Path(out).expanduser()
    if path.is_dir() or not path.parent.is_dir():
        raise UserError(f"--out '{out}': {'is a folder' if path.is_dir() else 'its folder does not exist'}; give a file's path.")
    return path
