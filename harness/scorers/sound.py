"""Whether what a scorer returned is a verdict at all."""

from math import isfinite

from harness.records import FollowUp, Score
from harness.scorers import Scorer, is_measurement


def sound(scorer: Scorer, result: object) -> Score | FollowUp:
    """`result`, if it is a follow-up or a score of this scorer's metrics; raises ValueError, saying what is wrong, if it is not.

    Scores are finite, and from 0 to 1 unless the scorer measures in a unit of its own.
    """
    if isinstance(result, FollowUp):
        return result
    if not isinstance(result, Score):
        raise ValueError(f"it returned no score but {type(result).__name__}")
    if scorer.metrics[0] not in result.metrics:
        raise ValueError(f"its score has no '{scorer.metrics[0]}'")
    for name, value in result.metrics.items():
        if isinstance(value, str) or not isfinite(value) or not (is_measurement(scorer.name) or 0 <= value <= 1):
            raise ValueError(f"its {name} is {value!r}")
    return result
