"""The server engine against servers on loopback that answer well, badly, or not at all."""

import asyncio
import json
import time
from dataclasses import replace
from typing import Any

import pytest

from harness.engines.base import EngineSettings
from harness.engines.endpoint import KEY, Endpoint, parse_url
from harness.engines.finding import find_served
from harness.engines.replies import NoLogprobsError, body_of, response_of
from harness.engines.server import ServerEngine
from harness.errors import RunError, UserError
from harness.records import Request, Response
from harness.repetition import RepetitionDetection
from tests.engines.endpoints import HANG, RESET, Reply, chat, completion, dead_url, endpoint, fault, logprob

ASKED = Request("arith/q/0/0", (5, 6, 7), max_tokens=8)
SCORED = Request("choices/q/0/choice0", (5, 6, 7, 8), score_from=2)
TOLD = Request("arith/q/0/0", (), max_tokens=8, messages=({"role": "user", "content": "2 + 2?"},))
CIRCLES = RepetitionDetection(max_pattern_size=3, min_count=3)


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY, raising=False)


def start(*urls: str, requests: tuple[Request, ...] = ()) -> ServerEngine:
    # One retry at most: the client waits half a second before it, wherever the server does not name another time.
    settings = EngineSettings.chosen("server", "auto", 1, None, [url if "," in url else f"{url},retries=1" for url in urls])
    return ServerEngine(find_served("tiny", settings.urls, lambda _: None), settings, requests)


def answers(engine: ServerEngine, *requests: Request) -> list[Response]:
    for request in requests:
        engine.submit(request)
    found: list[Response] = []
    try:
        while engine.unfinished:
            found += engine.step()
    finally:
        engine.close()
    return found


def many(count: int) -> list[Request]:
    return [replace(ASKED, id=f"arith/q{n}/0/0", prompt=(n,)) for n in range(count)]


def test_token_ids_go_as_they_are_and_generation_defaults_of_the_server_do_not_count() -> None:
    with endpoint() as server:
        drawn = replace(ASKED, temperature=0.5, top_p=0.9, seed=11, stop=("\n",), repetition_detection=CIRCLES)
        (response,) = answers(start(server.url), drawn)
        path, body = server.asked[-1]
    assert response == Response(ASKED.id, "4", 1, "stop")
    assert (path, body.pop("prompt"), body.pop("model")) == ("/v1/completions", [5, 6, 7], "tiny")
    assert body == {
        "max_tokens": 8, "temperature": 0.5, "top_p": 0.9, "seed": 11, "stop": ["\n"], "top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0,
        "repetition_detection": {"max_pattern_size": 3, "min_pattern_size": 1, "min_count": 3},
    }  # fmt: skip


def test_log_probabilities_are_those_of_the_scored_tokens() -> None:
    with endpoint() as server:
        (response,) = answers(start(server.url), SCORED)
    assert response == Response(SCORED.id, finish="scored", logprobs=(logprob(7), logprob(8)))


def test_messages_go_to_the_chat_interface_and_thinking_to_the_servers_template() -> None:
    path, body = body_of(TOLD, "tiny", is_vllm=True, thinking="off")
    assert (path, body["messages"]) == ("/chat/completions", [{"role": "user", "content": "2 + 2?"}])
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    with endpoint() as server:
        (response,) = answers(start(server.url), TOLD)
    assert response.text == "4"


def test_other_servers_get_no_settings_of_vllm_and_what_they_lack_is_recorded(caplog: pytest.LogCaptureFixture) -> None:
    circling = replace(TOLD, repetition_detection=CIRCLES)
    with endpoint(owner="someone", facts={}) as server:
        engine = start(server.url, requests=(circling,))
        answers(engine, circling)
        _, body = server.asked[-1]
    assert body.keys() == {"model", "messages", "max_tokens", "temperature", "top_p"}
    assert engine.info.conditions == {"server": "someone", "rendering": "server", "not_taken": "repetition_detection"}
    assert "the server has no repetition_detection" in caplog.messages[-1]


def test_the_servers_version_is_a_condition_and_its_address_is_not() -> None:
    with endpoint() as server:
        engine = start(server.url)
        engine.close()
    assert engine.info.conditions == {"server": "vllm 1.2.3", "rendering": "server"}
    assert server.url in engine.info.settings["url0"]


@pytest.mark.parametrize(
    ("request_", "reply", "complaint"),
    [
        (ASKED, completion(text=None), "has no text"),
        (ASKED, completion(text="", tokens=0), "has no text"),
        (ASKED, completion(text="", tokens=None), "has no text"),
        (TOLD, chat(text=None), "has no text"),
        (TOLD, chat(text="", tokens=8, finish="length"), "has no text"),
        (TOLD, chat(text=None, refusal="I will not."), "kept the answer back"),
        (TOLD, chat(text="Part of it", finish="content_filter"), "content filter"),
        (TOLD, chat(text="x", finish="tool_calls"), "'tool_calls'"),
        (ASKED, completion(finish=None), "finish_reason None"),
        (ASKED, completion(finish="length", tokens=3), "cut the response off at 3 tokens where 8"),
        (ASKED, completion(tokens=9), "generated 9 tokens where 8"),
        (ASKED, {"choices": []}, "choices"),
        (ASKED, {"object": "error"}, "choices: Field required"),
        (ASKED, "<html>", "its reply is none"),
    ],
)
def test_a_reply_that_is_no_answer_is_an_error_and_never_an_empty_answer(request_: Request, reply: Any, complaint: str) -> None:
    response = response_of(request_, reply)
    assert response.finish == "error"
    assert response.text == ""
    assert response.error is not None
    assert complaint in response.error


@pytest.mark.parametrize(
    ("finish", "text", "tokens"), [("stop", "four", 2), ("length", "fo", 8), ("repetition", "4 4 4", 3), ("stop", "", 1)]
)
def test_how_a_response_ended_is_kept(finish: str, text: str, tokens: int) -> None:
    assert response_of(ASKED, completion(text, finish, tokens)) == Response(ASKED.id, text, tokens, finish)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("logprobs", "counted"), [(None, 4), ([None, -1.0], 4), ([None, -1.0, None, -1.0, -1.0], 4), ([None, -1.0, -1.0, -1.0, -1.0], 5)]
)
def test_log_probabilities_that_are_not_all_there_are_none(logprobs: list[float | None] | None, counted: int) -> None:
    choice = {"text": "", "logprobs": None if logprobs is None else {"token_logprobs": logprobs}}
    with pytest.raises(NoLogprobsError):
        response_of(SCORED, {"choices": [choice], "usage": {"prompt_tokens": counted}})


@pytest.mark.slow
@pytest.mark.parametrize(
    "first", [fault(429, "slow down"), fault(500, "oh"), fault(503, "loading"), RESET, Reply({}, raw=b'{"choices": [')]
)
def test_what_passes_is_tried_again(first: Reply | str) -> None:
    with endpoint(answer=lambda path, body, times: first if body and times == 0 else None) as server:
        (response,) = answers(start(server.url), ASKED)
        assert sum(path == "/v1/completions" for path, _ in server.asked) == 2
    assert response.text == "4"


@pytest.mark.slow
def test_what_never_passes_for_one_request_is_its_error_and_the_others_are_answered() -> None:
    poison = many(6)[3]
    with endpoint(answer=lambda path, body, times: fault(500, "no kernel") if body.get("prompt") == [3] else None) as server:
        found = {response.request_id: response for response in answers(start(server.url), *many(6))}
    assert {name for name, response in found.items() if response.error} == {poison.id}
    assert "fails (500: no kernel)" in str(found[poison.id].error)


def test_a_request_that_breaks_the_connection_every_time_is_an_error_of_its_item() -> None:
    with endpoint(answer=lambda path, body, times: RESET if body.get("prompt") == [3] else None) as server:
        found = {response.request_id: response for response in answers(start(f"{server.url},retries=0"), *many(6))}
    assert {name for name, response in found.items() if response.error} == {many(6)[3].id}


@pytest.mark.slow
def test_few_requests_go_to_the_endpoint_that_answers() -> None:
    with endpoint() as staying, endpoint(answer=lambda path, body, times: RESET if body else None) as going:
        found = answers(start(f"{going.url},retries=0", staying.url), *many(2))
    assert [response.text for response in found] == ["4", "4"]


def test_a_request_that_is_refused_is_an_error_of_its_item() -> None:
    with endpoint(answer=lambda path, body, times: fault(400, "too long for me") if body else None) as server:
        (response,) = answers(start(server.url), ASKED)
    assert response.error == "the server refused the request: 400: too long for me"


def fatal(server_answer: Any, request: Request = ASKED, **traits: Any) -> str:
    with endpoint(answer=server_answer, **traits) as server, pytest.raises((UserError, RunError)) as raised:
        answers(start(server.url, requests=(request,)), request)
    return f"{raised.value.exit_code} {raised.value}"


def test_a_wrong_key_is_the_users_and_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "2 The server at" in (none := fatal(lambda *_: fault(401, "no key")))
    assert f"wants a key: put it into the environment variable {KEY}" in none
    monkeypatch.setenv(KEY, "sk-secret")
    wrong = fatal(lambda *_: fault(401, "Incorrect API key provided: sk-secret."))
    assert f"does not take the key in {KEY}" in wrong
    assert "sk-secret" not in wrong


def test_the_key_goes_to_the_server_and_nothing_of_the_clients_own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, f"other-{name}")
    monkeypatch.setenv(KEY, "sk-secret")
    with endpoint() as server:
        answers(start(server.url), ASKED)
    assert {headers["authorization"] for headers in server.headers} == {"Bearer sk-secret"}
    assert "other-" not in json.dumps(server.headers)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://user:hidden@host/v1", "a key goes into"), ("http://host/v1?key=hidden", "a key goes into"), ("host:8000", "no address"),
        ("http://host/v1,concurrency=0", "concurrency"), ("http://host/v1,speed=9", "its options are concurrency="),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_said(url: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint) as raised:
        parse_url(url)
    assert "hidden" not in str(raised.value)


def test_a_name_that_the_server_does_not_know_is_answered_with_those_it_has() -> None:
    with endpoint(models=("sft-1", "sft-2")) as server, pytest.raises(UserError, match=r"has no model 'tiny'; it has sft-1, sft-2"):
        start(server.url)


def test_a_model_that_is_taken_away_in_the_middle_is_the_users() -> None:
    assert "2 The server at" in fatal(lambda path, body, times: fault(404, "no such model") if body else None)


def test_an_address_that_is_no_such_server_is_said() -> None:
    assert "does not answer as an OpenAI-compatible server" in fatal(lambda *_: Reply({"hello": 1}))


def test_a_setting_that_the_server_does_not_have_is_refused_before_the_others_are_asked() -> None:
    told = fatal(lambda path, body, times: fault(400, "temperature must be 1", code="unsupported_value") if body else None)
    assert told.startswith("2 ")
    assert "suite 'arith'" in told
    assert "temperature must be 1" in told


@pytest.mark.parametrize("answer", [fault(400, "echo is not supported"), fault(404, "no such path"), Reply(completion())])
def test_a_server_without_log_probabilities_is_told_before_anything_is_generated(answer: Reply) -> None:
    told = fatal(lambda path, body, times: answer if body else None, SCORED)
    assert told.startswith("2 Suite 'choices' needs log-probabilities of given text")


@pytest.mark.slow
def test_a_text_that_is_refused_where_others_are_scored_is_an_error_of_its_item() -> None:
    long = replace(SCORED, id="choices/q/0/choice1", prompt=(*SCORED.prompt, 9))
    with endpoint(answer=lambda path, body, times: fault(400, "too long") if body.get("prompt") == list(long.prompt) else None) as server:
        found = {response.request_id: response for response in answers(start(server.url, requests=(SCORED, long)), SCORED, long)}
    assert found[SCORED.id].finish == "scored"
    assert found[long.id].error == "the server refused the request: 400: too long"


@pytest.mark.slow
def test_a_rate_limit_for_ever_ends_the_run() -> None:
    told = fatal(lambda path, body, times: fault(429, "quota is used up") if body else None)
    assert told.startswith("3 No endpoint is left")
    assert "limits the rate and lets nothing through (429: quota is used up)" in told


@pytest.mark.slow
def test_a_server_that_lets_little_through_is_asked_until_all_is_answered() -> None:
    turned_away = iter(range(10_000))
    answer = lambda path, body, times: fault(429, "slow down") if body and next(turned_away) % 8 else None  # noqa: E731
    with endpoint(answer=answer) as server:
        found = answers(start(f"{server.url},concurrency=12,retries=1"), *many(12))
    assert len(found) == 12
    assert not any(response.error for response in found)


@pytest.mark.slow
def test_a_server_that_fails_for_ever_ends_the_run_with_what_came_before() -> None:
    broken: list[bool] = []
    with endpoint(answer=lambda path, body, times: fault(503, "gone") if broken else None) as server:
        engine = start(server.url)
        assert len(answers_until(engine, many(3))) == 3
        broken.append(True)
        with pytest.raises(RunError, match="No endpoint is left"):
            answers(engine, *many(9))


def answers_until(engine: ServerEngine, requests: list[Request]) -> list[Response]:
    for request in requests:
        engine.submit(request)
    found: list[Response] = []
    while engine.unfinished:
        found += engine.step()
    return found


@pytest.mark.slow
def test_a_server_that_hangs_is_left_out() -> None:
    with endpoint(answer=lambda path, body, times: HANG if body else None) as server:
        with pytest.raises(RunError, match=r"did not answer within 0.05 s"):
            answers(start(f"{server.url},timeout=0.05,retries=0"), *many(4))
        server.going.set()


def test_a_step_comes_back_while_a_server_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.engines.server._STEP_SECONDS", 0.01)
    with endpoint(answer=lambda path, body, times: HANG if body else None) as server:
        engine = start(server.url)
        engine.submit(ASKED)
        assert engine.step() == []
        assert engine.unfinished == 1
        engine.close()
        server.going.set()


@pytest.mark.slow
def test_no_server_at_all_ends_the_run() -> None:
    with pytest.raises(RunError, match="No endpoint answers") as raised:
        start(dead_url())
    assert raised.value.exit_code == 3


@pytest.mark.slow
def test_of_two_endpoints_the_one_that_is_down_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    with endpoint() as server:
        found = answers(start(dead_url(), server.url), *many(5))
    assert {response.text for response in found} == {"4"}
    assert any("cannot be reached" in line and "left out" in line for line in caplog.messages)


@pytest.mark.slow
def test_of_two_endpoints_the_one_that_goes_down_hands_its_work_over(caplog: pytest.LogCaptureFixture) -> None:
    with endpoint() as staying, endpoint(answer=lambda path, body, times: RESET if body else None) as going:
        found = answers(start(f"{going.url},retries=0", staying.url), *many(12))
        assert sum(path == "/v1/completions" for path, _ in staying.asked) == 12
    assert len(found) == len({response.request_id for response in found}) == 12
    assert not any(response.error for response in found)
    assert "left out, 1 of 2 endpoints go on" in caplog.messages[-1]


@pytest.mark.slow
def test_work_is_shared_and_never_more_than_what_an_endpoint_takes_at_once() -> None:
    answer = lambda path, body, times: time.sleep(0.02)  # noqa: E731
    with endpoint(answer=answer) as first, endpoint(answer=answer) as second:
        answers(start(f"{first.url},concurrency=2", f"{second.url},concurrency=3"), *many(40))
    assert first.peak <= 2
    assert second.peak <= 3
    assert all(sum(path == "/v1/completions" for path, _ in server.asked) >= 8 for server in (first, second))


def test_endpoints_that_hold_different_models_are_refused() -> None:
    with (
        endpoint(facts={"root": "a"}) as first,
        endpoint(facts={"root": "b"}) as second,
        pytest.raises(UserError, match="do not hold the same"),
    ):
        start(first.url, second.url)


def test_a_rate_spreads_the_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def turns() -> None:
        limited = Endpoint(parse_url("http://127.0.0.1:1/v1,per_minute=30"))
        for _ in range(3):
            await limited._turn()
        await limited.close()

    monkeypatch.setattr(asyncio, "sleep", sleep)
    asyncio.run(turns())
    assert waited == pytest.approx([0.0, 2.0, 4.0], abs=0.5)


@pytest.mark.slow
def test_an_adapter_is_held_against_the_base_it_is_served_on() -> None:
    def answer(path: str, body: dict[str, Any], times: int) -> Reply | None:
        if not body or body["model"] != "base":
            return None
        return Reply({"choices": [{"text": "", "logprobs": {"token_logprobs": [None, -0.5, -0.5, -0.5, -1.0]}}]})

    with endpoint(answer=answer, facts={"parent": "base"}) as server:
        engine = start(server.url)
        assert engine.adapter_change([SCORED]) == pytest.approx(max(abs(logprob(7) + 0.5), abs(logprob(8) + 0.5)))
        engine.close()
    listed = [{"id": "tiny", "parent": "base"}, {"id": "base", "max_model_len": 512}]
    with endpoint(answer=lambda path, body, times: Reply({"data": listed}) if path == "/v1/models" else None) as server:
        assert find_served("tiny", [server.url], lambda _: None).context_length == 512
    with endpoint() as server:
        engine = start(server.url)
        assert engine.adapter_change([SCORED]) != engine.adapter_change([SCORED])  # NaN: there is no base to compare with.
        engine.close()
