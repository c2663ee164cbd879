"""Nothing private leaves; what does has the form that services read."""

import json
from pathlib import Path

import pytest

from harness.errors import UserError
from sft_train.closed_model import write_closed
from sft_train.data.record import Row, Turn
from tests.sft_train.rows import talk


def rows(count: int = 12) -> list[Row]:
    return [talk(f"question {at}", f"answer {at}", number=at, task="t") for at in range(count)]


def test_conversations_are_written_without_what_services_do_not_know(tmp_path: Path) -> None:
    weighted = Row("rows", 99, (Turn("user", "a"), Turn("assistant", "b", 0.0), Turn("user", "c"), Turn("assistant", "d", 2.0)))
    size = write_closed([*rows(), weighted], tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert size == (tmp_path / "out.jsonl").stat().st_size
    assert json.loads(lines[0]) == {"messages": [{"role": "user", "content": "question 0"}, {"role": "assistant", "content": "answer 0"}]}
    assert [message.get("weight") for message in json.loads(lines[-1])["messages"]] == [None, 0, None, 1]


def test_a_row_with_something_private_stops_it_all(tmp_path: Path) -> None:
    private = talk("我的手机号是13812345678", "记下了", number=7)
    with pytest.raises(UserError, match=r"1 rows hold personal data .*first rows, row 7; nothing was written"):
        write_closed([*rows(), private], tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


def test_too_few_rows_running_text_and_a_file_that_is_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="9 rows are too few"):
        write_closed(rows(9), tmp_path / "out.jsonl")
    with pytest.raises(UserError, match="is running text"):
        write_closed([*rows(), Row("rows", 3, text="long ago")], tmp_path / "out.jsonl")
    (tmp_path / "there.jsonl").write_text("")
    with pytest.raises(UserError, match="is there already"):
        write_closed(rows(), tmp_path / "there.jsonl")
