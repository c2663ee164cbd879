"""A run from requests to files: nothing finished is lost or done twice, errors are no scores, one engine start serves all.

One run is recorded with the transformers engine; everything else is played from its journal.
"""

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import harness.plan
import harness.runner
import harness.scorers
from harness.engines import start_engine
from harness.engines.base import EngineSettings
from harness.engines.replay import ReplayEngine
from harness.errors import RunError, UserError
from harness.evaluate import Evaluated, evaluate
from harness.item import Item
from harness.judges import Judges
from harness.model import Model, parse_model, resolve_model
from harness.plan import Choice, RunPlan, plan_suites
from harness.records import Answer, FollowUp, Request, Response, Score
from harness.screen import Screen
from harness.store import ENGINE, JOURNAL, MANIFEST, PLAN, RESPONSES, SCORES, SUMMARY, Journal, RunFolder, read_journal, read_lines
from harness.suite import load_suite
from tests.conftest import item_line, write_suite

SAMPLES = 2


class AskingScorer:
    """Asks twice before it scores by all that was answered."""

    name = "asks"
    version = 1
    metrics = ("correct",)

    def check_target(self, item: Item) -> None:
        pass

    def score(self, item: Item, answer: Answer) -> Score | FollowUp:
        if len(answer.turns) < 3:
            said = " | ".join(turn.text for turn in answer.turns)
            return FollowUp(({"role": "user", "content": f"{item.prompt} You said: {said}. Sure?"},), max_tokens=3)
        return Score({"correct": len("".join(turn.text for turn in answer.turns)) / 1000})


class BreakableScorer:
    """Fails on the items in `broken`."""

    name = "breakable"
    version = 1
    metrics = ("correct",)
    broken: tuple[str, ...] = ()

    def check_target(self, item: Item) -> None:
        pass

    def score(self, item: Item, answer: Answer) -> Score:
        if item.id in self.broken:
            raise ZeroDivisionError("too hard for me")
        return Score({"correct": 1.0})


class NaggingScorer(AskingScorer):
    """Never has enough."""

    name = "nags"

    def score(self, item: Item, answer: Answer) -> FollowUp:
        return FollowUp(({"role": "user", "content": "and?"},))


class SystemAskingScorer(AskingScorer):
    """Asks with a system message."""

    name = "asks_with_system"

    def score(self, item: Item, answer: Answer) -> FollowUp:
        return FollowUp(({"role": "system", "content": "Judge."}, {"role": "user", "content": "Well?"}))


@pytest.fixture(scope="module", autouse=True)
def scorers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for scorer in (AskingScorer, BreakableScorer, NaggingScorer, SystemAskingScorer):
            patch.setitem(harness.scorers._CLASSES, scorer.name, f"tests.test_runner:{scorer.__name__}")
        yield


def choice_line(identifier: str, **changes: Any) -> dict[str, Any]:
    examples = {"pass": ["four"], "fail": ["five"]}
    return item_line(identifier, choices=["four", "five", "空调"], target={"answer": 0}, scorer="choice", **examples, **changes)


def arith_lines(**changes: Any) -> list[dict[str, Any]]:
    return [item_line(f"q{n}", **changes) for n in range(4)]


MIXED = [choice_line("c0"), item_line("a0", scorer="asks"), choice_line("c1", raw=True, prompt="2+2="), item_line("a1", scorer="asks")]


@dataclass(frozen=True)
class Recording:
    """A run that the transformers engine made."""

    plan: RunPlan
    result: Evaluated

    def replayed(self, folder: Path | None = None) -> RunPlan:
        """The same work with this run's responses, or with those in `folder`."""
        return replace(self.plan, engine=EngineSettings("replay", replay=str(folder or self.result.folder)))


@pytest.fixture(scope="module")
def recording(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory, scorers: None) -> Recording:
    folder = tmp_path_factory.mktemp("recording")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SFT_HARNESS_CACHE", str(folder / "cache"))
        suites = [write_suite(folder / "arith", arith_lines()), write_suite(folder / "mixed", MIXED, name="mixed")]
        model = resolve_model(parse_model(str(tiny_model)))
        plan = make_plan(model, suites, Choice(samples=SAMPLES), EngineSettings("transformers", "cpu"))
        return Recording(plan, evaluate(plan, folder / "runs", "recorded", Screen()))


@pytest.fixture(scope="module")
def undisturbed(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    return evaluate(recording.replayed(), tmp_path_factory.mktemp("undisturbed"), "replay", Screen())


def make_plan(model: Model, suites: Sequence[Path], choice: Choice, engine: EngineSettings) -> RunPlan:
    return RunPlan(model, plan_suites([load_suite(folder) for folder in suites], choice), choice, engine, None)


def run_files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in (RESPONSES, SCORES, SUMMARY, ENGINE, PLAN)}


def lasting(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest without what depends on the clock or on how much was there already."""
    counts = {name: value for name, value in manifest["counts"].items() if name != "generated_now"}
    return {name: value for name, value in manifest.items() if name not in ("finished", "seconds", "speed", "hardware")} | {
        "counts": counts
    }


def forbid_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("an engine was started")

    monkeypatch.setattr(harness.runner, "start_engine", refuse)


def use_engine(monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], ReplayEngine]) -> None:
    def start(model: Model, settings: EngineSettings, requests: Sequence[Request], probes: list[Request]) -> ReplayEngine:
        assert settings.replay is not None
        return make(Path(settings.replay))

    monkeypatch.setattr(harness.runner, "start_engine", start)


class DyingEngine(ReplayEngine):
    """Dies after some steps."""

    def __init__(self, folder: Path, steps: int, death: BaseException) -> None:
        super().__init__(folder)
        self._steps, self._death = steps, death

    def step(self) -> list[Response]:
        self._steps -= 1
        if self._steps < 0:
            raise self._death
        return super().step()


class CountingEngine(ReplayEngine):
    """Remembers what was asked of it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[str] = []
        self.closed = False

    def submit(self, request: Request) -> None:
        self.asked.append(request.id)
        super().submit(request)

    def close(self) -> None:
        self.closed = True
        super().close()


def count_requests(monkeypatch: pytest.MonkeyPatch) -> list[CountingEngine]:
    """Have engines count what is asked of them; returns the list that will hold them."""
    engines: list[CountingEngine] = []

    def make(folder: Path) -> CountingEngine:
        engines.append(CountingEngine(folder))
        return engines[-1]

    use_engine(monkeypatch, make)
    return engines


def without(recording: Recording, folder: Path, *lost: str) -> Path:
    """A copy of the recorded run whose journal lacks some responses."""
    shutil.copytree(recording.result.folder, folder)
    lines = (folder / JOURNAL).read_bytes().splitlines(keepends=True)
    (folder / JOURNAL).write_bytes(b"".join(line for line in lines if json.loads(line)["request"] not in lost))
    return folder


# The recorded run itself.


def test_a_run_has_every_sample_of_every_item_and_says_that_it_is_complete(recording: Recording) -> None:
    manifest = recording.result.manifest
    rows = read_lines(recording.result.folder / SCORES)
    expected = {("arith", f"q{n}", k) for n in range(4) for k in range(SAMPLES)}
    expected |= {("mixed", f"a{n}", k) for n in range(2) for k in range(SAMPLES)} | {("mixed", f"c{n}", 0) for n in range(2)}
    assert {(row["suite"], row["item"], row["sample"]) for row in rows} == expected
    assert len(rows) == len(expected) == manifest["counts"]["samples"]
    assert manifest["status"] == "complete"
    assert manifest["counts"]["generated_now"] == 4 * SAMPLES + 2 * 3 + 2 * SAMPLES * 3
    assert json.loads((recording.result.folder / MANIFEST).read_text()) == manifest


def test_every_response_is_journalled_once_under_its_suite_item_sample_and_draw(recording: Recording) -> None:
    rows = read_lines(recording.result.folder / JOURNAL)
    assert len({row["request"] for row in rows}) == len(rows) == recording.result.manifest["counts"]["generated_now"]
    assert all(row["request"].startswith(f"{row['suite']}/{row['item']}/{row['sample']}/") and row["draw"] == 0 for row in rows)


def test_samples_of_an_item_are_drawn_independently(recording: Recording) -> None:
    rows = [row for row in read_lines(recording.result.folder / RESPONSES) if row["suite"] == "arith"]
    assert len({(row["item"], row["response"]) for row in rows}) == len(rows)


def test_follow_ups_hold_what_was_said_before_and_their_answers_reach_the_scorer(recording: Recording) -> None:
    rows = [row for row in read_lines(recording.result.folder / RESPONSES) if row["item"].startswith("a")]
    scores = {(row["item"], row["sample"]): row["score"] for row in read_lines(recording.result.folder / SCORES)}
    for row in rows:
        assert len(row["follow_ups"]) == 2
        assert scores[row["item"], row["sample"]] == len("".join([row["response"], *row["follow_ups"]])) / 1000


def test_choices_are_judged_by_their_log_likelihoods(recording: Recording) -> None:
    rows = {row["item"]: row for row in read_lines(recording.result.folder / RESPONSES) if row["choice_logprobs"]}
    scores = {row["item"]: row["score"] for row in read_lines(recording.result.folder / SCORES)}
    assert rows.keys() == {"c0", "c1"}
    for item, row in rows.items():
        sums = [sum(logprobs) for logprobs in row["choice_logprobs"]]
        assert len(sums) == 3
        assert scores[item] == float(sums[0] == max(sums))


# Replay and continuation.


def test_a_replayed_run_has_the_recorded_responses_and_scores(recording: Recording, undisturbed: Evaluated) -> None:
    for name in (RESPONSES, SCORES):
        assert (undisturbed.folder / name).read_bytes() == (recording.result.folder / name).read_bytes()
    assert undisturbed.manifest["engine"]["kind"] == "replay"


@pytest.mark.parametrize("kept", [0, 1, 7, 13, 25])
@pytest.mark.parametrize("torn", [0, 9])
def test_a_continued_run_equals_an_undisturbed_one_exactly(
    recording: Recording, undisturbed: Evaluated, tmp_path: Path, kept: int, torn: int
) -> None:
    """Of the journal, `kept` lines are left, and `torn` bytes of the next."""
    plan = recording.replayed()
    folder = plan.folder(tmp_path, "replay")
    folder.mkdir()
    lines = (undisturbed.folder / JOURNAL).read_bytes().splitlines(keepends=True)
    assert kept < len(lines)
    (folder / JOURNAL).write_bytes(b"".join(lines[:kept]) + lines[kept][:torn])
    continued = evaluate(plan, tmp_path, "replay", Screen())
    assert run_files(continued.folder) == run_files(undisturbed.folder)
    assert lasting(continued.manifest) == lasting(undisturbed.manifest)
    assert continued.manifest["counts"]["generated_now"] == len(lines) - kept
    assert sorted((continued.folder / JOURNAL).read_bytes().splitlines()) == sorted(line.strip() for line in lines)


@pytest.mark.parametrize(("death", "starts"), [(RunError("the engine is dead"), 2), (KeyboardInterrupt("the engine is dead"), 1)])
@pytest.mark.parametrize("steps", [0, 1, 11])
def test_after_a_dead_engine_the_same_command_continues_and_generates_nothing_twice(
    recording: Recording, undisturbed: Evaluated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int, death: BaseException,
    starts: int,
) -> None:  # fmt: skip
    """An engine that dies is started once more; one that dies again ends the run."""
    plan = recording.replayed()
    use_engine(monkeypatch, lambda folder: DyingEngine(folder, steps, death))
    with pytest.raises(RunError, match=r"[Tt]he same command continues with what was answered"):
        evaluate(plan, tmp_path, "replay", Screen())
    folder = plan.folder(tmp_path, "replay")
    assert not (folder / MANIFEST).exists()
    known = [response.request_id for response in read_journal(folder / JOURNAL)]
    assert len(known) == steps * starts
    engines = count_requests(monkeypatch)
    continued = evaluate(plan, tmp_path, "replay", Screen())
    assert not set(known) & set(engines[0].asked)
    assert run_files(continued.folder) == run_files(undisturbed.folder)


def test_an_engine_that_dies_once_is_started_once_more_and_asked_only_what_it_did_not_answer(
    recording: Recording, undisturbed: Evaluated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    started: list[CountingEngine] = []

    def make(folder: Path) -> ReplayEngine:
        if not started:
            started.append(CountingEngine(folder))
            return DyingEngine(folder, 7, RunError("the engine is dead."))
        started.append(CountingEngine(folder))
        return started[-1]

    use_engine(monkeypatch, make)
    result = evaluate(recording.replayed(), tmp_path, "replay", Screen())
    assert run_files(result.folder) == run_files(undisturbed.folder)
    assert len(started) == 2
    answered = [response.request_id for response in read_journal(result.folder / JOURNAL)][:7]
    assert not set(answered) & set(started[1].asked)
    assert "the engine is dead. It is started once more." in capfd.readouterr().err
    # What was found when it was started the second time, not both times.
    names = [check["name"] for check in result.manifest["self_checks"]]
    assert names == ["prompts of training", "end of turn", "engine parity"]


def test_an_engine_that_never_answers_a_request_makes_an_error_of_the_item(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgetful(ReplayEngine):
        def submit(self, request: Request) -> None:
            if not request.id.startswith("arith/q1/"):
                super().submit(request)

    use_engine(monkeypatch, Forgetful)
    result = evaluate(recording.replayed(), tmp_path, "replay", Screen())
    rows = [row for row in read_lines(result.folder / SCORES) if row["error"] is not None]
    assert {(row["suite"], row["item"]) for row in rows} == {("arith", "q1")}
    assert {row["error"] for row in rows} == {"replay never answered the request"}
    assert result.manifest["status"] == "errors"


@pytest.mark.parametrize("extra", [Response("arith/q99/0/0", "4", 1), None])
def test_an_answer_that_was_not_asked_for_ends_the_run(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extra: Response | None
) -> None:
    """Of a request that does not exist, or of one that was answered before: whose answer it is, nobody knows."""

    class Confused(ReplayEngine):
        def step(self) -> list[Response]:
            responses = super().step()
            return [*responses, extra or responses[0]]

    use_engine(monkeypatch, Confused)
    with pytest.raises(RunError, match="which it was not asked or has answered before"):
        evaluate(recording.replayed(), tmp_path, "replay", Screen())


def test_a_model_that_is_changed_during_the_run_ends_it(recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = recording.replayed()
    copy = tmp_path / "model"
    shutil.copytree(plan.model.folder, copy)
    plan = replace(plan, model=resolve_model(parse_model(str(copy))))

    def retrained(folder: Path) -> ReplayEngine:
        config = json.loads((copy / "config.json").read_text())
        (copy / "config.json").write_text(json.dumps(config | {"rms_norm_eps": 0.5}))
        return ReplayEngine(folder)

    use_engine(monkeypatch, retrained)
    with pytest.raises(RunError, match="were changed during the run; start it again"):
        evaluate(plan, tmp_path / "runs", "replay", Screen())
    assert not list((tmp_path / "runs").glob("*/" + MANIFEST))


def test_a_lost_follow_up_alone_is_asked_again(recording: Recording, undisturbed: Evaluated, tmp_path: Path) -> None:
    plan = recording.replayed()
    folder = plan.folder(tmp_path, "replay")
    lost = "mixed/a1/1/2"
    folder.mkdir()
    shutil.copy(without(recording, tmp_path / "lacking", lost) / JOURNAL, folder / JOURNAL)
    continued = evaluate(plan, tmp_path, "replay", Screen())
    assert continued.manifest["counts"]["generated_now"] == 1
    assert run_files(continued.folder) == run_files(undisturbed.folder)


def test_an_unchanged_run_is_answered_without_an_engine_and_left_as_it_is(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = evaluate(recording.replayed(), tmp_path, "replay", Screen())
    before = {path.name: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    forbid_engines(monkeypatch)
    again = evaluate(recording.replayed(), tmp_path, "another label", Screen())
    assert again.cached
    assert not first.cached
    assert (again.folder, again.manifest) == (first.folder, first.manifest)
    assert {path.name: path.stat().st_mtime_ns for path in first.folder.iterdir()} == before


def test_a_run_whose_manifest_is_lost_is_finished_from_its_journal_without_an_engine(
    recording: Recording, undisturbed: Evaluated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / undisturbed.folder.name
    shutil.copytree(undisturbed.folder, folder)
    for name in (MANIFEST, SCORES, SUMMARY, RESPONSES):
        (folder / name).unlink()
    forbid_engines(monkeypatch)
    finished = evaluate(recording.replayed(), tmp_path, "replay", Screen())
    assert run_files(finished.folder) == run_files(undisturbed.folder)
    assert finished.manifest["counts"]["generated_now"] == 0


def test_a_scorer_of_a_new_version_scores_anew_without_an_engine(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate(recording.replayed(), tmp_path, "replay", Screen())
    monkeypatch.setattr(AskingScorer, "version", 2)
    monkeypatch.setattr(AskingScorer, "score", lambda self, item, answer: Score({"correct": 0.5}))
    forbid_engines(monkeypatch)
    rescored = evaluate(recording.replayed(), tmp_path, "replay", Screen())
    assert not rescored.cached
    assert {row["score"] for row in read_lines(rescored.folder / SCORES) if row["scorer"] == "asks"} == {0.5}
    assert rescored.manifest["scorers"]["mixed"]["asks"] == 2


def test_another_version_of_a_scorers_library_scores_anew_and_is_recorded(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = evaluate(recording.replayed(), tmp_path, "replay", Screen())
    assert first.manifest["scorer_libraries"] == {"arith": {}, "mixed": {}}
    forbid_engines(monkeypatch)
    monkeypatch.setattr(harness.plan, "library_versions", lambda name: {"sacrebleu": "9.9"} if name == "asks" else {})
    again = evaluate(recording.replayed(), tmp_path, "replay", Screen())
    assert not again.cached
    assert again.folder == first.folder
    assert again.manifest["scorer_libraries"] == {"arith": {}, "mixed": {"asks": {"sacrebleu": "9.9"}}}
    assert evaluate(recording.replayed(), tmp_path, "replay", Screen()).cached


@pytest.mark.parametrize(("change", "value"), [("margin", 0.2), ("max_errors", 3), ("version", 2), ("primary_metric", "correct_per_byte")])
def test_what_suite_yaml_says_now_is_what_the_manifest_says(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, value: object
) -> None:
    def plan(**config: Any) -> RunPlan:
        suite = write_suite(tmp_path / "mixed", MIXED, name="mixed", **config)
        replayed = recording.replayed()
        return replace(replayed, suites=plan_suites([load_suite(suite)], replayed.choice))

    evaluate(plan(), tmp_path / "runs", "replay", Screen())
    forbid_engines(monkeypatch)
    again = evaluate(plan(**{change: value}), tmp_path / "runs", "replay", Screen())
    assert again.manifest["suites"]["mixed"][change] == value


def test_a_chance_level_set_later_is_in_the_scores(recording: Recording, undisturbed: Evaluated, tmp_path: Path) -> None:
    shutil.copytree(undisturbed.folder, tmp_path / "runs" / undisturbed.folder.name)
    suites = [write_suite(tmp_path / "arith", arith_lines(), chance_level=0.1), write_suite(tmp_path / "mixed", MIXED, name="mixed")]
    plan = replace(recording.replayed(), suites=plan_suites([load_suite(suite) for suite in suites], recording.plan.choice))
    again = evaluate(plan, tmp_path / "runs", "replay", Screen())
    assert again.folder.name == undisturbed.folder.name
    assert {row["chance"] for row in read_lines(again.folder / SCORES) if row["suite"] == "arith"} == {0.1}


def test_a_run_that_is_in_use_is_refused(recording: Recording, tmp_path: Path) -> None:
    holder = RunFolder(recording.replayed().folder(tmp_path, "replay"))
    with pytest.raises(UserError, match="in use by another process"):
        evaluate(recording.replayed(), tmp_path, "replay", Screen())
    holder.release()
    assert evaluate(recording.replayed(), tmp_path, "replay", Screen()).manifest["status"] == "complete"


# One engine start.


def test_all_suites_go_through_one_engine_which_is_closed(recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engines = count_requests(monkeypatch)
    evaluate(recording.replayed(), tmp_path, "replay", Screen())
    (engine,) = engines
    assert len(engine.asked) == len(set(engine.asked)) == len(read_lines(recording.result.folder / JOURNAL))
    assert {identifier.partition("/")[0] for identifier in engine.asked} == {"arith", "mixed"}
    assert engine.closed


def test_no_request_waits_for_another_suite_to_end(recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queued: list[int] = []

    class Watching(ReplayEngine):
        def step(self) -> list[Response]:
            queued.append(self.unfinished)
            return super().step()

    use_engine(monkeypatch, Watching)
    evaluate(recording.replayed(), tmp_path, "replay", Screen())
    assert queued[0] == 4 * SAMPLES + 2 * SAMPLES + 2 * 3  # all but follow-ups


def test_the_order_in_which_an_engine_answers_does_not_count(
    recording: Recording, undisturbed: Evaluated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Backward(ReplayEngine):
        def step(self) -> list[Response]:
            self._queue.reverse()
            return [response for _ in range(3) for response in super(Backward, self).step()]

    use_engine(monkeypatch, Backward)
    result = evaluate(recording.replayed(), tmp_path, "replay", Screen())
    assert run_files(result.folder) == run_files(undisturbed.folder)
    assert (result.folder / JOURNAL).read_bytes() != (undisturbed.folder / JOURNAL).read_bytes()


def test_a_dead_engine_is_closed(recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []

    class Dying(DyingEngine):
        def close(self) -> None:
            closed.append(True)

    use_engine(monkeypatch, lambda folder: Dying(folder, 3, RunError()))
    with pytest.raises(RunError):
        evaluate(recording.replayed(), tmp_path, "replay", Screen())
    assert closed


# Errors are not wrong answers.


def breakable_plan(recording: Recording, folder: Path) -> RunPlan:
    suite = write_suite(folder / "arith", arith_lines(scorer="breakable"))
    return replace(recording.replayed(), suites=plan_suites([load_suite(suite)], Choice(samples=SAMPLES)))


def test_a_scorer_that_raises_is_an_error_of_its_item_alone(recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BreakableScorer, "broken", ("q1",))
    result = evaluate(breakable_plan(recording, tmp_path), tmp_path, "replay", Screen())
    rows = read_lines(result.folder / SCORES)
    assert {row["item"]: row["score"] for row in rows} == {"q0": 1.0, "q1": None, "q2": 1.0, "q3": 1.0}
    assert {row["error"] for row in rows if row["item"] == "q1"} == {"scorer 'breakable' failed: ZeroDivisionError: too hard for me"}
    summary = json.loads((result.folder / SUMMARY).read_text())["arith"]
    assert (summary["errors"], summary["n"], summary["score"]) == (SAMPLES, 3, 1.0)
    assert result.manifest["status"] == "errors"
    assert {row["response"] for row in read_lines(result.folder / RESPONSES) if row["item"] == "q1"} != {None}


@pytest.mark.slow
def test_a_scorer_that_returns_nonsense_or_never_returns_is_an_error_of_its_item_alone(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def score(self: BreakableScorer, item: Item, answer: Answer) -> Any:
        if item.id == "q2":
            release.wait()
        return {"q0": Score({"correct": float("nan")}), "q1": None}.get(item.id, Score({"correct": 1.0}))

    monkeypatch.setattr(BreakableScorer, "score", score)
    monkeypatch.setattr(harness.runner, "Judges", partial(Judges, limit=1.0))
    result = evaluate(breakable_plan(recording, tmp_path), tmp_path, "replay", Screen())
    release.set()
    errors = {row["item"]: row["error"] for row in read_lines(result.folder / SCORES)}
    assert errors == {
        "q0": "scorer 'breakable' failed: ValueError: its correct is nan",
        "q1": "scorer 'breakable' failed: ValueError: it returned no score but NoneType",
        "q2": "scorer 'breakable' failed: TimeoutError: it did not end within 1 s",
        "q3": None,
    }


def test_a_score_over_clusters_that_agree_has_an_interval_of_some_width(recording: Recording, tmp_path: Path) -> None:
    lines = [item_line(f"q{n}", scorer="breakable", cluster=f"c{n % 2}") for n in range(4)]
    plan = replace(recording.replayed(), suites=plan_suites([load_suite(write_suite(tmp_path / "arith", lines))], Choice(samples=SAMPLES)))
    result = evaluate(plan, tmp_path, "replay", Screen())
    summary = json.loads((result.folder / SUMMARY).read_text())["arith"]
    assert summary["score"] == 1.0
    assert summary["low"] < 0.9


def test_when_the_scorer_works_the_same_command_finishes_the_run_without_an_engine(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(BreakableScorer, "broken", ("q1",))
        evaluate(breakable_plan(recording, tmp_path), tmp_path, "replay", Screen())
    forbid_engines(monkeypatch)
    result = evaluate(breakable_plan(recording, tmp_path), tmp_path, "replay", Screen())
    assert result.manifest["status"] == "complete"
    assert {row["score"] for row in read_lines(result.folder / SCORES)} == {1.0}


def test_a_request_that_the_engine_cannot_answer_is_tried_twice_and_is_then_an_error(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = ("arith/q1/1/0", "mixed/c0/0/choice1", "mixed/a1/0/1")
    engines = count_requests(monkeypatch)
    plan = recording.replayed(without(recording, tmp_path / "lacking", *lost))
    result = evaluate(plan, tmp_path / "runs", "replay", Screen())
    asked = engines[0].asked
    assert {identifier: asked.count(identifier) for identifier in asked if asked.count(identifier) > 1} == dict.fromkeys(lost, 2)
    rows = read_lines(result.folder / SCORES)
    errors = {(row["item"], row["sample"]) for row in rows if row["error"] is not None}
    assert errors == {("q1", 1), ("c0", 0), ("a1", 0)}
    assert {row["error"] for row in rows if row["error"]} == {"not among the recorded responses"}
    assert all((row["score"] is None) == (row["error"] is not None) for row in rows)
    assert result.manifest["status"] == "errors"
    assert not set(lost) & {response.request_id for response in read_journal(result.folder / JOURNAL)}


def test_a_request_that_is_answered_at_the_second_try_is_no_error(
    recording: Recording, undisturbed: Evaluated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: set[str] = set()

    class Hiccuping(ReplayEngine):
        def step(self) -> list[Response]:
            (response,) = super().step()
            if response.request_id in failed:
                return [response]
            failed.add(response.request_id)
            return [Response(response.request_id, finish="error", error="hiccup")]

    use_engine(monkeypatch, Hiccuping)
    result = evaluate(recording.replayed(), tmp_path, "replay", Screen())
    assert len(failed) == len(read_lines(result.folder / JOURNAL))
    for name in (RESPONSES, SCORES):
        assert (result.folder / name).read_bytes() == (undisturbed.folder / name).read_bytes()


def test_what_had_an_error_is_tried_again_by_the_same_command(
    recording: Recording, undisturbed: Evaluated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = without(recording, tmp_path / "lacking", "mixed/a1/0/1")
    with monkeypatch.context() as patch:
        use_engine(patch, lambda _: ReplayEngine(lacking))
        first = evaluate(recording.replayed(), tmp_path / "runs", "replay", Screen())
    assert first.manifest["status"] == "errors"
    second = evaluate(recording.replayed(), tmp_path / "runs", "replay", Screen())
    assert second.folder == first.folder
    assert second.manifest["counts"]["generated_now"] == 2  # the lost one and the one that follows it
    assert run_files(second.folder) == run_files(undisturbed.folder)


def one_item_plan(recording: Recording, folder: Path, **changes: Any) -> RunPlan:
    suite = write_suite(folder / "arith", [item_line("q0", **changes), item_line("q1")])
    return replace(recording.replayed(), suites=plan_suites([load_suite(suite)], Choice()), choice=Choice())


def test_a_scorer_that_never_stops_asking_is_an_error_of_its_item(recording: Recording, tmp_path: Path) -> None:
    (tmp_path / "recorded").mkdir()
    journal = Journal(tmp_path / "recorded" / JOURNAL)
    for request in [f"arith/q0/0/{step}" for step in range(40)] + ["arith/q1/0/0"]:
        journal.append(Response(request, "4"))
    journal.close()
    plan = one_item_plan(recording, tmp_path, scorer="nags")
    result = evaluate(replace(plan, engine=EngineSettings("replay", replay=str(tmp_path / "recorded"))), tmp_path, "replay", Screen())
    errors = {row["item"]: row["error"] for row in read_lines(result.folder / SCORES)}
    assert errors == {"q0": "scorer 'nags' asked for more than 20 follow-ups", "q1": None}
    assert len(read_lines(result.folder / JOURNAL)) == 1 + 20 + 1


def test_a_follow_up_that_the_template_rejects_is_an_error_of_its_item(recording: Recording, tmp_path: Path) -> None:
    template = "{% for message in messages %}{% if message.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    template += "{{ message.content }}{% endfor %}"
    plan = replace(one_item_plan(recording, tmp_path, scorer="asks_with_system"), template=template)
    result = evaluate(plan, tmp_path, "replay", Screen())
    errors = {row["item"]: row["error"] for row in read_lines(result.folder / SCORES)}
    assert errors["q1"] is None
    assert "no system" in errors["q0"]


# What is wrong with the input is said before an engine is started.


def with_transformers(recording: Recording, folder: Path, line: dict[str, Any], options: str = "", **config: Any) -> RunPlan:
    model = resolve_model(parse_model(recording.plan.model.spec.text + options))
    suite = write_suite(folder / "arith", [item_line("short"), line], **config)
    return make_plan(model, [suite], Choice(), EngineSettings("transformers", "cpu"))


@pytest.mark.parametrize(
    ("line", "tokens", "room"),
    [
        (item_line("long", prompt="0" * 1200), 1200, 8),
        (choice_line("long", prompt="0" * 1200), 1200, 1),
        (choice_line("long", prompt="0" * 1200, raw=True), 1200, 1),
    ],
    ids=["generated", "choices", "raw"],
)
def test_a_prompt_that_does_not_fit_is_named_before_an_engine_starts(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: dict[str, Any], tokens: int, room: int
) -> None:
    forbid_engines(monkeypatch)
    with pytest.raises(UserError, match=r"Item 'long' of suite 'arith' does not fit: its prompt has (\d+) tokens") as caught:
        evaluate(with_transformers(recording, tmp_path, line), tmp_path, "tiny", Screen())
    assert f"{room} may be generated, but the context of 'tiny' is 1024" in str(caught.value)
    assert tokens <= int(str(caught.value).partition("has ")[2].partition(" tokens")[0]) < tokens + 60


def test_the_response_counts_towards_what_must_fit(recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_engines(monkeypatch)
    plan = with_transformers(recording, tmp_path, item_line("other"), ",max_model_len=200", generation={"max_tokens": 190})
    with pytest.raises(UserError, match=r"190 may be generated, but the context of 'tiny' is 200 \(2 requests are too long\)"):
        evaluate(plan, tmp_path, "tiny", Screen())


@pytest.mark.slow
def test_a_prompt_that_just_fits_is_answered(recording: Recording, tmp_path: Path) -> None:
    probe = with_transformers(recording, tmp_path / "probe", item_line("other"), ",max_model_len=16", generation={"max_tokens": 4})
    with pytest.raises(UserError) as caught:
        evaluate(probe, tmp_path, "tiny", Screen())
    length = int(str(caught.value).partition("has ")[2].partition(" tokens")[0])
    plan = with_transformers(recording, tmp_path, item_line("other"), f",max_model_len={length + 4}", generation={"max_tokens": 4})
    assert evaluate(plan, tmp_path, "tiny", Screen()).manifest["status"] == "complete"


def test_a_template_that_drops_a_message_is_told_before_an_engine_starts(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_engines(monkeypatch)
    plan = replace(with_transformers(recording, tmp_path, item_line("other")), template="nothing")
    with pytest.raises(UserError, match="silently drops"):
        evaluate(plan, tmp_path, "tiny", Screen())


def test_replaying_a_folder_without_a_journal_is_a_user_error(recording: Recording, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Nothing to replay in '.*': it has no journal\.jsonl"):
        start_engine(recording.plan.model, EngineSettings("replay", replay=str(tmp_path)), [], [])
    with pytest.raises(UserError, match="needs recorded responses"):
        start_engine(recording.plan.model, EngineSettings("replay"), [], [])


def test_a_run_begun_under_other_conditions_is_not_continued_under_these(recording: Recording, tmp_path: Path) -> None:
    begun = recording.plan.folder(tmp_path, "begun")
    begun.mkdir()
    journal = (recording.result.folder / JOURNAL).read_bytes().splitlines(keepends=True)
    (begun / JOURNAL).write_bytes(b"".join(journal[:2]))
    engine = json.loads((recording.result.folder / ENGINE).read_text())
    engine["conditions"]["dtype"] = "bfloat16"
    (begun / ENGINE).write_text(json.dumps(engine))
    with pytest.raises(UserError, match=r"was begun with dtype bfloat16; finish it there"):
        evaluate(recording.plan, tmp_path, "begun", Screen())
    assert (begun / JOURNAL).read_bytes() == b"".join(journal[:2])
