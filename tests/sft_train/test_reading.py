"""Every form and kind of file gives the same rows; whatever is wrong is said with the row's number, all in one pass."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UserError
from sft_train.config import Source
from sft_train.data.reading import Read, read_requests, read_sources
from sft_train.data.record import Turn
from sft_train.data.tagged import read_tagged, write_tagged
from tests.sft_train.rows import messages, write_lines

WINDOW = (Turn("user", "打开车窗"), Turn("assistant", "车窗已打开。"))
SYSTEM = Turn("system", "你是车载助手。")


def read(path: str | Path, **changes: Any) -> Read:
    return read_sources([Source(path=str(path), **changes)])


@pytest.mark.parametrize(
    ("record", "turns"),
    [
        (messages("打开车窗", "车窗已打开。"), WINDOW),
        ({"messages": [{"role": "用户", "content": "打开车窗"}, {"role": "助手", "content": "车窗已打开。"}]}, WINDOW),
        ({"prompt": "打开车窗", "completion": "车窗已打开。"}, WINDOW),
        ({"prompt": [{"role": "user", "content": "打开车窗"}], "completion": [{"role": "assistant", "content": "车窗已打开。"}]}, WINDOW),
        ({"instruction": "打开车窗", "input": "", "output": "车窗已打开。", "system": "你是车载助手。"}, (SYSTEM, *WINDOW)),
        ({"instruction": "翻译", "input": "车窗", "output": "window"}, (Turn("user", "翻译\n车窗"), Turn("assistant", "window"))),
        ({"instruction": "关上", "output": "已关上。", "history": [["打开车窗", "车窗已打开。"]]},
         (*WINDOW, Turn("user", "关上"), Turn("assistant", "已关上。"))),
        ({"conversations": [{"from": "human", "value": "打开车窗"}, {"from": "gpt", "value": "车窗已打开。"}]}, WINDOW),
        ({"text": "用户：打开车窗\n助手：车窗已打开。"}, WINDOW),
        ({"text": "你是车载助手。\n用户: 打开车窗\n助手: 车窗已打开。"}, (SYSTEM, *WINDOW)),
    ],
)  # fmt: skip
def test_each_form_is_recognised(record: dict[str, Any], turns: tuple[Turn, ...], tmp_path: Path) -> None:
    found = read(write_lines(tmp_path / "data.jsonl", [record]))
    assert found.problems == []
    assert found.rows[0].turns == turns


def test_plain_text_is_a_row_without_turns(tmp_path: Path) -> None:
    row = read(write_lines(tmp_path / "data.jsonl", [{"text": "座舱是人与车相处的地方。"}])).rows[0]
    assert (row.turns, row.text, row.lang) == ((), "座舱是人与车相处的地方。", "zh")


def test_every_kind_of_file_gives_the_same_rows(tmp_path: Path) -> None:
    records = [
        {"prompt": "打开车窗", "completion": "车窗,已\n打开。", "task": "control"},
        {"prompt": "Stop", "completion": "“Ok”", "task": "media"},
    ]
    write_lines(tmp_path / "a.jsonl", records)
    (tmp_path / "a.json").write_text("\ufeff" + json.dumps(records), encoding="utf-8")
    with (tmp_path / "a.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, records[0])
        writer.writeheader()
        writer.writerows(records)
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(records), tmp_path / "a.parquet")
    rows = [
        [(row.number, row.turns, row.task) for row in read(tmp_path / f"a.{kind}").rows] for kind in ("jsonl", "json", "csv", "parquet")
    ]
    assert len(rows[0]) == 2
    assert rows[0] == rows[1] == rows[2] == rows[3]


def test_a_text_file_is_read_by_paragraphs(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("用户：开窗\n助手：好的。\n\n\n只是一段话。\n", encoding="utf-8")
    rows = read(tmp_path / "a.txt").rows
    assert [row.rounds for row in rows] == [1, 0]
    assert rows[1].text == "只是一段话。"


@pytest.mark.parametrize(
    ("record", "reason", "sentence"),
    [
        ({"messages": [{"role": "usr", "content": "a"}]}, "role", "unknown role 'usr'; did you mean 'user'?"),
        ({"messages": [{"role": "tool", "content": "a"}]}, "role", "there are system, user and assistant"),
        (messages("hello"), "no-answer", "no assistant turn"),
        (messages("a", "b", "c"), "no-answer", "ends with the user"),
        ({"messages": [{"role": "assistant", "content": "a"}]}, "order", "turn 1 is of the assistant; here the user must speak"),
        (
            {"messages": [*messages("a", "b")["messages"], {"role": "system", "content": "c"}]},
            "order",
            "a system message can only come first",
        ),
        (messages("a", " "), "empty", "turn 2 (assistant) is empty"),
        ({"messages": [{"role": "user", "content": None}]}, "schema", "turn 1: content is null, not text"),
        ({"messages": [{"role": "user"}]}, "schema", "turn 1 has no content"),
        ({"messages": [{"role": "user", "content": "a", "thinking": "b"}]}, "field", "unknown fields: thinking"),
        ({"messages": []}, "schema", "at least one message"),
        ({"mesages": []}, "schema", "did you mean 'messages' by 'mesages'?"),
        ({"prompt": "a"}, "schema", "prompt without completion"),
        ({**messages("a", "b"), "taks": "x"}, "field", "unknown field 'taks'; did you mean 'task'?"),
        ({**messages("a", "b"), "text": "x"}, "schema", "several forms"),
        ({**messages("a", "b"), "lang": "fr"}, "schema", "zh or en"),
        ({**messages("a", "b"), "facts": [""]}, "schema", "facts: must be a list"),
        ({**messages("a", "b"), "state": []}, "schema", "state: must be an object"),
        ({**messages("a", "b"), "images": ["a.png"]}, "images", "learns from text only"),
        ([1], "schema", "is a list, not an object"),
    ],
)
def test_a_row_that_is_wrong_is_named_with_its_reason(record: Any, reason: str, sentence: str, tmp_path: Path) -> None:
    found = read(write_lines(tmp_path / "data.jsonl", [messages("fine", "yes"), record]))
    assert [row.number for row in found.rows] == [1]
    assert [(problem.number, problem.reason) for problem in found.problems] == [(2, reason)]
    assert sentence in found.problems[0].text


@pytest.mark.parametrize("form", ["messages", "sharegpt", "prompt_completion", "alpaca", "text"])
def test_a_row_that_lacks_what_its_form_needs_is_named(form: Any, tmp_path: Path) -> None:
    found = read(write_lines(tmp_path / "data.jsonl", [{"input": "a"}]), form=form)
    assert [problem.reason for problem in found.problems] == ["schema"]
    assert f"which the form {form} needs" in found.problems[0].text


def test_all_problems_are_found_in_one_pass_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = [json.dumps(messages("a", "b")).encode(), b"{broken", '{"text": "空调"}'.encode("gb18030"), b"", b'{"text": "a", "text": "b"}',
             b'{"text": "\\ud800"}', json.dumps(messages("a")).encode(), json.dumps(messages("c", "d")).encode()]  # fmt: skip
    (tmp_path / "data.jsonl").write_bytes(b"\n".join(lines))
    found = read(tmp_path / "data.jsonl")
    assert [row.number for row in found.rows] == [1, 8]
    assert [(problem.number, problem.reason) for problem in found.problems] == [
        (2, "json"), (3, "utf-8"), (5, "json"), (6, "utf-8"), (7, "no-answer"),
    ]  # fmt: skip
    assert found.records == 7


def test_a_sample_of_requests_needs_no_answers(tmp_path: Path) -> None:
    records = [messages("打开车窗"), {"prompt": "打开空调"}, {"text": "导航回家"}, messages("a", "b"), {"prompt": 3}]
    found = read_requests(write_lines(tmp_path / "real.jsonl", records))
    assert [row.question for row in found.rows] == ["打开车窗", "打开空调", "导航回家", "a"]
    assert [problem.number for problem in found.problems] == [5]


def test_fields_that_are_left_alone_are_counted(tmp_path: Path) -> None:
    found = read(write_lines(tmp_path / "data.jsonl", [messages("a", "b", likes=3), messages("c", "d", likes=1)]))
    assert found.problems == []
    assert dict(found.ignored) == {"likes": 2}


def test_a_sources_task_and_licence_are_those_of_rows_that_name_none(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data.jsonl", [messages("a", "b"), messages("c", "d", task="own")])
    assert [(row.task, row.license) for row in read(path, task="logs", license="MIT").rows] == [("logs", "MIT"), ("own", "MIT")]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("data.jsonl", None, "does not exist"),
        ("data.xml", b"", "unknown kind of file '.xml'"),
        ("data.json", b'{"a": 1}', "no list of rows"),
        ("data.json", b"[{]", "in line 1"),
        ("data.csv", "用户".encode("gb18030"), "not UTF-8"),
        ("data.parquet", b"nonsense", "not a parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(name: str, content: bytes | None, sentence: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        read(tmp_path / name)


def test_a_hub_data_set_without_the_package_or_a_network_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(UserError, match="pip install datasets"):
        read("hub:nobody/nothing")

    class Offline:
        @staticmethod
        def load_dataset(name: str, split: str) -> None:
            raise ConnectionError("no route")

    monkeypatch.setitem(sys.modules, "datasets", Offline)
    with pytest.raises(UserError, match=r"'nobody/nothing' cannot be had \(ConnectionError: no route\).*HF_ENDPOINT"):
        read("hub:nobody/nothing")


def test_tagged_text_is_read_as_it_was_written() -> None:
    for lang in ("zh", "en"):
        assert read_tagged(write_tagged((SYSTEM, *WINDOW), lang)) == (SYSTEM, *WINDOW)
    assert write_tagged(WINDOW[:1], prompt=True) == "用户：打开车窗\n助手："


def test_a_word_before_a_colon_within_a_line_is_no_tag() -> None:
    assert [turn.content for turn in read_tagged("用户：什么是“助手：”？\n助手：一个标签。")] == ["什么是“助手：”？", "一个标签。"]
