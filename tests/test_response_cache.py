"""What was answered once under the same conditions is not asked again by any run, and nothing else is taken for it."""

import json
import multiprocessing
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import harness.runner
from harness.cli import app
from harness.engines.base import EngineInfo, EngineSettings
from harness.errors import UserError
from harness.evaluate import Evaluated, evaluate
from harness.model import Model, parse_model, resolve_model
from harness.plan import Choice, RunPlan, plan_suites
from harness.records import Request, Response
from harness.response_cache import ResponseCache
from harness.response_store import cache_file, cached_models, prune
from harness.screen import Screen
from harness.store import ENGINE, JOURNAL, RESPONSES, RunFolder, read_lines
from harness.suite import load_suite
from tests.conftest import item_line, write_suite

ONCE = Choice()
CONDITIONS = {"device": "cpu", "dtype": "float32"}


class MadeUpEngine:
    """Answers with its own number, so that old answers are told from new ones."""

    max_model_len = 4096
    started: list["MadeUpEngine"]

    def __init__(self, number: int, conditions: dict[str, str]) -> None:
        self.number, self.asked = number, list[Request]()
        self._queue: list[Request] = []
        self.info = EngineInfo("transformers", conditions, {"memory": str(id(self))})

    @property
    def unfinished(self) -> int:
        return len(self._queue)

    def submit(self, request: Request) -> None:
        self.asked.append(request)
        self._queue.append(request)

    def step(self) -> list[Response]:
        request = self._queue.pop()
        if request.score_from is not None:
            return [Response(request.id, finish="scored", logprobs=(-float(self.number),))]
        return [Response(request.id, f"It is {self.number}.", 4)]

    def close(self) -> None:
        pass


class World:
    def __init__(self, folder: Path, model: Model, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.model, self.engines = folder, model, list[MadeUpEngine]()
        self.conditions = dict(CONDITIONS)
        patch.setattr(harness.runner, "start_engine", self._start)

    def _start(self, model: Model, settings: EngineSettings, requests: Sequence[Request], probes: list[Request]) -> MadeUpEngine:
        self.engines.append(MadeUpEngine(len(self.engines), self.conditions))
        return self.engines[-1]

    def plan(self, items: int = 4, choice: Choice = ONCE, **config: Any) -> RunPlan:
        scored = item_line("c", choices=["four", "five"], target={"answer": 0}, scorer="choice", **{"pass": ["four"], "fail": ["five"]})
        suite = write_suite(self.folder / "arith", [*(item_line(f"q{number}") for number in range(items)), scored], **config)
        return RunPlan(self.model, plan_suites([load_suite(suite)], choice), choice, EngineSettings("transformers", "cpu"), None)

    def run(self, out: str, plan: RunPlan, **options: Any) -> Evaluated:
        self.engines.clear()
        return evaluate(plan, self.folder / out, "run", Screen(), **options)

    @property
    def asked(self) -> list[str]:
        return sorted(request.id.removeprefix("arith/") for engine in self.engines for request in engine.asked)


@pytest.fixture
def world(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, resolve_model(parse_model(str(tiny_model))), monkeypatch)


EVERYTHING = ["c/0/choice0", "c/0/choice1", "q0/0/0", "q1/0/0", "q2/0/0", "q3/0/0"]


def test_an_unchanged_evaluation_elsewhere_asks_nothing_and_says_the_same(world: World) -> None:
    first = world.run("one", world.plan())
    assert world.asked == EVERYTHING
    second = world.run("two", world.plan())
    assert world.engines == []
    assert second.manifest["counts"] | {"cached_now": 6, "generated_now": 0} == second.manifest["counts"]
    assert second.manifest["engine"] == {**first.manifest["engine"], "settings": {}}
    assert read_lines(second.folder / RESPONSES) == read_lines(first.folder / RESPONSES)
    assert len(read_lines(second.folder / JOURNAL)) == 6


def test_more_items_ask_for_the_new_ones_only(world: World) -> None:
    world.run("one", world.plan(4))
    world.run("one", world.plan(6))
    assert world.asked == ["q4/0/0", "q5/0/0"]
    # What two runs answered serves a third together: engines differ in settings, such as memory, and are of one kind all the same.
    world.run("two", world.plan(7))
    assert world.asked == ["q6/0/0"]


@pytest.mark.slow
def test_without_the_cache_everything_is_asked_and_nothing_is_kept(world: World) -> None:
    world.run("one", world.plan(), use_cache=False)
    assert not cache_file().exists()
    world.run("two", world.plan())
    world.run("three", world.plan(), use_cache=False)
    assert world.asked == EVERYTHING


def test_another_draw_is_asked_anew_choices_and_greedy_answers_too(world: World) -> None:
    world.run("one", world.plan())
    world.run("one", world.plan(choice=Choice(draw=1)))
    assert world.asked == EVERYTHING


@pytest.mark.slow
def test_an_edited_item_is_asked_anew(world: World) -> None:
    world.run("one", world.plan())
    plan = world.plan()
    edited = tuple(item.model_copy(update={"prompt": "What is one?"}) if item.id == "q2" else item for item in plan.suites[0].items)
    world.run("one", replace(plan, suites=(replace(plan.suites[0], items=edited),)))
    assert world.asked == ["q2/0/0"]


@pytest.mark.slow
@pytest.mark.parametrize("generation", [{"max_tokens": 9}, {"max_tokens": 8, "temperature": 0.5}, {"max_tokens": 8, "stop": ["x"]}])
def test_other_settings_are_asked_anew_but_for_choices(world: World, generation: dict[str, Any]) -> None:
    world.run("one", world.plan())
    world.run("one", world.plan(generation=generation))
    assert world.asked == EVERYTHING[2:]


def test_other_weights_versions_and_machines_share_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, request = world.plan(), Request("a", (1, 2, 3))

    def key(plan: RunPlan) -> str:
        return ResponseCache(plan, print).key(request)

    keys = {key(plan), key(replace(plan, model=replace(plan.model, hashes={**plan.model.hashes, "weights": "other"})))}
    keys.add(key(replace(plan, engine=EngineSettings("vllm", "cpu"))))
    monkeypatch.setattr("harness.plan.stack_versions", lambda: {"torch": "0"})
    keys.add(key(world.plan()))
    monkeypatch.setattr("harness.response_cache.hardware", lambda: {"cpu": "another"})
    keys.add(key(world.plan()))
    assert len(keys) == 5
    assert ResponseCache(plan, print).key(replace(request, id="b")) == ResponseCache(plan, print).key(request)


@pytest.mark.slow
def test_answers_of_two_kinds_of_engine_are_never_mixed_in_a_run(world: World) -> None:
    world.run("one", world.plan(1))  # Two choices and an answer.
    world.conditions = {**CONDITIONS, "dtype": "bfloat16"}
    world.run("two", world.plan(4), use_cache=False)
    with closing(sqlite3.connect(cache_file())) as database:
        before = database.execute("SELECT count(*) FROM responses").fetchone()
    assert before == (3,)
    plan = world.plan(4)
    begun = RunFolder(plan.folder(world.folder / "three", "run"))
    begun.write_json(ENGINE, {"kind": "transformers", "conditions": world.conditions, "settings": {}})
    begun.release()
    world.run("three", plan)
    assert world.asked == EVERYTHING


def test_failed_answers_are_not_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MadeUpEngine, "step", lambda self: [Response(self._queue.pop().id, finish="error", error="no")])
    assert world.run("one", world.plan()).manifest["status"] == "errors"
    assert cached_models(cache_file()) == []


def test_a_damaged_cache_is_told_and_costs_only_time(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    cache_file().parent.mkdir(parents=True, exist_ok=True)
    cache_file().write_bytes(b"this is no database" * 100)
    assert world.run("one", world.plan()).manifest["status"] == "complete"
    assert world.asked == EVERYTHING
    told = [line for line in capfd.readouterr().err.splitlines() if "cache of responses" in line]
    assert len(told) == 1
    assert str(cache_file()) in told[0]


def _work(plan: RunPlan, numbers: range, gate: Any) -> None:
    cache = ResponseCache(plan, pytest.fail)
    cache.use(EngineInfo("transformers", CONDITIONS, {}))
    gate.wait()
    for number in numbers:
        cache.keep(Request(f"r{number}", (1, number)), Response(f"r{number}", f"answer {number}", 2))
        if number % 7 == 0:
            cache.flush()
            assert cache.known([Request("again", (1, number))]) == {"again"}
    cache.flush()


@pytest.mark.slow
def test_two_processes_at_once_lose_and_mix_up_nothing(world: World) -> None:
    plan, context = world.plan(), multiprocessing.get_context("fork")
    gate = context.Barrier(2)
    both = [context.Process(target=_work, args=(plan, numbers, gate)) for numbers in (range(300), range(150, 450))]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    folder = RunFolder(world.folder / "reader")
    lent = ResponseCache(plan, pytest.fail).lend([Request(f"r{number}", (1, number)) for number in range(500)], folder)
    folder.release()
    assert {name: response.text for name, response in lent.items()} == {f"r{number}": f"answer {number}" for number in range(450)}
    assert sum(model.responses for model in cached_models(cache_file())) == 450


def fill(world: World, ages: Sequence[float]) -> None:
    """A response of a kilobyte for each time of last use."""
    cache = ResponseCache(world.plan(), pytest.fail)
    cache.use(EngineInfo("transformers", CONDITIONS, {}))
    for number in range(len(ages)):
        cache.keep(Request(str(number), (number, number)), Response(str(number), f"{number:04}" * 250, 2))
    cache.flush()
    with closing(sqlite3.connect(cache_file())) as database, database:
        for number, age in enumerate(ages):
            key = cache.key(Request("", (number, number)))
            assert database.execute("UPDATE responses SET used = ? WHERE key = ?", (age, key)).rowcount == 1


def left(world: World, count: int) -> set[str]:
    return ResponseCache(world.plan(), pytest.fail).known([Request(str(number), (number, number)) for number in range(count)])


def test_pruning_by_age_removes_what_was_not_used_since(world: World) -> None:
    fill(world, [10.0, 20.0, 30.0])
    assert prune(cache_file(), 25.0, None, dry=True) == 2
    assert left(world, 3) == {"0", "1", "2"}
    assert prune(cache_file(), 25.0, None, dry=False) == 2
    assert left(world, 3) == {"2"}


def test_pruning_by_size_removes_what_was_longest_unused_and_gives_the_room_back(world: World) -> None:
    fill(world, [1000.0 - number for number in range(400)])
    assert cache_file().stat().st_size > 300_000
    removed = prune(cache_file(), None, 200_000, dry=False)
    assert 150 < removed < 300
    assert cache_file().stat().st_size <= 200_000
    assert left(world, 400) == {str(number) for number in range(400 - removed)}


def test_what_a_run_takes_counts_as_used(world: World) -> None:
    world.run("one", world.plan())
    with closing(sqlite3.connect(cache_file(), isolation_level=None)) as database:
        database.execute("UPDATE responses SET used = 5")
    world.run("two", world.plan(2))
    assert prune(cache_file(), 10.0, None, dry=False) == 2


def test_stats_and_prune_as_a_user_runs_them(world: World) -> None:
    fill(world, [10.0, 20.0])
    shown = json.loads(CliRunner().invoke(app, ["cache", "stats", "--json"]).stdout)
    assert [model["responses"] for model in shown["models"]] == [2]
    assert shown["bytes"] >= cache_file().stat().st_size
    assert "2 responses in" in CliRunner().invoke(app, ["cache", "stats"]).stdout
    pruned = CliRunner().invoke(app, ["cache", "prune", "--older-than", "1d", "--json"])
    assert json.loads(pruned.stdout)["removed"] == 2
    assert "0 responses removed" in CliRunner().invoke(app, ["cache", "prune", "--larger-than", "1GB"]).stdout


@pytest.mark.parametrize("arguments", [[], ["--older-than", "soon"], ["--larger-than", "20"], ["--older-than", "3MB"]])
def test_pruning_without_a_measure_is_refused(world: World, arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["cache", "prune", *arguments])
    assert isinstance(result.exception, UserError)
