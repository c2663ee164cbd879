"""Points that an answer must hold, each in one of several wordings. Written by people, found by rule: a wording stands in the text or not,
and no judgement is made of what is said around it ("no need to call an ambulance" holds "ambulance").
"""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from harness.scorers.text import comparable, contains_phrase, require_phrase


def _require_wording(wording: str) -> str:
    require_phrase(wording.removesuffix("*"))
    return wording


Point = Annotated[tuple[Annotated[str, AfterValidator(_require_wording)], ...], Field(min_length=1)]
"""Wordings, one of which must stand in the answer, as `contains_phrase` looks for it; `*` at the end stands for any ending: "park*"."""


def holds(text: str, point: Sequence[str]) -> bool:
    """Whether one of the wordings of `point` stands in `text`.

    >>> holds("Try parking in the shade.", ["park*"])
    True
    """
    return any(_stands(text, wording) for wording in point)


def missing_points(text: str, points: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The points that `text` does not hold, in order."""
    return [point for point in points if not holds(text, point)]


def _stands(text: str, wording: str) -> bool:
    if not wording.endswith("*"):
        return contains_phrase(text, wording)
    stem = comparable(wording.removesuffix("*"))
    return re.search(("(?<![a-z0-9])" if re.match("[a-z0-9]", stem) else "") + re.escape(stem), comparable(text)) is not None
