"""One OpenAI-compatible endpoint: its options, its connection, and its faults told apart.

The openai client retries what passes by itself (429, 408, 409, 5xx, time-outs, broken connections) with exponential back-off and
jitter, or as long as Retry-After says; what comes out of here as an error has been retried already.
"""

import asyncio
import os
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import openai
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import UserError

KEY = "HARNESS_API_KEY"
"""Environment variable that holds the servers' key; it is written nowhere."""
_CONNECT_SECONDS = 10.0
_FAILURES = 4
"""Requests in a row that an endpoint leaves unanswered before it is left out."""
_ROUNDS = 5
"""How often it may turn a request away for its rate, each time with all retries, while nothing passes: over a minute as a rule."""


class UnansweredError(Exception):
    """An endpoint did not answer a request, whatever it was."""

    def __init__(self, reason: str, *, limited: bool = False) -> None:
        super().__init__(reason)
        self.limited = limited
        """It turned the request away, which is no fault of the request."""


class RefusedError(Exception):
    """An endpoint will not answer this request; asking again would change nothing."""

    def __init__(self, reason: str, code: str | None, status: int) -> None:
        super().__init__(reason)
        self.code = code
        self.status = status


class EndpointOptions(BaseModel):
    """What `--url` says: the address, and options that follow commas."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    concurrency: int = Field(default=64, ge=1, le=1000)
    """Requests that are with it at once."""
    per_minute: float | None = Field(default=None, gt=0)
    """Most requests begun in a minute; retries are not counted."""
    timeout: float = Field(default=600.0, gt=0)
    """Seconds that one response may take."""
    retries: int = Field(default=5, ge=0)
    """How often a request is tried again, 0.5 to 8 s apart unless the server says how long to wait."""


def parse_url(text: str) -> EndpointOptions:
    """Take `http://host:8000/v1,concurrency=16` apart; raises UserError for what it cannot be.

    >>> parse_url("http://gpu1:8000/v1,concurrency=16").concurrency
    16
    """
    address, *pairs = (part.strip() for part in text.split(","))
    parts = urlsplit(address)
    if parts.username or parts.password or parts.query or parts.fragment:
        # Not repeated: what stands there may be a key.
        raise UserError(
            f"URL of '{parts.hostname}': leave out user, password and query, which would be written down; a key goes into {KEY}."
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError(f"URL '{text}' is no address of a server; write it as http://host:8000/v1.")
    options = dict(pair.partition("=")[::2] for pair in pairs if pair)
    try:
        return EndpointOptions.model_validate({**options, "url": address.rstrip("/")})
    except ValidationError as error:
        first = error.errors()[0]
        names = ", ".join(f"{name}=" for name in EndpointOptions.model_fields if name != "url")
        raise UserError(f"URL '{text}': {first['loc'][0]}: {first['msg']}; its options are {names}.") from error


class Endpoint:
    """A connection to one endpoint, with what is with it now and what it left unanswered."""

    def __init__(self, options: EndpointOptions) -> None:
        self.options = options
        self.in_flight = 0
        self._unanswered: set[str] = set()
        self._turned_away: Counter[str] = Counter()
        self._next_start = 0.0
        self._key = os.environ.get(KEY, "").strip()
        self._client = openai.AsyncOpenAI(
            base_url=options.url, api_key=self._key or "none", max_retries=options.retries,
            timeout=openai.Timeout(options.timeout, connect=min(options.timeout, _CONNECT_SECONDS)),
        )  # fmt: skip
        # The client takes these from the environment, where they are meant for another server.
        self._client.organization = self._client.project = None

    @property
    def url(self) -> str:
        """Base address, as the options give it."""
        return self.options.url

    @property
    def load(self) -> float:
        """Share of its places that are taken."""
        return self.in_flight / self.options.concurrency

    @property
    def is_doubtful(self) -> bool:
        """Whether it has left something unanswered since its last answer."""
        return bool(self._unanswered or self._turned_away)

    async def get(self, path: str) -> Any:
        """What lies at `path`, as JSON; asked for twice at the most, so that a server that is down is known at once."""
        return await self._told(self._client.get(path, cast_to=object, options={"max_retries": min(1, self.options.retries)}))

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """The answer to `body`, as JSON. Waits for its turn where the rate is limited.

        Raises UserError for a key or a name that is wrong, UnansweredError or RefusedError.
        """
        await self._turn()
        reply = await self._told(self._client.post(path, cast_to=object, body=body))
        self._unanswered.clear()
        self._turned_away.clear()
        return reply

    def is_lost(self, request: str, error: UnansweredError) -> bool:
        """Count a request that was not answered; returns whether the endpoint is to be left out."""
        if error.limited:
            self._turned_away[request] += 1
            return self._turned_away[request] >= _ROUNDS
        self._unanswered.add(request)  # One request that always fails says nothing of the endpoint.
        return len(self._unanswered) >= _FAILURES

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._client.close()

    async def _turn(self) -> None:
        if self.options.per_minute is None:
            return
        now = asyncio.get_running_loop().time()
        start = max(now, self._next_start)
        self._next_start = start + 60.0 / self.options.per_minute
        await asyncio.sleep(start - now)

    async def _told(self, call: Any) -> Any:
        """The reply to `call`, with the client's errors in this project's words."""
        try:
            return await call
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            what = f"does not take the key in {KEY}" if self._key else f"wants a key: put it into the environment variable {KEY}"
            raise UserError(f"The server at {self.url} {what} ({self._words(error)}).") from error
        except openai.RateLimitError as error:
            raise UnansweredError(f"{self.url} limits the rate and lets nothing through ({self._words(error)})", limited=True) from error
        except openai.APITimeoutError as error:
            raise UnansweredError(f"{self.url} did not answer within {self.options.timeout:g} s") from error
        except openai.APIConnectionError as error:
            raise UnansweredError(f"{self.url} cannot be reached ({self._clean(error.__cause__ or error)})") from error
        except openai.APIStatusError as error:
            words = self._words(error)
            if error.status_code >= 500 or error.status_code in (408, 409):
                raise UnansweredError(f"{self.url} fails ({words})") from error
            raise RefusedError(words, error.code, error.status_code) from error
        except ValueError as error:
            raise UnansweredError(f"{self.url} sent a reply that is not whole JSON ({self._clean(error)})") from error

    def _words(self, error: openai.APIStatusError) -> str:
        """What the server itself says, after the status."""
        body = error.body
        said = body.get("message", body) if isinstance(body, dict) else body
        return f"{error.status_code}: {self._clean(said or error.response.reason_phrase)}"

    def _clean(self, said: object) -> str:
        """On one line, short, and without the key, which some servers repeat."""
        text = " ".join(str(said).split()) or type(said).__name__
        return (text.replace(self._key, "…") if self._key else text)[:300]
