"""The bundled data are what their notes promise: enough, clean, in two languages, disjoint from the suites and from their held-out part."""

import json
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from harness.suite import load_suite
from harness.suite_skeleton import skeleton
from sft_train.check import Checked, check_data, load_suites
from sft_train.config import DataConfig, locate
from sft_train.contamination import find_contamination
from sft_train.data.near import near_pairs
from sft_train.data.privacy import find_private
from sft_train.data.reading import read_rows
from sft_train.data.spec import Spec
from sft_train.data.splitting import refuse_overlap
from sft_train.settings import read_settings

FOLDER = Path(str(files("sft_train"))) / "bundled" / "cockpit"
EXAMPLES = Path(__file__).parents[2] / "examples"
TRAIN, HELD_OUT, COMMANDS = (read_rows(str(FOLDER / f"{name}.jsonl")) for name in ("train", "heldout", "commands"))


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


@pytest.mark.slow
def test_what_the_recipe_trains_on_holds_no_item_of_a_suite_or_of_the_commands_that_judge_it() -> None:
    data = check_data(locate(read_settings(EXAMPLES / "cockpit_data.yaml", DataConfig), EXAMPLES))
    assert "heldout_commands" in data.suites
    assert (data.findings, data.problems, data.left, data.matches, data.private) == ([], [], [], [], [])
    assert data.rows == [*TRAIN, *COMMANDS]


def test_the_parts_share_nothing() -> None:
    refuse_overlap([*TRAIN, *COMMANDS], HELD_OUT, 0.6, "held-out")
    assert not {row.group for row in (*TRAIN, *COMMANDS)} & {row.group for row in HELD_OUT}
    assert len({row.id for row in (*TRAIN, *HELD_OUT, *COMMANDS)}) == len(TRAIN) + len(HELD_OUT) + len(COMMANDS)


def test_no_wording_of_a_command_is_near_one_that_judges() -> None:
    judging = [item.user_turns[0] for item in load_suite(EXAMPLES / "heldout_commands").items]
    assert sorted(judging) == sorted(row.question for row in HELD_OUT if row.task == "command")
    asked = [row.question for row in (*TRAIN, *COMMANDS) if row.task == "command"]
    assert near_pairs([*asked, *judging], 0.5, apart=[0] * len(asked) + [1] * len(judging)) == []


def test_wordings_of_commands_are_many_and_of_one_situation_agree() -> None:
    assert len(COMMANDS) >= 700
    assert {(row.task, len(row.turns), row.turns[0].content) for row in COMMANDS} == {
        ("command", 3, row.turns[0].content) for row in TRAIN if row.task == "command"
    }
    assert len({row.question for row in (*TRAIN, *COMMANDS) if row.task == "command"}) == len(COMMANDS) + 220
    said: dict[str, set[str]] = {}
    for row in COMMANDS:
        said.setdefault(row.group, set()).add(row.turns[-1].content)
    assert all(len({command.partition("=")[0] for command in commands}) == 1 for commands in said.values())
    form = read_settings(FOLDER / "dataspec.yaml", Spec).tasks["command"].answer.pattern
    assert form is not None
    assert all(re.match(form, row.turns[-1].content) for row in COMMANDS)


def test_both_languages_and_all_tasks_are_in_both_parts() -> None:
    for part in (TRAIN, HELD_OUT, COMMANDS):
        langs = Counter(row.lang for row in part)
        assert abs(langs["zh"] - langs["en"]) <= 0.05 * len(part)
    assert {(row.task, row.lang) for row in HELD_OUT} == {(row.task, row.lang) for row in TRAIN}
    assert len({row.task for row in TRAIN}) == 9
    assert sum(row.rounds >= 3 for row in TRAIN) >= 50


def test_no_two_prompts_were_made_from_one_template() -> None:
    rows = [*TRAIN, *COMMANDS]
    for task in {row.task for row in rows}:
        asked = Counter(skeleton("\n".join(turn.content for turn in row.turns if turn.role == "user")) for row in rows if row.task == task)
        assert max(asked.values()) <= 2, asked.most_common(1)


def test_no_private_data_occur() -> None:
    assert [find_private(row.whole) for row in (*TRAIN, *HELD_OUT, *COMMANDS) if find_private(row.whole)] == []


def test_notes_give_the_right_numbers() -> None:
    notes = (FOLDER / "NOTES.md").read_text(encoding="utf-8")
    for task, count in Counter(row.task for row in (*TRAIN, *HELD_OUT)).items():
        assert f"| {task} | {count} |" in notes
    assert notes.startswith(f"# cockpit\n\n{len(TRAIN) + len(HELD_OUT)} rows")
    assert f"`commands.jsonl` has {len(COMMANDS)} more rows" in notes


def test_lines_are_conversations_as_any_trainer_takes_them() -> None:
    for name in ("train.jsonl", "heldout.jsonl", "commands.jsonl"):
        assert all("messages" in json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines())
