"""hash_file: the contents decide, and the memory of hashes never serves a stale one."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import blake3
import pytest

from harness.cache import cache_folder, hash_file

_HOUR_NS = 3_600_000_000_000


def remembered() -> list[str]:
    with closing(sqlite3.connect(cache_folder() / "file-hashes.sqlite")) as database:
        return [row[0] for row in database.execute("SELECT hash FROM hashes")]


def let_files_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the clock on by an hour, since a file's ctime cannot be set back."""
    real = time.time_ns
    monkeypatch.setattr("harness.cache.time.time_ns", lambda: real() + _HOUR_NS)


def rewrite(path: Path, data: bytes) -> None:
    """Write in place, restore the mtime, and see to it that the clock behind ctime has ticked meanwhile."""
    before = path.stat()
    while True:
        path.write_bytes(data)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        if path.stat().st_ctime_ns != before.st_ctime_ns:
            return


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 10_000])
def test_the_hash_is_blake3_of_the_contents(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "weights"
    path.write_bytes(data)
    assert hash_file(path) == blake3.blake3(data).hexdigest()


def test_a_file_changed_a_moment_ago_is_not_remembered(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    hash_file(path)
    assert remembered() == []


def test_setting_mtime_back_does_not_make_a_fresh_file_old(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    os.utime(path, ns=(0, path.stat().st_mtime_ns - _HOUR_NS))
    hash_file(path)
    assert remembered() == []


def test_a_fresh_file_rewritten_at_once_with_the_same_size_and_mtime_is_hashed_anew(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    stat = path.stat()
    hash_file(path)
    path.write_bytes(b"two")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert hash_file(path) == blake3.blake3(b"two").hexdigest()


def test_a_file_at_rest_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    let_files_rest(monkeypatch)
    assert remembered_after(path) == [hash_file(path)]
    with closing(sqlite3.connect(cache_folder() / "file-hashes.sqlite")) as database, database:
        database.execute("UPDATE hashes SET hash = 'from memory'")
    assert hash_file(path) == "from memory"


def remembered_after(path: Path) -> list[str]:
    hash_file(path)
    return remembered()


def test_a_remembered_file_rewritten_in_place_with_the_same_size_and_mtime_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    let_files_rest(monkeypatch)
    assert len(remembered_after(path)) == 1
    rewrite(path, b"two")
    assert hash_file(path) == blake3.blake3(b"two").hexdigest()


def test_a_remembered_file_replaced_by_another_of_the_same_size_and_mtime_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "weights", tmp_path / "other"
    path.write_bytes(b"one")
    other.write_bytes(b"two")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    let_files_rest(monkeypatch)
    assert len(remembered_after(path)) == 1
    other.replace(path)
    assert hash_file(path) == blake3.blake3(b"two").hexdigest()


def test_a_file_that_changes_while_it_is_hashed_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    real = time.time_ns

    def change_then_tell_the_time() -> int:
        path.write_bytes(b"longer")
        return real() + _HOUR_NS

    monkeypatch.setattr("harness.cache.time.time_ns", change_then_tell_the_time)
    hash_file(path)
    assert remembered() == []


def test_a_damaged_memory_costs_only_time(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    cache_folder().mkdir(parents=True, exist_ok=True)
    (cache_folder() / "file-hashes.sqlite").write_bytes(b"this is no database" * 100)
    assert hash_file(path) == blake3.blake3(b"one").hexdigest()


def test_a_cache_folder_that_cannot_be_made_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    monkeypatch.setenv("SFT_HARNESS_CACHE", str(path / "below a file"))
    let_files_rest(monkeypatch)
    assert hash_file(path) == blake3.blake3(b"one").hexdigest()
