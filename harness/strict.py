"""JSON and YAML in which no key stands twice: the usual readers keep the last value and lose the others without a word.

Covered: every object and mapping, however deep. Not covered: YAML keys that are spelt differently but mean the same (`1` and `0x1`),
and keys that are themselves lists or mappings.
"""

import json
from typing import Any

import yaml


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
