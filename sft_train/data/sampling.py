"""Choosing rows: so that fields have wanted shares, or a part that is as the whole."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.errors import UserError
from sft_train.data.record import Row


def field_value(row: Row, name: str) -> str:
    """The value of a row's field, known or kept, as text; raises UserError for a field that rows do not have."""
    if name in row.extra:
        return str(row.extra[name])
    if name == "rounds":
        return "3+" if row.rounds >= 3 else str(row.rounds)
    if name in ("task", "lang", "source", "license", "group"):
        return str(getattr(row, name))
    raise UserError(
        f"{row.where}: has no field '{name}' to sample by; there are task, lang, source, license, group, rounds, and those under `keep`."
    )


@dataclass(frozen=True, slots=True)
class Sampled:
    """A training part with the shares that were asked for."""

    rows: list[Row]
    """In the order in which they were given; repeated rows follow each other."""
    report: dict[str, dict[str, Any]]
    """Of each value: rows given, rows taken, how many of these are repetitions, wanted and reached share."""


def sample_shares(
    rows: Sequence[Row], by: str, wanted: dict[str, float], total: int | None = None, repeat: int = 1, seed: int = 0
) -> Sampled:
    """Rows so that the values of the field `by` have the `wanted` shares, which must add up to 1.

    Without `total` as many as there can be, every row at most `repeat` times. Raises UserError if that many cannot be had.
    """
    if abs(sum(wanted.values()) - 1) > 1e-6:
        raise UserError(f"The shares of {by} add up to {sum(wanted.values()):.3g}, not to 1.")
    groups: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        groups[field_value(row, by)].append(at)
    if missing := [value for value, share in wanted.items() if share > 0 and not groups[value]]:
        raise UserError(
            f"No rows have {by} {', '.join(missing)}; there are {', '.join(sorted(value for value in groups if groups[value]))}."
        )
    can = {value: repeat * len(groups[value]) / share for value, share in wanted.items() if share > 0}
    most = math.floor(min(can.values()) + 1e-9)
    if total is not None and total > most:
        short = min(can, key=lambda value: can[value])
        raise UserError(
            f"{total} rows cannot be had with these shares: {by} '{short}' allows {most}. Lower `rows`, raise `repeat`, or add rows."
        )
    sizes = _apportion(wanted, most if total is None else total)
    random = np.random.default_rng(seed)
    taken: Counter[int] = Counter()
    for value in sorted(wanted):
        if not groups[value]:
            continue
        size, have = sizes[value], len(groups[value])
        whole, rest = divmod(size, have)
        for at in groups[value]:
            taken[at] += whole
        taken.update(groups[value][at] for at in random.permutation(have)[:rest])
    report = {
        value: {
            "given": len(groups[value]), "taken": sizes.get(value, 0), "repeated": max(0, sizes.get(value, 0) - len(groups[value])),
            "wanted": wanted.get(value, 0.0), "reached": sizes.get(value, 0) / max(sum(sizes.values()), 1),
        }
        for value in sorted(groups)
    }  # fmt: skip
    return Sampled([row for at, row in enumerate(rows) for _ in range(taken[at])], report)


def stratified(rows: Sequence[Row], share: float, by: Sequence[str], seed: int = 0) -> list[int]:
    """Positions of about `share` of the rows, in order: from each combination of the fields `by` as near to its share as whole rows allow,
    and at least one.
    """
    strata: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        strata[tuple(field_value(row, name) for name in by)].append(at)
    random = np.random.default_rng(seed)
    chosen: list[int] = []
    for stratum in sorted(strata):
        members = strata[stratum]
        size = min(len(members), max(1, math.ceil(share * len(members) - 1e-9)))
        chosen += [members[at] for at in random.permutation(len(members))[:size]]
    return sorted(chosen)


def _apportion(shares: dict[str, float], total: int) -> dict[str, int]:
    """Whole numbers that add up to `total`, by largest remainders."""
    exact = {value: share * total for value, share in shares.items()}
    sizes = {value: math.floor(number + 1e-9) for value, number in exact.items()}
    for value in sorted(exact, key=lambda value: (sizes[value] - exact[value], value))[: total - sum(sizes.values())]:
        sizes[value] += 1
    return sizes
