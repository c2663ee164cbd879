"""The user's cache folder, and a memory of file hashes so that large weights are read once."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import blake3

_FRESH_NS = 2_000_000_000


def cache_folder() -> Path:
    """`SFT_HARNESS_CACHE`, or `sft-harness` under the XDG cache folder. It may be deleted at any time."""
    if chosen := os.environ.get("SFT_HARNESS_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").expanduser() / "sft-harness"


def hash_file(path: Path) -> str:
    """BLAKE3 hash of a file's contents, as 64 hex digits.

    It is remembered by path, size, mtime, ctime and inode. A file changed less than two seconds before it is hashed is hashed
    anew each time: a second change within the clock's grain would not show in those numbers.
    """
    stat = path.stat()
    key = (str(path.resolve()), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    if (known := _recall(key)) is not None:
        return known
    now = time.time_ns()
    digest = blake3.blake3(max_threads=blake3.blake3.AUTO)
    digest.update_mmap(path)
    value = digest.hexdigest()
    after = path.stat()
    unchanged = (after.st_size, after.st_mtime_ns, after.st_ctime_ns, after.st_ino) == key[1:]
    if unchanged and now - max(stat.st_mtime_ns, stat.st_ctime_ns) >= _FRESH_NS:
        _remember(key, value)
    return value


def _open() -> sqlite3.Connection:
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(folder / "file-hashes.sqlite", timeout=10, isolation_level=None)
    database.execute(
        "CREATE TABLE IF NOT EXISTS hashes (path TEXT, size INT, mtime INT, ctime INT, inode INT, hash TEXT, "
        "PRIMARY KEY (path, size, mtime, ctime, inode))"
    )
    return database


def _recall(key: tuple[str, int, int, int, int]) -> str | None:
    try:
        with closing(_open()) as database:
            query = "SELECT hash FROM hashes WHERE path=? AND size=? AND mtime=? AND ctime=? AND inode=?"
            row = database.execute(query, key).fetchone()
    except (sqlite3.Error, OSError):
        return None  # The memory only saves time; without it the file is read again.
    return None if row is None else str(row[0])


def _remember(key: tuple[str, int, int, int, int], value: str) -> None:
    try:
        with closing(_open()) as database:
            database.execute("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?, ?, ?, ?)", (*key, value))
    except (sqlite3.Error, OSError):
        return
