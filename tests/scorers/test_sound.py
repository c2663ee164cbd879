"""What is no verdict is refused with the reason."""

from typing import Any

import pytest

from harness.records import FollowUp, Score
from harness.scorers import load_scorer
from harness.scorers.sound import sound


@pytest.mark.parametrize(
    ("scorer", "result", "reason"),
    [
        ("exact", None, "it returned no score but NoneType"),
        ("exact", {"correct": 1.0}, "it returned no score but dict"),
        ("exact", Score({}), "its score has no 'correct'"),
        ("exact", Score({"right": 1.0}), "its score has no 'correct'"),
        ("exact", Score({"correct": float("nan")}), "its correct is nan"),
        ("exact", Score({"correct": 1.5}), "its correct is 1.5"),
        ("exact", Score({"correct": -0.1}), "its correct is -0.1"),
        ("exact", Score({"correct": 1.0, "other": float("inf")}), "its other is inf"),
        ("exact", Score({"correct": "yes"}), "its correct is 'yes'"),  # type: ignore[dict-item]
        ("bits_per_byte", Score({"bits_per_byte": float("inf")}), "its bits_per_byte is inf"),
    ],
)
def test_nonsense_is_named(scorer: str, result: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        sound(load_scorer(scorer), result)


@pytest.mark.parametrize(
    ("scorer", "result"),
    [
        ("exact", Score({"correct": 1.0})),
        ("exact", Score({"correct": True})),
        ("bits_per_byte", Score({"bits_per_byte": 2.5})),
        ("dialogue", FollowUp(({"role": "user", "content": "And now?"},))),
    ],
)
def test_verdicts_are_what_they_were(scorer: str, result: Any) -> None:
    assert sound(load_scorer(scorer), result) is result
