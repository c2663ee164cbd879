"""Answers from the journal of an earlier run, without a model: for rescoring, for tests of everything behind the engine."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from harness.engines.base import EngineInfo
from harness.errors import UserError
from harness.hashing import hash_bytes
from harness.model import Model
from harness.records import Request, Response
from harness.store import JOURNAL, read_journal


class ReplayEngine:
    """Answers each request with the response that an earlier run recorded for it; one that is missing is an error of its item."""

    max_model_len = 1 << 30

    def __init__(self, folder: Path) -> None:
        """Raises UserError if `folder` holds no journal."""
        journal = folder / JOURNAL
        if not journal.is_file():
            raise UserError(f"Nothing to replay in '{folder}': it has no {JOURNAL}; give a run folder.")
        self._responses = {response.request_id: response for response in read_journal(journal)}
        self._queue: deque[Request] = deque()
        self._info = EngineInfo("replay", {"journal": hash_bytes(journal.read_bytes())}, {})

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def unfinished(self) -> int:
        return len(self._queue)

    def become(self, model: Model, requests: Sequence[Request]) -> bool:
        return True  # Whoever asks, the recording is the same.

    def adapter_change(self, probes: list[Request]) -> float:
        return float("nan")  # There is no model to ask; the recorded run was checked.

    def submit(self, request: Request) -> None:
        self._queue.append(request)

    def step(self) -> list[Response]:
        if not self._queue:
            return []
        request = self._queue.popleft()
        absent = Response(request.id, finish="error", error="not among the recorded responses")
        return [self._responses.get(request.id, absent)]

    def close(self) -> None:
        self._queue.clear()
