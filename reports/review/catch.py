"""Rows that check the rater: how many, of which kinds, and how an answer is made worse without a mark that raters could learn."""

import json
from collections.abc import Sequence
from math import ceil
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import UserError
from harness.item import Lang
from harness.settings import first_error
from reports.review.draws import Draws
from reports.review.records import CatchRule, Kind, Layout, input_columns
from reports.review.reviewable import EMPTY
from reports.review.rubric import Rubric

SHARE = 0.08
FEWEST = 8
_ORDER: dict[Layout, tuple[Kind, ...]] = {"pairwise": ("dup", "bad", "same", "bad"), "single": ("dup", "bad")}
_CUT_FROM = 80
"""Characters from which an answer is cut off in the middle; a shorter one is replaced by the answer to another question."""


class Gold(BaseModel):
    """A line of a file of pairs (or single answers) whose rating careful people agree on."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    lang: Lang
    prompt: str = Field(min_length=1)
    answers: tuple[str, ...] = Field(min_length=1, max_length=2)
    expected: dict[str, str] = Field(min_length=1)
    """By input column, such as A1_follow, the agreed code."""


def read_gold(path: Path, rubric: Rubric, layout: Layout) -> list[Gold]:
    """Read a file with one JSON object a line; raises UserError with file, line and reason."""
    columns = input_columns(rubric, "rating", layout)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as text in UTF-8 ({error}).") from error
    made = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            gold = Gold.model_validate(json.loads(line))
        except ValidationError as error:
            raise UserError(f"{where}: {first_error(error)}") from error
        except ValueError as error:
            raise UserError(f"{where}: not a JSON object: {error}.") from error
        if len(gold.answers) != (2 if layout == "pairwise" else 1):
            raise UserError(f"{where}: the {layout} layout needs {2 if layout == 'pairwise' else 1} in 'answers'.")
        for column, code in gold.expected.items():
            if column not in columns or code not in rubric.dimension(columns[column][1]).codes:
                raise UserError(f"{where}: expected '{column}: {code}' is no column, or no level of it; columns are {', '.join(columns)}.")
        made.append(gold)
    if not made:
        raise UserError(f"{path}: holds no rows.")
    return made


def catch_rule(load: int, layout: Layout, gold: int, share_passed: float) -> CatchRule:
    """What a rater with `load` real rows gets: a twelfth more, at least eight, but never more than one to three real rows.

    >>> catch_rule(100, "pairwise", 0, 0.8).kinds
    {'dup': 2, 'bad': 4, 'same': 2}
    >>> catch_rule(9, "pairwise", 0, 0.8).kinds
    {'dup': 1, 'bad': 1, 'same': 1}
    """
    count = min(max(FEWEST, ceil(SHARE * load)), load // 3)
    of_gold = min(gold, count // 4)
    order = _ORDER[layout]
    kinds = [order[number % len(order)] for number in range(count - of_gold)]
    counts: dict[str, int] = {kind: kinds.count(kind) for kind in order if kind in kinds}
    return CatchRule(kinds=counts | ({"gold": of_gold} if of_gold else {}), needed=ceil(share_passed * count))


def degrade(text: str, others: Sequence[str], draws: Draws) -> str:
    """A clearly worse answer: cut off in the middle; if too short for that, the answer to another question (of `others`), or nothing."""
    strange = [other for other in others if other != text]
    if len(text) < _CUT_FROM and strange:
        return draws.choice(strange)
    cut = max(1, int(len(text) * (0.3 + 0.2 * draws.random())))
    while cut > 1 and not text[cut - 1].isalnum():
        cut -= 1
    return text[:cut] if cut < len(text) else EMPTY
