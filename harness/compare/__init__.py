"""Finished runs, item by item: difference, interval, p-value, flips and a verdict for each suite.

Reads run folders only. The order of verdicts is the design's: ERROR, NOT COMPARABLE, IMPROVED, INCONCLUSIVE (floor), PASS,
REGRESSED, INCONCLUSIVE.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from harness.compare.family import settle
from harness.compare.groups import Group, check_seeds, compare_groups
from harness.compare.records import Comparison, Report, SuiteComparison
from harness.compare.runs import read_run
from harness.compare.suites import Terms, compare_suite
from harness.errors import UserError

__all__ = ["Comparison", "Report", "SuiteComparison", "compare_all", "compare_family", "compare_runs"]


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
    return _family(baseline, candidates, Terms(frozenset(declared), force, margins or {}))


def compare_all(
    baseline: Path | None,
    candidates: Sequence[Path],
    groups: Mapping[str, Sequence[Path]] | None = None,
    previous: Path | None = None,
    *,
    declared: Collection[str] = (),
    force: bool = False,
) -> Report:
    """The baseline, and the previous checkpoint if there is one, against each candidate; the baseline against each group of seeds.

    Without a baseline the first group is what the others are compared with. Raises as `compare_runs`, and UserError if there is
    nothing to compare or a group has fewer than two seeds.
    """
    terms = Terms(frozenset(declared), force)
    seeds = [Group(name, tuple(map(read_run, folders))) for name, folders in (groups or {}).items()]
    if baseline is not None:
        reference = [Group("", (read_run(baseline),))] if seeds else []
    else:
        reference, seeds = seeds[:1], seeds[1:]
        for group in reference:
            check_seeds(group)
    if not (baseline is not None and candidates) and not seeds:
        raise UserError("Nothing to compare: give BASELINE and a candidate's run folder, or groups of runs (--group NAME=RUN,RUN,…).")
    if previous is not None and not candidates:
        raise UserError("--previous is compared with candidates, and there is none; give a candidate's run folder.")
    return Report(
        comparisons=() if baseline is None else _family(baseline, candidates, terms),
        previous=() if previous is None else _family(previous, candidates, terms),
        groups=compare_groups(reference[0], seeds, terms) if seeds else (),
    )


def _family(baseline: Path, candidates: Sequence[Path], terms: Terms) -> tuple[Comparison, ...]:
    reference, runs = read_run(baseline), [read_run(folder) for folder in candidates]
    settled = settle([[compare_suite(name, reference, run, terms) for name in run.suites] for run in runs])
    return tuple(
        Comparison(reference.name, run.name, suites, (reference.key,), (run.key,), terms.force, len(runs))
        for run, suites in zip(runs, settled, strict=True)
    )
