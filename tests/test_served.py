"""Evaluating what a server holds, from the command line to the run folder: names, claims, faults, exit codes."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.baseline import given_of
from harness.cli import app
from harness.command_line import run_command
from harness.engines.endpoint import KEY
from harness.errors import UserError
from harness.model import parse_model, resolve_model
from harness.prompts import MessageRenderer, Renderer, renderer_for
from harness.records import FollowUp
from harness.served import NO_LIMIT, ServedModel, parse_served, served_model
from harness.store import JOURNAL, MANIFEST, RESPONSES, read_lines, read_manifest
from harness.suite import load_suite
from reports.review.reviewable import Run
from tests.conftest import item_line, write_suite
from tests.engines.endpoints import RESET, Endpoint, Reply, chat, dead_url, endpoint, fault

IMAGE = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]
Eval = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY, raising=False)


@pytest.fixture
def server() -> Iterator[Endpoint]:
    with endpoint() as state:
        yield state


@pytest.fixture
def evaluate(suite_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Eval:
    """Runs `harness eval` on the small suite; gives the exit code and what was said."""

    def run(url: str, *more: str, model: str = "tiny", suites: Path = suite_folder) -> tuple[int, str]:
        arguments = [
            "--model",
            model,
            "--engine",
            "server",
            "--url",
            f"{url},retries=1",
            "--suites",
            str(suites),
            "--out",
            str(tmp_path / "runs"),
        ]
        monkeypatch.setattr(sys, "argv", ["harness", "eval", *arguments, *more])
        with pytest.raises(SystemExit) as ended:
            run_command("harness", app)
        return int(ended.value.code or 0), capfd.readouterr().err

    return run


def only_run(tmp_path: Path) -> Path:
    (folder,) = (tmp_path / "runs").iterdir()
    return folder


def posted(server: Endpoint) -> list[dict[str, Any]]:
    return [body for path, body in server.asked if body]


@pytest.mark.slow
def test_a_model_known_by_name_is_recorded_as_that_and_its_key_nowhere(
    server: Endpoint, evaluate: Eval, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "sk-secret")
    code, said = evaluate(server.url)
    assert code == 0
    assert "tiny is known by its name at the server" in said
    manifest = read_manifest(only_run(tmp_path))
    assert manifest is not None
    assert manifest["status"] == "complete"
    model = manifest["model"]
    assert (model["folder"], model["adapter"], model["served"]) == (None, None, "tiny")
    assert model["stated"] == {"owned_by": "vllm", "max_model_len": "1024"}
    assert model["hashes"].keys() == {"served"}
    assert manifest["engine"]["conditions"] == {"server": "vllm 1.2.3", "rendering": "server"}
    assert manifest["versions"] == {}
    assert {check["status"] for check in manifest["self_checks"]} == {"not checked"}
    assert read_lines(only_run(tmp_path) / RESPONSES)[0]["prompt"].startswith("[user] What is two plus two?")
    for path in only_run(tmp_path).iterdir():
        assert "sk-secret" not in path.read_text(encoding="utf-8"), path.name
    asked = len(posted(server))
    code, said = evaluate(server.url)
    assert (code, len(posted(server))) == (0, asked)
    assert "unchanged" in said


@pytest.mark.slow
def test_with_its_folder_at_hand_the_same_token_ids_are_asked_as_in_process(
    server: Endpoint, evaluate: Eval, suite_folder: Path, tmp_path: Path, tiny_model: Path
) -> None:
    assert evaluate(server.url, model=f"tiny={tiny_model}")[0] == 0
    suite, renderer = load_suite(suite_folder), Renderer(resolve_model(parse_model(str(tiny_model))))
    wanted = [renderer.requests(suite, item, sample=0, samples=1, draw=0, seed=0)[0].prompt for item in suite.items]
    assert sorted(body["prompt"] for body in posted(server)) == sorted(map(list, wanted))
    manifest = json.loads((only_run(tmp_path) / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["engine"]["conditions"]["rendering"] == "local"
    assert {name for name in manifest["model"]["hashes"] if name != "served"} == {
        f"claimed_{part}" for part in resolve_model(parse_model(str(tiny_model))).hashes
    }
    assert manifest["versions"].keys() == {"transformers"}


@pytest.mark.slow
def test_choices_are_scored_by_the_servers_log_probabilities(server: Endpoint, evaluate: Eval, tmp_path: Path, tiny_model: Path) -> None:
    suite = write_choices(tmp_path / "choices")
    assert evaluate(server.url, model=f"tiny={tiny_model}", suites=suite)[0] == 0
    (row,) = read_lines(only_run(tmp_path) / RESPONSES)
    assert [len(choice) > 0 for choice in row["choice_logprobs"]] == [True, True]
    assert row["response"] is None


def write_choices(folder: Path) -> Path:
    item = item_line("c0", choices=["four", "five"], target={"answer": 0}, scorer="choice") | {"pass": ["four"], "fail": ["five"]}
    return write_suite(folder, [item], name="choices", scorer="choice", primary_metric="correct")


def test_without_a_tokenizer_a_suite_of_log_probabilities_is_refused_before_anything_is_asked(
    server: Endpoint, evaluate: Eval, tmp_path: Path
) -> None:
    code, said = evaluate(server.url, suites=write_choices(tmp_path / "choices"))
    assert code == 2
    assert "Suite 'choices' needs log-probabilities of given text" in said
    assert "tiny=FOLDER" in said
    assert not posted(server)


@pytest.mark.slow
def test_images_go_to_the_server_as_parts(server: Endpoint, evaluate: Eval, tmp_path: Path, tiny_model: Path) -> None:
    suite = write_suite(tmp_path / "seen", [item_line("q0", prompt=IMAGE)])
    for model in ("tiny", f"tiny={tiny_model}"):
        assert evaluate(server.url, model=model, suites=suite)[0] == 0
        assert posted(server)[-1]["messages"] == [{"role": "user", "content": IMAGE}]


@pytest.mark.slow
def test_the_same_command_continues_after_the_server_died(evaluate: Eval, tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "nine", [item_line(f"q{n}") for n in range(9)])
    with endpoint(answer=lambda path, body, times: RESET if len(state[0].asked) > 5 else None) as server:
        state = [server]
        code, said = evaluate(f"{server.url},concurrency=1", suites=suite)
        assert code == 3
        assert said.count("harness: ") == 1
        assert "No endpoint is left" in said
        assert "the same command continues" in said
        assert "Traceback" not in said
        before = (only_run(tmp_path) / JOURNAL).read_bytes()
        assert 0 < before.count(b"\n") < 5
        server.answer = lambda path, body, times: None
        asked = len(posted(server))
        assert evaluate(f"{server.url},concurrency=1", suites=suite)[0] == 0
    after = (only_run(tmp_path) / JOURNAL).read_bytes()
    assert after.startswith(before)
    assert after.count(b"\n") == 9
    assert len(posted(server)) - asked == 9 - before.count(b"\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "code", "complaint"),
    [(fault(401, "who are you?"), 2, "wants a key"), (fault(429, "not today"), 3, "limits the rate and lets nothing through")],
)
def test_a_fault_that_ends_the_run_is_one_sentence_with_its_exit_code(evaluate: Eval, answer: Reply, code: int, complaint: str) -> None:
    with endpoint(answer=lambda path, body, times: answer if body else None) as server:
        ended, said = evaluate(server.url)
    assert ended == code
    assert complaint in said.splitlines()[-1]
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (fault(503, "loading"), "fails (503: loading)"),
        (Reply({}, raw=b'{"choi'), "not whole JSON"),
        (Reply(chat(text=None)), "has no text"),
    ],
)
def test_an_answer_that_is_none_is_an_error_of_its_item_and_asked_for_again_by_the_same_command(
    evaluate: Eval, tmp_path: Path, answer: Reply, complaint: str
) -> None:
    with endpoint(answer=lambda path, body, times: answer if "q1" in str(body) else None) as server:
        assert evaluate(server.url)[0] == 3
        rows = {row["item"]: row["error"] for row in read_lines(only_run(tmp_path) / RESPONSES)}
        assert complaint in rows.pop("q1")
        assert set(rows.values()) == {None}
        server.answer = lambda path, body, times: None
        asked = len(posted(server))
        assert evaluate(server.url)[0] == 0
        assert len(posted(server)) == asked + 1


@pytest.mark.slow
def test_a_server_that_is_down_and_a_name_that_is_wrong(server: Endpoint, evaluate: Eval) -> None:
    code, said = evaluate(dead_url())
    assert code == 3
    assert "No endpoint answers" in said
    code, said = evaluate(server.url, model="small")
    assert code == 2
    assert "has no model 'small'; it has tiny" in said


@pytest.mark.slow
def test_runs_of_different_servers_are_not_comparable(evaluate: Eval, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from harness.eligibility import differing_conditions

    for owner in ("vllm", "someone"):
        with endpoint(owner=owner) as server:
            assert evaluate(server.url)[0] == 0
    sides = [manifest for folder in sorted((tmp_path / "runs").iterdir()) if (manifest := read_manifest(folder)) is not None]
    assert len(sides) == 2
    assert differing_conditions(*sides, "arith").keys() == {"engine.server", "engine.not_taken"}
    in_process = {**sides[0], "engine": {"kind": "vllm", "conditions": {"dtype": "bfloat16"}, "settings": {}}}
    assert {"engine", "engine.server", "engine.rendering"} < differing_conditions(sides[0], in_process, "arith").keys()


def test_a_dry_run_counts_and_asks_for_nothing(server: Endpoint, evaluate: Eval, tmp_path: Path) -> None:
    assert evaluate(server.url, "--dry-run")[0] == 0
    assert not posted(server)
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_several_names_are_scored_in_turn(evaluate: Eval, tmp_path: Path) -> None:
    with endpoint(models=("sft-1", "sft-2")) as server:
        assert evaluate(server.url, "--baseline", "sft-1", model="sft-2")[0] == 0
    assert {body["model"] for body in posted(server)} == {"sft-1", "sft-2"}
    assert len(list((tmp_path / "runs").glob("*/manifest.json"))) == 2


@pytest.mark.slow
def test_noise_is_measured_on_a_server_too(
    server: Endpoint, suite_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--engine", "server", "--url", server.url, "--suites", str(suite_folder), "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["harness", "noise", "tiny", *where])
    with pytest.raises(SystemExit) as ended:
        run_command("harness", app)
    assert not ended.value.code
    assert len(posted(server)) == 6
    assert "arith" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "model", "complaint"),
    [
        (["--device", "cpu"], "tiny", "for the server to choose"),
        (["--tensor-parallel", "2"], "tiny", "for the server to choose"),
        (["--template", "x.jinja"], "tiny", "needs the tokenizer of 'tiny'"),
        ([], "tiny,dtype=float32", "dtype= is for the server to choose"),
        ([], "tiny,quantization=fp8", "quantization= is for the server to choose"),
        ([], "tiny,max_model_len=4096", "above the 1024 tokens"),
        ([], "tiny=nowhere", "nowhere"),
        ([], "=x", "what the server calls it"),
    ],
)
def test_what_the_server_cannot_be_told_is_refused(
    server: Endpoint, evaluate: Eval, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], model: str, complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.jinja").write_text("{{ messages }}")
    code, said = evaluate(server.url, *more, model=model)
    assert code == 2
    assert complaint in said
    assert not posted(server)


@pytest.mark.slow
def test_an_endpoint_that_is_left_out_is_said_on_the_screen(server: Endpoint, evaluate: Eval) -> None:
    code, said = evaluate(server.url, "--url", f"{dead_url()},retries=0")
    assert code == 0
    assert sum("cannot be reached" in line and "left out" in line for line in said.splitlines()) == 1


def test_a_url_is_for_the_server_engine_alone(evaluate: Eval) -> None:
    code, said = evaluate("http://127.0.0.1:1/v1", "--engine", "vllm")
    assert code == 2
    assert "go together" in said


def test_names_and_claims(tmp_path: Path, tiny_model: Path) -> None:
    assert parse_served("a/b,max_model_len=99")[1:] == ("a/b", None)
    assert parse_served(str(tiny_model))[1:] == (str(tiny_model), str(tiny_model))
    assert parse_served("smollm2-135m-instruct")[1:] == ("smollm2-135m-instruct", "smollm2-135m-instruct")
    spec, name, local = parse_served(f"tuned={tiny_model}")
    claimed = served_model(spec, name, {"root": "/models/1"}, local, print)
    assert claimed.tokenizer_folder == tiny_model.resolve()
    others = [
        served_model(spec, "other", {"root": "/models/1"}, local, print), served_model(spec, name, {"root": "/models/2"}, local, print),
        served_model(spec, name, {"root": "/models/1"}, None, print),
    ]  # fmt: skip
    assert len({claimed.identity, *(model.identity for model in others)}) == 4
    assert resolve_model(parse_model(str(tiny_model))).identity != claimed.identity
    (tmp_path / "tokenizer").mkdir()
    for part in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        if (tiny_model / part).is_file():
            (tmp_path / "tokenizer" / part).write_bytes((tiny_model / part).read_bytes())
    light = served_model(spec, name, {}, str(tmp_path / "tokenizer"), print)
    assert light.folder is None
    assert "tokenizer" in light.claimed
    assert "weights" not in light.claimed
    assert light.context_length == NO_LIMIT
    assert not isinstance(renderer_for(light, None), MessageRenderer)
    with pytest.raises(UserError, match="neither weights nor a tokenizer"):
        served_model(spec, name, {}, str(tmp_path), print)


def test_later_turns_are_messages_too(suite_folder: Path) -> None:
    suite = load_suite(suite_folder)
    renderer = MessageRenderer(ServedModel(parse_model("tiny"), "tiny", {}))
    (request,) = renderer.requests(suite, suite.items[0], sample=0, samples=1, draw=0, seed=0)
    assert (request.prompt, request.messages) == ((), tuple(suite.messages(suite.items[0])))
    later = ({"role": "assistant", "content": "4"}, {"role": "user", "content": "Sure?"})
    arguments: dict[str, Any] = {"sample": 0, "samples": 1, "step": 1, "draw": 0, "seed": 0}
    assert renderer.follow_up(suite, suite.items[0], FollowUp(later, continues=True), **arguments).messages == (*request.messages, *later)
    assert renderer.follow_up(suite, suite.items[0], FollowUp(later), **arguments).messages == later
    assert renderer.shown(request) == f"[user] {suite.items[0].prompt}"


def test_a_served_name_is_masked_in_blind_reviews_and_no_baseline_of_nights(tmp_path: Path) -> None:
    model = {"given": "org/secret-9=checkpoints/tuned", "served": "org/secret-9", "folder": None, "adapter": None, "options": {}}
    names = Run(tmp_path, {"label": "blind", "model": model}, {}, {}, {}).names()
    assert {"org", "secret-9", "tuned"} <= set(names)
    with pytest.raises(UserError, match="lies on a server"):
        given_of({"model": model})
