"""JSON and YAML from outside: what is read, and the one kind of error for all that is not."""

import json
from pathlib import Path

import pytest
import yaml

from harness.strict import NotJsonError, load_yaml, parse_json, parse_object, read_object


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff{}", "not UTF-8 from byte 1 on"),
        (b'{"a": ', "not JSON: Expecting value in line 1, column 7"),
        (b"[" * 100_000, "nested too deeply"),
        (b"9" * 10_000, "not JSON that can be read"),
        (b"", "not JSON"),
    ],
)
def test_what_is_no_json_is_told_in_one_kind_of_error(content: bytes, why: str) -> None:
    with pytest.raises(NotJsonError, match=why):
        parse_json(content)


def test_an_object_is_an_object_of_texts_that_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(NotJsonError, match="not a JSON object"):
        parse_object(b"[1]")
    path = tmp_path / "a.json"
    path.write_bytes(rb'{"a": ["\ud83d\ude97", "\u7a7a"]}')
    assert read_object(path) == {"a": ["🚗", "空"]}
    path.write_bytes(rb'{"a": ["\ud83d"]}')
    with pytest.raises(NotJsonError, match="half of a surrogate pair"):
        read_object(path)


def test_yaml_takes_escaped_characters_as_json_writes_them() -> None:
    assert load_yaml(json.dumps({"a": "🚗 空调"})) == {"a": "🚗 空调"}
    with pytest.raises(yaml.YAMLError, match="half of a surrogate pair"):
        load_yaml(r'{"a": "\ud83d"}')
    with pytest.raises(yaml.YAMLError, match="a NUL character"):
        load_yaml(r'{"a": "\u0000"}')


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system ['true']", "!!python/name:os.system", "!!python/object:harness.item.Item {}"]
)
def test_yaml_makes_no_objects(tag: str) -> None:
    with pytest.raises(yaml.YAMLError, match="could not determine a constructor"):
        load_yaml(f"a: {tag}")
