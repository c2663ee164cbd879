"""Recipes instead of checkpoints: runs that differ in their training seed, compared with the seed as the unit.

The interval says what other seeds would give on these items. Each run is one observation, however many items it has: three seeds
are three observations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance
from typing import Any

from scipy.stats import ttest_1samp, ttest_ind

from harness.compare.family import settle
from harness.compare.paired import at_floor
from harness.compare.records import Comparison, Difference, SuiteComparison
from harness.compare.runs import Run
from harness.compare.suites import SuiteFound, Terms, differences
from harness.errors import UserError
from harness.scores import item_means
from harness.stats.result import Status


@dataclass(frozen=True)
class Group:
    """Runs of one recipe; or a single run, as the reference that is taken as it is."""

    name: str
    runs: tuple[Run, ...]

    @property
    def title(self) -> str:
        """The run's name if there is only one; else the group's name and those of its runs."""
        return self.runs[0].name if len(self.runs) == 1 else f"{self.name}: {', '.join(run.name for run in self.runs)}"


def check_seeds(group: Group) -> None:
    """Raise UserError unless the group has two checkpoints or more, each of them once."""
    if len(group.runs) < 2:
        raise UserError(f"Group '{group.name}' has {len(group.runs)} run; the spread over seeds needs at least 2, a checkpoint each.")
    known: set[str] = set()
    for run in group.runs:
        if (identity := run.manifest["model"]["identity"]) in known:
            raise UserError(f"Group '{group.name}' has the checkpoint {run.name} twice; another run of it is not another seed.")
        known.add(identity)


def compare_groups(reference: Group, groups: Sequence[Group], terms: Terms) -> tuple[Comparison, ...]:
    """Compare each group with the reference; gains are corrected over suites and groups.

    Raises UserError if a group has fewer than two seeds.
    """
    for group in groups:
        check_seeds(group)
    settled = settle([[_suite(name, reference, group, terms) for name in group.runs[0].suites] for group in groups])
    keys = tuple(run.key for run in reference.runs)
    return tuple(
        Comparison(reference.title, group.title, suites, keys, tuple(run.key for run in group.runs), terms.force, len(groups))
        for group, suites in zip(groups, settled, strict=True)
    )


def _suite(name: str, reference: Group, group: Group, terms: Terms) -> SuiteComparison | SuiteFound:
    first, margin = reference.runs[0], terms.margin(name, group.runs[0])
    declared: dict[str, None] = {}
    for run in (*reference.runs[1:], *group.runs):
        differing = differences(name, first, run, margin, terms)
        if isinstance(differing, SuiteComparison):
            return differing
        declared |= dict.fromkeys(differing)
    scores = [[item_means(run.rows[name]) for run in side.runs] for side in (reference, group)]
    items = [item for item in scores[0][0] if all(item in means for side in scores for means in side)]
    if not items:
        return SuiteComparison(suite=name, verdict="INCONCLUSIVE", reason="no item has a score in all of these runs", margin=margin)
    before, after = ([fmean(means[item] for item in items) for means in side] for side in scores)
    averaged = {item: fmean(means[item] for means in scores[0]) for item in items}
    beside = {"declared": (*declared,), "seeds": (*after,), "baseline_seeds": (*before,) if len(before) > 1 else ()}
    difference = _over_seeds(before, after, len(items), at_floor(averaged, first.rows[name]))
    return SuiteFound(name, margin, difference, (), beside, len(after), "seeds")


def _over_seeds(before: Sequence[float], after: Sequence[float], n: int, floor: bool) -> Difference:
    """Student's t for one checkpoint against seeds, Welch's for seeds against seeds."""
    fixed = len(before) == 1
    found: dict[str, Any] = {
        "n": n, "baseline": fmean(before), "candidate": fmean(after), "difference": fmean(after) - fmean(before), "at_floor": floor,
        "method": f"t over {len(after)} seeds" if fixed else f"Welch's t over {len(before)} and {len(after)} seeds",
    }  # fmt: skip
    spread = variance(after) + (0.0 if fixed else variance(before))
    if spread < 1e-18:
        note = f"{Status.NO_VARIATION}: all {len(after)} seeds have the same score, which does not say how others would spread"
        return Difference(**found, notes=(note,))
    tests = {way: ttest_1samp(after, before[0], alternative=way) if fixed else ttest_ind(after, before, equal_var=False, alternative=way)
             for way in ("two-sided", "greater", "less")}  # fmt: skip
    shift = before[0] if fixed else 0.0
    limits = [*tests["two-sided"].confidence_interval(0.95), *tests["two-sided"].confidence_interval(0.90)]
    low, high, lower, upper = (float(limit) - shift for limit in limits)
    return Difference(
        **found, low=low, high=high, lower=lower, upper=upper, variance=spread,
        pvalue=float(tests["two-sided"].pvalue), pvalue_better=float(tests["greater"].pvalue), pvalue_worse=float(tests["less"].pvalue),
    )  # fmt: skip
