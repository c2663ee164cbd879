"""From limits and a margin to a verdict: the design's table, from the third row on. The first two rows are made in `suites.py`."""

from collections.abc import Callable, Sequence
from math import inf

from harness.compare.records import Difference, Verdict
from harness.stats.power import needed_items
from harness.stats.result import AdjustedPvalues

ALPHA = 0.05


def corrected(pvalues: Sequence[float | None], correct: Callable[[Sequence[float]], AdjustedPvalues]) -> list[float | None]:
    """The p-values as `correct` adjusts them together; tests that have none do not weigh on the others."""
    adjusted = iter(correct([pvalue for pvalue in pvalues if pvalue is not None]).pvalues)
    return [None if pvalue is None else next(adjusted) for pvalue in pvalues]


def decide(found: Difference, margin: float, better: float | None, over: str, units: int, unit: str) -> tuple[Verdict, str]:
    """Verdict and reason.

    `better`: the one-sided p-value of "better", corrected over what `over` names. `units` are there of what the variance is of.
    """
    lower, upper = -inf if found.lower is None else found.lower, inf if found.upper is None else found.upper
    if lower > 0 and better is not None and better <= ALPHA:
        return "IMPROVED", f"better at {ALPHA:.0%} after correction over {over} (p = {better:.3g})"
    if found.at_floor:
        return "INCONCLUSIVE (floor)", "the baseline is not above chance, so nothing could be lost"
    if lower > -margin:
        return "PASS", f"no loss beyond the margin of {margin:.3g}" + ("; small real loss" if upper < 0 else "")
    if upper < 0:
        return "REGRESSED", f"worse at {ALPHA:.0%}, and a loss beyond the margin of {margin:.3g} is not ruled out"
    return "INCONCLUSIVE", needed(found, margin, units, unit)


def needed(found: Difference, margin: float, units: int, unit: str) -> str:
    """How much more it would take to rule out a loss of the margin where there is none."""
    if found.variance is None:
        return f"more {unit} are needed to rule out a loss of {margin:.3g}; how many, these do not tell"
    count = max(needed_items(found.variance, margin, sides=1).n, units + 1)
    return f"about {count} {unit} are needed to rule out a loss of {margin:.3g}"
