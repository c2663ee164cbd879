"""Responses of all runs on this machine, by content: what was answered once under the same conditions is not generated again.

A run's own journal continues that run; this serves other runs: more items of the same suite, other suites beside it, another folder.
It lies in the user's cache folder, may be deleted at any time, and may be used by several processes at once.
"""

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from harness.engines.base import EngineInfo, EngineKind
from harness.hashing import hash_json
from harness.plan import RunPlan
from harness.records import Request, Response
from harness.response_store import cache_file, open_cache
from harness.stack import hardware
from harness.store import ENGINE, RunFolder

_T = TypeVar("_T")
CACHED_ENGINES: frozenset[EngineKind] = frozenset({"vllm", "transformers"})
"""Engines whose responses are kept: those whose model is known by its contents, and that are no recording themselves."""
_VERSION = 1
"""Raised whenever an engine of ours could answer the same request otherwise; a part of every key."""
_BATCH = 500
"""Responses written, and keys looked for, at a time."""


@dataclass
class _Lent:
    """What an engine of before answered."""

    info: EngineInfo
    """Its settings are not kept: they change no response, and every run has its own."""
    responses: dict[str, Response]
    """By request id."""


class ResponseCache:
    """The cache as one run uses it. Trouble with it is told once and costs only time: the run goes on without."""

    def __init__(self, plan: RunPlan, tell: Callable[[str], None], path: Path | None = None) -> None:
        self._plan, self._tell, self._path = plan, tell, path or cache_file()
        self._waiting: list[tuple[str, str]] = []
        self._info: EngineInfo | None = None
        self._broken = False

    @cached_property
    def _conditions(self) -> str:
        """What responses depend on besides the request: as for the name of a run, and the machine, whose arithmetic may be another."""
        identity, machine = self._plan.identity, hardware()
        same = {name: machine.get(name) for name in ("cpu", "cores", "machine", "gpu")} | {
            "visible": os.environ.get("CUDA_VISIBLE_DEVICES")
        }
        return hash_json([_VERSION, *(identity[name] for name in ("model", "options", "engine", "stack", "draw")), same])

    def key(self, request: Request) -> str:
        """Name of the answer to `request`; what the request is called is no part of it, its draw is."""
        rule = request.repetition_detection
        asked = [
            request.prompt, request.score_from, request.max_tokens, request.temperature, request.top_p, request.stop, request.seed,
            None if rule is None else rule.model_dump(mode="json"), request.messages,
        ]  # fmt: skip
        return hash_json([self._conditions, asked])[:40]

    def lend(self, requests: Iterable[Request], folder: RunFolder) -> dict[str, Response]:
        """By request id, what is known of `requests`; what `folder` says of its engine then is that of the one that answered.

        All are of one engine: the one with most answers, or the one that the run was begun with.
        """
        found = self._answers(requests, touch=True)
        begun = folder.read_json(ENGINE)["conditions"] if (folder.path / ENGINE).is_file() else None
        fitting = [lent for lent in found if begun in (None, lent.info.conditions)]
        if not fitting:
            return {}
        best = max(fitting, key=lambda lent: len(lent.responses))
        if begun is None:
            folder.write_json(ENGINE, asdict(best.info))
        return best.responses

    def known(self, requests: Iterable[Request]) -> set[str]:
        """Ids of the requests that `lend` would answer in a run that begins; nothing is written."""
        return max((set(lent.responses) for lent in self._answers(requests, touch=False)), key=len, default=set())

    def _answers(self, requests: Iterable[Request], *, touch: bool) -> list[_Lent]:
        names: dict[str, list[str]] = {}
        for request in requests:
            names.setdefault(self.key(request), []).append(request.id)
        if not touch and not self._path.is_file():
            return []
        return self._guarded(lambda database: self._find(database, names, touch), [])

    def _find(self, database: sqlite3.Connection, names: dict[str, list[str]], touch: bool) -> list[_Lent]:
        lent: dict[int, _Lent] = {}
        keys = list(names)
        for start in range(0, len(keys), _BATCH):
            part = keys[start : start + _BATCH]
            marks = ",".join("?" * len(part))
            rows = database.execute(f"SELECT key, engine, response FROM responses WHERE key IN ({marks})", part).fetchall()
            for key, engine, text in rows:
                if engine not in lent:
                    lent[engine] = _Lent(_engine(database, engine), {})
                response = _read(text)
                lent[engine].responses |= {name: replace(response, request_id=name) for name in names[key]}
            if rows and touch:
                database.execute(f"UPDATE responses SET used = ? WHERE key IN ({marks})", (time.time(), *part))
        return list(lent.values())

    def use(self, info: EngineInfo) -> None:
        """From here on, responses are those of this engine."""
        self._info = info

    def keep(self, request: Request, response: Response) -> None:
        """Remember an answer; it is written with others, at the latest by `flush`."""
        self._waiting.append((self.key(request), _write(response)))
        if len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._info is None or not self._waiting:
            return
        info, rows, self._waiting = self._info, self._waiting, []
        self._guarded(lambda database: self._write(database, info, rows), None)

    def _write(self, database: sqlite3.Connection, info: EngineInfo, rows: list[tuple[str, str]]) -> None:
        values = (info.kind, json.dumps(info.conditions, sort_keys=True))
        model, now = f"{self._plan.model.label} ({self._plan.model.identity[:8]})", time.time()
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT OR IGNORE INTO engines (kind, conditions) VALUES (?, ?)", values)
        (engine,) = database.execute("SELECT id FROM engines WHERE kind = ? AND conditions = ?", values).fetchone()
        # What is there stays: a response that a run has taken must not be another's tomorrow.
        database.executemany(
            "INSERT OR IGNORE INTO responses VALUES (?, ?, ?, ?, ?)", [(key, engine, model, now, text) for key, text in rows]
        )
        database.execute("COMMIT")

    def _guarded(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        if self._broken:
            return otherwise
        try:
            with open_cache(self._path) as database:
                return work(database)
        except (sqlite3.Error, OSError, ValueError, KeyError, TypeError) as error:
            self._broken = True
            self._tell(f"the cache of responses is not used ({error}); if that stays so, delete {self._path}")
            return otherwise


def _engine(database: sqlite3.Connection, number: int) -> EngineInfo:
    kind, conditions = database.execute("SELECT kind, conditions FROM engines WHERE id = ?", (number,)).fetchone()
    return EngineInfo(kind, json.loads(conditions), {})


def _write(response: Response) -> str:
    return json.dumps([response.text, response.tokens, response.finish, response.logprobs])


def _read(text: str) -> Response:
    said, tokens, finish, logprobs = json.loads(text)
    return Response("", said, tokens, finish, None if logprobs is None else tuple(logprobs))
