"""Training, validation and test parts that share nothing: rows that are alike, or belong together, stay on one side."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from harness.errors import UserError
from sft_train.data.near import Pair, near_groups, near_pairs
from sft_train.data.record import Row
from sft_train.data.sampling import field_value

Part = Literal["train", "validation", "test"]


@dataclass
class Parts:
    """The rows of each part."""

    train: list[Row] = field(default_factory=list)
    validation: list[Row] = field(default_factory=list)
    test: list[Row] = field(default_factory=list)
    largest: int = 0
    """Rows in the largest group of rows that are alike."""

    def named(self) -> dict[Part, list[Row]]:
        """Rows by the name of their part."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


def split_rows(
    rows: Sequence[Row], validation: float, test: float, *, similar: float = 0.6, by: Sequence[str] = ("task", "lang"), seed: int = 0
) -> Parts:
    """Split so that validation and test have about these shares of the rows, of each combination of the fields `by` about the same.

    Rows whose questions or whole texts have a Jaccard similarity of at least `similar`, and rows of one `group`, are never parted. Raises
    UserError if so much is alike that a part would stay empty.
    """
    if validation + test >= 1:
        raise UserError(f"validation ({validation:g}) and test ({test:g}) leave nothing to train on.")
    groups = group_rows(rows, similar)
    members: dict[int, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        members[group].append(at)
    strata = [tuple(field_value(row, name) for name in by) for row in rows]
    sizes = Counter(strata)
    wanted = {
        part: {stratum: share * size for stratum, size in sizes.items()} for part, share in (("test", test), ("validation", validation))
    }
    part_of: dict[int, str] = {}
    order = np.random.default_rng(seed).permutation(sorted(members))
    # Large groups are hard to place and stay in training; a stable sort keeps the drawn order among equals.
    for group in sorted(order, key=lambda group: len(members[group])):
        part = next((name for name, left in wanted.items() if _fits(Counter(strata[at] for at in members[group]), left)), "train")
        if part != "train":
            for at in members[group]:
                wanted[part][strata[at]] -= 1
        part_of[group] = part
    parts = Parts(largest=max(map(len, members.values()), default=0))
    for row, group in zip(rows, groups, strict=True):
        getattr(parts, part_of[group]).append(row)
    for name, share in (("validation", validation), ("test", test)):
        if share and not getattr(parts, name):
            text = (
                f"No rows are left for {name}: {len(rows)} rows in {len(members)} groups of rows that are alike (largest {parts.largest})"
            )
            raise UserError(f"{text}. Add rows, or raise `similar` or the share.")
    return parts


def group_rows(rows: Sequence[Row], similar: float) -> list[int]:
    """Of each row the number of its group."""
    pairs = near_pairs([row.talk for row in rows], similar) + near_pairs([row.question or row.text for row in rows], similar)
    first: dict[str, int] = {}
    for at, row in enumerate(rows):
        if row.group and (earlier := first.setdefault(row.group, at)) != at:
            pairs.append(Pair(earlier, at, 1.0))
    return [int(group) for group in near_groups(len(rows), pairs)]


@dataclass(frozen=True, slots=True)
class Nearest:
    """A row that was held out, and the training row that is most like it (Jaccard, 0 to 1)."""

    held_out: Row
    train: Row
    similarity: float


def nearest_pairs(train: Sequence[Row], held_out: Sequence[Row], count: int = 50, least: float = 0.2) -> list[Nearest]:
    """The pairs of a training row and a held-out row that are most alike, each held-out row once, for eyes."""
    rows = [*train, *held_out]
    sides = [0] * len(train) + [1] * len(held_out)
    found: dict[int, Nearest] = {}
    for pair in near_pairs([row.talk for row in rows], least, apart=sides):
        found.setdefault(pair.second, Nearest(rows[pair.second], rows[pair.first], pair.similarity))
    return sorted(found.values(), key=lambda each: -each.similarity)[:count]


def refuse_overlap(train: Sequence[Row], held_out: Sequence[Row], similar: float, name: str) -> None:
    """Raise UserError, naming rows, if held-out rows are alike to training rows: what they say about the model would be memory."""
    rows = [*train, *held_out]
    sides = [0] * len(train) + [1] * len(held_out)
    pairs = near_pairs([row.talk for row in rows], similar, apart=sides)
    if pairs:
        shown = "; ".join(f"{rows[pair.second].where} is {pair.similarity:.0%} like {rows[pair.first].where}" for pair in pairs[:3])
        rows_named = f"{len({pair.second for pair in pairs})} rows ({shown})"
        raise UserError(f"The {name} part overlaps the training part in {rows_named}; take them out of one of the two.")


def _fits(needed: Counter[tuple[str, ...]], left: dict[tuple[str, ...], float]) -> bool:
    """Whether a group may go where so much is wanted: rounding may exceed it by half a row."""
    return all(count <= left[stratum] + 0.5 for stratum, count in needed.items())
