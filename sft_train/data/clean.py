"""Cleaning: rows in, rows out, and for each row that is left out its reason. Nothing goes silently."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from harness.hashing import hash_json
from sft_train.data.faults import RULES
from sft_train.data.fingerprints import Texts
from sft_train.data.near import Pair, near_pairs
from sft_train.data.record import Row

DUPLICATE, NEAR = "duplicate", "near_duplicate"
NEAR_THRESHOLD = 0.85
_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Left:
    """A row that was left out, and why."""

    row: Row
    reason: str
    text: str


@dataclass
class Cleaned:
    """Rows that stay, and those that do not with their reasons."""

    kept: list[Row] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Rows left out by reason, the most first."""
        return dict(Counter(each.reason for each in self.left).most_common())


def clean(rows: Sequence[Row], *, off: Iterable[str] = (), near: float = NEAR_THRESHOLD) -> Cleaned:
    """Leave out rows with a fault, then those that say the same as an earlier one, then near-duplicates (Jaccard similarity of shingles).

    `off` names rules that do not count: those of `faults.RULES`, duplicate, near_duplicate.
    """
    without = set(off)
    found = Cleaned()
    rules = {name: rule for name, rule in RULES.items() if name not in without}
    for row in rows:
        fault = next(((name, text) for name, rule in rules.items() if (text := rule(row)) is not None), None)
        if fault is None:
            found.kept.append(row)
        else:
            found.left.append(Left(row, *fault))
    if DUPLICATE not in without:
        _drop_same(found)
    if NEAR not in without:
        _drop_near(found, near)
    return found


def whole_hashes(rows: Sequence[Row]) -> list[str]:
    """Of each row a hash of its turns' letters, digits and characters; punctuation, case, width and spaces do not count."""
    texts = [part for row in rows for part in row.parts]
    hashes = [int(value) for start in range(0, len(texts), _CHUNK) for value in Texts(texts[start : start + _CHUNK]).wholes()]
    found, at = [], 0
    for row in rows:
        size = len(row.parts)
        found.append(hash_json(hashes[at : at + size]))
        at += size
    return found


def _drop_same(found: Cleaned) -> None:
    first: dict[str, Row] = {}
    kept = []
    for row, key in zip(found.kept, whole_hashes(found.kept), strict=True):
        earlier = first.setdefault(key, row)
        if earlier is row:
            kept.append(row)
        else:
            found.left.append(Left(row, DUPLICATE, f"says the same as {earlier.where}"))
    found.kept = kept


def _drop_near(found: Cleaned, threshold: float) -> None:
    """The earlier row of a pair stays, unless it was left out itself."""
    like: dict[int, list[Pair]] = {}
    for pair in near_pairs([row.talk for row in found.kept], threshold):
        like.setdefault(pair.second, []).append(pair)
    kept: list[Row] = []
    out: set[int] = set()
    for at, row in enumerate(found.kept):
        nearest = next((pair for pair in like.get(at, ()) if pair.first not in out), None)
        if nearest is None:
            kept.append(row)
        else:
            out.add(at)
            found.left.append(Left(row, NEAR, f"is {nearest.similarity:.0%} like {found.kept[nearest.first].where}"))
    found.kept = kept


def conflicts(rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Pairs of rows, the earlier first, with one prompt and different answers: one of them is wrong, or the question leaves it open."""
    talks = [row for row in rows if row.turns]
    keys = Texts(["\n".join(row.parts[:-1]) for row in talks]).wholes().tolist()
    first: dict[int, Row] = {}
    return [
        (earlier, row)
        for row, key in zip(talks, keys, strict=True)
        if (earlier := first.setdefault(key, row)) is not row and earlier.answer != row.answer
    ]
