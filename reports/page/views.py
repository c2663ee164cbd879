"""What the template of the page is given: records with everything computed, nothing decided there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from harness.compare.records import Difference, MeasuredDrift, StratumComparison, SuiteComparison
from reports.numbers import interval, signed
from reports.page.calibration import Calibration, calibration, drawn
from reports.page.cases import Answers, Case, Outcome, cases_of
from reports.page.contamination import ContaminationView
from reports.page.figures import Trend, lengths, panel, scatter
from reports.page.forest import Mark, Scale, scale_of
from reports.page.scatter import Scatter, scatters
from reports.page.subjects import Subject
from reports.page.training import Panel, Training, trainings
from reports.page.words import GRADED_WORDS, OUTCOME_WORDS, Language, reason, words
from reports.people import PeopleVerdict
from reports.remarks import remarks


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix of one run."""

    label: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class SuiteView:
    """All that the page shows of one suite."""

    key: str
    """Unique on the page."""
    name: str
    found: SuiteComparison | None
    """None in the report of one run."""
    reason: str
    summaries: tuple[dict[str, Any], ...]
    cases: tuple[Case, ...]
    outcome_words: dict[Outcome, str]
    remarks: tuple[str, ...]
    matrices: tuple[Matrix, ...]
    lengths: Markup | None
    calibrations: tuple[Calibration, ...]
    """Of each run, if all have choices."""
    calibration: Markup | None
    scatters: tuple[tuple[Scatter, Markup], ...]
    """Metrics against what people gave, where people reviewed these runs."""

    @property
    def counts(self) -> Counter[Outcome]:
        """How many cases have each outcome."""
        return Counter(case.outcome for case in self.cases)

    @property
    def strata(self) -> list[str]:
        """Strata of the cases, in the order of their first case."""
        return list(dict.fromkeys(case.stratum for case in self.cases))

    @property
    def part_scale(self) -> Scale:
        """One scale for the differences of all strata; of reach 1 if nothing is compared."""
        return scale_of(mark(part, self.found.margin) for part in self.found.strata) if self.found is not None else Scale(1.0)

    @property
    def langs(self) -> list[str]:
        """Which of "en" and "zh" the cases have, in alphabetical order."""
        return sorted({case.lang for case in self.cases} & {"zh", "en"})

    @property
    def metrics(self) -> list[tuple[str, tuple[float | None, ...]]]:
        """Every metric's mean in each run."""
        names = dict.fromkeys(name for summary in self.summaries for name in summary.get("metrics", {}))
        return [(name, tuple(summary.get("metrics", {}).get(name) for summary in self.summaries)) for name in names]


@dataclass(frozen=True)
class TrainingView:
    """How a checkpoint was trained, drawn."""

    found: Training
    curves: tuple[tuple[Panel, Markup], ...]
    probes: tuple[tuple[Panel, Markup], ...]


@dataclass(frozen=True)
class View:
    """One run, or one candidate against the baseline."""

    subject: Subject
    names: tuple[str, ...]
    suites: tuple[SuiteView, ...]
    people: tuple[str, ...]
    contradicted: tuple[str, ...]
    """Suites of which people say the opposite."""
    trends: tuple[Trend, ...]
    contamination: ContaminationView | None
    trainings: tuple[TrainingView, ...]
    """Of the candidate's adapter and checkpoint."""

    @property
    def scale(self) -> Scale:
        """One scale for the differences of all suites that are compared."""
        return scale_of(mark(suite.found, suite.found.margin) for suite in self.suites if suite.found is not None)

    @property
    def abilities(self) -> list[tuple[StratumComparison, float | None]]:
        """What the suites that look for forgetting ask for, part by part, with the suite's margin."""
        found = [suite.found for suite in self.suites if suite.found is not None and (suite.name == "forgetting" or suite.found.measured)]
        return [(part, suite.margin) for suite in found for part in suite.strata if part.lang == "all" and part.stratum != "all"]

    @property
    def ability_scale(self) -> Scale:
        """One scale for the differences of all abilities."""
        return scale_of(mark(part, margin) for part, margin in self.abilities)

    @property
    def drift_scale(self) -> Scale:
        """One scale for all drifts."""
        return scale_of(map(mark, self.drifts))

    @property
    def drifts(self) -> list[MeasuredDrift]:
        """Measurements in units of their own, of all suites that are compared."""
        return [drift for suite in self.suites if suite.found is not None for drift in suite.found.measured]


def mark(found: Difference | MeasuredDrift, margin: float | None = None) -> Mark:
    """A difference as the forest plot draws it; `margin` is the largest loss that counts as none."""
    return Mark(found.difference, found.low, found.high, margin)


def spoken(found: Difference | MeasuredDrift, margin: float | None, language: Language) -> str:
    """What a row of the forest shows, in words."""
    limits = interval(found.low, found.high, with_signs=True)
    return f"{words(language)['difference']} {signed(found.difference)}, {limits}" + ("" if margin is None else f", −{margin:g}")


def training_views(model: dict[str, Any], prefix: str) -> tuple[TrainingView, ...]:
    """A view each training stage of a model; `prefix` keeps the ids of their drawings apart on the page."""
    found = []
    for at, training in enumerate(trainings(model)):
        curves, probes = (
            tuple((each, panel(f"{prefix}{kind}{at}-{number}", each)) for number, each in enumerate(panels))
            for kind, panels in (("curve", training.curves), ("probe", training.probes))
        )
        found.append(TrainingView(training, curves, probes))
    return tuple(found)


def suite_views(subject: Subject, prefix: str, language: Language, people: PeopleVerdict | None) -> tuple[SuiteView, ...]:
    """A view a suite of the candidate, in its order; `prefix` keeps their keys apart on the page."""
    answers = [Answers(run) for run in subject.runs]
    found = {} if subject.comparison is None else {suite.suite: suite for suite in subject.comparison.suites}
    return tuple(
        _suite(f"{prefix}s{at}", name, found.get(name), subject, answers, language, people)
        for at, name in enumerate(subject.candidate.suites, start=1)
    )


def _suite(
    key: str, name: str, found: SuiteComparison | None, subject: Subject, answers: Sequence[Answers], language: Language,
    people: PeopleVerdict | None,
) -> SuiteView:  # fmt: skip
    paired = found is None or found.verdict != "NOT COMPARABLE"
    cases = tuple(cases_of(name, answers)) if paired else ()
    binary = all(row["score"] in (None, 0, 1) for run in subject.runs for row in run.rows.get(name, ()))
    tokens = [
        [sample.tokens for case in cases for sample in case.sides[at].samples if sample.answer is not None] for at in range(len(answers))
    ]
    return SuiteView(
        key, name, found, "" if found is None else reason(found, language), tuple(run.summary.get(name, {}) for run in subject.runs), cases,
        (OUTCOME_WORDS if binary else GRADED_WORDS)[language], () if found is None else tuple(remarks(found))[1:],
        tuple(matrix for run in subject.runs for matrix in _matrices(run.name, run.summary.get(name, {}))),
        lengths(f"{key}-lengths", tokens, words(language)["lengths"]), *_calibrations(key, cases, len(answers), language),
        _scatters(key, name, cases, people),
    )  # fmt: skip


def _scatters(key: str, name: str, cases: Sequence[Case], people: PeopleVerdict | None) -> tuple[tuple[Scatter, Markup], ...]:
    found = [] if people is None or not cases else scatters(name, cases, people)
    return tuple((one, scatter(f"{key}-people{at}", one, f"{one.trust.metric}: n {one.trust.answers}")) for at, one in enumerate(found))


def _calibrations(key: str, cases: Sequence[Case], runs: int, language: Language) -> tuple[tuple[Calibration, ...], Markup | None]:
    found = tuple(one for at in range(runs) if (one := calibration(case.sides[at] for case in cases)) is not None)
    return (found, drawn(f"{key}-calibration", words(language)["calibration"], found)) if len(found) == runs else ((), None)


def _matrices(label: str, summary: dict[str, Any]) -> list[Matrix]:
    details = [figure.get("details") or {} for figure in summary.get("corpus", {}).values()]
    return [
        Matrix(label, tuple(part["rows"]), tuple(part["columns"]), tuple(map(tuple, part["confusion"])))
        for part in details
        if "confusion" in part
    ]
