"""What a comparison shows people: headings, tables and sentences, the same on a terminal and as Markdown."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.compare.records import Comparison, Difference, Report, SuiteComparison, Verdict
from reports.numbers import interval, number, probability, signed
from reports.remarks import remarks

_FORCED = "COMPARED BY FORCE (--force): no condition but the items kept the runs apart; all that differ are listed."


@dataclass(frozen=True)
class Row:
    """A row of a table, with the verdict that colours it."""

    cells: tuple[str, ...]
    """Lines of a cell are parted by line breaks: a figure above its interval, a p-value above the corrected one."""
    verdict: Verdict
    """The last column."""


@dataclass(frozen=True)
class Section:
    """A table of a comparison with its title, and what is said under it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    lines: tuple[str, ...]
    """Sentences under the table."""


def sections(report: Report, strata: bool) -> Iterator[Section]:
    """A section a comparison with its suites, and if wanted one a suite with its strata and languages."""
    named = [*(("baseline", each) for each in (*report.comparisons, *report.groups)), *(("previous", each) for each in report.previous)]
    for reference, comparison in named:
        yield _suites(comparison, reference)
        for suite in comparison.suites:
            if strata and suite.strata:
                yield _strata(comparison, suite)


def _strata(comparison: Comparison, suite: SuiteComparison) -> Section:
    rows = tuple(_row(f"{part.stratum} {part.lang}", part, part.pvalue_adjusted, part.verdict) for part in suite.strata)
    about = "BH: corrected by Benjamini and Hochberg over all parts of all suites. They are for looking; no suite's verdict rests on them."
    return Section(f"{suite.suite} in parts: {comparison.baseline} → {comparison.candidate}", _columns("part", "BH"), rows, (about,))


def _suites(comparison: Comparison, reference: str) -> Section:
    rows = tuple(
        _row(suite.suite + ("\n  contaminated" if suite.contaminated else ""), suite, suite.pvalue_adjusted, suite.verdict)
        for suite in comparison.suites
    )
    family = "suites" if comparison.family == 1 else f"suites and {comparison.family} candidates"
    lines = [
        f"Intervals are 95 %. p: two-sided, below it corrected by Holm over {family}. +/−: items that are better and worse.",
        *([_FORCED] if comparison.forced else []),
        *(line for suite in comparison.suites for line in remarks(suite)),
    ]
    title = f"{reference} {comparison.baseline} → candidate {comparison.candidate}"
    return Section(title, _columns("suite", "Holm"), rows, tuple(lines))


def _columns(first: str, corrected: str) -> tuple[str, ...]:
    return first, "n", "baseline", "candidate", "difference", f"p\n{corrected}", "+/−", "verdict"


def _row(name: str, found: Difference, adjusted: float | None, verdict: Verdict) -> Row:
    cells = (
        name, str(found.n), *map("\n".join, (
            (number(found.baseline), interval(found.baseline_low, found.baseline_high)),
            (number(found.candidate), interval(found.candidate_low, found.candidate_high)),
            (signed(found.difference), interval(found.low, found.high, with_signs=True)),
            (probability(found.pvalue), probability(adjusted)),
        )), f"{len(found.gained)}/{len(found.lost)}", verdict.replace(" (", "\n("),
    )  # fmt: skip
    return Row(tuple(cell.removesuffix("\n–") for cell in cells), verdict)
