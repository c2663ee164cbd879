"""Paired 0/1 scores of every item: McNemar's mid-p with Tango's limits, as one result.

Sources: `harness.stats.mcnemar`, `harness.stats.tango`.
"""

from numpy.typing import ArrayLike

from harness.stats.arguments import finite_array, two_sided
from harness.stats.mcnemar import mcnemar_midp
from harness.stats.result import PairedResult


def paired_binary(baseline: ArrayLike, candidate: ArrayLike, *, confidence: float = 0.95) -> PairedResult:
    """Test whether two sides are right on the same items equally often; every item stands for itself.

    Parameters
    ----------
    baseline, candidate : shape (n,), 0 or 1 for each item, in the same order

    Raises ValueError, naming the argument, for other values and for different lengths.

    Examples
    --------
    >>> result = paired_binary([1, 1, 0, 1, 0, 1, 1, 1], [1, 0, 1, 1, 1, 1, 1, 1])
    >>> result.difference, round(result.pvalue, 3)
    (0.125, 0.625)
    """
    old, new = finite_array("baseline", baseline), finite_array("candidate", candidate)
    for name, scores in (("baseline", old), ("candidate", new)):
        if not ((scores == 0) | (scores == 1)).all():
            raise ValueError(f"{name} must hold 0 and 1 only")
    if len(old) != len(new):
        raise ValueError(f"candidate ({len(new)}) must be as long as baseline ({len(old)})")
    n = len(old)
    test = mcnemar_midp(int((new > old).sum()), int((new < old).sum()), n)
    return PairedResult(
        test.difference, test.pvalue, test.pvalue_greater, test.limits(confidence), test.limits(two_sided(confidence)), confidence,
        test.method, "Tango", n, n, None, test.status, test.warnings,
    )  # fmt: skip
