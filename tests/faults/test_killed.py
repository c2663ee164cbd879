"""Whatever ends a run, the same command ends with what an undisturbed one finds."""

import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from harness.store import JOURNAL, MANIFEST, PLAN
from tests.faults.conftest import DIALOGUES, ITEMS, World, kill, result, run_of

pytestmark = [pytest.mark.heavy, pytest.mark.faults]
TRIES = 45


def test_kill_9_at_any_moment_loses_nothing(world: World, undisturbed: Any, tmp_path: Path) -> None:
    """Over the whole life of the run, from the first import to the last file; what was journalled is never asked for again."""
    began = time.monotonic()
    world.run(tmp_path / "timed")
    life = time.monotonic() - began
    moments = random.Random(11)
    killed = journalled = 0
    for number in range(TRIES):
        out = tmp_path / str(number)
        process = world.start(out)
        time.sleep(moments.uniform(0, life))
        alive = process.poll() is None
        kill(process) if alive else process.communicate()
        killed += alive
        kept = b""
        if out.is_dir() and (run_of(out) / JOURNAL).is_file():
            data = (run_of(out) / JOURNAL).read_bytes()
            kept = data[: data.rfind(b"\n") + 1]
            journalled += 0 < kept.count(b"\n") < ITEMS + 3 * DIALOGUES
        world.run(out)
        assert (run_of(out) / JOURNAL).read_bytes().startswith(kept)
        assert result(out) == undisturbed
    assert killed > TRIES // 2, "the runs ended before they could be killed"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_cleanly_and_the_command_continues(world: World, undisturbed: Any, tmp_path: Path, sent: signal.Signals) -> None:
    process = world.start(tmp_path)
    while not list(tmp_path.glob("*/" + PLAN)):  # The run has begun, and has a second of work before it.
        assert process.poll() is None, "the run ended before it could be stopped"
        time.sleep(0.001)
    process.send_signal(sent)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 3, said
    assert said.rstrip().splitlines()[-1].startswith("harness: Stopped. The same command continues")
    assert "Traceback" not in said
    assert not (run_of(tmp_path) / MANIFEST).exists()
    world.run(tmp_path)
    assert result(tmp_path) == undisturbed


def test_two_of_the_same_command_at_once_do_not_disturb_each_other(world: World, undisturbed: Any, tmp_path: Path) -> None:
    first = world.start(tmp_path)
    _until_journalled(first, tmp_path)
    first.send_signal(signal.SIGSTOP)
    said = world.run(tmp_path, code=2)
    assert "is in use by another process; wait for it to end" in said
    first.send_signal(signal.SIGCONT)
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert result(tmp_path) == undisturbed


def test_a_lock_file_that_was_left_behind_locks_nobody_out(world: World, undisturbed: Any, tmp_path: Path) -> None:
    process = world.start(tmp_path)
    _until_journalled(process, tmp_path)
    kill(process)
    assert (run_of(tmp_path) / "lock").is_file()
    world.run(tmp_path)
    assert result(tmp_path) == undisturbed


def _until_journalled(process: Any, out: Path) -> None:
    """Wait until the run has answers, and stop it from ending meanwhile."""
    while not [path for path in out.glob("*/" + JOURNAL) if path.stat().st_size]:
        assert process.poll() is None, "the run ended before it could be stopped"
        time.sleep(0.001)
