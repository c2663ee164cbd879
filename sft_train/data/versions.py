"""Versions of a data set: known by the hash of their contents, compared row by row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.hashing import hash_json
from sft_train.data.record import Row


def row_hash(row: Row) -> str:
    """Hash of what is learnt from a row: turns with their weights, or text, and facts, state, rejected answer; not its place or id."""
    turns = [[turn.role, turn.content, turn.weight] for turn in row.turns]
    return hash_json([turns, row.text, list(row.facts), row.state, row.rejected])


def data_hash(rows: Sequence[Row]) -> str:
    """Hash of a set of rows, whatever their order."""
    return hash_json(sorted(row_hash(row) for row in rows))


@dataclass(frozen=True, slots=True)
class Difference:
    """What two versions of a data set do not share."""

    added: list[Row]
    removed: list[Row]
    changed: list[tuple[Row, Row]]
    """Rows with the same id, or the same prompt, and other contents: before, after."""
    same: int

    @property
    def by_task(self) -> dict[str, tuple[int, int, int]]:
        """Of each task the numbers of rows added, removed, changed."""
        counts = [
            Counter(row.task or "(none)" for row in rows) for rows in (self.added, self.removed, [after for _, after in self.changed])
        ]
        return {task: (counts[0][task], counts[1][task], counts[2][task]) for task in sorted(set().union(*counts))}


def compare_versions(before: Sequence[Row], after: Sequence[Row]) -> Difference:
    """What has become of the rows of one version in another."""
    old, new = ({row_hash(row): row for row in rows} for rows in (before, after))
    removed = [row for key, row in old.items() if key not in new]
    added = [row for key, row in new.items() if key not in old]
    known = {_key(row): row for row in removed}
    changed = [(known[_key(row)], row) for row in added if _key(row) in known]
    gone, come = {_key(row) for row, _ in changed}, {_key(row) for _, row in changed}
    return Difference(
        added=[row for row in added if _key(row) not in come],
        removed=[row for row in removed if _key(row) not in gone],
        changed=changed,
        same=len(old.keys() & new.keys()),
    )


def _key(row: Row) -> str:
    return f"id:{row.id}" if row.id else f"prompt:{hash_json([turn.content for turn in row.turns[:-1]] or row.text[:100])}"
