"""One model under conditions: runs of their own, nothing generated that is there already, compared with the model as it is.

The engine is made up: it answers by request id, in the same words whatever it is asked.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import harness.postprocess
import harness.runner
import harness.scorers
from harness.cli import main
from harness.compare import compare_runs
from harness.condition import Condition
from harness.engines import start_engine
from harness.engines.base import EngineInfo, EngineSettings
from harness.evaluate import evaluate
from harness.item import Item
from harness.model import Model, parse_model, resolve_model
from harness.plan import Choice, RunPlan, plan_suites, suites_under
from harness.records import Answer, FollowUp, Request, Response, Score
from harness.rescore import rescore
from harness.screen import Screen
from harness.store import ENGINE, JOURNAL, MANIFEST, PLAN, RESPONSES, SCORES, SUMMARY, read_lines
from harness.suite import load_suite
from tests.conftest import item_line, write_suite

CONDITIONS = {
    "short": {"system": {"en": "Be brief."}, "post": [{"max_sentences": 1}]},
    "first": {"post": [{"max_sentences": 1}]},
    "cool": {"generation": {"temperature": 0.5, "max_tokens": 4}},
}
CHOICES = {"choices": ["four", "five"], "target": {"answer": 0}, "scorer": "choice", "pass": ["four"], "fail": ["five"]}
ITEMS = [item_line("right"), item_line("rambling"), item_line("choice", **CHOICES)]
ANSWERS = {"right": "4.", "rambling": "It is 4. Or is it 5?", "wavering": "It is 4. Or is it {}?"}


class MadeUpEngine:
    """Answers with ANSWERS, the first choice being likelier; remembers what it was asked."""

    max_model_len = 4096

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self._queue: list[Request] = []
        self.info = EngineInfo("transformers", {"device": "cpu", "dtype": "float32"}, {})

    @property
    def unfinished(self) -> int:
        return len(self._queue)

    def become(self, model: Model, requests: Sequence[Request]) -> bool:
        return False

    def submit(self, request: Request) -> None:
        self.asked.append(request)
        self._queue.append(request)

    def step(self) -> list[Response]:
        request = self._queue.pop(0)
        _, item, sample, step = request.id.split("/")
        if request.score_from is not None:
            return [Response(request.id, finish="scored", logprobs=(-1.0 - (step == "choice1"),))]
        return [Response(request.id, ANSWERS[item].format(sample) if step == "0" else f"follow-up {step}", 3)]

    def close(self) -> None:
        pass


class EchoScorer:
    """Asks once more with the judged answer in its words, then counts its letters."""

    name, version, metrics = "echo", 1, ("correct",)

    def check_target(self, item: Item) -> None:
        pass

    def score(self, item: Item, answer: Answer) -> Score | FollowUp:
        if len(answer.turns) == 1:
            return FollowUp(({"role": "user", "content": f"You said: {answer.text}"},))
        return Score({"correct": len(answer.text) / 100})


class Lab:
    """A suite, conditions and the command."""

    def __init__(self, folder: Path, model: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.runs, self.model, self._patch = folder, folder / "runs", model, patch
        self.engines: list[MadeUpEngine] = []
        self.suite = write_suite(folder / "arith", ITEMS)
        for name, fields in CONDITIONS.items():
            (folder / f"{name}.yaml").write_text(json.dumps({"name": name, **fields}), encoding="utf-8")
        patch.setattr(harness.runner, "start_engine", self._start)

    def _start(self, model: Model, settings: EngineSettings, requests: Sequence[Request], probes: list[Request]) -> MadeUpEngine:
        self.engines.append(MadeUpEngine())
        return self.engines[-1]

    def eval(self, *conditions: str, options: Sequence[str | Path] = (), code: int = 0) -> None:
        self.engines.clear()
        chosen = [part for name in conditions for part in ("--condition", str(self.folder / f"{name}.yaml"))]
        engine = [] if "--engine" in options else ["--engine", "transformers"]
        arguments = ["harness", "eval", "--model", self.model, "--suites", self.suite, "--out", self.runs, *engine, *chosen, *options]
        self._patch.setattr(sys, "argv", [str(argument) for argument in arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        assert (caught.value.code or 0) == code

    def run(self, condition: str | None = None) -> Path:
        (found,) = self.runs.glob("tiny-*" if condition is None else f"tiny+{condition}-*")
        return found

    def manifest(self, condition: str | None = None) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.run(condition) / MANIFEST).read_text(encoding="utf-8"))
        return found

    def scores(self, condition: str | None = None) -> dict[str, float]:
        return {row["item"]: row["score"] for row in read_lines(self.run(condition) / SCORES)}

    def comparison(self, condition: str) -> dict[str, Any]:
        text = (self.run(condition) / f"comparison-{self.manifest()['run']}.json").read_text(encoding="utf-8")
        (suite,) = json.loads(text)["suites"]
        return dict(suite)


@pytest.fixture
def lab(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    return Lab(tmp_path, tiny_model, monkeypatch)


def asked(lab: Lab) -> list[list[str]]:
    return [sorted(request.id for request in engine.asked) for engine in lab.engines]


ALL = ["arith/choice/0/choice0", "arith/choice/0/choice1", "arith/rambling/0/0", "arith/right/0/0"]


def test_post_processing_alone_generates_nothing_and_is_judged_and_compared(lab: Lab, capfd: pytest.CaptureFixture[str]) -> None:
    lab.eval("first")
    assert asked(lab) == [ALL]
    assert lab.scores() == {"right": 1.0, "rambling": 0.0, "choice": 1.0}
    assert lab.scores("first") == {"right": 1.0, "rambling": 1.0, "choice": 1.0}
    comparison = lab.comparison("first")
    assert comparison["verdict"] != "NOT COMPARABLE"
    assert comparison["gained"] == ["rambling"]
    hash = lab.manifest("first")["condition"]["hash"]
    assert comparison["declared"] == [f"condition: none → first@{hash}+post.{harness.postprocess.VERSION}"]
    assert (lab.manifest("first")["counts"]["generated_now"], lab.manifest("first")["counts"]["reused_now"]) == (0, 4)
    shown = capfd.readouterr()
    assert "tiny+first" in shown.out
    assert "0 responses generated, 4 taken from the run without the condition" in shown.err


def test_everything_as_json_is_one_object_on_stdout(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.eval("first", options=["--json"])
    said = json.loads(capsys.readouterr().out)
    assert [run["folder"] for run in said["runs"]] == [str(lab.run()), str(lab.run("first"))]
    assert said["runs"][0]["summary"]["arith"]["score"] == pytest.approx(2 / 3)
    assert said["comparisons"][0]["suites"][0]["gained"] == ["rambling"]


def test_stored_responses_stay_raw_and_what_was_judged_stands_with_the_scores(lab: Lab) -> None:
    lab.eval("first")
    for name in (RESPONSES, JOURNAL):
        assert (lab.run("first") / name).read_bytes() == (lab.run() / name).read_bytes()
    judged = {row["item"]: row.get("judged") for row in read_lines(lab.run("first") / SCORES)}
    assert judged == {"right": None, "rambling": "It is 4.", "choice": None}
    assert not any("judged" in row for row in read_lines(lab.run() / SCORES))
    assert (lab.run("first") / ENGINE).read_bytes() == (lab.run() / ENGINE).read_bytes()


def test_a_system_text_is_asked_of_choices_too_in_a_run_of_its_own(lab: Lab) -> None:
    lab.eval("short")
    assert asked(lab) == [ALL, ALL]
    prompts = {name: {row["item"]: row["prompt"] for row in read_lines(lab.run(name) / RESPONSES)} for name in (None, "short")}
    for item, prompt in prompts[None].items():
        assert prompts["short"][item] == f"<|im_start|>system\nBe brief.<|im_end|>\n{prompt}"
    assert lab.scores("short")["rambling"] == 1.0
    assert lab.comparison("short")["verdict"] != "NOT COMPARABLE"
    assert lab.manifest("short")["suites"]["arith"]["plain_prompts_hash"] == lab.manifest()["suites"]["arith"]["prompts_hash"]
    assert lab.manifest("short")["suites"]["arith"]["prompts_hash"] != lab.manifest()["suites"]["arith"]["prompts_hash"]


def test_generation_settings_leave_choices_as_they_were_measured(lab: Lab) -> None:
    lab.eval("cool")
    assert asked(lab) == [ALL, ["arith/rambling/0/0", "arith/right/0/0"]]
    assert {(request.temperature, request.max_tokens) for request in lab.engines[1].asked} == {(0.5, 4)}
    assert lab.comparison("cool")["verdict"] != "NOT COMPARABLE"


@pytest.mark.slow
def test_manifest_signature_and_screen_name_the_condition(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.eval("short", "cool")
    condition = lab.manifest("short")["condition"]
    assert (condition["name"], condition["system"], len(condition["hash"])) == ("short", {"en": "Be brief."}, 16)
    assert lab.manifest()["condition"] is None
    signatures = {
        name: json.loads((lab.run(name) / SUMMARY).read_text(encoding="utf-8"))["arith"]["signature"] for name in (None, "short", "cool")
    }
    assert f"|condition:short@{condition['hash']}+post.{harness.postprocess.VERSION}|" in signatures["short"]
    assert "|t:0.5|" in signatures["cool"]
    assert "|max:4|" in signatures["cool"]
    assert "condition:" not in signatures[None]
    assert f"condition short@{condition['hash']}" in capsys.readouterr().out


@pytest.mark.slow
def test_the_plain_run_is_the_one_that_it_was_without_conditions(lab: Lab) -> None:
    lab.eval()
    before, plan = lab.run().name, (lab.run() / PLAN).read_bytes()
    lab.eval("short", "first", "cool")
    assert asked(lab) == [ALL, ["arith/rambling/0/0", "arith/right/0/0"]]
    assert lab.run().name == before
    assert (lab.run() / PLAN).read_bytes() == plan
    assert "condition" not in json.loads(plan)["identity"]


@pytest.mark.slow
def test_the_same_command_again_does_nothing_and_a_lost_manifest_is_made_anew_without_an_engine(lab: Lab) -> None:
    lab.eval("short", "first")
    lab.eval("short", "first")
    assert lab.engines == []
    (lab.run("first") / MANIFEST).unlink()
    (lab.run("short") / MANIFEST).unlink()
    lab.eval("short", "first")
    assert lab.engines == []
    assert lab.scores("first")["rambling"] == 1.0


@pytest.mark.slow
def test_newer_post_processing_is_judged_anew_without_an_engine(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.eval("first", "cool")
    cool = (lab.run("cool") / MANIFEST).read_bytes()
    monkeypatch.setattr("harness.plan.VERSION", 99)
    monkeypatch.setattr(harness.postprocess, "max_sentences", lambda text, limit: "5")
    lab.eval("first", "cool")
    assert lab.engines == []
    assert lab.scores("first") == {"right": 0.0, "rambling": 0.0, "choice": 1.0}
    assert (lab.run("cool") / MANIFEST).read_bytes() == cool


def test_steps_that_fail_are_errors_of_the_items_and_not_of_the_run(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str, limit: int) -> str:
        raise ZeroDivisionError("too long")

    monkeypatch.setattr(harness.postprocess, "max_sentences", fail)
    lab.eval("first", code=3)
    assert lab.scores("first") == {"right": None, "rambling": None, "choice": 1.0}
    assert lab.comparison("first")["verdict"] == "ERROR"


def test_follow_ups_are_asked_anew_since_they_rest_on_what_was_judged(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(harness.scorers._CLASSES, "echo", "tests.test_condition_runs:EchoScorer")
    write_suite(lab.suite, [item_line("rambling", scorer="echo")])
    lab.eval("first")
    assert asked(lab) == [["arith/rambling/0/0", "arith/rambling/0/1"], ["arith/rambling/0/1"]]
    assert lab.scores("first")["rambling"] == len("It is 4.") / 100


@pytest.mark.slow
def test_rescoring_applies_the_same_condition(lab: Lab) -> None:
    lab.eval("first", "short", "cool")
    for name in ("first", "short", "cool"):
        before = {file: (lab.run(name) / file).read_bytes() for file in (SCORES, SUMMARY)}
        assert rescore(lab.run(name), [str(lab.suite)]).changed == {"arith": 0}
        assert {file: (lab.run(name) / file).read_bytes() for file in (SCORES, SUMMARY)} == before
    changed = [item | {"target": {"answers": ["5"], "match": "number"}} if item["id"] == "rambling" else item for item in ITEMS]
    write_suite(lab.suite, changed)
    assert rescore(lab.run("first"), [str(lab.suite)]).changed == {"arith": 1}
    assert lab.scores("first")["rambling"] == 0.0
    assert rescore(lab.run(), [str(lab.suite)]).changed == {"arith": 1}
    assert lab.scores()["rambling"] == 1.0


@pytest.mark.slow
def test_what_another_engine_began_is_not_mixed_with_responses_of_the_plain_run(lab: Lab) -> None:
    lab.eval("first")
    for name in (MANIFEST, JOURNAL):
        (lab.run("first") / name).unlink()
    (lab.run("first") / ENGINE).write_text(json.dumps({"kind": "transformers", "conditions": {"device": "cuda"}, "settings": {}}))
    lab.eval("first")
    assert asked(lab) == [ALL]


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "reused"), [("0", 4), ("1", 0)])
def test_only_the_run_that_differs_by_the_condition_alone_lends_its_responses(lab: Lab, seed: str, reused: int) -> None:
    lab.eval(options=["--seed", seed])
    condition = Condition.model_validate({"name": "first", **CONDITIONS["first"]})
    parts = suites_under(plan_suites([load_suite(lab.suite)], Choice()), condition)
    plan = RunPlan(resolve_model(parse_model(str(lab.model))), parts, Choice(), EngineSettings("transformers"), None)
    assert evaluate(plan, lab.folder / "more", "under", Screen(), lab.run()).manifest["counts"]["reused_now"] == reused


@pytest.mark.slow
def test_consistency_is_of_what_was_judged_and_survives_rescoring(lab: Lab) -> None:
    write_suite(lab.suite, [item_line("wavering")], consistency=True)
    lab.eval("first", options=["--samples", "2"])

    def consistency(name: str | None) -> float:
        return float(json.loads((lab.run(name) / SUMMARY).read_text(encoding="utf-8"))["arith"]["consistency"])

    assert (consistency(None), consistency("first")) == (0.5, 1.0)
    for name in (None, "first"):
        rescore(lab.run(name), [str(lab.suite)])
    assert (consistency(None), consistency("first")) == (0.5, 1.0)


@pytest.mark.slow
def test_what_the_condition_does_not_declare_still_keeps_runs_from_being_compared(lab: Lab) -> None:
    lab.eval("short")
    plain = lab.run()
    write_suite(lab.suite, ITEMS, generation={"max_tokens": 9})
    lab.eval("short")
    other = next(path for path in lab.runs.glob("tiny+short-*") if '"max_tokens": 9' in (path / MANIFEST).read_text(encoding="utf-8"))
    (suite,) = compare_runs(plain, other).suites
    assert suite.verdict == "NOT COMPARABLE"
    assert suite.reason.startswith("generation: ")
    assert "condition" not in suite.reason


@pytest.mark.slow
def test_several_in_one_option_are_taken_by_name_and_by_path(lab: Lab) -> None:
    lab.eval(options=["--condition", f"unsure trimmed '{lab.folder / 'first.yaml'}'"])
    assert lab.manifest("unsure")["condition"]["name"] == "unsure"
    assert {path.name.rpartition("-")[0] for path in lab.runs.iterdir()} == {"tiny", "tiny+unsure", "tiny+trimmed", "tiny+first"}


@pytest.mark.slow
def test_recorded_responses_can_be_post_processed_but_not_asked_otherwise(
    lab: Lab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.eval()
    recorded = lab.run()
    replay = ["--engine", "replay", "--replay", recorded, "--name", "again"]
    lab.eval("short", options=replay, code=2)
    assert "Condition 'short' asks for other responses than were recorded" in capsys.readouterr().err
    monkeypatch.setattr(harness.runner, "start_engine", start_engine)
    lab.eval("first", options=replay)
    (again,) = lab.runs.glob("again+first-*")
    assert {row["item"]: row["score"] for row in read_lines(again / SCORES)} == {"right": 1.0, "rambling": 1.0, "choice": 1.0}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name: x\nsystem: {zh: 简短。}", "no system text in 'en'"),
        ("name: x\nsuites: [other]\npost: [max_sentences: 1]", "changes nothing in the suites that are evaluated (arith)"),
        ("name: x\npost: [correct_claims]", "changes nothing in the suites that are evaluated (arith)"),
        ("name: x\npots: []", "pots: Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_with_a_condition_is_said_before_anything_is_generated(
    lab: Lab, capsys: pytest.CaptureFixture[str], text: str, complaint: str
) -> None:
    (lab.folder / "x.yaml").write_text(text, encoding="utf-8")
    lab.eval("x", code=2)
    assert complaint in capsys.readouterr().err
    assert lab.engines == []
    assert not lab.runs.exists()
