"""A finished run judged anew: responses stay, scores follow today's scorers and suites, and another question is refused."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import harness.plan
import harness.store
from harness.cli import app, main
from harness.engines.base import EngineSettings
from harness.errors import RunError, UserError
from harness.evaluate import evaluate
from harness.item import Item
from harness.model import parse_model, resolve_model
from harness.plan import Choice, RunPlan, plan_suites
from harness.records import Answer, Response, Score
from harness.rescore import SET_ASIDE, rescore
from harness.scorers.exact import ExactScorer
from harness.screen import Screen
from harness.store import JOURNAL, MANIFEST, PLAN, RESPONSES, SCORES, SUMMARY, Journal, RunFolder, read_lines, read_manifest
from harness.suite import load_suite
from tests.conftest import item_line, write_suite

ANSWERS = {"q0": "4", "q1": "four", "q2": "<think>4</think> 5"}
CHOICES = {"pass": ["four"], "fail": ["five"], "choices": ["four", "five"], "target": {"answer": 0}, "scorer": "choice"}


def lines(**changes: Any) -> list[dict[str, Any]]:
    return [*(item_line(name, **changes) for name in ANSWERS), item_line("c0", **CHOICES)]


@dataclass(frozen=True)
class Run:
    suite: Path
    folder: Path

    def read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def scores(self) -> dict[str, float | None]:
        return {row["item"]: row["score"] for row in read_lines(self.folder / SCORES)}

    def bytes(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.name != "lock"}


@pytest.fixture
def run(tiny_model: Path, tmp_path: Path) -> Run:
    """A run over recorded responses, so that no model is needed: q0 right, q1 and q2 wrong, the choice right."""
    recorded = tmp_path / "recorded"
    recorded.mkdir()
    journal = Journal(recorded / JOURNAL)
    for name, text in ANSWERS.items():
        journal.append(Response(f"arith/{name}/0/0", text, 1))
    for index, logprob in enumerate((-1.0, -2.0)):
        journal.append(Response(f"arith/c0/0/choice{index}", finish="scored", logprobs=(logprob,)))
    journal.close()
    suite = write_suite(tmp_path / "arith", lines())
    choice = Choice()
    plan = RunPlan(
        resolve_model(parse_model(str(tiny_model))), plan_suites([load_suite(suite)], choice), choice,
        EngineSettings("replay", replay=str(recorded)), None,
    )  # fmt: skip
    made = Run(suite, evaluate(plan, tmp_path / "runs", "run", Screen()).folder)
    assert made.scores() == {"q0": 1.0, "q1": 0.0, "q2": 0.0, "c0": 1.0}
    return made


def test_with_nothing_changed_scores_and_summary_are_the_same(run: Run) -> None:
    before = run.bytes()
    result = rescore(run.folder, [str(run.suite)])
    after = run.bytes()
    assert {name for name in before if before[name] != after[name]} == {MANIFEST}
    assert after.keys() == before.keys()
    assert result.changed == {"arith": 0}


def test_the_command_says_what_changed_as_json(run: Run) -> None:
    done = CliRunner().invoke(app, ["rescore", str(run.folder), "--suite", str(run.suite), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"folder": str(run.folder), "changed": {"arith": 0}, "summary": run.read(SUMMARY)}


def test_a_changed_target_changes_scores_and_leaves_responses_and_journal(run: Run) -> None:
    before, manifest = run.bytes(), run.read(MANIFEST)
    write_suite(run.suite, lines(target={"answers": ["5"], "match": "number"}), margin=0.1)
    result = rescore(run.folder, [str(run.suite)])
    after, renewed = run.bytes(), run.read(MANIFEST)
    assert run.scores() == {"q0": 0.0, "q1": 0.0, "q2": 1.0, "c0": 1.0}
    assert result.changed == {"arith": 2}
    assert [after[name] == before[name] for name in (JOURNAL, RESPONSES, PLAN)] == [True] * 3
    assert renewed["suites"]["arith"]["margin"] == 0.1
    assert renewed["suites"]["arith"]["items_hash"] != manifest["suites"]["arith"]["items_hash"]
    assert renewed["suites"]["arith"]["prompts_hash"] == manifest["suites"]["arith"]["prompts_hash"]
    assert renewed["rescored"]
    assert renewed["before"][0]["suites"]["arith"] == manifest["suites"]["arith"]
    assert renewed["before"][0]["scores"]["arith"]["score"] == 0.5
    assert run.read(SUMMARY)["arith"]["score"] == 0.5
    assert run.read(SUMMARY)["arith"]["truncated"] == 0.0
    assert result.manifest == renewed


def test_a_new_scorer_is_applied_and_its_version_recorded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    was = ExactScorer.version
    monkeypatch.setattr(ExactScorer, "version", was + 1)
    monkeypatch.setattr(ExactScorer, "score", lambda self, item, answer: Score({"correct": float("four" in answer.text)}))
    rescore(run.folder, [str(run.suite)])
    rescore(run.folder, [str(run.suite)])
    manifest = run.read(MANIFEST)
    assert run.scores() == {"q0": 0.0, "q1": 1.0, "q2": 0.0, "c0": 1.0}
    assert manifest["scorers"]["arith"]["exact"] == was + 1
    assert [state["scorers"]["arith"]["exact"] for state in manifest["before"]] == [was, was + 1]
    assert f"exact.{was + 1}" in run.read(SUMMARY)["arith"]["signature"]


def test_libraries_of_scorers_are_recorded_anew_and_a_run_from_before_gets_them(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = run.read(MANIFEST)
    assert manifest.pop("scorer_libraries") == {"arith": {}}
    (run.folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    for version in ("1", "2"):
        monkeypatch.setattr(
            harness.plan, "library_versions", lambda name, version=version: {"sacrebleu": version} if name == "exact" else {}
        )
        rescore(run.folder, [str(run.suite)])
    renewed = run.read(MANIFEST)
    assert renewed["scorer_libraries"] == {"arith": {"exact": {"sacrebleu": "2"}}}
    assert [state["scorer_libraries"] for state in renewed["before"]] == [{}, {"arith": {"exact": {"sacrebleu": "1"}}}]


def test_choices_are_judged_from_the_stored_log_probabilities(run: Run) -> None:
    write_suite(run.suite, [*lines()[:3], item_line("c0", **CHOICES | {"target": {"answer": 1}, "pass": ["five"], "fail": ["four"]})])
    rescore(run.folder, [str(run.suite)])
    assert run.scores()["c0"] == 0.0


def test_a_scorer_that_fails_makes_errors_and_one_that_works_again_removes_them(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: ExactScorer, item: Item, answer: Answer) -> Score:
        raise ZeroDivisionError("too hard")

    with monkeypatch.context() as patch:
        patch.setattr(ExactScorer, "score", fail)
        rescore(run.folder, [str(run.suite)])
    assert run.read(MANIFEST)["status"] == "errors"
    assert run.read(MANIFEST)["counts"]["errors"] == 3
    assert run.scores() == {"q0": None, "q1": None, "q2": None, "c0": 1.0}
    rescore(run.folder, [str(run.suite)])
    assert run.read(MANIFEST)["status"] == "complete"
    assert run.scores()["q0"] == 1.0


REFUSED: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str]] = {
    "a prompt": ([lines()[0] | {"prompt": "2+2?"}, *lines()[1:]], {}, r"what models are asked is different in: q0\."),
    "a system message": ([*lines()[:2], lines()[2] | {"system": "Brief."}, lines()[3]], {}, r"what models are asked is different in: q2\."),
    "choices": ([*lines()[:3], lines()[3] | {"choices": ["four", "five", "six"]}], {}, r"what models are asked is different in: c0\."),
    "examples": (lines(), {"few_shot": [{"user": "1+1?", "assistant": "2"}]}, "asked is different in: q0, q1, q2, c0"),
    "an item less": (lines()[1:], {}, r"any more: q0\."),
    "an item more": ([*lines(), item_line("q9")], {}, r"the run does not have: q9\."),
    "generation": (lines(), {"generation": {"max_tokens": 9}}, "generation settings"),
}


@pytest.mark.parametrize("change", REFUSED)
def test_a_suite_that_asks_something_else_is_refused_and_nothing_is_touched(run: Run, change: str) -> None:
    items, config, reason = REFUSED[change]
    before = run.bytes()
    write_suite(run.suite, items, **config)
    with pytest.raises(UserError, match=reason):
        rescore(run.folder, [str(run.suite)])
    assert run.bytes() == before


def test_a_run_from_before_prompts_were_hashed_is_rescored_only_if_no_item_changed(run: Run) -> None:
    rows = [{name: value for name, value in row.items() if name != "asked"} for row in read_lines(run.folder / RESPONSES)]
    (run.folder / RESPONSES).write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert rescore(run.folder, [str(run.suite)]).changed == {"arith": 0}
    write_suite(run.suite, lines(target={"answers": ["5"], "match": "number"}))
    with pytest.raises(UserError, match="too old to tell"):
        rescore(run.folder, [str(run.suite)])


def test_a_suite_that_is_not_bundled_must_be_named(run: Run) -> None:
    with pytest.raises(UserError, match=r"Suite 'arith' of this run: Unknown suite .* Say where it lies with --suite"):
        rescore(run.folder)


def test_a_suite_that_the_run_has_not_is_refused(run: Run) -> None:
    with pytest.raises(UserError, match="The run has no suite 'hallucination'; it has arith"):
        rescore(run.folder, ["hallucination"])


def test_what_is_no_run_or_no_finished_one_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a run folder"):
        rescore(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    (run.folder / MANIFEST).unlink()
    with pytest.raises(RunError, match="incomplete"):
        rescore(run.folder, [str(run.suite)])


def test_a_run_in_use_is_refused(run: Run) -> None:
    holder = RunFolder(run.folder)
    with pytest.raises(UserError, match="in use"):
        rescore(run.folder, [str(run.suite)])
    holder.release()


@pytest.mark.parametrize("written", [0, 1, 2])
def test_interrupted_while_writing_it_is_no_finished_run_and_the_same_command_finishes_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    """`written` of scores, summary and manifest are written when the disk is full."""
    done: list[str] = []
    whole = harness.store.write_atomic

    def full(path: Path, *arguments: Any, **options: Any) -> None:
        if len(done) == written:
            raise RunError("no room")
        done.append(path.name)
        whole(path, *arguments, **options)

    write_suite(run.suite, lines(target={"answers": ["5"], "match": "number"}))
    with monkeypatch.context() as patch:
        patch.setattr("harness.store.write_atomic", full)
        with pytest.raises(RunError, match="no room"):
            rescore(run.folder, [str(run.suite)])
    assert done == [SCORES, SUMMARY, MANIFEST][:written]
    assert read_manifest(run.folder) is None
    rescore(run.folder, [str(run.suite)])
    assert run.scores() == {"q0": 0.0, "q1": 0.0, "q2": 1.0, "c0": 1.0}
    assert run.read(MANIFEST)["status"] == "complete"
    assert not (run.folder / SET_ASIDE).exists()


def test_comparisons_of_former_scores_are_removed(run: Run) -> None:
    (run.folder / "comparison-0123.json").write_text("{}", encoding="utf-8")
    rescore(run.folder, [str(run.suite)])
    assert not list(run.folder.glob("comparison-*"))


def test_the_command_shows_the_scores_and_how_many_changed(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_suite(run.suite, lines(target={"answers": ["5"], "match": "number"}))
    monkeypatch.setattr("sys.argv", ["harness", "rescore", str(run.folder), "--suite", str(run.suite)])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 0
    assert "arith: 2 samples are judged otherwise than before" in capsys.readouterr().out
