"""Parts of a suite: its strata, its languages, and the languages of its strata. For looking, not for deciding."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.compare.paired import difference_of
from harness.compare.records import Difference, Extent, StratumComparison
from harness.compare.runs import Row, extents, within
from harness.compare.verdicts import ALPHA, corrected, decide, needed
from harness.stats.multiplicity import benjamini_hochberg


@dataclass(frozen=True)
class Part:
    """A part of a suite, before the correction over all parts."""

    suite: str
    stratum: str
    """Or "all"."""
    lang: Extent
    margin: float
    difference: Difference


def parts_of(suite: str, margin: float, baseline: Sequence[Row], candidate: Sequence[Row]) -> tuple[Part, ...]:
    """Every part that is not the whole again: a suite of one stratum and one language has none."""
    strata = list(dict.fromkeys(row["stratum"] for row in candidate if row["score"] is not None))
    named = ["all", *(strata if len(strata) > 1 else ())]
    places = [(stratum, lang) for stratum in named for lang in extents(within(candidate, stratum, "all"))]
    found = []
    for stratum, lang in places:
        difference = difference_of(within(baseline, stratum, lang), within(candidate, stratum, lang))
        if difference is not None and (stratum, lang) != ("all", "all"):
            found.append(Part(suite, stratum, lang, margin, difference))
    return tuple(found)


def settle_parts(parts: Sequence[Part]) -> dict[str, tuple[StratumComparison, ...]]:
    """By suite its parts with their verdicts, corrected by Benjamini and Hochberg over all that are given.

    Other than of a suite, a loss of a part is one only after the correction: among twenty parts one is always the worst.
    """
    settled: dict[str, list[StratumComparison]] = {}
    two_sided = corrected([part.difference.pvalue for part in parts], benjamini_hochberg)
    better = corrected([part.difference.pvalue_better for part in parts], benjamini_hochberg)
    worse = corrected([part.difference.pvalue_worse for part in parts], benjamini_hochberg)
    for part, pvalue, gain, loss in zip(parts, two_sided, better, worse, strict=True):
        verdict, reason = decide(part.difference, part.margin, gain, "strata", part.difference.n, "items")
        if verdict == "REGRESSED" and (loss is None or loss > ALPHA):
            verdict, reason = "INCONCLUSIVE", f"worse only before the correction over strata; {_needed(part)}"
        settled.setdefault(part.suite, []).append(
            StratumComparison(
                stratum=part.stratum, lang=part.lang, verdict=verdict, reason=reason, pvalue_adjusted=pvalue, **vars(part.difference)
            )
        )  # fmt: skip
    return {suite: tuple(found) for suite, found in settled.items()}


def _needed(part: Part) -> str:
    return needed(part.difference, part.margin, part.difference.n, "items")
