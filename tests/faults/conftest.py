"""A replayed evaluation to hurt: a model, two suites (single answers and dialogues), and responses recorded for them."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.records import Response
from harness.store import JOURNAL, RESPONSES, SCORES, Journal, read_lines
from tests.conftest import item_line, make_tiny_model, write_suite

ITEMS, DIALOGUES = 150, 20


@dataclass(frozen=True)
class World:
    folder: Path

    def arguments(self, out: Path) -> list[str]:
        """The command whose every end must be the same."""
        return [
            "eval", "--model", str(self.folder / "model"), "--suites", f"{self.folder / 'single'} {self.folder / 'talk'}",
            "--size", "full", "--engine", "replay", "--replay", str(self.folder / "recorded"), "--out", str(out),
        ]  # fmt: skip

    def start(self, out: Path, **options: Any) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "harness", *self.arguments(out)]
        environment = os.environ | {"SFT_HARNESS_CACHE": str(self.folder / "cache")}
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, text=True, start_new_session=True, **{"env": environment, **streams, **options})

    def run(self, out: Path, code: int = 0) -> str:
        """Do the command to its end; returns what it said on stderr."""
        process = self.start(out)
        _, said = process.communicate(timeout=300)
        assert process.returncode == code, said
        assert "Traceback" not in said
        return said


def run_of(out: Path) -> Path:
    """The only run folder under `out`."""
    (folder,) = [path for path in out.iterdir() if path.is_dir()]
    return folder


def result(out: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All that a run found."""
    return read_lines(run_of(out) / RESPONSES), read_lines(run_of(out) / SCORES)


def kill(process: "subprocess.Popen[str]") -> None:
    """kill -9 of the process and all that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _dialogue(number: int) -> dict[str, Any]:
    return item_line(
        f"d{number}", prompt=f"The cabin is at 24 degrees. ({number})", turns=["Make it two more.", "What is it now?"],
        target={"turns": [{}, {}, {"slots": [{"kind": "value", "is": "26"}]}]},
        **{"pass": [["Yes.", "Done.", "26"]], "fail": [["Yes.", "Done.", "24"]]},
    )  # fmt: skip


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    make_tiny_model(folder / "model", seed=0)
    write_suite(folder / "single", [item_line(f"q{number}") for number in range(ITEMS)], name="single")
    write_suite(
        folder / "talk", [_dialogue(number) for number in range(DIALOGUES)], name="talk", scorer="dialogue", primary_metric="dialogue"
    )
    (folder / "recorded").mkdir()
    journal = Journal(folder / "recorded" / JOURNAL)
    for number in range(ITEMS):
        journal.append(Response(f"single/q{number}/0/0", "The answer is 4." if number % 3 else "The answer is 5.", 5))
    for number in range(DIALOGUES):
        for step, text in enumerate(("Yes.", "Done.", "26" if number % 2 else "24")):
            journal.append(Response(f"talk/d{number}/0/{step}", text, 1))
    journal.close()
    return World(folder)


@pytest.fixture(scope="session")
def undisturbed(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the command finds when nothing happens to it."""
    out = tmp_path_factory.mktemp("undisturbed")
    world.run(out)
    return result(out)
