"""What is asked of an OpenAI-compatible server for a request, and what its reply says. Pure functions.

A reply that does not say what was asked for (no text, a filter, a text that was ended too early) is an error, never an empty answer.
"""

from typing import Any

from pydantic import BaseModel, Field, ValidationError

from harness.records import FinishReason, Request, Response

_FINISHES: dict[str | None, FinishReason] = {"stop": "stop", "length": "length", "repetition": "repetition"}


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Logprobs(BaseModel):
    token_logprobs: list[float | None] | None = None


class _Choice(BaseModel):
    finish_reason: str | None = None
    text: str | None = None
    message: _Message | None = None
    logprobs: _Logprobs | None = None


class _Reply(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage = _Usage()


class NoLogprobsError(Exception):
    """The server gives no log-probabilities of given text."""


def body_of(request: Request, name: str, *, is_vllm: bool, thinking: str | None) -> tuple[str, dict[str, Any]]:
    """Path and body for `request` to the model that the server calls `name`.

    Token ids go to /completions as they are; messages go to /chat/completions, and the server renders them.
    """
    if request.score_from is not None:
        return "/completions", {
            "model": name,
            "prompt": list(request.prompt),
            "echo": True,
            "logprobs": 1,
            "max_tokens": 1,
            "temperature": 0.0,
        }
    body: dict[str, Any] = {"model": name, "max_tokens": request.max_tokens, "temperature": request.temperature, "top_p": request.top_p}
    if request.stop:
        body["stop"] = list(request.stop)
    if request.temperature > 0:
        body["seed"] = request.seed
    if is_vllm:
        # What is left out vLLM takes from the checkpoint's generation_config.json.
        body |= {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0}
        if request.repetition_detection is not None:
            body["repetition_detection"] = request.repetition_detection.model_dump()
    if not request.messages:
        return "/completions", {**body, "prompt": list(request.prompt)}
    if thinking is not None:
        body["chat_template_kwargs"] = {"enable_thinking": thinking == "on"}
    return "/chat/completions", {**body, "messages": list(request.messages)}


def response_of(request: Request, reply: Any) -> Response:
    """The response that a reply holds, or one with an error; raises NoLogprobsError."""
    try:
        parsed = _Reply.model_validate(reply)
    except ValidationError as error:
        first = error.errors()[0]
        return _error(request, f"its reply is none: {'.'.join(map(str, first['loc']))}: {first['msg']}")
    return _scored(request, parsed) if request.score_from is not None else _generated(request, parsed)


def _generated(request: Request, reply: _Reply) -> Response:
    choice, tokens = reply.choices[0], reply.usage.completion_tokens
    message = choice.message or _Message()
    text = message.content if request.messages else choice.text
    finish = _FINISHES.get(choice.finish_reason)
    if choice.finish_reason == "content_filter" or (message.refusal and not text):
        return _error(request, f"a content filter kept the answer back ({message.refusal or 'finish_reason content_filter'})")
    if finish is None:
        return _error(request, f"it ended the response with finish_reason {choice.finish_reason!r}")
    # Token ids that are answered with the end token alone are an empty answer; else a text that is not there is none.
    if text is None or (not text and (request.messages or not tokens)):
        return _error(request, f"its reply has no text (finish_reason {choice.finish_reason!r}, {tokens or 0} tokens)")
    if tokens is not None and tokens > request.max_tokens:
        return _error(request, f"it generated {tokens} tokens where {request.max_tokens} were allowed")
    if tokens is not None and finish == "length" and tokens < request.max_tokens:
        return _error(request, f"it cut the response off at {tokens} tokens where {request.max_tokens} were asked for")
    return Response(request.id, text, tokens or 0, finish)


def _scored(request: Request, reply: _Reply) -> Response:
    found, length = reply.choices[0].logprobs, len(request.prompt)
    if found is None or found.token_logprobs is None or len(found.token_logprobs) < length:
        raise NoLogprobsError("its reply has none of the prompt's tokens")
    counted = reply.usage.prompt_tokens
    if counted is not None and counted != length:
        raise NoLogprobsError(f"it made {counted} tokens of the {length} that it was given")
    logprobs = [value for value in found.token_logprobs[request.score_from : length] if value is not None]
    if len(logprobs) < length - (request.score_from or 0):
        raise NoLogprobsError("some of the prompt's tokens have none")
    return Response(request.id, finish="scored", logprobs=tuple(logprobs))


def _error(request: Request, what: str) -> Response:
    return Response(request.id, finish="error", error=f"the server did not answer: {what}")
