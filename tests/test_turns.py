"""Items with later turns: their form, their requests, runs, rescoring, responses from files, and what a suite check says of them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import harness.runner
from harness.command_score import run_score
from harness.engines.base import EngineSettings
from harness.engines.replay import ReplayEngine
from harness.errors import UserError
from harness.evaluate import evaluate
from harness.hashing import hash_json
from harness.model import Model, parse_model, resolve_model
from harness.plan import Choice, IsolationChoice, RunPlan, plan_suites
from harness.prompts import Renderer
from harness.records import FollowUp, Request, Response, Score
from harness.rescore import rescore
from harness.scorers import load_scorer
from harness.screen import Screen
from harness.store import JOURNAL, RESPONSES, SCORES, Journal, read_journal, read_lines
from harness.suite import Suite, bundled_names, find_suite, hash_items, load_suite
from harness.suite_audit import audit_suite
from harness.suite_check import check_suite, check_targets, example_answer
from reports.item import print_item
from tests.conftest import item_line, write_suite

DIALOGUE: dict[str, Any] = {"scorer": "dialogue", "primary_metric": "dialogue"}


def line(identifier: str = "d0", **changes: Any) -> dict[str, Any]:
    """A dialogue of three turns whose last must say 26."""
    fields: dict[str, Any] = {
        "prompt": f"The cabin is at 24 degrees. ({identifier})", "turns": ["Make it two more.", "What is it now?"],
        "target": {"turns": [{}, {}, {"slots": [{"kind": "value", "is": "26"}]}]},
        "pass": [["Yes.", "Done.", "26"]], "fail": [["Yes.", "Done.", "24"]],
    }  # fmt: skip
    return item_line(identifier, **(fields | changes))


def suite_of(folder: Path, *lines: dict[str, Any], **config: Any) -> Suite:
    return load_suite(write_suite(folder / "s", list(lines), **(DIALOGUE | config)))


# Form.


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"turns": "And now?"}, "turns"),
        ({"turns": [3, "b"]}, "turns"),
        ({"turns": ["And now?", " "]}, "turns: number 2 is empty"),
        ({"turns": ["Go on."] * 17}, "turns"),
        ({"pass": ["26"]}, "pass: example 1 is one response, but the dialogue has 3 turns; give a list of 3"),
        ({"fail": [["a", "b", "24"], ["a", "24"]]}, "fail: example 2 has 2 responses, but the dialogue has 3 turns"),
        ({"pass": [["a", "b", 26]]}, "must be a string, or in an item with turns a list of strings"),
        ({"pass": [26]}, "must be a string, or in an item with turns a list of strings"),
        ({"turns": [], "pass": [["26"]]}, "pass: example 1 is a list, which only an item with turns can have"),
        ({"choices": ["a", "b"]}, "turns: an item with choices has none"),
        ({"text": "Some text.", "prompt": "", "pass": [], "fail": []}, "stands alone: no prompt, turns"),
    ],
)
def test_a_malformed_dialogue_is_refused_with_its_line(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        suite_of(tmp_path, line("ok"), line(**changes))
    assert message in str(caught.value)
    assert "items.jsonl, line 2: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_scorer_that_judges_one_response_refuses_turns(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, line(scorer="exact", target={"answers": ["26"], "match": "number"}), primary_metric="correct")
    with pytest.raises(UserError, match="item 'd0': scorer 'exact' judges one response, but the item has later turns"):
        check_targets(suite)


def test_later_turns_are_part_of_what_is_asked_and_items_without_keep_their_hashes(tmp_path: Path) -> None:
    first = suite_of(tmp_path / "a", line())
    second = suite_of(tmp_path / "b", line(turns=["Make it two less.", "What is it now?"]))
    assert first.asked(first.items[0]) != second.asked(second.items[0])
    assert first.content_hash != second.content_hash
    plain = suite_of(tmp_path / "c", item_line("q"), scorer="exact", primary_metric="correct")
    (item,) = plain.items
    before_there_were_turns = item.model_dump(mode="json", exclude={"turns", "ending", "references", "parts"})
    assert hash_items([item], None) == hash_json([before_there_were_turns])
    assert plain.asked(item) == hash_json([plain.messages(item), None, False])[:16]


# Requests.


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Model:
    return resolve_model(parse_model(str(tiny_model)))


@pytest.fixture(scope="module")
def renderer(model: Model) -> Renderer:
    return Renderer(model)


LATER = FollowUp(({"role": "assistant", "content": "Fine."}, {"role": "user", "content": "And now?"}), max_tokens=99, continues=True)


def test_a_continued_conversation_has_system_examples_prompt_and_all_that_was_said(renderer: Renderer, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, line(system="Be brief."), few_shot=[{"user": "Hi.", "assistant": "Hello."}])
    request = renderer.follow_up(suite, suite.items[0], LATER, sample=0, samples=1, step=1, draw=0, seed=0)
    said = renderer.decode(request.prompt).replace("<|im_end|>\n", "").split("<|im_start|>")[1:]
    assert said == [
        "system\nBe brief.", "user\nHi.", "assistant\nHello.", "user\nThe cabin is at 24 degrees. (d0)",
        "assistant\nFine.", "user\nAnd now?", "assistant\n",
    ]  # fmt: skip


def test_a_later_turn_is_generated_as_the_suite_says(renderer: Renderer, tmp_path: Path) -> None:
    generation = {"max_tokens": 5, "stop": ["\n"], "top_p": 0.9, "sampling_temperature": 0.6}
    suite = suite_of(tmp_path, line(), generation=generation)
    one, two = (renderer.follow_up(suite, suite.items[0], LATER, sample=0, samples=samples, step=1, draw=0, seed=0) for samples in (1, 2))
    assert (one.id, one.max_tokens, one.stop, one.top_p, one.temperature) == ("arith/d0/0/1", 5, ("\n",), 0.9, 0.0)
    assert two.temperature == 0.6


# Runs.


def record(folder: Path, answers: dict[str, Sequence[str]]) -> Path:
    folder.mkdir()
    journal = Journal(folder / JOURNAL)
    for item, texts in answers.items():
        for step, text in enumerate(texts):
            journal.append(Response(f"arith/{item}/0/{step}", text, 1))
    journal.close()
    return folder


def run(model: Model, suite: Suite, folder: Path, recorded: Path) -> Path:
    settings = EngineSettings("replay", replay=str(recorded))
    return evaluate(RunPlan(model, plan_suites([suite], Choice()), Choice(), settings, None), folder / "runs", "run", Screen()).folder


ANSWERS = {"d0": ["Warm.", "Sure.", "<think>24 and 2</think>26"], "d1": ["Cold.", "No.", "24"]}


@pytest.fixture
def done(model: Model, tmp_path: Path) -> tuple[Path, Path]:
    """The suite's folder and a finished run: d0 right, d1 wrong."""
    suite = suite_of(tmp_path, line("d0"), line("d1"))
    return suite.folder, run(model, suite, tmp_path, record(tmp_path / "recorded", ANSWERS))


def scores(folder: Path) -> dict[str, float | None]:
    return {row["item"]: row["score"] for row in read_lines(folder / SCORES)}


def test_a_run_asks_turn_by_turn_and_stores_both_sides(done: tuple[Path, Path]) -> None:
    _, folder = done
    assert scores(folder) == {"d0": 1.0, "d1": 0.0}
    rows = {row["item"]: row for row in read_lines(folder / RESPONSES)}
    assert (rows["d1"]["response"], rows["d1"]["turns"], rows["d1"]["follow_ups"]) == (
        "Cold.", ["Make it two more.", "What is it now?"], ["No.", "24"],
    )  # fmt: skip
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["arith"]
    assert summary["metrics"] == {"dialogue": 0.5, "turns": 0.5}
    assert (summary["corpus"]["slots"]["value"], summary["corpus"]["slots"]["n"]) == (0.5, 2)


def test_the_model_is_shown_its_own_answers(model: Model, renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    class Watching(ReplayEngine):
        def submit(self, request: Request) -> None:
            seen.append(renderer.decode(request.prompt))
            super().submit(request)

    monkeypatch.setattr(harness.runner, "start_engine", lambda model, settings, requests, probes: Watching(Path(settings.replay)))
    suite = suite_of(tmp_path, line("d0"))
    run(model, suite, tmp_path, record(tmp_path / "recorded", {"d0": ["It is mild.", "<think>x</think>It is warmer.", "26"]}))
    assert len(seen) == 3
    assert "mild" not in seen[0]
    said = ("at 24 degrees.", "It is mild.", "Make it two more.", "It is warmer.", "What is it now?")
    places = [seen[2].index(text) for text in said]
    assert places == sorted(places)
    assert "think" not in seen[2]


def test_later_turns_are_counted_among_the_responses(model: Model, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(model, suite_of(tmp_path, line("d0"), line("d1")), tmp_path, record(tmp_path / "recorded", ANSWERS))
    assert "6 responses in " in capfd.readouterr().err


def test_showing_an_item_prints_the_whole_dialogue(done: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    print_item(done[1], "d1")
    shown = capsys.readouterr().out
    places = [shown.index(text) for text in ("Cold.", "Make it two more.", "No.", "What is it now?", "turn 3: says 24, it is 26")]
    assert places == sorted(places)


def test_a_dialogue_that_outgrows_the_context_is_an_error_of_its_item(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = suite_of(tmp_path, line("d0"), line("d1"))
    recorded = record(tmp_path / "recorded", {"d0": ["long " * 400, "b", "26"], "d1": ["a", "b", "26"]})
    monkeypatch.setattr(harness.runner, "_is_too_long", lambda plan, request: len(request.prompt) + request.max_tokens > 500)
    folder = run(model, suite, tmp_path, recorded)
    assert scores(folder) == {"d0": None, "d1": 1.0}
    (error,) = [row["error"] for row in read_lines(folder / SCORES) if row["error"]]
    assert error.startswith("follow-up 1 of scorer 'dialogue' does not fit: ")


# Rescoring.


def test_a_changed_target_is_judged_anew_from_all_turns(done: tuple[Path, Path]) -> None:
    suite, folder = done
    target = {"turns": [{}, {"matching": [{"kind": "include", "all": ["no"]}]}, {"slots": [{"kind": "value", "is": "24"}]}]}
    examples = {"pass": [["", "no", "24"]], "fail": [["", "no", "26"]]}
    write_suite(suite, [line(name, target=target, **examples) for name in ("d0", "d1")], **DIALOGUE)
    assert rescore(folder, [str(suite)]).changed == {"arith": 2}
    assert scores(folder) == {"d0": 0.0, "d1": 1.0}


def test_a_follow_up_that_was_lost_is_an_error_and_not_a_wrong_answer(done: tuple[Path, Path]) -> None:
    suite, folder = done
    kept = [response for response in read_journal(folder / JOURNAL) if response.request_id != "arith/d0/0/2"]
    (folder / JOURNAL).unlink()
    journal = Journal(folder / JOURNAL)
    for response in kept:
        journal.append(response)
    journal.close()
    rescore(folder, [str(suite)])
    assert scores(folder) == {"d0": None, "d1": 0.0}
    (error,) = [row["error"] for row in read_lines(folder / SCORES) if row["error"]]
    assert error == "scorer 'dialogue' asks for one more response, number 2, which is not stored"


def test_changed_turns_are_refused(done: tuple[Path, Path]) -> None:
    suite, folder = done
    write_suite(suite, [line("d0"), line("d1", turns=["Make it two less.", "What is it now?"])], **DIALOGUE)
    with pytest.raises(UserError, match="what models are asked is different in: d1"):
        rescore(folder, [str(suite)])


# Responses from a file.


def given(folder: Path, response: Any, code: int = 0) -> list[dict[str, Any]]:
    suite = suite_of(folder, line("d0"))
    (folder / "r.jsonl").write_text(json.dumps({"id": "d0", "response": response}), encoding="utf-8")
    out = folder / "out.jsonl"
    assert run_score(str(suite.folder), str(folder / "r.jsonl"), str(out), False, IsolationChoice()) == code
    return [json.loads(row) for row in out.read_text(encoding="utf-8").splitlines()]


def test_a_dialogue_is_given_as_one_list_and_samples_as_a_list_of_lists(tmp_path: Path) -> None:
    (row,) = given(tmp_path, ["a", "b", "26"])
    assert (row["sample"], row["scores"]) == (0, {"dialogue": 1, "turns": 1})
    assert row["checks"] == [{"name": "turn 3 slots", "strict": True, "loose": None, "reason": "turn 3: says 26"}]
    rows = given(tmp_path, [["a", "b", "26"], ["a", "b", "24"], ["\ud800", "", "26"]])
    assert [(row["sample"], row["scores"]["dialogue"]) for row in rows] == [(0, 1), (1, 0), (2, 1)]


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ("26", "'response' must be a list of 3 strings, one a turn"),
        (["a", "26"], "is a dialogue of 3 turns, but 2 responses are given"),
        (["a", "b", "c", "26"], "but 4 responses are given"),
        ([["a", "b", "26"], ["a", "26"]], "but 2 responses are given"),
        ([["a", "b", "26"], "a"], "must be a list of 3 strings"),
        (["a", "b", None], "must be a list of 3 strings"),
        ([[], []], "but 0 responses are given"),
        ([], "'response' is an empty list"),
        (None, "must be a list of 3 strings"),
    ],
)
def test_responses_that_are_no_dialogue_are_refused(tmp_path: Path, response: Any, message: str) -> None:
    with pytest.raises(UserError, match=r"r\.jsonl, line 1: ") as caught:
        given(tmp_path, response)
    assert message in str(caught.value)


def test_a_list_of_lists_is_no_answer_to_an_item_of_one_turn(suite_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text(json.dumps({"id": "q0", "response": [["4"]]}), encoding="utf-8")
    with pytest.raises(UserError, match="'response' holds a list, but must be a string or a list of strings"):
        run_score(str(suite_folder), str(tmp_path / "r.jsonl"), None, True, IsolationChoice())


# The check of a suite.


def test_examples_are_judged_turn_by_turn(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, line("d0", **{"pass": [["a", "b", "24"]], "fail": [["a", "b", "26"]]}))
    assert check_suite(suite).problems == (
        "d0: pass example 1 was judged wrong: turn 3: says 24, it is 26", "d0: fail example 1 was judged right: turn 3: says 26",
    )  # fmt: skip


def test_dialogues_are_the_same_only_if_all_turns_are(tmp_path: Path) -> None:
    prompt = "The cabin is at 24 degrees."
    suite = suite_of(tmp_path, line("d0", prompt=prompt), line("d1", prompt=prompt, turns=["Two more.", "And?"]), line("d2", prompt=prompt))
    assert check_suite(suite).problems == ("d2: has the same prompt as d0",)


def test_skeletons_and_likeness_are_of_all_turns_together(tmp_path: Path) -> None:
    prompt = "Please set the temperature of the cabin to 24 degrees."
    talks = [["Stop.", "Cheers."], *(["Open every window wide.", f"{word} play something by Mozart instead."] for word in ("Then", "Now"))]
    audit = audit_suite(suite_of(tmp_path, *(line(f"d{n}", prompt=prompt, turns=talk) for n, talk in enumerate(talks))))
    assert (audit.skeletons.prompts, audit.skeletons.distinct) == (3, 3)
    assert [finding.items for finding in audit.warnings if finding.rule == "similar"] == [("d1", "d2")]
    numbers = [line(f"n{n}", prompt=f"Set it to {n + 20} degrees.", turns=[f"Now {n} more.", "What is it?"]) for n in range(4)]
    audit = audit_suite(suite_of(tmp_path / "numbers", *numbers))
    assert any(finding.rule == "skeletons" and len(finding.items) == 4 for finding in audit.problems)


def test_a_fail_example_with_an_empty_turn_and_boilerplate_are_found(tmp_path: Path) -> None:
    audit = audit_suite(suite_of(tmp_path, line("d0", fail=[["a", "", "24"]]), *(line(f"e{n}") for n in range(6))))
    texts = [finding.text for finding in audit.problems if finding.rule == "fail"]
    assert texts[0].startswith("d0: fail example 1 is empty")
    assert "6 items have the same fail example" in texts[1]


# The bundled suite.


def test_each_bundled_dialogue_has_three_turns_and_fail_examples_that_fail_in_one() -> None:
    assert "dialogue" in bundled_names()
    suite = load_suite(find_suite("dialogue"))
    assert len(suite.items) >= 120
    assert abs(sum(1 if item.lang == "zh" else -1 for item in suite.items)) <= 2
    for item in suite.items:
        assert len(item.user_turns) >= 3, item.id
        for example in item.failing:
            score = load_scorer("dialogue").score(item, example_answer(item, example))
            assert isinstance(score, Score)
            assert len({check.name.split()[1] for check in score.checks if not check.passed}) == 1, (item.id, example)


@pytest.mark.parametrize("policy", ["echo", "behind", "ask", "okay"])
def test_no_dialogue_is_right_without_understanding(policy: str) -> None:
    for item in load_suite(find_suite("dialogue")).items:
        right = item.passing[0]
        said = {
            "echo": item.user_turns,
            "behind": (right[0], *right[:-1]),
            "ask": ["请问您指的是哪一个？" if item.lang == "zh" else "Which one do you mean?"] * len(right),
            "okay": ["好的。" if item.lang == "zh" else "Okay."] * len(right),
        }
        score = load_scorer("dialogue").score(item, example_answer(item, tuple(said[policy])))
        assert isinstance(score, Score)
        assert score.metrics["dialogue"] == 0, item.id
