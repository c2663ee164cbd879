"""A world for nights: models that differ in their contents only, and responses recorded for each as its skill has it.

Everything behind the engine is real: what is played goes through the replay engine, the scorers, run folders and comparisons.
"""

import json
import random
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from harness.engines.base import EngineSettings
from harness.errors import RunError
from harness.evaluate import Evaluated, evaluate
from harness.model import parse_model, resolve_model
from harness.nightly.config import read_nightly
from harness.nightly.night import run_night
from harness.nightly.records import Night
from harness.plan import RunPlan
from harness.screen import Screen
from tests.conftest import item_line, write_suite

DRAWN, GREEDY = "drawn", "greedy"


@dataclass
class World:
    """Folder of models, suites and settings; `skill` is the share of right answers by model identity and suite."""

    folder: Path
    tiny: Path
    skill: dict[str, dict[str, float]] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    """Identities whose engine dies."""
    asked: list[tuple[str, int, int, tuple[str, ...]]] = field(default_factory=list)
    """Label, draw, samples and suites of each run that was made."""
    luck: int = 0
    """Another number gives other noise."""

    def __post_init__(self) -> None:
        items = [item_line(f"q{number}") for number in range(80)]
        generation = {"max_tokens": 8}
        write_suite(self.folder / DRAWN, items, name=DRAWN, generation=generation | {"temperature": 0.7}, quick_items=60)
        write_suite(self.folder / GREEDY, items, name=GREEDY, generation=generation, quick_items=40)
        self.write_gate()
        self.write_nightly()

    def model(self, name: str, **skill: float) -> Path:
        """A checkpoint with contents of its own, made or made anew in the folder of this name."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.tiny, path)
        weights = path / "model.safetensors"
        data = bytearray(weights.read_bytes())
        data[-8:] = random.Random(f"{name}{sorted(skill.items())}{len(self.skill)}").randbytes(8)
        weights.write_bytes(data)
        self.skill[self.identity(name)] = {DRAWN: 0.8, GREEDY: 0.8} | skill
        return path

    def identity(self, name: str) -> str:
        return resolve_model(parse_model(str(self.folder / name))).identity

    def write_gate(self, **gate: Any) -> None:
        suites = {DRAWN: {"tier": "critical", "margin": 0.05}, GREEDY: {"tier": "supporting", "margin": 0.05}}
        text = yaml.safe_dump({"suites": suites, "declare": ["engine.journal"], **gate})
        (self.folder / "gate.yaml").write_text(text, encoding="utf-8")

    def write_nightly(self, **settings: Any) -> Path:
        whole = {
            "models": [{"name": "car", "model": "latest"}], "baselines": [{"kind": "pinned", "model": "anchor"}],
            "suites": [DRAWN, GREEDY], "gate": "gate.yaml", "out": "out",
        } | settings  # fmt: skip
        path = self.folder / "nightly.yaml"
        path.write_text(yaml.safe_dump(whole), encoding="utf-8")
        return path

    def night(self, name: str) -> Night:
        return run_night(read_nightly(self.folder / "nightly.yaml"), name, Screen(), self.run)

    def run(self, plan: RunPlan, out: Path, label: str) -> Evaluated:
        """What stands in the engine's place: the recorded responses of the plan's model, played."""
        if plan.model.identity in self.dead:
            raise RunError("The engine died: out of luck")
        recording = self._record(plan)
        result = evaluate(replace(plan, engine=EngineSettings("replay", replay=str(recording))), out, label, Screen())
        if not result.cached:
            self.asked.append((label, plan.choice.draw, plan.choice.samples, tuple(part.suite.name for part in plan.suites)))
        return result

    def _record(self, plan: RunPlan) -> Path:
        folder = self.folder / "recordings" / f"{plan.model.identity[:12]}-{plan.choice.draw}-{plan.choice.samples}"
        folder.mkdir(parents=True, exist_ok=True)
        rows = [
            {"request": f"{part.suite.name}/{item.id}/{sample}/0", "tokens": 1, "finish": "stop",
             "text": self._answer(plan, part.suite.name, item.id, sample)}
            for part in plan.suites
            for item in part.suite.items
            for sample in range(plan.choice.samples)
        ]  # fmt: skip
        (folder / "journal.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return folder

    def _answer(self, plan: RunPlan, suite: str, item: str, sample: int) -> str:
        """Right as often as the model's skill says; greedy answers depend on model and item only."""
        skill = self.skill[plan.model.identity][suite]
        drawn = f"{plan.choice.draw}/{sample}" if suite == DRAWN or plan.choice.samples > 1 else "greedy"
        ease = random.Random(f"{self.luck}/{suite}/{item}").random()
        luck = random.Random(f"{self.luck}/{plan.model.identity}/{suite}/{item}/{drawn}").random()
        return "4" if (ease if luck < 0.7 else random.Random(f"{luck}").random()) < skill else "5"
