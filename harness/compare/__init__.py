"""Finished runs, item by item: difference, interval, p-value, flips and a verdict for each suite.

Reads run folders only. The order of verdicts is the design's: ERROR, NOT COMPARABLE, IMPROVED, INCONCLUSIVE (floor), PASS,
REGRESSED, INCONCLUSIVE.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from harness.compare.family import settle
from harness.compare.records import Comparison, Report, SuiteComparison
from harness.compare.runs import Run, read_run
from harness.compare.suites import Terms, compare_suite

__all__ = ["Comparison", "Report", "SuiteComparison", "compare_family", "compare_runs"]


def compare_runs(
    baseline: Path,
    candidate: Path,
    *,
    declared: Collection[str] = (),
    force: bool = False,
    margins: Mapping[str, float] | None = None,
) -> Comparison:
    """Compare two run folders over the suites of the candidate.

    `declared` names conditions that are meant to differ, as the reason of a NOT COMPARABLE names them; `force` compares whatever
    differs, as far as items are the same; `margins` take the place of those that suites had when the candidate was evaluated.
    Raises UserError if a folder holds no run, RunError if a run is incomplete.
    """
    (comparison,) = compare_family(baseline, [candidate], declared=declared, force=force, margins=margins)
    return comparison


def compare_family(
    baseline: Path,
    candidates: Sequence[Path],
    *,
    declared: Collection[str] = (),
    force: bool = False,
    margins: Mapping[str, float] | None = None,
) -> tuple[Comparison, ...]:
    """As `compare_runs`, with several candidates: gains are corrected over suites and candidates together."""
    terms, reference = Terms(frozenset(declared), force), read_run(baseline)
    runs = [read_run(folder) for folder in candidates]
    settled = settle([
        [compare_suite(name, reference, run, _margin(name, run, margins), terms) for name in run.suites] for run in runs
    ])  # fmt: skip
    return tuple(
        Comparison(reference.name, run.name, suites, reference.manifest["run"], run.manifest["run"], force, len(runs))
        for run, suites in zip(runs, settled, strict=True)
    )


def _margin(suite: str, run: Run, margins: Mapping[str, float] | None) -> float:
    return float((margins or {}).get(suite, run.suites[suite]["margin"]))
