"""JSON and YAML from outside, read strictly.

`parse_json` reads what programs wrote, and raises nothing but NotJsonError. In what people write, no key may stand twice besides: the
usual readers keep the last value and lose the others without a word. Covered: every object and mapping, however deep. Not covered: YAML
keys that are spelt differently but mean the same (`1` and `0x1`), and keys that are themselves lists or mappings.
"""

import json
from pathlib import Path
from typing import Any

import yaml


class NotJsonError(ValueError):
    """What stands there cannot be used as JSON; its text says why, in a few words."""


def parse_json(content: bytes | str) -> Any:
    """The value of JSON in UTF-8; raises NotJsonError for anything else, endless nesting included.

    >>> parse_json(b'{"a": [1, null]}')
    {'a': [1, None]}
    >>> parse_json("[" * 100_000)
    Traceback (most recent call last):
    harness.strict.NotJsonError: nested too deeply
    """
    try:
        return json.loads(content if isinstance(content, str) else content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NotJsonError(f"not UTF-8 from byte {error.start + 1} on") from error
    except json.JSONDecodeError as error:
        raise NotJsonError(f"not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise NotJsonError("nested too deeply") from error
    except ValueError as error:  # Numbers of thousands of digits.
        raise NotJsonError(f"not JSON that can be read: {error}") from error


def parse_object(content: bytes | str) -> dict[str, Any]:
    """The same for what must be an object."""
    value = parse_json(content)
    if not isinstance(value, dict):
        raise NotJsonError("not a JSON object")
    return value


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file, none of whose texts has half of a surrogate pair; raises OSError or NotJsonError."""
    content = path.read_bytes()
    value = parse_object(content)
    try:
        if b"\\u" in content:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise NotJsonError("holds half of a surrogate pair, which is no Unicode text") from error
    return value


class DuplicateKeyError(ValueError):
    """`key` stands twice in one object; for YAML with the lines (from 1) of both, for JSON, which is read by the line, without."""

    def __init__(self, key: str, line: int | None = None, first_line: int | None = None) -> None:
        super().__init__(f"key '{key}' stands twice")
        self.key = key
        self.line = line
        self.first_line = first_line


def load_json(text: str) -> Any:
    """Parse `text`; raises DuplicateKeyError besides what `json.loads` raises.

    >>> load_json('{"a": {"b": 1}}')
    {'a': {'b': 1}}
    >>> load_json('{"a": {"b": 1, "b": 2}}')
    Traceback (most recent call last):
    harness.strict.DuplicateKeyError: key 'b' stands twice
    """
    return json.loads(text, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise DuplicateKeyError(key)
        made[key] = value
    return made


def load_yaml(text: str) -> Any:
    """Parse `text`; raises DuplicateKeyError besides what `yaml.safe_load` raises."""
    return yaml.load(text, Loader=_UniqueKeyLoader)


class _UniqueKeyLoader(yaml.SafeLoader):
    """Looks while the tree of nodes is built: later, keys merged by `<<` and overridden on purpose could not be told from doubled ones."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        lines: dict[tuple[str, str], int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            name, line = (key.tag, key.value), key.start_mark.line + 1
            if name in lines:
                raise DuplicateKeyError(key.value, line, lines[name])
            lines[name] = line
        return node

    def construct_scalar(self, node: Any) -> Any:
        r"""Characters written as two halves (`\ud83d\ude97`), as JSON may have them, are put together."""
        value = super().construct_scalar(node)
        if not isinstance(value, str):
            return value
        if "\0" in value:
            raise yaml.constructor.ConstructorError(None, None, "a NUL character, which no name and no text has", node.start_mark)
        try:
            return value.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError as error:
            raise yaml.constructor.ConstructorError(None, None, "half of a surrogate pair, which is no text", node.start_mark) from error
