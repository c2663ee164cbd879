"""Files of a run that were damaged: mended where nothing is lost, named where something is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.store import ENGINE, JOURNAL, MANIFEST, PLAN, SELF_CHECKS
from tests.faults.conftest import World, result, run_of

pytestmark = [pytest.mark.heavy, pytest.mark.faults]

Damage = Callable[[Path], Any]


def cut(name: str) -> Damage:
    def damage(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])

    return damage


def unfinished(folder: Path) -> None:
    """As a run is before its last file."""
    (folder / MANIFEST).unlink()


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (cut(MANIFEST), "; delete it and start the same evaluation again: responses are in the journal"),
        (lambda folder: (folder / MANIFEST).write_text("[]"), "manifest.json is damaged"),
        (lambda folder: (folder / MANIFEST).write_bytes(b"\xff\xfe\x00"), "manifest.json is damaged"),
        (lambda folder: [unfinished(folder), _line(folder, 3, '{"request": 5')], "line 4 is damaged; delete that line"),
        (lambda folder: [unfinished(folder), _line(folder, 3, "[" * 100_000)], "line 4 is damaged; delete that line"),
        (lambda folder: [unfinished(folder), cut(ENGINE)(folder)], "engine.json"),
        (lambda folder: [unfinished(folder), cut(SELF_CHECKS)(folder)], "selfchecks.json"),
    ],
)  # fmt: skip
def test_what_cannot_be_trusted_is_named_and_mended_as_said(
    world: World, undisturbed: Any, tmp_path: Path, damage: Damage, word: str
) -> None:
    world.run(tmp_path)
    damage(run_of(tmp_path))
    said = world.run(tmp_path, code=3)
    assert word in said
    folder = run_of(tmp_path)
    lines = (folder / JOURNAL).read_bytes().splitlines(keepends=True)
    (folder / JOURNAL).write_bytes(b"".join(line for line in lines if _is_json(line)))
    (folder / MANIFEST).unlink(missing_ok=True)
    for name in (ENGINE, SELF_CHECKS):
        if name in word:
            (folder / name).unlink()
    world.run(tmp_path)
    assert result(tmp_path) == undisturbed


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: [unfinished(folder), cut(JOURNAL)(folder)],
        lambda folder: [unfinished(folder), (folder / JOURNAL).unlink()],
        lambda folder: [unfinished(folder), (folder / JOURNAL).write_bytes(b"")],
        lambda folder: [unfinished(folder), cut(PLAN)(folder)],
        lambda folder: [unfinished(folder), cut("responses.jsonl")(folder), cut("summary.json")(folder)],
        lambda folder: [unfinished(folder), (folder / "scores.jsonl.part").write_bytes(b"half a li")],
    ],
)  # fmt: skip
def test_what_can_be_made_again_is_made_again(world: World, undisturbed: Any, tmp_path: Path, damage: Damage) -> None:
    world.run(tmp_path)
    damage(run_of(tmp_path))
    world.run(tmp_path)
    assert result(tmp_path) == undisturbed


def test_a_damaged_cache_only_costs_time(world: World, undisturbed: Any, tmp_path: Path) -> None:
    for path in (world.folder / "cache").rglob("*"):
        if path.is_file():
            path.write_bytes(b"\x00garbage\xff" * 100)
    world.run(tmp_path)
    assert result(tmp_path) == undisturbed


def _line(folder: Path, number: int, text: str) -> None:
    lines = (folder / JOURNAL).read_text().splitlines()
    lines[number] = text
    (folder / JOURNAL).write_text("\n".join(lines) + "\n")


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
