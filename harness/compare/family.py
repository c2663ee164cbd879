"""Verdicts of several suites and candidates at once: what looks like a gain must be one among all that were looked at."""

from collections.abc import Sequence

from harness.compare.records import SuiteComparison
from harness.compare.strata import settle_parts
from harness.compare.suites import SuiteFound
from harness.compare.verdicts import corrected, decide
from harness.stats.multiplicity import holm


def settle(candidates: Sequence[Sequence[SuiteComparison | SuiteFound]]) -> list[tuple[SuiteComparison, ...]]:
    """Per candidate its suites with their verdicts: Holm over all suites of all candidates that have numbers, none for the rest.

    Parts of suites are corrected within each candidate.
    """
    every = [found for own in candidates for found in own if isinstance(found, SuiteFound)]
    two_sided = iter(corrected([found.difference.pvalue for found in every], holm))
    better = iter(corrected([found.difference.pvalue_better for found in every], holm))
    over = "suites" if len(candidates) == 1 else "suites and candidates"
    settled = []
    for own in candidates:
        strata = settle_parts([part for found in own if isinstance(found, SuiteFound) for part in found.parts])
        suites = []
        for found in own:
            if isinstance(found, SuiteFound):
                adjusted = next(better)
                verdict, reason = decide(found.difference, found.margin, adjusted, over, found.units, found.unit)
                found = SuiteComparison(
                    suite=found.suite, verdict=verdict, reason=reason, margin=found.margin, pvalue_adjusted=next(two_sided),
                    pvalue_improved=adjusted, strata=strata.get(found.suite, ()), **vars(found.difference), **found.beside,
                )  # fmt: skip
            suites.append(found)
        settled.append(tuple(suites))
    return settled
