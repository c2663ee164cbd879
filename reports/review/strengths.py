"""Several candidates on one scale: strengths of all runs from the preferences, by Bradley and Terry."""

from collections.abc import Sequence

from harness.stats.bradley_terry import BradleyTerry, bradley_terry
from reports.review.unblinded import BASELINE, View


def strengths(views: Sequence[View]) -> BradleyTerry | None:
    """Log-odds of being preferred to the baseline, errors clustered by item; None for fewer than two candidates, or without preferences.

    Sides are indices into `Key.runs`. A slight preference counts as much as a strong one.
    """
    asked = sorted((view for view in views if view.preference is not None), key=lambda view: view.candidate)
    if len({view.candidate for view in asked}) < 2:
        return None
    outcomes = [0.5 if not view.preference else float(view.preference < 0) for view in asked]
    return bradley_terry([BASELINE] * len(asked), [view.candidate for view in asked], outcomes, [view.unit for view in asked])
