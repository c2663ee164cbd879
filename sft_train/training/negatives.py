"""Rejected answers that are drawn: the answer to another question, as a model gives that misses the point."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sft_train.data.record import Row


def with_drawn_negatives(rows: Sequence[Row], seed: int) -> list[Row]:
    """The rows, those that end with an answer and have no rejected one with the answer of another row of their language.

    An answer that says the same, or belongs to the same group, is no other one; where a language has none, the row stays as it is.
    """
    chance = np.random.default_rng(seed)
    pools: dict[str, list[Row]] = {}
    for row in rows:
        if _answer(row):
            pools.setdefault(row.lang, []).append(row)
    return [replace(row, rejected=_drawn(row, pools[row.lang], chance)) if _answer(row) and not row.rejected else row for row in rows]


def _drawn(row: Row, pool: Sequence[Row], chance: np.random.Generator) -> str:
    mine = _answer(row)
    for at in chance.permutation(len(pool)):
        other = pool[at]
        if _answer(other) != mine and not (row.group and row.group == other.group):
            return _answer(other)
    return ""


def _answer(row: Row) -> str:
    """What the last turn says, if it is the model's."""
    return row.turns[-1].content.strip() if row.turns and row.turns[-1].role == "assistant" else ""
