"""Responses that came from anywhere: a file with one JSON object a line, which names an item and holds its response or responses.

    {"id": "HumanEval/0", "response": "…"}          or by the item's exact prompt: {"prompt": "…", "response": "…"}
    {"id": "HumanEval/0", "response": ["…", "…"]}   several samples
    {"id": 1000, "response": "…"}                   ids that a benchmark writes as whole numbers may be given so
    {"id": "di-en-001", "response": ["…", "…", "…"]}   a dialogue: one response a turn; several samples are a list of such lists

Other keys are left alone. Every complaint names file and line.
"""

import codecs
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.item import Item
from harness.suite import Suite

_SHOWN = 10
_SURROGATE_RE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Given:
    """The responses that a file gives to one item."""

    item: Item
    name: str | int
    """The item's id as the file writes it: a benchmark's whole number stays one."""
    samples: tuple[tuple[str, ...], ...]
    """Of each sample its responses, one a turn; half a surrogate pair, which is no Unicode text, is replaced by U+FFFD."""


def read_given(path: Path, suite: Suite, *, partial: bool = False) -> list[Given]:
    """Read responses to the items of `suite`, in the order of the file.

    Raises UserError, naming the line, for whatever cannot be read or belongs to no item, and naming the items, unless `partial`, if
    some have no response.
    """
    try:
        content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error
    items = _Items(suite)
    found: list[Given] = []
    line_of: dict[str, int] = {}
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        row = _row(line, where)
        item = items.find(row, where)
        if item.id in line_of:
            raise UserError(f"{where}: item '{item.id}' was already answered in line {line_of[item.id]}; give several samples as a list.")
        if item.choices is not None:
            raise UserError(f"{where}: item '{item.id}' is judged by log-probabilities of its choices, which a response does not hold.")
        line_of[item.id] = number
        found.append(Given(item, row["id"] if isinstance(row.get("id"), int) else item.id, _samples(row, item, where)))
    if not found:
        raise UserError(f"{path}: holds no responses.")
    missing = [item.id for item in suite.items if item.id not in line_of]
    if missing and not partial:
        raise UserError(f"{path}: no response to {_listed(missing)} of suite '{suite.name}'; add them, or give --partial.")
    return found


class _Items:
    def __init__(self, suite: Suite) -> None:
        self._suite = suite.name
        self._by_id = {item.id: item for item in suite.items}
        self._by_prompt: dict[str, list[Item]] = {}
        for item in suite.items:
            self._by_prompt.setdefault(item.prompt, []).append(item)

    def find(self, row: dict[str, Any], where: str) -> Item:
        """The item that a row names by `id` or, if it has none, by `prompt`."""
        key = "id" if "id" in row else "prompt"
        if key not in row:
            raise UserError(f"{where}: has neither an 'id' nor a 'prompt'.")
        name = row[key]
        if key == "id" and type(name) is int:  # Not true or false, which are numbers to isinstance.
            name = str(name)
        if not isinstance(name, str):
            raise UserError(f"{where}: '{key}' is {_kind(name)}, but must be a string.")
        if key == "id":
            if name not in self._by_id:
                raise UserError(f"{where}: suite '{self._suite}' has no item {_quoted(name)}.")
            return self._by_id[name]
        items = self._by_prompt.get(name, [])
        if len(items) != 1:
            why = f"{len(items)} items, {_listed([item.id for item in items])}; give the id" if items else "none; it must be exact"
            raise UserError(f"{where}: of suite '{self._suite}', the prompt {_quoted(name)} is that of {why}.")
        return items[0]


def _row(line: bytes, where: str) -> dict[str, Any]:
    if b"\0" in line:
        raise UserError(f"{where}: holds a NUL byte; in JSON text it is written \\u0000.")
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise UserError(f"{where}: not UTF-8 ({error.reason} at byte {error.start}).") from error
    except json.JSONDecodeError as error:
        raise UserError(f"{where}: not JSON: {error.msg} at column {error.colno}.") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where}: not JSON that can be read: {' '.join(str(error).split())}.") from error
    if not isinstance(row, dict):
        raise UserError(f"{where}: is {_kind(row)}, not a JSON object.")
    return row


def _samples(row: dict[str, Any], item: Item, where: str) -> tuple[tuple[str, ...], ...]:
    if "response" not in row:
        raise UserError(f"{where}: has no 'response'.")
    given = row["response"]
    if given == []:
        raise UserError(f"{where}: 'response' is an empty list.")
    if item.turns:
        return _dialogues(given, item, where)
    texts = given if isinstance(given, list) else [given]
    wrong = [text for text in texts if not isinstance(text, str)]
    if wrong:
        place = "holds" if isinstance(given, list) else "is"
        raise UserError(f"{where}: 'response' {place} {_kind(wrong[0])}, but must be a string or a list of strings.")
    return tuple((_clean(text),) for text in texts)


def _dialogues(given: object, item: Item, where: str) -> tuple[tuple[str, ...], ...]:
    """Samples of a dialogue: one list with a string a turn, or a list of such lists."""
    dialogues: list[Any] = given if isinstance(given, list) and all(isinstance(entry, list) for entry in given) else [given]
    wanted = len(item.user_turns)
    for dialogue in dialogues:
        if not isinstance(dialogue, list) or not all(isinstance(text, str) for text in dialogue):
            raise UserError(
                f"{where}: item '{item.id}' is a dialogue of {wanted} turns; 'response' must be a list of {wanted} strings, one a turn, "
                "or for several samples a list of such lists."
            )
        if len(dialogue) != wanted:
            raise UserError(f"{where}: item '{item.id}' is a dialogue of {wanted} turns, but {len(dialogue)} responses are given.")
    return tuple(tuple(map(_clean, dialogue)) for dialogue in dialogues)


def _clean(text: str) -> str:
    return _SURROGATE_RE.sub("\ufffd", text)


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object", str: "a string"}
    return names.get(type(value), "null")


def _quoted(text: str) -> str:
    return "'" + _SURROGATE_RE.sub("\ufffd", text[:60]) + ("…'" if len(text) > 60 else "'")


def _listed(ids: list[str]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f"{'item' if len(ids) == 1 else f'{len(ids)} items:'} {', '.join(ids[:_SHOWN])}{more}"
