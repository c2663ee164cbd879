"""Files that appear whole or not at all."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.store import write_atomic

_ADVICE = "make room or name another folder; nothing that was there before is lost"


def write_lines(path: Path, records: Iterable[dict[str, Any]]) -> None:
    """Write one JSON object a line; the file appears whole or not at all."""
    write_atomic(path, (json.dumps(record, ensure_ascii=False) for record in records), _ADVICE)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON; the file appears whole or not at all."""
    write_atomic(path, [json.dumps(value, ensure_ascii=False, indent=1)], _ADVICE)
