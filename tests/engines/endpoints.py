"""An OpenAI-compatible server on loopback, for tests: it answers as it is told to, faults and all."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SOON = {"retry-after-ms": "1"}
"""Header by which a server asks to be tried again at once; it keeps tests of faults quick."""
RESET, HANG = "reset", "hang"


@dataclass(frozen=True)
class Reply:
    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Sent in place of the body."""


Answer = Callable[[str, dict[str, Any], int], "Reply | str | None"]
"""What to do with a path, a body, and how often it was asked before: a reply, RESET, HANG, or None for the usual answer."""


def completion(text: str | None = "4", finish: str | None = "stop", tokens: int | None = 1) -> dict[str, Any]:
    return {"choices": [{"index": 0, "text": text, "finish_reason": finish}], "usage": {"completion_tokens": tokens}}


def chat(text: str | None = "4", finish: str | None = "stop", tokens: int | None = 1, **message: Any) -> dict[str, Any]:
    whole = {"role": "assistant", "content": text, **message}
    return {"choices": [{"index": 0, "message": whole, "finish_reason": finish}], "usage": {"completion_tokens": tokens}}


def logprob(token: int) -> float:
    """What the server says of any token, wherever it stands."""
    return -(token % 7) / 10


def fault(status: int, message: str, **body: Any) -> Reply:
    return Reply({"error": {"message": message, **body}}, status, SOON)


@dataclass
class Endpoint:
    """A running server, and what it was asked."""

    url: str = ""
    owner: str = "vllm"
    models: tuple[str, ...] = ("tiny",)
    answer: Answer = lambda path, body, times: None
    facts: dict[str, Any] = field(default_factory=lambda: {"max_model_len": 1024})
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    peak: int = 0
    """Most requests that were with it at once."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    going: threading.Event = field(default_factory=threading.Event)
    at_once: int = 0

    def usual(self, path: str, body: dict[str, Any]) -> Reply:
        if path == "/version":
            return Reply({"version": "1.2.3"} if self.owner == "vllm" else {}, 200 if self.owner == "vllm" else 404)
        if path == "/v1/models":
            return Reply({"data": [{"id": name, "owned_by": self.owner, **self.facts} for name in self.models]})
        if path == "/v1/chat/completions":
            return Reply(chat())
        if not body.get("echo"):
            return Reply(completion())
        prompt = body["prompt"]
        scored = {"text": "", "finish_reason": "length", "logprobs": {"token_logprobs": [None, *map(logprob, prompt[1:]), -1.0]}}
        return Reply({"choices": [scored], "usage": {"prompt_tokens": len(prompt), "completion_tokens": 1}})


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are no news."""


@contextmanager
def endpoint(**traits: Any) -> Iterator[Endpoint]:
    state = Endpoint(**traits)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, body: dict[str, Any]) -> None:
            with state.lock:
                times = sum(1 for asked in state.asked if asked == (self.path, body))
                state.asked.append((self.path, body))
                state.headers.append({name.lower(): value for name, value in self.headers.items()})
                state.at_once += 1
                state.peak = max(state.peak, state.at_once)
            try:
                reply = state.answer(self.path, body, times) or state.usual(self.path, body)
                if reply == HANG:
                    state.going.wait(30)
                if isinstance(reply, str):
                    self.close_connection = True
                    self.connection.close()
                    return
                data = json.dumps(reply.body).encode() if reply.raw is None else reply.raw
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
            finally:
                with state.lock:
                    state.at_once -= 1

    server = _QuietServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield state
    finally:
        state.going.set()
        server.shutdown()
        server.server_close()


def dead_url() -> str:
    """Address at which nobody listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return f"http://127.0.0.1:{server.server_address[1]}/v1"
