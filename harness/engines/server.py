"""Any OpenAI-compatible server, or several that hold the same model: `vllm serve`, others, closed models.

Stepped like the other engines: an event loop runs while `step` is called, and up to `concurrency` requests are with each endpoint.
An endpoint that no longer answers is left out, and what it had goes to the others; without any left, the run ends and can be continued.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Sequence

from harness.engines.base import EngineInfo, EngineSettings, adapter_effect
from harness.engines.endpoint import Endpoint, RefusedError, UnansweredError, parse_url
from harness.engines.finding import agreed, server_version
from harness.engines.replies import NoLogprobsError, body_of, response_of
from harness.errors import RunError, UserError
from harness.model import Model
from harness.records import Request, Response
from harness.served import ServedModel

_LOG = logging.getLogger(__name__)
_STEP_SECONDS = 60.0
"""Longest step: whoever watches the engine sees that it is alive while a server takes its time."""
_TRIES = 3
"""How often a request is given to endpoints, each time with its retries, before its error is the item's."""
_UNSUPPORTED = ("unsupported_parameter", "unsupported_value")


class ServerEngine:
    """Asks endpoints that hold the same model, each for as much as it takes at once."""

    def __init__(self, model: ServedModel, settings: EngineSettings, requests: Sequence[Request]) -> None:
        """Raises UserError if the servers lack something that `requests` need, RunError if none of them answers."""
        self._model = model
        self._queue: deque[Request] = deque()
        self._tasks: dict[asyncio.Task[Response], tuple[Request, Endpoint]] = {}
        self._tries: Counter[str] = Counter()
        self._failure: Exception | None = None
        self._gives_logprobs = False
        self._loop = asyncio.new_event_loop()
        self._all = [Endpoint(parse_url(url)) for url in settings.urls]
        try:
            self._endpoints, stated = self._loop.run_until_complete(agreed(self._all, model.name, _LOG.warning))
            self._is_vllm = stated.get("owned_by") == "vllm"
            self._check_thinking()
            self._info = self._loop.run_until_complete(self._describe(requests))
            # Before anything is generated: a suite that cannot be scored would make the rest work for nothing.
            if scored := [request for request in requests if request.score_from is not None]:
                self._loop.run_until_complete(self._ask(self._endpoints[0], min(scored, key=lambda request: len(request.prompt))))
                self._gives_logprobs = True
        except UnansweredError as error:
            self.close()
            raise RunError(f"The server at {error}.") from error
        except BaseException:
            self.close()
            raise

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def max_model_len(self) -> int:
        return self._model.context_length

    @property
    def unfinished(self) -> int:
        return len(self._queue) + len(self._tasks)

    def become(self, model: Model, requests: Sequence[Request]) -> bool:
        return False  # Nothing is loaded here that would be worth keeping.

    def adapter_change(self, probes: list[Request]) -> float:
        base = self._model.stated.get("parent")
        if base is None:
            return float("nan")  # It is not served as an adapter: there is no base beside it to compare with.
        both = [
            [self._loop.run_until_complete(self._ask(self._endpoints[0], p, name)).logprobs or () for p in probes] for name in (base, None)
        ]
        return adapter_effect(*both)

    def submit(self, request: Request) -> None:
        self._queue.append(request)

    def step(self) -> list[Response]:
        self._hand_out()
        if self._failure is None and self._tasks:
            done, _ = self._loop.run_until_complete(asyncio.wait(self._tasks, timeout=_STEP_SECONDS, return_when=asyncio.FIRST_COMPLETED))
            if responses := [response for task in done if (response := self._taken(task)) is not None]:
                return responses  # A failure that came with them is told at the next step, when they are in the journal.
        if self._failure is not None:
            raise self._failure
        return []

    def close(self) -> None:
        if self._loop.is_closed():
            return
        self._loop.run_until_complete(self._stop())
        self._loop.close()

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for endpoint in self._all:
            await endpoint.close()
        self._tasks.clear()
        self._queue.clear()

    def _hand_out(self) -> None:
        """Give waiting requests to the endpoints, each to the one with most room; to those that answer before others."""
        while self._queue and self._failure is None:
            able = [endpoint for endpoint in self._endpoints if endpoint.load < 1.0]
            if not able:
                return
            endpoint = min(able, key=lambda endpoint: (endpoint.is_doubtful, endpoint.load))
            request = self._queue.popleft()
            endpoint.in_flight += 1
            self._tasks[self._loop.create_task(self._ask(endpoint, request))] = (request, endpoint)

    def _taken(self, task: asyncio.Task[Response]) -> Response | None:
        """What a finished task brought; None if its request waits again or the run has to end."""
        request, endpoint = self._tasks.pop(task)
        endpoint.in_flight -= 1
        try:
            return task.result()
        except UnansweredError as error:
            return self._unanswered(request, endpoint, error)
        except Exception as error:
            self._failure = self._failure or error
            return None

    def _unanswered(self, request: Request, endpoint: Endpoint, error: UnansweredError) -> Response | None:
        if endpoint.is_lost(request.id, error) and endpoint in self._endpoints:
            self._endpoints.remove(endpoint)
            if self._endpoints:
                _LOG.warning(f"{error}: left out, {len(self._endpoints)} of {len(self._all)} endpoints go on")
        if not self._endpoints:
            self._failure = self._failure or RunError(f"No endpoint is left: {error}.")
            return None
        self._tries[request.id] += not error.limited
        if self._tries[request.id] >= _TRIES:
            del self._tries[request.id]
            return Response(request.id, finish="error", error=str(error))
        self._queue.appendleft(request)
        return None

    async def _ask(self, endpoint: Endpoint, request: Request, name: str | None = None) -> Response:
        path, body = body_of(
            request, name or self._model.name, is_vllm=self._is_vllm, thinking=self._model.spec.options.thinking
        )  # fmt: skip
        suite = request.id.partition("/")[0]
        try:
            return response_of(request, await endpoint.post(path, body))
        except NoLogprobsError as error:
            raise _no_logprobs(suite, endpoint, str(error)) from error
        except RefusedError as error:
            if request.score_from is not None and not self._gives_logprobs:
                raise _no_logprobs(suite, endpoint, str(error)) from error
            if error.status == 404:
                raise UserError(f"The server at {endpoint.url} does not know '{body['model']}' at {path} ({error}).") from error
            if error.code in _UNSUPPORTED:
                raise UserError(f"The server at {endpoint.url} does not take what suite '{suite}' is generated with ({error}).") from error
            return Response(request.id, finish="error", error=f"the server refused the request: {error}")

    def _check_thinking(self) -> None:
        if self._model.spec.options.thinking is not None and self._model.tokenizer_folder is None and not self._is_vllm:
            raise UserError(
                f"thinking= is for chat templates, which the server of '{self._model.name}' keeps to itself; leave it out, or give "
                f"{self._model.name}=FOLDER with its tokenizer."
            )

    async def _describe(self, requests: Sequence[Request]) -> EngineInfo:
        conditions = {
            "server": await server_version(self._endpoints, self._is_vllm, self._model),
            "rendering": "server" if self._model.tokenizer_folder is None else "local",
        }
        if not self._is_vllm:
            conditions["not_taken"] = "repetition_detection"
        if not self._is_vllm and any(request.repetition_detection is not None for request in requests):
            _LOG.warning("the server has no repetition_detection: responses that run in circles go on to their last token")
        settings = {f"url{number}": endpoint.options.model_dump_json(exclude_none=True) for number, endpoint in enumerate(self._all)}
        return EngineInfo("server", conditions, settings)


def _no_logprobs(suite: str, endpoint: Endpoint, reason: str) -> UserError:
    return UserError(
        f"Suite '{suite}' needs log-probabilities of given text, which the server at {endpoint.url} does not give ({reason}); "
        "leave the suite out (SUITES), or serve the model with vLLM."
    )
