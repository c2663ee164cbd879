"""Prompts of several parts: their form, what engines are given, and who refuses them."""

import json
from pathlib import Path
from typing import Any

import pytest

import harness.runner
from harness.command_score import run_score
from harness.engines.base import TAKES_IMAGES, EngineKind, EngineSettings
from harness.engines.replay import ReplayEngine
from harness.errors import UserError
from harness.evaluate import evaluate
from harness.hashing import hash_json
from harness.item import Item
from harness.model import Model, parse_model, resolve_model
from harness.plan import Choice, IsolationChoice, RunPlan, plan_suites
from harness.prompts import Renderer
from harness.records import FollowUp, Request, Response
from harness.screen import Screen
from harness.store import JOURNAL, RESPONSES, SCORES, Journal, read_lines
from harness.suite import Suite, hash_items, load_suite
from harness.suite_check import check_suite
from tests.conftest import item_line, write_suite

URL = "https://example.org/car.png"
DATA = "data:image/png;base64,iVBORw0KGgo="
TEXT = {"type": "text", "text": "How many doors has this car?"}


def image(url: str = URL) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def suite_of(folder: Path, *prompts: Any, **changes: Any) -> Suite:
    return load_suite(write_suite(folder / "arith", [item_line(f"q{n}", prompt=prompt, **changes) for n, prompt in enumerate(prompts)]))


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Model:
    return resolve_model(parse_model(str(tiny_model)))


def test_a_list_of_parts_is_a_prompt_and_its_text_what_scorers_see(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, [TEXT, image(), {"type": "text", "text": "A number alone."}])
    (item,) = suite.items
    assert item.prompt == item.given == "How many doors has this car?\nA number alone."
    assert item.has_images
    assert suite.messages(item) == [{"role": "user", "content": f"How many doors has this car?\n[image {URL}]\nA number alone."}]
    assert suite.parted_messages(item)[0]["content"] == [TEXT, image(), {"type": "text", "text": "A number alone."}]
    assert Item.model_validate({**item.model_dump(by_alias=True)}) == item


def test_an_image_that_is_written_out_is_named_by_its_hash(tmp_path: Path) -> None:
    (item,) = suite_of(tmp_path, [TEXT, image(DATA)]).items
    assert "iVBOR" not in item.shown_prompt
    assert "[image data:image/png;base64,@" in item.shown_prompt


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"prompt": [image()]}, "prompt: has no text part"),
        ({"prompt": []}, "prompt: is empty"),
        ({"prompt": [TEXT, {"type": "input_audio", "input_audio": {}}]}, "parts.1"),
        ({"prompt": [TEXT, {"type": "image_url", "image_url": URL}]}, "parts.1.image_url.image_url"),
        ({"prompt": [TEXT, image("file:///etc/passwd")]}, "parts.1.image_url.image_url.url"),
        ({"prompt": [TEXT, image("car.png")]}, "parts.1.image_url.image_url.url"),
        ({"prompt": [TEXT, image("data:image/png;base64,???")]}, "parts.1.image_url.image_url.url"),
        ({"prompt": [TEXT, "and this"]}, "parts.1"),
        ({"prompt": [{"type": "text", "text": 4}]}, "parts.0.text.text"),
        ({"prompt": [{**TEXT, "bold": True}]}, "parts.0.text.bold"),
        ({"parts": [TEXT]}, None),
        ({"prompt": [TEXT, image()], "choices": ["2", "4"], "pass": ["4"], "fail": ["2"]}, "content parts go to a chat model"),
    ],
)
def test_parts_of_another_form_are_refused_with_their_place(tmp_path: Path, changes: dict[str, Any], complaint: str | None) -> None:
    line = item_line("q0") | changes
    if complaint is None:
        line.pop("prompt")
        complaint = "parts: write the list of parts as the prompt itself"
    with pytest.raises(UserError) as caught:
        load_suite(write_suite(tmp_path / "arith", [line]))
    assert "items.jsonl, line 1: " in str(caught.value)
    assert complaint in str(caught.value)


def test_another_image_is_another_question_and_items_without_parts_keep_their_hashes(tmp_path: Path) -> None:
    first, second = (suite_of(tmp_path / str(n), [TEXT, image(url)]) for n, url in enumerate((DATA, DATA.replace("go=", "gp="))))
    assert first.asked(first.items[0]) != second.asked(second.items[0])
    assert first.content_hash != second.content_hash
    plain = suite_of(tmp_path / "plain", "Four?")
    (item,) = plain.items
    assert plain.asked(item) == hash_json([plain.messages(item), None, False])[:16]
    assert hash_items([item], None) == hash_json([item.model_dump(mode="json", exclude={"turns", "ending", "references", "parts"})])


def test_one_question_about_two_images_is_no_duplicate(tmp_path: Path) -> None:
    assert check_suite(suite_of(tmp_path, [TEXT, image()], [TEXT, image(DATA)])).problems == ()
    assert check_suite(suite_of(tmp_path / "same", [TEXT, image()], [TEXT, image()])).problems == ("q1: has the same prompt as q0",)


def test_requests_carry_the_messages_and_go_on_with_what_follows(model: Model, tmp_path: Path) -> None:
    renderer, suite = Renderer(model), suite_of(tmp_path, [TEXT, image()], [TEXT], system="Be brief.")
    shown, plain = suite.items
    (request,) = renderer.requests(suite, shown, sample=0, samples=1, draw=0, seed=0)
    assert request.messages == ({"role": "system", "content": "Be brief."}, {"role": "user", "content": [TEXT, image()]})
    assert f"[image {URL}]" in renderer.decode(request.prompt)
    assert hash(request) == hash(request)
    later = ({"role": "assistant", "content": "4"}, {"role": "user", "content": "Sure?"})
    arguments = {"sample": 0, "samples": 1, "step": 1, "draw": 0, "seed": 0}
    assert renderer.follow_up(suite, shown, FollowUp(later, continues=True), **arguments).messages == (*request.messages, *later)
    assert renderer.follow_up(suite, shown, FollowUp(later), **arguments).messages == ()
    # Text in parts is text: every engine takes it.
    assert renderer.requests(suite, plain, sample=0, samples=1, draw=0, seed=0)[0].messages == ()


def plan_of(model: Model, suite: Suite, kind: EngineKind, replay: Path | None = None) -> RunPlan:
    settings = EngineSettings(kind, replay=None if replay is None else str(replay))
    return RunPlan(model, plan_suites([suite], Choice()), Choice(), settings, None)


@pytest.mark.parametrize("kind", ["vllm", "transformers"])
def test_an_engine_of_text_refuses_an_image_before_it_starts(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: EngineKind
) -> None:
    monkeypatch.setattr(harness.runner, "start_engine", lambda *given: pytest.fail("an engine was started"))
    suite = suite_of(tmp_path, "Four?", [TEXT, image()])
    with pytest.raises(UserError, match=rf"Item 'q1' of suite 'arith' shows an image .* the engine {kind} cannot take"):
        evaluate(plan_of(model, suite, kind), tmp_path / "runs", "run", Screen())
    assert kind not in TAKES_IMAGES


def test_an_engine_that_takes_images_is_given_them(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Request] = []

    class Watching(ReplayEngine):
        def submit(self, request: Request) -> None:
            seen.append(request)
            super().submit(request)

    monkeypatch.setattr(harness.runner, "start_engine", lambda model, settings, requests, probes: Watching(Path(settings.replay)))
    (recorded := tmp_path / "recorded").mkdir()
    journal = Journal(recorded / JOURNAL)
    journal.append(Response("arith/q0/0/0", "4", 1))
    journal.close()
    folder = evaluate(plan_of(model, suite_of(tmp_path, [TEXT, image()]), "replay", recorded), tmp_path / "runs", "run", Screen()).folder
    assert seen[0].messages[0]["content"] == [TEXT, image()]
    (row,), (score,) = read_lines(folder / RESPONSES), read_lines(folder / SCORES)
    assert f"[image {URL}]" in row["prompt"]
    assert score["score"] == 1.0


def test_responses_from_elsewhere_are_judged(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, [TEXT, image()])
    (tmp_path / "r.jsonl").write_text(json.dumps({"id": "q0", "response": "4"}), encoding="utf-8")
    assert run_score(str(suite.folder), str(tmp_path / "r.jsonl"), str(tmp_path / "o.jsonl"), False, IsolationChoice()) == 0
    assert read_lines(tmp_path / "o.jsonl")[0]["scores"] == {"correct": 1}
