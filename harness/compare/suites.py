"""One suite of two runs: may it be compared, and if so by how much do they differ, whole and in parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.compare.contaminated import contaminated
from harness.compare.corpus import corpus_changes
from harness.compare.measured import measured_drift
from harness.compare.noise import noise_floors
from harness.compare.paired import difference_of
from harness.compare.records import Difference, SuiteComparison
from harness.compare.runs import Run, defect
from harness.compare.strata import Part, parts_of
from harness.eligibility import declares_itself, differing_conditions, differing_items


@dataclass(frozen=True)
class Terms:
    """What the caller allows and has set beforehand."""

    declared: frozenset[str] = frozenset()
    """Conditions that are meant to differ, as the reason of a NOT COMPARABLE names them."""
    force: bool = False
    """Compare whatever differs, as far as items are the same."""
    margins: Mapping[str, float] = field(default_factory=dict)
    """By suite, in place of those that suites had when the candidate was evaluated."""

    def margin(self, suite: str, candidate: Run) -> float:
        """The margin of a suite, as a share of its score: the caller's, or else the one that the candidate's run recorded."""
        return float(self.margins.get(suite, candidate.suites[suite]["margin"]))


@dataclass(frozen=True)
class SuiteFound:
    """A suite's numbers, before the correction over suites and candidates."""

    suite: str
    margin: float
    difference: Difference
    parts: tuple[Part, ...]
    beside: dict[str, Any]
    """The other fields of its SuiteComparison."""
    units: int
    """What the difference is a mean of: items, or seeds."""
    unit: Literal["items", "seeds"] = "items"


def compare_suite(name: str, baseline: Run, candidate: Run, terms: Terms) -> SuiteComparison | SuiteFound:
    """The suite's numbers, or its verdict where there are none to be had."""
    margin = terms.margin(name, candidate)
    differing = differences(name, baseline, candidate, margin, terms)
    if isinstance(differing, SuiteComparison):
        return differing
    rows = baseline.rows[name], candidate.rows[name]
    beside: dict[str, Any] = {
        "declared": differing,
        "measured": measured_drift(*rows),
        "corpus": corpus_changes([run.summary.get(name, {}) for run in (baseline, candidate)], rows),
        "noise": noise_floors(name, baseline, candidate),
    }
    difference = difference_of(*rows)
    if difference is None:
        return SuiteComparison(suite=name, margin=margin, **_unscored(baseline, candidate, name), **beside)
    beside["contaminated"] = contaminated(name, baseline, candidate)
    return SuiteFound(name, margin, difference, parts_of(name, margin, *rows), beside, difference.n)


def differences(name: str, baseline: Run, candidate: Run, margin: float, terms: Terms) -> tuple[str, ...] | SuiteComparison:
    """The conditions that differ and may, in words; or the verdict of a suite that cannot be compared."""
    if not 0 < margin < 1:  # A NaN is not.
        reason = f"the margin is {margin}; it must lie above 0 and below 1"
        return SuiteComparison(suite=name, verdict="ERROR", reason=reason, margin=None)
    for run, side in ((baseline, "baseline"), (candidate, "candidate")):
        if (defective := defect(run, name, side)) is not None:
            return SuiteComparison(suite=name, verdict="ERROR", reason=defective, margin=margin)
        if name not in run.suites:
            return SuiteComparison(suite=name, verdict="NOT COMPARABLE", reason=f"the {side} did not run this suite", margin=margin)
    manifests = (baseline.manifest, candidate.manifest)
    differing = differing_conditions(*manifests, name)
    allowed = terms.declared | ({"condition"} if declares_itself(manifests, name) else frozenset())
    undeclared = {key: text for key, text in differing.items() if key not in allowed}
    if "items" in differing or (undeclared and not terms.force):
        reason = "; ".join(f"{key}: {text}" for key, text in (undeclared or differing).items())
        notes = differing_items(baseline.rows[name], candidate.rows[name])
        return SuiteComparison(suite=name, verdict="NOT COMPARABLE", reason=reason, margin=margin, notes=notes)
    return tuple(f"{key}: {text}" for key, text in differing.items())


def _unscored(baseline: Run, candidate: Run, name: str) -> dict[str, Any]:
    """Verdict of a suite of which no item has a score in both runs."""
    items = [{row["item"] for row in run.rows[name]} for run in (baseline, candidate)]
    if not items[0] & items[1]:
        return {"verdict": "ERROR", "reason": "the runs have no item in common"}
    rows = (*baseline.rows[name], *candidate.rows[name])
    if any(row["score"] is not None or row["error"] is not None for row in rows):
        return {"verdict": "ERROR", "reason": "no item was scored without an error in both runs"}
    return {"verdict": "INCONCLUSIVE", "reason": "this suite is only measured, not scored; people review its responses"}
