"""Two finished runs, item by item: difference, interval, p-value, flips and a verdict for each suite.

Reads run folders only. The order of verdicts is the design's: ERROR, NOT COMPARABLE, IMPROVED, INCONCLUSIVE (floor), PASS,
REGRESSED, INCONCLUSIVE.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from math import ceil, isfinite
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import numpy as np

from harness.eligibility import declares_itself, differing_conditions
from harness.errors import RunError, UserError
from harness.scores import item_means
from harness.stats.clustered import bounded_mean
from harness.stats.mcnemar import mcnemar_midp
from harness.stats.multiplicity import holm
from harness.stats.proportion import wilson_interval
from harness.store import PLAN, SCORES, read_lines, read_manifest

Verdict = Literal["ERROR", "NOT COMPARABLE", "IMPROVED", "INCONCLUSIVE (floor)", "PASS", "REGRESSED", "INCONCLUSIVE"]
_ALPHA = 0.05
_POWER_FACTOR = 6.18
"""(z_0.95 + z_0.80) squared: items needed for 80 % power of a one-sided test are this times variance over margin squared."""


@dataclass(frozen=True)
class SuiteComparison:
    suite: str
    verdict: Verdict
    reason: str
    """Why, in words; for NOT COMPARABLE what differs."""
    margin: float
    n: int = 0
    baseline: float | None = None
    candidate: float | None = None
    difference: float | None = None
    low: float | None = None
    """Two-sided 95 % limits of the difference."""
    high: float | None = None
    pvalue: float | None = None
    """Two-sided."""
    pvalue_improved: float | None = None
    """One-sided p-value of "better", corrected over suites by Holm's method."""
    method: str = ""
    detectable: float | None = None
    """Smallest true difference found with 80 % power by a two-sided 5 % test."""
    gained: tuple[str, ...] = ()
    """Items that went from wrong to right."""
    lost: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    """Conditions that differ and were declared to, or were compared by force."""


@dataclass(frozen=True)
class Comparison:
    baseline: str
    candidate: str
    suites: tuple[SuiteComparison, ...]

    @property
    def has_error(self) -> bool:
        return any(suite.verdict == "ERROR" for suite in self.suites)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class _Paired:
    """The numbers behind one suite, before the correction over suites."""

    estimate: SuiteComparison
    one_sided_low: float
    one_sided_high: float
    pvalue_greater: float
    at_floor: bool
    variance: float


def compare_runs(baseline: Path, candidate: Path, *, declared: Collection[str] = (), force: bool = False) -> Comparison:
    """Compare two run folders over the suites of the candidate.

    `declared` names conditions that are meant to differ, as the reason of a NOT COMPARABLE names them; `force` compares whatever
    differs, as far as items are the same. Raises UserError if a folder holds no run, RunError if a run is incomplete.
    """
    manifests = [_manifest(baseline), _manifest(candidate)]
    rows = [read_lines(folder / SCORES) for folder in (baseline, candidate)]
    results: list[SuiteComparison | _Paired] = []
    for name in manifests[1]["suites"]:
        parts = [[row for row in run if row["suite"] == name] for run in rows]
        results.append(_compare_suite(name, manifests, parts, set(declared), force))
    paired = [result for result in results if isinstance(result, _Paired)]
    adjusted = iter(holm([result.pvalue_greater for result in paired]))
    suites = [_verdict(result, next(adjusted)) if isinstance(result, _Paired) else result for result in results]
    return Comparison(_name(manifests[0]), _name(manifests[1]), tuple(suites))


def _compare_suite(
    name: str, manifests: Sequence[dict[str, Any]], parts: Sequence[list[dict[str, Any]]], declared: set[str], force: bool
) -> SuiteComparison | _Paired:
    config = manifests[1]["suites"][name]
    margin = float(config["margin"])
    for manifest, rows, side in zip(manifests, parts, ("baseline", "candidate"), strict=True):
        errors = len({row["item"] for row in rows if row["error"] is not None})
        there, expected = len({row["item"] for row in rows}), manifest["suites"].get(name, {"items": 0})["items"]
        if there != expected:
            return SuiteComparison(name, "ERROR", f"{there} items of the {side} are there, {expected} should be", margin)
        if errors > config["max_errors"]:
            first = next(row for row in rows if row["error"] is not None)
            return SuiteComparison(
                name, "ERROR", f"{errors} items of the {side} have errors, first {first['item']}: {first['error']}", margin
            )
        if name not in manifest["suites"]:
            return SuiteComparison(name, "NOT COMPARABLE", f"the {side} did not run this suite", margin)
    differing = differing_conditions(manifests[0], manifests[1], name)
    declared = declared | {"condition"} if declares_itself(manifests, name) else declared
    undeclared = {key: text for key, text in differing.items() if key not in declared}
    if "items" in differing or (undeclared and not force):
        shown = undeclared or differing
        return SuiteComparison(name, "NOT COMPARABLE", "; ".join(f"{key}: {text}" for key, text in shown.items()), margin)
    return _paired(name, margin, parts, tuple(f"{key}: {text}" for key, text in differing.items()))


def _paired(name: str, margin: float, parts: Sequence[list[dict[str, Any]]], declared: tuple[str, ...]) -> SuiteComparison | _Paired:
    base, cand = (item_means(rows) for rows in parts)
    items = [item for item in base if item in cand]
    if not items and all(rows and all(row["error"] is None for row in rows) for rows in parts):
        return SuiteComparison(name, "INCONCLUSIVE", "this suite is only measured, not scored; people review its responses", margin)
    if not items:
        return SuiteComparison(name, "ERROR", "no item was scored without an error in both runs", margin)
    clusters = {row["item"]: row["cluster"] for row in parts[1]}
    values = {item: cand[item] - base[item] for item in items}
    distinct = len({clusters[item] for item in items}) == len(items)
    binary = distinct and all(score in (0.0, 1.0) for side in (base, cand) for score in side.values())
    test = _test_difference(values, clusters, binary)
    low, high = test.limits(0.95)
    estimate = SuiteComparison(
        name, "INCONCLUSIVE", "", margin, len(items), fmean(base[item] for item in items), fmean(cand[item] for item in items),
        fmean(values.values()), _finite(low), _finite(high), test.pvalue, None, test.method,
        2.802 * (test.variance / len(items)) ** 0.5, tuple(item for item in items if values[item] > 0),
        tuple(item for item in items if values[item] < 0), declared,
    )  # fmt: skip
    return _Paired(estimate, *test.limits(0.90), test.pvalue_greater, _at_floor(parts[0], base, binary, clusters), test.variance)


@dataclass(frozen=True)
class _Test:
    """A test of the mean difference, whichever fits the scores."""

    limits: Callable[[float], tuple[float, float]]
    pvalue: float
    pvalue_greater: float
    method: str
    variance: float
    """Of one item's difference, clusters allowed for."""


def _test_difference(values: dict[str, float], clusters: dict[str, str], binary: bool) -> _Test:
    # One gain and one loss more, as Bonett and Price add them: no flips among these items do not mean that there are none.
    variance = float(np.var([*values.values(), 1.0, -1.0]))
    kinds, count = set(values.values()), len({clusters[item] for item in values})
    if binary or (len(kinds) == 1 and kinds <= {-1.0, 0.0, 1.0}):
        # If all differences are the same, their variance over clusters says nothing, and each cluster counts as one pair.
        pairs = len(values) if binary else count
        gained, lost = (sum(1 for value in values.values() if value == flip) for flip in (1.0, -1.0))
        result = mcnemar_midp(min(gained, pairs), min(lost, pairs), pairs)
        over = "" if binary else f" over {count} clusters"
        return _Test(result.limits, result.pvalue, result.pvalue_greater, f"McNemar mid-p, Tango limits{over}", variance)
    mean = bounded_mean([*values.values()], [clusters[item] for item in values], -1.0, 1.0)
    variance = max(variance, mean.standard_error**2 * len(values))
    return _Test(mean.limits, mean.pvalue, mean.pvalue_greater, f"t, CR1 over {count} clusters", variance)


def _verdict(paired: _Paired, adjusted: float) -> SuiteComparison:
    estimate, margin = paired.estimate, paired.estimate.margin
    low, high = paired.one_sided_low, paired.one_sided_high
    verdict: Verdict
    if low > 0 and adjusted <= _ALPHA:
        verdict, reason = "IMPROVED", f"better at {_ALPHA:.0%} after correction over suites (p = {adjusted:.3g})"
    elif paired.at_floor:
        verdict, reason = "INCONCLUSIVE (floor)", "the baseline is not above chance, so nothing could be lost"
    elif low > -margin:
        verdict, reason = "PASS", f"no loss beyond the margin of {margin:.3g}" + ("; small real loss" if high < 0 else "")
    elif high < 0:
        verdict, reason = "REGRESSED", f"worse at {_ALPHA:.0%}, and a loss beyond the margin of {margin:.3g} is not ruled out"
    else:
        needed = ceil(_POWER_FACTOR * paired.variance / margin**2)
        verdict, reason = "INCONCLUSIVE", f"about {max(needed, estimate.n + 1)} items are needed to rule out a loss of {margin:.3g}"
    changes = {"verdict": verdict, "reason": reason, "pvalue_improved": adjusted}
    return SuiteComparison(**{**asdict(estimate), **changes})


def _at_floor(rows: Sequence[dict[str, Any]], means: dict[str, float], binary: bool, clusters: dict[str, str]) -> bool:
    """Whether the baseline's one-sided 95 % lower limit does not exceed the declared chance level."""
    chance = {row["item"]: row["chance"] for row in rows if row["item"] in means}
    if not chance or any(level is None for level in chance.values()):
        return False
    values = list(means.values())
    if binary:
        low = wilson_interval(int(sum(values)), len(values), 0.90)[0]
    else:
        low = bounded_mean(values, [clusters[item] for item in means], 0.0, 1.0).limits(0.90)[0]
    return low <= fmean(chance.values())


def _manifest(folder: Path) -> dict[str, Any]:
    manifest = read_manifest(folder)
    if manifest is None and (folder / PLAN).is_file():
        raise RunError(f"ERROR: the run in '{folder}' is incomplete (no manifest.json); start the same evaluation again to finish it.")
    if manifest is None:
        raise UserError(f"'{folder}' is not a run folder: it has no manifest.json.")
    return manifest


def _name(manifest: dict[str, Any]) -> str:
    return f"{manifest['label']} ({manifest['model']['identity'][:8]})"


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
