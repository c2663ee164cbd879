"""From a difference and a margin to a verdict: the design's table, from the third row on. Rows one and two are made in `suites.py`."""

from math import ceil, inf

from harness.compare.records import Difference, Verdict

ALPHA = 0.05
_POWER_FACTOR = 6.18
"""(z_0.95 + z_0.80) squared: items needed for 80 % power of a one-sided test are this times variance over margin squared."""


def decide(found: Difference, margin: float, adjusted: float, over: str = "suites") -> tuple[Verdict, str]:
    """Verdict and reason; `adjusted`: the one-sided p-value of "better", corrected over what `over` names."""
    lower, upper = -inf if found.lower is None else found.lower, inf if found.upper is None else found.upper
    if lower > 0 and adjusted <= ALPHA:
        return "IMPROVED", f"better at {ALPHA:.0%} after correction over {over} (p = {adjusted:.3g})"
    if found.at_floor:
        return "INCONCLUSIVE (floor)", "the baseline is not above chance, so nothing could be lost"
    if lower > -margin:
        return "PASS", f"no loss beyond the margin of {margin:.3g}" + ("; small real loss" if upper < 0 else "")
    if upper < 0:
        return "REGRESSED", f"worse at {ALPHA:.0%}, and a loss beyond the margin of {margin:.3g} is not ruled out"
    needed = max(ceil(_POWER_FACTOR * (found.variance or 0) / margin**2), found.n + 1)
    return "INCONCLUSIVE", f"about {needed} items are needed to rule out a loss of {margin:.3g}"
