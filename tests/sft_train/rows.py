"""Rows for tests of training data."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sft_train.data.record import Row, Turn, guess_lang


def talk(*said: str, number: int = 1, **changes: Any) -> Row:
    """A row in which user and assistant say this in turn."""
    turns = tuple(Turn("assistant" if at % 2 else "user", text) for at, text in enumerate(said))
    return Row("rows", number, turns, **({"lang": guess_lang("".join(said))} | changes))


def write_lines(path: Path, records: Iterable[Any]) -> str:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return str(path)


def messages(*said: str, **more: Any) -> dict[str, Any]:
    """A record in the messages form."""
    return {"messages": [{"role": "assistant" if at % 2 else "user", "content": text} for at, text in enumerate(said)], **more}
