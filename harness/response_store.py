"""The database of responses in the user's cache folder: opening it, what is in it, making it smaller. What a response is, others know."""

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.cache import cache_folder
from harness.errors import RunError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS engines (id INTEGER PRIMARY KEY, kind TEXT, conditions TEXT, UNIQUE (kind, conditions));
CREATE TABLE IF NOT EXISTS responses (key TEXT PRIMARY KEY, engine INTEGER, model TEXT, used REAL, response TEXT);
CREATE INDEX IF NOT EXISTS by_use ON responses (used);
"""


def cache_file() -> Path:
    """Where the responses lie."""
    return cache_folder() / "responses.sqlite"


@contextmanager
def open_cache(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, made if need be; raises sqlite3.Error or OSError if it cannot be had."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as database:
        # No write-ahead log, which home folders on a network cannot have. What a crash of the machine loses costs time only.
        database.execute("PRAGMA synchronous=NORMAL")
        database.executescript(_SCHEMA)
        yield database


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
            removed += _shrink(database, larger)
            if dry:
                database.execute("ROLLBACK")
                return removed
            database.execute("DELETE FROM engines WHERE id NOT IN (SELECT engine FROM responses)")
            database.execute("COMMIT")
            more = removed
            while more:
                database.execute("VACUUM")
                # Only now it shows how large the file is.
                more = _shrink(database, larger)
                removed += more
            return removed
    except sqlite3.Error as error:
        raise RunError(f"{path} cannot be pruned ({error}); try again when no run uses it, or delete it.") from error


def _shrink(database: sqlite3.Connection, larger: int | None) -> int:
    """Remove what is longest unused, by an estimate of how much it takes; returns how many responses."""
    if larger is None:
        return 0
    (count,) = database.execute("SELECT count(*) FROM responses").fetchone()
    pages, free, size = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size"))
    taken = (pages - free) * size
    if taken <= larger or not count:
        return 0
    # Some below, for rows differ in size and pages are filled unevenly.
    share = 1 - 0.9 * larger / taken
    oldest = "SELECT key FROM responses ORDER BY used LIMIT ?"
    return database.execute(f"DELETE FROM responses WHERE key IN ({oldest})", (math.ceil(count * share),)).rowcount
