"""From a comparison to one verdict: GO, NO-GO, INCONCLUSIVE or ERROR, with its reasons in sentences.

Every critical suite must rule out a loss beyond its margin, and so must the composite: all of them together need no correction, since
each must pass by itself. A supporting suite only counts if it is found to be worse after Holm's correction over the supporting ones.
A report-only suite is shown. An error in a suite that counts is an ERROR, never a pass.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import sqrt
from typing import Any, Literal

from harness.compare.records import Comparison, Difference, SuiteComparison, Verdict
from harness.compare.verdicts import ALPHA, corrected, decide
from harness.gate_config import GateConfig, Tier
from harness.stats.composite import composite
from harness.stats.multiplicity import holm
from harness.stats.power import minimum_detectable, needed_items

GateVerdict = Literal["GO", "NO-GO", "INCONCLUSIVE", "ERROR"]
EXIT_CODES: dict[GateVerdict, int] = {"GO": 0, "NO-GO": 1, "ERROR": 3, "INCONCLUSIVE": 4}
_FIELDS = tuple(field for field in Difference.__dataclass_fields__)


@dataclass(frozen=True)
class Judged:
    """A suite as the gate sees it."""

    suite: str
    tier: Tier
    direction: Literal["higher", "lower"]
    margin: float | None
    verdict: Verdict
    reason: str
    found: Difference
    """Counted so that more is better, whichever way the suite's scores go."""
    pvalue_adjusted: float | None
    """One-sided p-value of "worse" of a supporting suite, by Holm over the supporting ones."""
    declared: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The suite in one sentence."""
        found = self.found
        if found.difference is None:
            return f"{self.suite} ({self.tier}): {self.verdict}: {self.reason}."
        limits = "" if found.lower is None or found.upper is None else f", one-sided 95 % limits {found.lower:+.3f} … {found.upper:+.3f}"
        return (
            f"{self.suite} ({self.tier}): {self.verdict}: {found.difference:+.3f} over {found.n} items{limits}, margin {self.margin:g}: "
            f"{self.reason}."
        )


@dataclass(frozen=True)
class JudgedComposite:
    """What the weighted sum of several suites says; its difference and limits are None where a suite has none."""

    margin: float
    verdict: Verdict
    reason: str
    difference: float | None = None
    lower: float | None = None
    """One-sided 95 % limits."""
    upper: float | None = None

    @property
    def line(self) -> str:
        """One line for people: verdict, difference with its one-sided 95 % limits and margin where there are any, and the reason."""
        if self.difference is None or self.lower is None or self.upper is None:
            return f"composite: {self.verdict}: {self.reason}."
        limits = f"one-sided 95 % limits {self.lower:+.3f} … {self.upper:+.3f}"
        return f"composite: {self.verdict}: {self.difference:+.3f}, {limits}, margin {self.margin:g}: {self.reason}."


@dataclass(frozen=True)
class GateResult:
    """One decision on two runs, and what it rests on."""

    verdict: GateVerdict
    reasons: tuple[str, ...]
    """What the verdict rests on, a sentence each."""
    suites: tuple[Judged, ...]
    composite: JudgedComposite | None
    baseline: str
    candidate: str
    release: bool
    notes: tuple[str, ...] = ()
    """Margins that a suite's items cannot reach, and other things to know."""

    @property
    def exit_code(self) -> int:
        """What the process ends with for this verdict."""
        return EXIT_CODES[self.verdict]

    def as_json(self) -> dict[str, Any]:
        """All fields, nested records as dicts, and the `exit_code`."""
        return {**asdict(self), "exit_code": self.exit_code}


def decide_gate(config: GateConfig, comparison: Comparison, *, release: bool = False) -> GateResult:
    """Judge a comparison; in a release the vault suite must be in it and counts as critical.

    A suite that counts and that the candidate did not run is an ERROR.
    """
    suites = judge_suites(config, comparison, release)
    whole = None if config.composite is None else _judge_composite(config, {part.suite: part for part in suites})
    there = {part.suite for part in comparison.suites}
    missing = tuple(f"The candidate did not run suite '{name}'." for name in config.decisive(release) if name not in there)
    verdict, reasons = _verdict(config, suites, whole, missing, release)
    return GateResult(verdict, reasons, suites, whole, comparison.baseline, comparison.candidate, release, _reach_notes(suites))


def judge_suites(config: GateConfig, comparison: Comparison, release: bool = False) -> tuple[Judged, ...]:
    """Every suite of the comparison with the gate's tier, direction and margin; the vault suite only in a release."""
    parts = [part for part in comparison.suites if part.suite != config.vault or release]
    found = {part.suite: _turned(part, config.suite(part.suite).direction) for part in parts}
    supporting = [suite for suite in found if config.suite(suite).tier == "supporting"]
    better = dict(zip(found, corrected([part.pvalue_better for part in found.values()], holm), strict=True))
    worse = dict(zip(supporting, corrected([found[suite].pvalue_worse for suite in supporting], holm), strict=True))
    return tuple(_judge(config, part, found[part.suite], better[part.suite], worse.get(part.suite)) for part in parts)


def _judge(config: GateConfig, part: SuiteComparison, found: Difference, better: float | None, worse: float | None) -> Judged:
    asked = config.suite(part.suite)
    margin = part.margin if asked.margin is None else asked.margin
    verdict, reason = part.verdict, part.reason
    if found.difference is not None and margin is not None and better is not None and verdict not in ("ERROR", "NOT COMPARABLE"):
        verdict, reason = decide(found, margin, better, "suites", found.n, "items")
    return Judged(part.suite, asked.tier, asked.direction, margin, verdict, reason, found, worse, part.declared)


def _turned(part: SuiteComparison, direction: str) -> Difference:
    """The numbers of a comparison, counted so that more is better; a floor is one of scores that are better when higher."""
    found = Difference(**{name: getattr(part, name) for name in _FIELDS})
    if direction == "higher":
        return found
    return replace(
        found, difference=_minus(found.difference), low=_minus(found.high), high=_minus(found.low), lower=_minus(found.upper),
        upper=_minus(found.lower), pvalue_better=found.pvalue_worse, pvalue_worse=found.pvalue_better, gained=found.lost, lost=found.gained,
        at_floor=False,
    )  # fmt: skip


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def _judge_composite(config: GateConfig, suites: Mapping[str, Judged]) -> JudgedComposite:
    asked = config.composite
    assert asked is not None
    absent = [name for name in asked.weights if name not in suites or suites[name].found.difference is None]
    broken = [name for name in asked.weights if name in suites and suites[name].verdict in ("ERROR", "NOT COMPARABLE")]
    if absent or broken:
        return JudgedComposite(asked.margin, "ERROR", f"there is no difference of {', '.join(dict.fromkeys([*broken, *absent]))}")
    found = _weighted([(weight, suites[name].found) for name, weight in asked.weights.items()])
    # One figure: there is nothing to correct for, and its limits decide.
    verdict, reason = decide(found, asked.margin, 0.0, "suites", found.n, "items")
    if verdict == "IMPROVED":
        reason = "better: its lower limit is above 0"
    if verdict == "INCONCLUSIVE":
        reason = f"a loss of {asked.margin:g} is not ruled out; more items in the suites with the largest weights would"
    return JudgedComposite(asked.margin, verdict, reason, found.difference, found.lower, found.upper)


def _weighted(parts: Sequence[tuple[float, Difference]]) -> Difference:
    """The weighted mean of the differences of suites that share no item; limits are Student's, by the suites' clusters."""
    estimates, weights = [part.difference or 0.0 for _, part in parts], [weight for weight, _ in parts]
    errors = [sqrt((part.variance or 0.0) / part.n) for _, part in parts]
    degrees = [max(part.clusters - 1, 1) for _, part in parts]
    result = composite(estimates, errors, weights, confidence=0.90, degrees=degrees)
    lower, upper = result.interval or (None, None)
    return Difference(n=sum(part.n for _, part in parts), difference=result.estimate, lower=lower, upper=upper)


def _verdict(
    config: GateConfig, suites: Collection[Judged], whole: JudgedComposite | None, missing: tuple[str, ...], release: bool
) -> tuple[GateVerdict, tuple[str, ...]]:
    critical = [part for part in suites if part.tier == "critical"]
    # A copy made for serving is asked for two things only: critical suites and composite.
    supporting = [] if config.preset == "deployment" else [part for part in suites if part.tier == "supporting"]
    musts: list[Judged | JudgedComposite] = [*critical, *([whole] if whole else [])]
    errors = [part.line for part in (*musts, *supporting) if part.verdict in ("ERROR", "NOT COMPARABLE")]
    if errors or missing:
        return "ERROR", (*missing, *errors)
    bad = [part.line for part in musts if part.verdict == "REGRESSED"]
    bad += [
        part.line
        for part in supporting
        if part.verdict == "REGRESSED" and part.pvalue_adjusted is not None and part.pvalue_adjusted <= ALPHA
    ]
    if bad:
        return "NO-GO", tuple(bad)
    if open_ := [part.line for part in musts if part.verdict not in ("PASS", "IMPROVED")]:
        return "INCONCLUSIVE", tuple(open_)
    vault = f", the vault suite {config.vault} among them" if release and config.vault else ""
    return "GO", (f"All {len(musts)} of what must pass do{vault}.", *(part.line for part in musts))


def _reach_notes(suites: Collection[Judged]) -> tuple[str, ...]:
    notes = [
        reach_note(part.suite, part.found.variance, part.found.n, part.margin)
        for part in suites
        if part.tier != "report-only" and part.found.variance is not None and part.margin is not None
    ]
    return tuple(note for note in notes if note is not None)


def reach_note(suite: str, variance: float, n: int, margin: float) -> str | None:
    """A sentence if `n` items with this variance of their differences rule out a loss of `margin` in fewer than 80 % of cases where
    nothing changed."""
    needed = needed_items(variance, margin, sides=1).n
    if needed <= n:
        return None
    reachable = minimum_detectable(variance, n, sides=1).effect
    return (
        f"{suite} cannot reach its margin of {margin:g} with {n} items: where nothing changed, about {needed:,} are needed to rule such a "
        f"loss out in 80 % of cases (variance of an item's difference: {variance:.3f}). With {n} items a margin of {reachable:.3f} can be "
        "reached; otherwise make it report-only."
    )
