"""From a record as users have it to a Row: messages, prompt/completion, Alpaca, ShareGPT, plain or role-tagged text.

All that is wrong with a record is said at once. Nothing is guessed: an unknown role or a misspelt field is a problem, and fields that
are left alone are counted.
"""

import difflib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from sft_train.data.record import Problem, Role, Row, Turn, guess_lang
from sft_train.data.tagged import is_tagged, read_tagged

Form = Literal["auto", "messages", "prompt_completion", "alpaca", "sharegpt", "text"]
_ROLES: dict[str, Role] = {
    "system": "system", "user": "user", "assistant": "assistant", "human": "user", "gpt": "assistant", "model": "assistant",
    "系统": "system", "用户": "user", "助手": "assistant",
}  # fmt: skip
_CONTENT: dict[str, Form] = {
    "messages": "messages", "conversations": "sharegpt", "completion": "prompt_completion", "output": "alpaca", "text": "text",
}  # fmt: skip
_FORM_FIELDS: dict[str, set[str]] = {
    "messages": {"messages"}, "sharegpt": {"conversations", "system"}, "prompt_completion": {"prompt", "completion", "system"},
    "alpaca": {"instruction", "input", "output", "system", "history"}, "text": {"text"},
}  # fmt: skip
_TEXTS = ("id", "task", "source", "license", "group", "rejected")
META = (*_TEXTS, "lang", "tags", "facts", "state", "images")
"""Fields that a row of any form may have."""
_NEEDED: dict[str, tuple[str, ...]] = {
    "messages": ("messages",), "sharegpt": ("conversations",), "prompt_completion": ("prompt", "completion"),
    "alpaca": ("instruction", "output"), "text": ("text",),
}  # fmt: skip
WAITING = "waiting"
"""Field of rows that were made by rule or by a model and that no person has passed yet."""


class _Wrong(Exception):
    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass
class Former:
    """Turns the records of one place into rows, and keeps what was wrong and which fields were left alone."""

    place: str
    form: Form = "auto"
    defaults: dict[str, str] = field(default_factory=dict)
    """Task, source or licence of rows that name none."""
    keep: tuple[str, ...] = ()
    """Further fields that go along."""
    unanswered: bool = False
    """Whether requests without an answer will do: conversations that end with the user, prompts alone, texts as what the user says."""
    problems: list[Problem] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)

    def row(self, number: int, record: Any) -> Row | None:
        """The record as a row, or None, with one or more problems noted."""
        found: list[tuple[str, str]] = []
        row = None
        try:
            row = self._make(number, record, found)
        except _Wrong as error:
            found.insert(0, (error.reason, str(error)))
        self.problems += [Problem(self.place, number, reason, text) for reason, text in found]
        return None if found else row

    def _make(self, number: int, record: Any, found: list[tuple[str, str]]) -> Row:
        if not isinstance(record, dict):
            raise _Wrong("schema", f"is {_kind(record)}, not an object with fields")
        if WAITING in record and WAITING not in self.keep:
            raise _Wrong("waiting", "was made by rule or by a model and waits for its review: sft-train review make, review apply")
        if self.unanswered and "prompt" in record and "completion" not in record:
            record = {**record, "messages": [{"role": "user", "content": record["prompt"]}]}
            del record["prompt"]
        form = self._form(record)
        if missing := [key for key in _NEEDED[form] if key not in record]:
            raise _Wrong("schema", f"has no {' and no '.join(missing)}, which the form {form} needs")
        known = _FORM_FIELDS[form] | set(META) | set(self.keep)
        for key in record.keys() - known:
            # Short names are alike by chance.
            if len(key) > 2 and (near := difflib.get_close_matches(key, known - record.keys(), n=1, cutoff=0.75)):
                found.append(("field", f"unknown field '{key}'; did you mean '{near[0]}'?"))
            else:
                self.ignored[key] += 1
        turns, text = _READERS[form](record)
        if self.unanswered and text:
            turns, text = (Turn("user", text),), ""
        if turns:
            found += [each for each in order_problems(turns) if not (self.unanswered and each[0] == "no-answer")]
        elif not text.strip():
            found.append(("empty", "the text is empty"))
        return Row(
            self.place, number, turns, text, **self._meta(record, found, "".join(turn.content for turn in turns) or text),
            extra={key: record[key] for key in self.keep if key in record},
        )  # fmt: skip

    def _form(self, record: dict[str, Any]) -> Form:
        if self.form != "auto":
            return self.form
        forms = [form for key, form in _CONTENT.items() if key in record]
        if len(forms) == 1:
            return forms[0]
        if forms:
            raise _Wrong("schema", f"has fields of several forms ({', '.join(forms)}); say which with `form`")
        near = [(key, match[0]) for key in record if (match := difflib.get_close_matches(key, _CONTENT, n=1, cutoff=0.75))]
        hint = f"; did you mean '{near[0][1]}' by '{near[0][0]}'?" if near else ""
        missing = (
            " (prompt without completion)" if "prompt" in record else " (instruction without output)" if "instruction" in record else ""
        )
        raise _Wrong("schema", f"has none of {', '.join(_CONTENT)}{missing}{hint}")

    def _meta(self, record: dict[str, Any], found: list[tuple[str, str]], text: str) -> dict[str, Any]:
        meta: dict[str, Any] = dict(self.defaults)
        for key in _TEXTS:
            if key in record:
                if isinstance(record[key], str | int):
                    meta[key] = str(record[key])
                else:
                    found.append(("schema", f"{key}: is {_kind(record[key])}, not text"))
        if record.get("lang", "zh") not in ("zh", "en"):
            found.append(("schema", f"lang: is '{record['lang']}'; zh or en"))
        meta["lang"] = record.get("lang") or guess_lang(text)
        for key in ("tags", "facts"):
            values = _listed(record.get(key, []))
            if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
                found.append(("schema", f"{key}: must be a list of texts that are not empty"))
            else:
                meta[key] = tuple(values)
        if "state" in record:
            if not isinstance(record["state"], dict) or not record["state"]:
                found.append(("schema", "state: must be an object with the dialogue's slots and their values"))
            else:
                meta["state"] = record["state"]
        if record.get("images"):
            found.append(("images", "has images; this trainer learns from text only: take such rows out, or say in words what is seen"))
        return meta


def order_problems(turns: tuple[Turn, ...]) -> list[tuple[str, str]]:
    """(reason, sentence) for all that is wrong with the order of roles: an optional system message, then user and assistant in turn."""
    talk = turns[1:] if turns[0].role == "system" else turns
    first = len(turns) - len(talk) + 1
    found = [("empty", f"turn {number} ({turn.role}) is empty") for number, turn in enumerate(turns, start=1) if not turn.content.strip()]
    if not any(turn.role == "assistant" for turn in turns):
        return [*found, ("no-answer", "has no assistant turn, so nothing can be learnt from it")]
    for number, turn in enumerate(talk):
        wanted = "assistant" if number % 2 else "user"
        if turn.role != wanted:
            why = "a system message can only come first" if turn.role == "system" else f"here the {wanted} must speak"
            return [*found, ("order", f"turn {first + number} is of the {turn.role}; {why}")]
    if talk[-1].role != "assistant":
        found.append(("no-answer", "ends with the user; the last turn must be the assistant's"))
    return found


def _messages(record: dict[str, Any]) -> tuple[tuple[Turn, ...], str]:
    return _turns(record["messages"], "messages", "role", "content"), ""


def _sharegpt(record: dict[str, Any]) -> tuple[tuple[Turn, ...], str]:
    return _with_system(record, _turns(record["conversations"], "conversations", "from", "value")), ""


def _prompt_completion(record: dict[str, Any]) -> tuple[tuple[Turn, ...], str]:
    prompt, completion = (_listed(record[key]) for key in ("prompt", "completion"))
    if isinstance(prompt, list) and isinstance(completion, list):
        return _turns([*prompt, *completion], "prompt, completion", "role", "content"), ""
    return _with_system(record, (Turn("user", _text(record, "prompt")), Turn("assistant", _text(record, "completion")))), ""


def _alpaca(record: dict[str, Any]) -> tuple[tuple[Turn, ...], str]:
    asked = [_text(record, key) for key in ("instruction", "input") if record.get(key)]
    earlier: list[Turn] = []
    for pair in _listed(record.get("history") or []):
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair)):
            raise _Wrong("schema", "history: must be a list of [what the user said, what the assistant answered]")
        earlier += [Turn("user", pair[0]), Turn("assistant", pair[1])]
    return _with_system(record, (*earlier, Turn("user", "\n".join(asked)), Turn("assistant", _text(record, "output")))), ""


def _plain(record: dict[str, Any]) -> tuple[tuple[Turn, ...], str]:
    text = _text(record, "text")
    return (read_tagged(text), "") if is_tagged(text) else ((), text)


_READERS: dict[str, Callable[[dict[str, Any]], tuple[tuple[Turn, ...], str]]] = {
    "messages": _messages, "sharegpt": _sharegpt, "prompt_completion": _prompt_completion, "alpaca": _alpaca, "text": _plain,
}  # fmt: skip


def _turns(given: Any, name: str, role_key: str, text_key: str) -> tuple[Turn, ...]:
    messages = _listed(given)
    if not isinstance(messages, list) or not messages:
        raise _Wrong("schema", f"{name}: must be a list with at least one message")
    return tuple(_turn(message, number, role_key, text_key) for number, message in enumerate(messages, start=1))


def _turn(message: Any, number: int, role_key: str, text_key: str) -> Turn:
    if not isinstance(message, dict):
        raise _Wrong("schema", f"turn {number} is {_kind(message)}, not an object with {role_key} and {text_key}")
    if missing := [key for key in (role_key, text_key) if key not in message]:
        raise _Wrong("schema", f"turn {number} has no {' and no '.join(missing)}")
    role, content, weight = message[role_key], message[text_key], message.get("weight")
    if not isinstance(role, str) or role not in _ROLES:
        near = difflib.get_close_matches(str(role), _ROLES, n=1, cutoff=0.6)
        hint = f"; did you mean '{near[0]}'?" if near else "; there are system, user and assistant"
        raise _Wrong("role", f"turn {number} has the unknown role '{role}'{hint}")
    if not isinstance(content, str):
        raise _Wrong("schema", f"turn {number}: {text_key} is {_kind(content)}, not text")
    if unknown := sorted(message.keys() - {role_key, text_key, "weight"}):
        raise _Wrong("field", f"turn {number} has unknown fields: {', '.join(unknown)}; what the model shall say belongs in {text_key}")
    if weight is not None and not (isinstance(weight, int | float) and not isinstance(weight, bool) and 0 <= weight <= 100):
        raise _Wrong("schema", f"turn {number}: weight must be a number from 0 to 100")
    return Turn(_ROLES[role], content, weight)


def _with_system(record: dict[str, Any], turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    return (Turn("system", _text(record, "system")), *turns) if record.get("system") else turns


def _text(record: dict[str, Any], key: str) -> str:
    value = record[key]
    if not isinstance(value, str):
        raise _Wrong("schema", f"{key}: is {_kind(value)}, not text")
    return value


def _listed(value: Any) -> Any:
    """Lists in a CSV are JSON."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return {str: "a text", int: "a number", float: "a number", bool: "true or false", list: "a list", dict: "an object"}.get(
        type(value), type(value).__name__
    )
