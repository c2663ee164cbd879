"""One figure for several suites: a weighted sum of their means (or of their differences), with its standard error.

Sources: error propagation for independent means; degrees of freedom by Welch (1947), Biometrika 34:28-35.
"""

from math import fsum, inf, sqrt

from numpy.typing import ArrayLike
from scipy.stats import norm, t

from harness.stats.arguments import Floats, finite_array, share
from harness.stats.result import Estimate, Interval, Status


def composite(
    estimates: ArrayLike, standard_errors: ArrayLike, weights: ArrayLike, *, confidence: float = 0.95, degrees: ArrayLike | None = None
) -> Estimate:
    """Weighted sum of means of suites that share no items, with limits from the same weights.

    Parameters
    ----------
    estimates, standard_errors, weights : shape (suites,); weights are not negative and add up to 1
    degrees : shape (suites,), degrees of freedom of each standard error; with them the limits are Student's, else normal

    `n` of the result is the number of suites.

    Examples
    --------
    >>> result = composite([0.02, -0.01], [0.01, 0.02], [0.75, 0.25])
    >>> round(result.estimate, 4), round(result.standard_error, 4)
    (0.0125, 0.009)
    """
    means, errors, shares = (
        finite_array(name, values)
        for name, values in (("estimates", estimates), ("standard_errors", standard_errors), ("weights", weights))
    )
    for name, values in (("standard_errors", errors), ("weights", shares)):
        if len(values) != len(means):
            raise ValueError(f"{name} ({len(values)}) must be as many as estimates ({len(means)})")
        if (values < 0).any():
            raise ValueError(f"{name} must not be negative")
    if abs(fsum(shares) - 1) > 1e-6:
        raise ValueError(f"weights add up to {fsum(shares):.6g} and must add up to 1")
    level = (1 + share("confidence", confidence)) / 2
    variances = (shares * errors) ** 2
    error = sqrt(float(variances.sum()))
    estimate = float((shares * means).sum())
    method = "normal" if degrees is None else "t, Welch's degrees of freedom"
    freedom = inf if degrees is None else _welch(variances, finite_array("degrees", degrees))
    if error == 0:
        return Estimate(estimate, None, confidence, method, len(means), None, Status.NO_VARIATION)
    reach = error * float(norm.ppf(level) if freedom == inf else t.ppf(level, freedom))
    return Estimate(estimate, Interval(estimate - reach, estimate + reach), confidence, method, len(means), error)


def _welch(variances: Floats, degrees: Floats) -> float:
    if len(degrees) != len(variances):
        raise ValueError(f"degrees ({len(degrees)}) must be as many as estimates ({len(variances)})")
    if (degrees < 1).any():
        raise ValueError("degrees must be at least 1")
    spread = float((variances**2 / degrees).sum())
    return inf if spread == 0 else float(variances.sum()) ** 2 / spread
