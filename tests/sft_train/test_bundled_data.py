"""The bundled data are what their notes promise: enough, clean, in two languages, disjoint from the suites and from their held-out part."""

import json
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from harness.suite_skeleton import skeleton
from sft_train.check import Checked, check_data, load_suites
from sft_train.config import DataConfig, locate
from sft_train.contamination import find_contamination
from sft_train.data.privacy import find_private
from sft_train.data.reading import read_rows
from sft_train.data.splitting import refuse_overlap
from sft_train.settings import read_settings

FOLDER = Path(str(files("sft_train"))) / "bundled" / "cockpit"
TRAIN, HELD_OUT = read_rows(str(FOLDER / "train.jsonl")), read_rows(str(FOLDER / "heldout.jsonl"))


@pytest.fixture(scope="module")
def checked() -> Checked:
    return check_data(locate(read_settings(FOLDER / "data.yaml", DataConfig), FOLDER))


@pytest.mark.slow
def test_the_training_part_passes_its_own_check_without_losing_a_row(checked: Checked) -> None:
    assert checked.findings == []
    assert (checked.problems, checked.left, checked.private, checked.ignored) == ([], [], [], {})
    assert len(checked.rows) >= 600


@pytest.mark.slow
def test_no_row_of_either_part_holds_an_item_of_a_suite(checked: Checked) -> None:
    assert checked.matches == []
    assert len(checked.suites) >= 9
    assert find_contamination(HELD_OUT, load_suites(("all",))) == []


def test_the_parts_share_nothing() -> None:
    refuse_overlap(TRAIN, HELD_OUT, 0.6, "held-out")
    assert not {row.group for row in TRAIN} & {row.group for row in HELD_OUT}
    assert len({row.id for row in TRAIN} | {row.id for row in HELD_OUT}) == len(TRAIN) + len(HELD_OUT)


def test_both_languages_and_all_tasks_are_in_both_parts() -> None:
    for part in (TRAIN, HELD_OUT):
        langs = Counter(row.lang for row in part)
        assert abs(langs["zh"] - langs["en"]) <= 0.05 * len(part)
        assert {(row.task, row.lang) for row in part} == {(row.task, row.lang) for row in TRAIN}
    assert len({row.task for row in TRAIN}) == 9
    assert sum(row.rounds >= 3 for row in TRAIN) >= 50


def test_no_two_prompts_were_made_from_one_template() -> None:
    for task in {row.task for row in TRAIN}:
        asked = Counter(skeleton("\n".join(turn.content for turn in row.turns if turn.role == "user")) for row in TRAIN if row.task == task)
        assert max(asked.values()) <= 2, asked.most_common(1)


def test_no_private_data_occur() -> None:
    assert [find_private(row.whole) for row in (*TRAIN, *HELD_OUT) if find_private(row.whole)] == []


def test_notes_give_the_right_numbers() -> None:
    notes = (FOLDER / "NOTES.md").read_text(encoding="utf-8")
    for task, count in Counter(row.task for row in (*TRAIN, *HELD_OUT)).items():
        assert f"| {task} | {count} |" in notes
    assert notes.startswith(f"# cockpit\n\n{len(TRAIN) + len(HELD_OUT)} rows")


def test_lines_are_conversations_as_any_trainer_takes_them() -> None:
    for name in ("train.jsonl", "heldout.jsonl"):
        assert all("messages" in json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines())
