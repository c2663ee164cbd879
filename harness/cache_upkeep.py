"""Looking after the cache of responses: what is in it, and making it smaller."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from harness.errors import RunError
from harness.response_cache import open_cache


@dataclass(frozen=True)
class CachedModel:
    """What is kept of one model."""

    model: str
    responses: int
    bytes: int
    last_used: float
    """Seconds since 1970."""


def cached_models(path: Path) -> list[CachedModel]:
    """What is kept, by model, the one used last first; nothing if there is no cache. Raises RunError if it cannot be read."""
    if not path.is_file():
        return []
    query = (
        "SELECT model, count(*), sum(length(CAST(response AS BLOB)) + length(key)), max(used) FROM responses GROUP BY model ORDER BY 4 DESC"
    )
    try:
        with open_cache(path) as database:
            return [CachedModel(*row) for row in database.execute(query)]
    except sqlite3.Error as error:
        raise RunError(f"{path} cannot be read ({error}); it may be deleted, and is made anew by the next run.") from error


def prune(path: Path, before: float | None, larger: int | None, dry: bool) -> int:
    """Remove responses last used before that time, then those longest unused until the file has at most `larger` bytes; returns how many.

    `dry`: only count. Raises RunError if the cache cannot be read or written.
    """
    if not path.is_file():
        return 0
    try:
        with open_cache(path) as database:
            database.execute("BEGIN IMMEDIATE")
            removed = 0 if before is None else database.execute("DELETE FROM responses WHERE used < ?", (before,)).rowcount
            if larger is not None:
                removed += _shrink(database, larger)
            if dry:
                database.execute("ROLLBACK")
                return removed
            database.execute("DELETE FROM engines WHERE id NOT IN (SELECT engine FROM responses)")
            database.execute("COMMIT")
            if removed:
                database.execute("VACUUM")
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return removed
    except sqlite3.Error as error:
        raise RunError(f"{path} cannot be pruned ({error}); try again when no run uses it, or delete it.") from error


def _shrink(database: sqlite3.Connection, larger: int) -> int:
    (count,) = database.execute("SELECT count(*) FROM responses").fetchone()
    pages, free, size = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size"))
    excess = (pages - free) * size - larger
    if excess <= 0 or not count:
        return 0
    share = min(1.0, excess / ((pages - free) * size))
    oldest = "SELECT key FROM responses ORDER BY used LIMIT ?"
    return database.execute(f"DELETE FROM responses WHERE key IN ({oldest})", (-int(-count * share // 1),)).rowcount
