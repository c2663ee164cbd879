"""Responses of an earlier run that answer what another run asks in the same way."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.records import Request, Response
from harness.store import ENGINE, JOURNAL, RunFolder, read_journal, read_part


@dataclass(frozen=True)
class Earlier:
    """A finished run of the same model by the same engine."""

    folder: Path
    requests: frozenset[Request]
    """What it asked, follow-ups left out: what those ask depends on how the answer before was judged."""

    def answers(self, wanted: Iterable[Request]) -> dict[str, Response]:
        """By request id, its responses to those of `wanted` that are the same in every token and setting, seed included."""
        same = {request.id for request in wanted if request in self.requests}
        return {response.request_id: response for response in read_journal(self.folder / JOURNAL) if response.request_id in same}

    def fits(self, folder: RunFolder) -> bool:
        """Whether what `folder` holds already, if anything, was answered by an engine under the same conditions."""
        return not (folder.path / ENGINE).is_file() or folder.read_json(ENGINE)["conditions"] == self._engine()["conditions"]

    def lend_engine(self, folder: RunFolder) -> None:
        """Write down in `folder` which engine its responses are of."""
        if not (folder.path / ENGINE).is_file():
            folder.write_json(ENGINE, self._engine())

    def _engine(self) -> dict[str, Any]:
        return read_part(self.folder / ENGINE)
