"""Files with one thing wrong in them."""

import json
import random
from typing import Any

import yaml

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 10**400, 0.5, 1e308, float("nan"), float("inf"), "", " ", "\x00", "\u202e\u200b", "\U0001f697 空调",
    "../../etc/passwd", "a" * 5000, "=1+1", "\x1b[31m", "{{7*7}}", [], {}, [[[[]]]], {"": ""}, ["x"] * 50, {"a": {"b": {"c": []}}},
)  # fmt: skip
_PIECES = (b"\n", b"[" * 3000, b"&a [*a]", b"!!python/object:os.system ", b"\xef\xbb\xbf", b"\r\n", b"\x00")


def damage(content: str | bytes, chance: random.Random) -> bytes:
    """The same with a value of another kind, a key gone or added, or bytes lost, put in or doubled."""
    if isinstance(content, str) and chance.random() < 0.75 and (values := _values(content)) is not None:
        at = chance.randrange(len(values))
        values[at] = _odd(values[at], chance)
        ascii_only = chance.random() < 0.5
        return ("\n".join(json.dumps(value, ensure_ascii=ascii_only) for value in values) + "\n").encode()
    data = bytearray(content if isinstance(content, bytes) else content.encode())
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(max(len(data), 1))
        match chance.randrange(4):
            case 0:
                del data[at : at + chance.randint(1, 40)]
            case 1:
                data[at:at] = chance.randbytes(chance.randint(1, 20))
            case 2:
                data[at:at] = chance.choice(_PIECES)
            case _:
                data[at:at] = data[at : at + 60]
    return bytes(data)


def _values(text: str) -> list[Any] | None:
    """The values of a text that is JSON, a JSON object a line, or YAML; None if it is none of them."""
    for parse in (_json, _json_lines, _yaml):
        try:
            values = parse(text)
        except (ValueError, yaml.YAMLError):
            continue
        if values and isinstance(values[0], dict | list):
            return values
    return None


def _json(text: str) -> list[Any]:
    return [json.loads(text)]


def _json_lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines() if line]


def _yaml(text: str) -> list[Any]:
    return [yaml.safe_load(text)]


def _odd(value: Any, chance: random.Random) -> Any:
    """The same value with a part of it replaced, taken out or added."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice([*value])
        match chance.randrange(6):
            case 0:
                return {name: part for name, part in value.items() if name != key}
            case 1:
                return value | {chance.choice(("unknown", "", "__class__")): chance.choice(ODD)}
            case _:
                return value | {key: _odd(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        return [*value[:at], _odd(value[at], chance), *value[at + 1 :]]
    return chance.choice(ODD)
