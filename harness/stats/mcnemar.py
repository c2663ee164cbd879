"""Paired 0/1 scores: McNemar's test, exact and mid-p, with Tango's score limits for the difference.

References
----------
.. [1] Fagerland, Lydersen, Laake (2013). The McNemar test for binary matched-pairs data: mid-p and asymptotic are better than exact
   conditional. BMC Medical Research Methodology 13:91.
"""

from dataclasses import dataclass

from scipy.stats import binom

from harness.stats.arguments import discordant_counts
from harness.stats.result import Caution, Interval, Status
from harness.stats.tango import tango_limits


@dataclass(frozen=True)
class McNemarResult:
    """Result of `mcnemar_midp` and `mcnemar_exact`."""

    gained: int
    """Pairs that went from wrong to right."""
    lost: int
    """Pairs that went from right to wrong."""
    n: int
    pvalue: float
    """Two-sided."""
    pvalue_greater: float
    """One-sided, of "the candidate is better"."""
    method: str
    status: Status
    """IDENTICAL where no pair is discordant."""
    warnings: tuple[Caution, ...]

    @property
    def difference(self) -> float:
        """Gained less lost as a share of all pairs, between -1 and 1."""
        return (self.gained - self.lost) / self.n

    def limits(self, confidence: float = 0.95) -> Interval:
        """Tango's two-sided limits of the difference; each alone is a one-sided limit of (1 + confidence) / 2."""
        return tango_limits(self.gained, self.lost, self.n, confidence).interval


def mcnemar_midp(gained: int, lost: int, n: int) -> McNemarResult:
    """Test whether gains and losses are equally likely; what was seen counts half, as it lies between "as extreme" and "more".

    Parameters
    ----------
    gained, lost : numbers of discordant pairs
    n : number of all pairs, at least ``gained + lost`` and at least 1

    Examples
    --------
    >>> round(mcnemar_midp(6, 16, 161).pvalue, 5)
    0.03469
    """
    discordant_counts(gained, lost, n)
    discordant = gained + lost
    if discordant == 0:
        return McNemarResult(gained, lost, n, 1.0, 1.0, "McNemar mid-p", Status.IDENTICAL, (Caution.FEW_DISCORDANT,))
    point = float(binom.pmf(gained, discordant, 0.5))
    greater = float(binom.sf(gained, discordant, 0.5)) + 0.5 * point
    less = float(binom.cdf(gained - 1, discordant, 0.5)) + 0.5 * point
    two_sided = 1 - 0.5 * point if gained == lost else 2 * min(greater, less)
    warnings = (Caution.FEW_DISCORDANT,) if discordant < 5 else ()
    return McNemarResult(gained, lost, n, two_sided, greater, "McNemar mid-p", Status.OK, warnings)


def mcnemar_exact(gained: int, lost: int, n: int) -> McNemarResult:
    """As `mcnemar_midp`, with the conditional exact p-value: it never errs more often than it says, and finds less.

    Examples
    --------
    >>> round(mcnemar_exact(6, 16, 161).pvalue, 6)
    0.052479
    """
    discordant_counts(gained, lost, n)
    discordant = gained + lost
    greater = float(binom.sf(gained - 1, discordant, 0.5))
    two_sided = min(1.0, 2 * float(binom.cdf(min(gained, lost), discordant, 0.5)))
    status = Status.OK if discordant else Status.IDENTICAL
    warnings = (Caution.FEW_DISCORDANT_EXACT,) if discordant < 6 else ()
    return McNemarResult(gained, lost, n, two_sided, greater, "McNemar exact", status, warnings)
