"""Screening and confirmation: the level at which a flagged suite must be confirmed, so that false alarms stay rare over many nights.

A flagged suite is measured again the same night with fresh responses on both sides; both tests are then independent, and without a
change nights * suites * screen * confirm false alarms are expected.
"""

from harness.stats.arguments import at_least, share


def confirmation_level(target: float, suites: int, nights: int, screen: float) -> float:
    """Level of the second, one-sided test: target / (suites * nights * screen), and at most 1.

    Parameters
    ----------
    target : false alarms accepted over all `nights`, between 0 and 1
    suites : how many are screened each night
    screen : level of the first, one-sided test

    Examples
    --------
    >>> round(confirmation_level(0.05, suites=10, nights=30, screen=0.05), 4)
    0.0033
    """
    looks = at_least("suites", suites, 1) * at_least("nights", nights, 1)
    return min(1.0, share("target", target) / (looks * share("screen", screen)))
