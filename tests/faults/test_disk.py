"""A disk that is full or cannot be written ends a run with a sentence; with room the same command ends as if nothing had been."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.store import JOURNAL, MANIFEST
from tests.faults.conftest import World, result, run_of

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.faults,
    pytest.mark.skipif(os.geteuid() != 0 or not Path("/proc/mounts").exists(), reason="mounting a small disk needs root on Linux"),
]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """An empty disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    _mount(place, "-t", "tmpfs", "-o", "size=64k", "none")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def _mount(place: Path, *options: str) -> None:
    done = subprocess.run(["mount", *options, str(place)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")


def test_a_full_disk_at_each_write(world: World, undisturbed: Any, disk: Path) -> None:
    """The disk grows by a few pages at a time, so that it is full at the plan, in the journal, and at the files of the finished run."""
    stopped_at: list[str] = []
    for pages in range(1, 400, 4):
        _mount(disk, "-o", f"remount,size={4 * pages}k")
        process = world.start(disk / "runs")
        _, said = process.communicate(timeout=120)
        assert "Traceback" not in said, said
        if process.returncode == 0:
            break
        assert process.returncode in (2, 3), said
        assert "cannot be written" in said or "No space left on device" in said, said
        stopped_at.append(said.rstrip().splitlines()[-1])
    assert result(disk / "runs") == undisturbed
    places = " ".join(stopped_at)
    assert all(name in places for name in (JOURNAL, "responses.jsonl", "scores.jsonl")), places
    assert not list(run_of(disk / "runs").glob("*.part"))


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_done(world: World, disk: Path) -> None:
    _mount(disk, "-o", "remount,ro")
    said = world.run(disk / "runs", code=2)
    assert "cannot be written (Read-only file system); choose another parent with OUT (--out)" in said
    _mount(disk, "-o", "remount,rw,size=4m")
    world.run(disk / "runs")
    assert (run_of(disk / "runs") / MANIFEST).is_file()
