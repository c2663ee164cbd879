"""A folder in which the commands of the pages can be run: small models, runs, data and settings under the names that the pages use.

`World.run` runs a command as it stands but for what is stated here: STAND_INS are names that pages use for things of the reader's,
SMOKE is what makes a command small. A command of the harness runs in this process, so that its libraries are loaded once; `make` is
asked what it would do, without its set-up, and that is run.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from harness.errors import UserError
from reports.review.batch import Batch
from tests.conftest import item_line, make_tiny_model, write_suite
from tests.pages import ROOT, Command, application, expand
from tests.reports.review.filled import Made, fill
from tests.sft_train.test_review import fill as fill_sheet

STAND_INS = {
    r"smollm2-135m-instruct|Qwen/Qwen3-0.6B": "tiny",
    r"runs/(base-1a2b3c|base-…|BASE|base)|BASELINE(-RUN)?": "made/base",
    r"runs/(tuned-4d5e6f|tuned-…|TUNED|tuned)|CANDIDATE(…|-RUN)?": "made/tuned",
    r"RUN/comparison-<hash>\.json": "made/tuned/comparison-*.json",
    r"RUN": "made/again",
    r"OUT|NIGHTS": "nights",
    r"NAME": "one",
    r"FILE": "file.json",
    r"mt_bench": "classification",
    r"reviews/B…": "reviews/B*",
}
"""Words of a page by what stands in for them; afterwards `…` stands for anything, and patterns for the files there are."""
SMOKE = {
    "eval": {"--engine": "transformers", "--device": "cpu", "--limit": "1", "--model": "tiny"},
    "judge": {"--engine": "transformers", "--device": "cpu", "--limit": "1"},
    "train": {"--steps": "2", "--max-length": "512", "--suites": "none"},
    "augment": {"--engine": "transformers", "--device": "cpu", "--count": "1"},
}
"""Options that a command is given where it has none of that name."""
LEFT_OUT = {"--release"}
"""Options that want more than a page's own files: a vault suite in both runs; tests/test_gate.py has one."""
ENDS = {
    # Of so few items a plan makes nothing critical, and a gate says INCONCLUSIVE.
    ("gate",): (4, "nothing decides"),
    ("review", "adjudicate"): (0, "nothing to settle"),
    # Random weights give no verdict, which is an error of the item, and reword nothing.
    ("judge",): (3, "no verdict"),
    ("augment",): (0, "no new row came"),
}
"""Commands that may end with this exit code in the place of 0, or with a sentence that holds these words."""


class World:
    """Commands are run in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Put everything into the folder, which is empty: seconds of work, of which copies can be made."""
        folder = self.folder
        for name in ("Makefile", "examples", "bench", "sft_train"):
            (folder / name).symlink_to(ROOT / name)
        for seed, name in enumerate(("tiny", "path/to/checkpoint", "path/to/judge", "checkpoints/cockpit", "checkpoints/latest")):
            make_tiny_model(folder / name, seed)
            settings = json.loads((folder / name / "config.json").read_text())
            (folder / name / "config.json").write_text(json.dumps(settings | {"max_position_embeddings": 8192}))
        write_suite(folder / "arith", [item_line(f"q{number}") for number in range(6)])
        _write_data(folder)
        _write_settings(folder)
        self._make_runs()

    def _make_runs(self) -> None:
        """Runs that pages compare, report, judge and review, and a checkpoint that was trained."""
        options = ["--suites", "classification", "--limit", "12", "--out", "made", "--engine", "transformers", "--device", "cpu"]
        for name, model in (("base", "tiny"), ("tuned", "checkpoints/cockpit"), ("again", "checkpoints/latest")):
            against = [] if name == "base" else ["--baseline", "tiny"]
            self.call("harness", ["eval", "--model", model, *against, "--name", name, *options])
        for name in ("base", "tuned", "again"):
            (found,) = (path for path in (self.folder / "made").glob("*-*") if (path / "manifest.json").is_file() and _label(path) == name)
            found.rename(self.folder / "made" / name)
        self.call("harness", ["nightly", "nightly.yaml", "--night", "first"])
        gold = {"id": _first_item(self.folder / "made" / "base"), "preferred": "tie"}
        (self.folder / "gold.jsonl").write_text(json.dumps(gold) + "\n", encoding="utf-8")
        self.call("sft-train", ["train", "--data", "my.jsonl", "--base", "tiny", "--out", "checkpoints/mine", *_options("train", [])])

    def run(self, command: Command) -> None:
        """Run it; raises whatever goes wrong."""
        words = list(command.words)
        while "=" in words[0]:
            words.pop(0)
        self._run(words)

    def _run(self, words: list[str]) -> None:
        program = words[0].rsplit("/", 1)[-1]
        if program == "make":
            for expanded in expand(words[1:]):
                self._run(expanded)
        elif program in ("harness", "sft-train"):
            self.call(program, self._smaller([word for given in words[1:] for word in self._stand_in(given)]))
        elif program == "demo.sh":
            assert (self.folder / words[0]).is_file()  # tests/test_demo.py runs it.
        elif program == "$EDITOR":
            assert all((self.folder / name).is_file() for name in words[1:])
        elif "pytest" in words:
            self._process([sys.executable, "-m", "pytest", "-q", "-m", "not heavy", str(ROOT / "tests" / "stats" / "test_tango.py")])
        elif program == "torchrun":
            # To another folder than the training of one process that the page begins with.
            self._process([str(Path(sys.executable).parent / program), *words[1:], "--out", "by-two"])
        else:
            raise AssertionError(f"nothing is known of '{program}': say in tests/doc_world.py how it is run, or mark the line [needs …]")

    def call(self, program: str, arguments: Sequence[str]) -> None:
        """Run a command of the project in this process, in this folder."""
        allowed, words = next((ENDS[key] for key in ENDS if tuple(arguments[: len(key)]) == key), (0, None))
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            code = application(program).main(list(arguments), program, standalone_mode=False)
        except UserError as error:
            if words is None or words not in str(error):
                raise
            code = 0
        finally:
            os.chdir(before)
        assert code in (None, 0, allowed), f"{program} {shlex.join(arguments)} ended with {code}"

    def _process(self, words: Sequence[str]) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"

    def _stand_in(self, word: str) -> list[str]:
        if word == "returned/*.xlsx":
            return self._rated()
        if word == "runs/RUN":
            return [str(self._newest_run())]
        if word == "ITEM":
            return [_first_item(self._newest_run())]
        for pattern, name in STAND_INS.items():
            word = re.sub(rf"(?<![\w/-])(?:{pattern})(?![\w/-])", name, word)
        pattern = word.replace("…", "*")
        if "*" not in pattern:
            return [word]
        found = sorted(map(str, self.folder.glob(pattern)), key=len)
        assert found, f"nothing stands in for '{word}'"
        return found[:1]

    def _smaller(self, words: list[str]) -> list[str]:
        if words[:2] == ["review", "apply"]:
            fill_sheet(self.folder / words[3], [("right", "", "An")] * 3)
        words = [word for word in words if word not in LEFT_OUT]
        return [*words, *_options(words[0], words)]

    def _newest_run(self) -> Path:
        return max((self.folder / "runs").iterdir(), key=lambda path: path.stat().st_mtime)

    def _rated(self) -> list[str]:
        """The workbooks of the batch, filled in."""
        (folder,) = (self.folder / "reviews").glob("B*")
        made = Made(Batch.open(folder), {})
        files = [fill(made, path, _rating, self.folder / "returned" / path.name) for path in made.books]
        return [str(path.relative_to(self.folder)) for path in files]


def _options(command: str, words: Sequence[str]) -> list[str]:
    given = SMOKE.get(command, {})
    return [word for option, value in given.items() if option not in words for word in (option, value)]


def _rating(row: Any, side: str, dimension: str) -> str:
    values = {"preference": "0", "confidence": "2", "safety": "2", "comment": "", "all_reasonable": "Y"}
    return values.get(dimension, "0" if row.degraded == side else "1")


def _first_item(run: Path) -> str:
    return str(json.loads((run / "responses.jsonl").read_text(encoding="utf-8").splitlines()[0])["item"])


def _label(run: Path) -> str:
    return str(json.loads((run / "manifest.json").read_text(encoding="utf-8"))["label"])


def _write_data(folder: Path) -> None:
    """Every tenth of the bundled rows, so that all tasks are there."""
    lines = (ROOT / "sft_train" / "bundled" / "cockpit" / "train.jsonl").read_text(encoding="utf-8").splitlines()[::10]
    for name in ("my.jsonl", "data.jsonl", "logs.jsonl", "requests.jsonl"):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    shutil.copytree(ROOT / "suites" / "conditions", folder / "my")
    (folder / "my" / "own.yaml").write_text("name: own\npost: [{max_sentences: 1}]\n", encoding="utf-8")
    (folder / "mine.yaml").write_text((ROOT / "suites" / "rubrics" / "preference.yaml").read_text(encoding="utf-8"), encoding="utf-8")


def _write_settings(folder: Path) -> None:
    def write(name: str, settings: dict[str, Any]) -> None:
        (folder / name).write_text(yaml.safe_dump(settings), encoding="utf-8")

    write("data.yaml", {"sources": [{"path": "logs.jsonl"}], "suites": []})
    write("train.yaml", {"base": "tiny", "data": "my.jsonl", "out": "out", "steps": 2, "max_length": 512, "probes": None, "suites": []})
    write("night.gate.yaml", {"suites": {"arith": {"tier": "critical", "margin": 0.05}}})
    write("nightly.yaml", {
        "models": [{"name": "cockpit", "model": "checkpoints/latest"}], "baselines": [{"kind": "base", "model": "tiny"}],
        "suites": ["arith"], "gate": "night.gate.yaml", "out": "nights", "engine": {"kind": "transformers", "device": "cpu"},
    })  # fmt: skip
