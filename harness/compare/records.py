"""What a comparison is: plain records, written as JSON beside the runs and read by reports, gates and people.

Differences are candidate minus baseline, so that more is better. A number that cannot be had is None, never NaN, and a sentence
(a reason or a note) says why. Fields that are corrected for several tests say over what in their docstring.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["ERROR", "NOT COMPARABLE", "IMPROVED", "INCONCLUSIVE (floor)", "PASS", "REGRESSED", "INCONCLUSIVE"]

Extent = Literal["all", "zh", "en"]
"""Items of which language."""

CHECKPOINTS = "Checkpoints are compared here, not recipes: another training seed may differ as much; --group compares recipes."
RECIPES = "Groups: the training seed is the unit. The intervals are about other seeds of these recipes, on these items."


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Two runs' scores on the same items, and what they differ by."""

    n: int = 0
    """Items with a score in both runs."""
    clusters: int = 0
    baseline: float | None = None
    baseline_low: float | None = None
    """Two-sided 95 % limits of the score."""
    baseline_high: float | None = None
    candidate: float | None = None
    candidate_low: float | None = None
    candidate_high: float | None = None
    difference: float | None = None
    low: float | None = None
    """Two-sided 95 % limits of the difference."""
    high: float | None = None
    lower: float | None = None
    """One-sided 95 % limits of the difference, each alone; the verdicts are made of these."""
    upper: float | None = None
    pvalue: float | None = None
    """Two-sided, not corrected."""
    pvalue_better: float | None = None
    """One-sided p-value of "the candidate is better", not corrected."""
    pvalue_worse: float | None = None
    """One-sided p-value of "the candidate is worse", not corrected."""
    method: str = ""
    variance: float | None = None
    """Of one item's difference, clusters allowed for: the squared standard error is this by n."""
    detectable: float | None = None
    """Smallest true difference found with 80 % power by a two-sided 5 % test."""
    gained: tuple[str, ...] = ()
    """Items that score higher than before; of 0/1 scores those that went from wrong to right."""
    lost: tuple[str, ...] = ()
    at_floor: bool = False
    """A chance level is declared and the baseline's one-sided 95 % lower limit does not exceed it."""
    notes: tuple[str, ...] = ()
    """Sentences on what to bear in mind: few clusters, few flips, nothing varies."""


@dataclass(frozen=True, kw_only=True)
class StratumComparison(Difference):
    """A part of a suite, looked at because it is there: corrected by Benjamini and Hochberg over all parts, and never a gate."""

    stratum: str
    """"all" where the part is a language of the whole suite."""
    lang: Extent
    verdict: Verdict
    reason: str
    pvalue_adjusted: float | None = None
    """Two-sided, Benjamini-Hochberg over all strata and languages of the comparison."""


@dataclass(frozen=True, kw_only=True)
class MeasuredDrift:
    """A figure that is measured and not scored, such as bits per byte of held-out text: its paired change. More is not better."""

    stratum: str
    metric: str
    lang: Extent
    n: int
    clusters: int = 0
    baseline: float | None = None
    candidate: float | None = None
    difference: float | None = None
    low: float | None = None
    """Two-sided 95 % limits of the difference: t, CR1 over clusters."""
    high: float | None = None
    pvalue: float | None = None
    """Two-sided, not corrected."""
    note: str = ""
    """Why there is no interval."""


@dataclass(frozen=True, kw_only=True)
class CorpusChange:
    """A figure of all responses together, such as BLEU, in both runs."""

    figure: str
    baseline: float | None
    """Over the answers that both runs have, where the difference was tested; otherwise as the run has it."""
    candidate: float | None
    n: int = 0
    """Items that add to it in either run."""
    clusters: int = 0
    difference: float | None = None
    """More is not always better."""
    low: float | None = None
    """Two-sided 95 % limits of the difference: paired bootstrap over clusters."""
    high: float | None = None
    pvalue: float | None = None
    """Two-sided, not corrected: approximate randomisation over clusters."""
    note: str = ""
    """Why the difference was not tested; what to bear in mind if it was."""


@dataclass(frozen=True, kw_only=True)
class Contaminated:
    """Items that were found in the data that a checkpoint was trained on."""

    baseline: tuple[str, ...]
    """Of the items of these runs, those in the baseline's training data."""
    candidate: tuple[str, ...]
    without: Difference | None
    """The comparison without any of them; None if no item is left."""


@dataclass(frozen=True, kw_only=True)
class NoiseFloor:
    """One checkpoint evaluated twice with fresh draws under the conditions of this suite: what a difference of nothing looks like."""

    model: str
    """Label of the run that it was measured on."""
    identity: str
    suite: str
    conditions: str
    """Hash of what must be equal for it to apply: items, prompts, sampling, scorers, engine."""
    n: int
    flip_rate: float
    """Share of items whose score was not the same twice."""
    mean_absolute_difference: float
    """Of the items' scores."""
    difference: float
    """Of the two means."""
    greedy: bool
    """Nothing was drawn: only numerical noise shows."""
    measured: str
    """UTC, ISO 8601."""
    draws: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class SuiteComparison(Difference):
    """One suite of two runs: the verdict, and every figure that it rests on."""

    suite: str
    verdict: Verdict
    reason: str
    """Why, in words; for NOT COMPARABLE what differs."""
    margin: float | None
    """Largest loss that still counts as none; None if the one that was set is none."""
    pvalue_adjusted: float | None = None
    """Two-sided, by Holm over suites and candidates."""
    pvalue_improved: float | None = None
    """One-sided p-value of "better", by Holm over suites and candidates."""
    declared: tuple[str, ...] = ()
    """Conditions that differ and were declared to, or were compared by force."""
    strata: tuple[StratumComparison, ...] = ()
    measured: tuple[MeasuredDrift, ...] = ()
    corpus: tuple[CorpusChange, ...] = ()
    contaminated: Contaminated | None = None
    noise: tuple[NoiseFloor, ...] = ()
    """What is known of the noise of either checkpoint under these conditions."""
    seeds: tuple[float, ...] = ()
    """Of a group of runs each one's score, in the order given; the seed is then the unit of interval and p-values."""
    baseline_seeds: tuple[float, ...] = ()
    """The same of the baseline, where that is a group too."""


@dataclass(frozen=True)
class Comparison:
    """One candidate against one baseline, suite by suite."""

    baseline: str
    """Label and first digits of the identity; of a group its name and those of each run."""
    candidate: str
    suites: tuple[SuiteComparison, ...]
    baseline_runs: tuple[str, ...] = ()
    """Hash of the run; of a group those of each."""
    candidate_runs: tuple[str, ...] = ()
    forced: bool = False
    """Whatever differs was compared all the same."""
    family: int = 1
    """Candidates (or groups) that the correction went over, this one among them."""

    @property
    def has_error(self) -> bool:
        """Whether any suite could not be compared."""
        return any(suite.verdict == "ERROR" for suite in self.suites)

    def as_json(self) -> dict[str, Any]:
        """All fields, nested records as dicts."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that one call of `harness compare` says."""

    comparisons: tuple[Comparison, ...] = ()
    """The baseline against each candidate."""
    previous: tuple[Comparison, ...] = ()
    """The previous checkpoint against each candidate."""
    groups: tuple[Comparison, ...] = ()
    """The baseline, or the first group, against each group of runs that differ in their training seed."""

    @property
    def scope(self) -> tuple[str, ...]:
        """What the comparisons are about, in sentences."""
        return (*((CHECKPOINTS,) if self.comparisons or self.previous else ()), *((RECIPES,) if self.groups else ()))

    @property
    def has_error(self) -> bool:
        """Whether any suite could not be compared, with the baseline, the previous run or as groups."""
        return any(comparison.has_error for comparison in (*self.comparisons, *self.previous, *self.groups))

    def as_json(self) -> dict[str, Any]:
        """All fields, nested records as dicts, and the `scope`."""
        return {**asdict(self), "scope": self.scope}
