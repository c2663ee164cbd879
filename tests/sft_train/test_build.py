"""The commands, from files to files: what is written, what is refused, and with which exit code."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness.errors import UserError
from harness.suite import bundled_folder
from sft_train.build import build
from sft_train.check import check_data
from sft_train.cli import app
from sft_train.config import DataConfig
from sft_train.data.reading import read_rows
from sft_train.data.test_sets import refuse_test_sets
from sft_train.data.versions import data_hash
from tests.sft_train.rows import messages, write_lines

TOPICS = [
    "空调", "车窗", "座椅", "导航", "音乐", "电话", "雨刮", "天窗", "尾门", "灯光",
    "后视镜", "充电口", "胎压", "香氛", "屏幕", "方向盘", "安全带", "手刹", "油门", "刹车",
]  # fmt: skip
ASKED = ["{}坏了找谁修比较放心", "请教一下{}平时怎么保养", "夜里用{}有什么讲究吗"]


def records() -> list[dict[str, Any]]:
    return [
        messages(ask.format(topic), f"关于{topic}：建议先看说明书里{topic}那一章{at}。", task=f"t{at}", source="own", license="MIT")
        for topic in TOPICS
        for at, ask in enumerate(ASKED)
    ]


def config(path: str, **changes: Any) -> DataConfig:
    return DataConfig.model_validate({"sources": [{"path": path}], "suites": [], "split": {"validation": 0.1, "test": 0.1}, **changes})


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_build_writes_parts_reports_and_a_manifest_that_agree(tmp_path: Path) -> None:
    rows = [*records(), messages("打开空调", "打开空调。"), messages("关", "好的，关上。" * 9)]
    out = tmp_path / "built"
    build(config(write_lines(tmp_path / "data.jsonl", rows)), out)
    parts = {name: read_rows(str(out / f"{name}.jsonl")) for name in ("train", "validation", "test")}
    manifest, report = load(out / "data.json"), load(out / "data_report.json")
    assert sum(map(len, parts.values())) == 60
    assert manifest["parts"] == {name: {"rows": len(part), "hash": data_hash(part)} for name, part in parts.items()}
    assert manifest["data_hash"] == data_hash(parts["train"])
    assert manifest["licenses"] == {"MIT": 60}
    assert manifest["contamination"] == {"suites": {}, "data_hash": manifest["data_hash"]}
    assert report["read"] == 62
    assert report["left_out"]["counts"] == {"echo": 1, "noise": 1}
    assert [each["number"] for each in report["left_out"]["rows"]] == [61, 62]
    left = [json.loads(line) for line in (out / "left_out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [each["left_out"] for each in left] == ["echo", "noise"]


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data.jsonl", records())
    for name in ("a", "b"):
        build(config(path), tmp_path / name)
    for file in ("train.jsonl", "validation.jsonl", "test.jsonl", "data.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def contaminated(tmp_path: Path) -> str:
    item = json.loads((bundled_folder() / "dialogue" / "items.jsonl").read_text(encoding="utf-8").splitlines()[0])
    return write_lines(
        tmp_path / "data.jsonl",
        [*records(), messages(item["prompt"], "好。", *[text for turn in item["turns"] for text in (turn, "好。")])],
    )


@pytest.mark.slow
def test_contamination_stops_a_build_and_the_report_says_why(tmp_path: Path) -> None:
    checked = build(config(contaminated(tmp_path), suites=["dialogue"]), tmp_path / "built")
    assert [each.rule for each in checked.errors] == ["contamination"]
    assert not (tmp_path / "built" / "train.jsonl").exists()
    match = load(tmp_path / "built" / "data_report.json")["contamination"]["matches"][0]
    assert (match["number"], match["suite"], match["item"], match["kind"]) == (61, "dialogue", "di-zh-001", "exact")


@pytest.mark.parametrize(("way", "rows", "items"), [("drop", 60, []), ("keep", 61, ["di-zh-001"])])
def test_contaminated_rows_are_left_out_or_their_items_recorded(way: str, rows: int, items: list[str], tmp_path: Path) -> None:
    out = tmp_path / "built"
    build(config(contaminated(tmp_path), suites=["dialogue"], contamination=way, split={"validation": 0.1}), out)
    manifest = load(out / "data.json")
    assert sum(part["rows"] for part in manifest["parts"].values()) == rows
    assert manifest["contamination"]["suites"] == {"dialogue": items}
    assert load(out / "data_report.json")["left_out"]["counts"].get("contamination", 0) == 61 - rows


def test_items_that_only_held_out_rows_hold_are_not_recorded_as_trained_on(tmp_path: Path) -> None:
    """The record is about the training part."""
    out = tmp_path / "built"
    build(config(contaminated(tmp_path), suites=["dialogue"], contamination="keep", split={"validation": 0.9, "by": []}), out)
    trained = any(row.rounds > 1 for row in read_rows(str(out / "train.jsonl")))
    assert load(out / "data.json")["contamination"]["suites"] == {"dialogue": ["di-zh-001"] if trained else []}


def test_private_data_are_masked_on_request_and_reported_otherwise(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data.jsonl", [*records(), messages("我的手机是多少", "您存的号码是13812345678。")])
    plain = check_data(config(path))
    assert [each.level for each in plain.findings if each.rule == "private"] == ["warning"]
    build(config(path, mask=True), tmp_path / "built")
    written = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "built").iterdir())
    assert "[手机号]" in written
    assert "13812345678" not in written
    assert load(tmp_path / "built" / "data_report.json")["private"]["counts"] == {"phone": 1}


def test_prompts_are_reworded_on_request_counted_and_reported_otherwise(tmp_path: Path) -> None:
    (tmp_path / "templates.yaml").write_text("tasks: {t0: {templates: [{text: '{a}坏了：找谁修？', others: ['{a}坏了找谁修比较放心']}]}}")
    path, templates = write_lines(tmp_path / "data.jsonl", records()), str(tmp_path / "templates.yaml")
    plain = check_data(config(path, templates=templates))
    assert plain.rows[0].question == "空调坏了找谁修比较放心"
    (found,) = [each for each in plain.findings if each.rule == "wording"]
    assert (found.level, found.text) == (
        "warning", "task 't0': 20 prompts are another wording of their template; unify: true in data.yaml rewrites them",
    )  # fmt: skip
    checked = build(config(path, templates=templates, unify=True), tmp_path / "built")
    assert not [each for each in checked.findings if each.rule == "wording"]
    report = load(tmp_path / "built" / "data_report.json")["reworded"]
    assert report["counts"] == {"t0": 20}
    assert report["rows"][0] | {"place": ""} == {
        "place": "", "number": 1, "before": "空调坏了找谁修比较放心", "after": "空调坏了：找谁修？",
    }  # fmt: skip
    rows = read_rows(str(tmp_path / "built" / "train.jsonl"))
    assert {row.question.endswith("坏了：找谁修？") for row in rows if row.task == "t0"} == {True}
    assert not any("坏了：" in row.question for row in rows if row.task != "t0")
    with pytest.raises(UserError, match="unify needs templates"):
        check_data(config(path, unify=True))


def test_the_words_for_reworded_prompts_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sft_train.show import print_checked

    (tmp_path / "templates.yaml").write_text("tasks: {t0: {templates: [{text: '{a}坏了：找谁修？', others: ['{a}坏了找谁修比较放心']}]}}")
    path = write_lines(tmp_path / "data.jsonl", records())
    print_checked(check_data(config(path, templates=str(tmp_path / "templates.yaml"), unify=True)))
    assert "(worded as the template of 't0')" in capsys.readouterr().out


def test_dialogues_with_a_state_are_asked_for_it_on_request(tmp_path: Path) -> None:
    rows = records()
    for at, row in enumerate(rows):
        row["state"] = [{"slot": at}, {"label": "t1"}, {"label": "t2", "slot": "一"}][at % 3]
    path = write_lines(tmp_path / "data.jsonl", rows)
    assert len(check_data(config(path)).rows) == 60
    checked = build(config(path, track=True), tmp_path / "built")
    asked = [row for row in checked.rows if row.task == "state"]
    assert (len(checked.rows), len(asked)) == (100, 40)
    assert asked[0].turns[-2].content == "当前的对话状态是什么？请用 JSON 回答。"
    assert {json.loads(row.answer)["slot"] for row in asked} == {"一", *range(0, 60, 3)}
    assert "label" not in "".join(row.answer for row in asked)
    # Only the state is trained in them, and they never are on the other side of a split than the dialogue itself.
    assert {turn.weight for row in asked for turn in row.turns[:-1] if turn.role == "assistant"} == {0.0}
    assert {row.turns[-1].weight for row in asked} == {None}
    sides = [{row.group for row in read_rows(str(tmp_path / "built" / f"{name}.jsonl"))} - {""} for name in ("train", "validation", "test")]
    assert sum(map(len, sides)) == 40
    report = load(tmp_path / "built" / "data_report.json")
    assert (report["kept"], report["tracked"], report["shares"]["task"]["state"]) == (60, 40, 40)


def test_real_requests_are_compared_with_and_those_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    real = write_lines(tmp_path / "real.jsonl", [*({"prompt": f"Open window number {at}, please"} for at in range(40)), {"prompt": None}])
    checked = check_data(config(write_lines(tmp_path / "data.jsonl", records()), real=real))
    assert {each.feature: each.distance for each in checked.distances}["rounds"] == pytest.approx(0)
    assert checked.findings[0].rule == "real"
    assert any("lang: far from the real requests (distance 1.00)" in each.text for each in checked.findings)


def test_sampling_gives_the_training_part_its_shares(tmp_path: Path) -> None:
    shares = {"t0": 0.5, "t1": 0.25, "t2": 0.25}
    build(config(write_lines(tmp_path / "data.jsonl", records()), sampling={"shares": shares}), tmp_path / "built")
    tasks = [row.task for row in read_rows(str(tmp_path / "built" / "train.jsonl"))]
    assert tasks.count("t0") == 2 * tasks.count("t1") == 2 * tasks.count("t2") > 0


def test_rows_of_wrong_form_stop_a_build_unless_so_many_are_allowed(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data.jsonl", [*records(), {"prompt": "a"}])
    assert [each.rule for each in build(config(path), tmp_path / "a").errors] == ["broken"]
    assert build(config(path, cleaning={"most_broken": 0.05}), tmp_path / "b").errors == []
    assert load(tmp_path / "b" / "data_report.json")["broken"]["counts"] == {"schema": 1}


def test_data_of_which_nothing_is_left_are_refused_with_the_reasons(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data.jsonl", [messages("打开空调", "打开空调"), messages("a")])
    with pytest.raises(UserError, match=r"No row is left of 2: no-answer 1, echo 1. First: data.jsonl, row 2"):
        check_data(config(path))
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(UserError, match="hold no rows"):
        check_data(config(str(tmp_path / "empty.jsonl")))


def test_a_validation_file_of_ones_own_is_taken_unless_it_overlaps_the_training_part(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data.jsonl", records())
    other = write_lines(tmp_path / "validation.jsonl", [messages("讲一个关于海的故事", "从前有一片海。")])
    build(config(path, split={"file": other}), tmp_path / "a")
    assert load(tmp_path / "a" / "data.json")["parts"]["validation"]["rows"] == 1
    same = write_lines(tmp_path / "same.jsonl", records()[:1])
    with pytest.raises(UserError, match=r"validation part overlaps the training part in 1 rows \(same.jsonl, row 1 is 100% like"):
        build(config(path, split={"file": same}), tmp_path / "b")


def test_a_folder_that_holds_a_data_set_is_not_written_over(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data.jsonl", records())
    build(config(path), tmp_path / "built")
    with pytest.raises(UserError, match="holds a data set already"):
        build(config(path), tmp_path / "built")


def test_test_data_are_refused_as_sources_wherever_they_lie_and_whatever_they_are_called(tmp_path: Path) -> None:
    copy = tmp_path / "mine.jsonl"
    shutil.copy(bundled_folder() / "dialogue" / "items.jsonl", copy)
    mine = write_lines(tmp_path / "heldout.jsonl", records())
    again = tmp_path / "other.jsonl"
    shutil.copy(mine, again)
    for source, registered in [
        (str(bundled_folder() / "safety" / "items.jsonl"), []), (str(copy), []), ("hub:openai/gsm8k:test", []), ("hub:me/x", ["me/x"]),
        (str(again), [mine]),
    ]:  # fmt: skip
        with pytest.raises(UserError, match="is test data"):
            refuse_test_sets([source], registered)
    refuse_test_sets([mine, "hub:openai/gsm8k:train", "hub:me/y"], [])


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def test_check_ends_with_0_or_2_and_writes_its_report(tmp_path: Path) -> None:
    good = write_lines(tmp_path / "good.jsonl", records())
    bad = write_lines(tmp_path / "bad.jsonl", [*records(), {"prompt": "a"}])
    result = run("check", good, "--suites", "none", "--json", str(tmp_path / "report.json"))
    assert result.exit_code == 0
    assert "60 rows read, 60 kept" in result.output
    assert load(tmp_path / "report.json")["kept"] == 60
    result = run("check", bad, "--suites", "none")
    assert result.exit_code == 2
    assert "bad.jsonl, row 61: has none of messages" in result.output


@pytest.mark.slow
def test_build_and_diff_commands(tmp_path: Path) -> None:
    rows = records()
    (tmp_path / "data.yaml").write_text("sources: [{path: data.jsonl}]\nsuites: []\n", encoding="utf-8")
    write_lines(tmp_path / "data.jsonl", rows)
    assert run("build", str(tmp_path / "data.yaml"), "--out", str(tmp_path / "a")).exit_code == 0
    other = write_lines(tmp_path / "other.jsonl", rows[1:])
    result = run("diff", str(tmp_path / "data.jsonl"), other)
    assert "0 added, 1 removed, 0 changed, 59 the same" in result.output
    assert run("build", contaminated(tmp_path), "--suites", "dialogue", "--out", str(tmp_path / "b")).exit_code == 2
    assert run("build", contaminated(tmp_path), "--suites", "dialogue", "--drop", "--out", str(tmp_path / "c")).exit_code == 0


@pytest.mark.slow
def test_a_user_error_is_one_sentence_with_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("sources: [{path: a.jsonl}]\nclaening: {}\n", encoding="utf-8")
    command = [sys.executable, "-m", "sft_train.cli", "check", str(tmp_path / "data.yaml")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [f"sft-train: {tmp_path / 'data.yaml'}: unknown key 'claening'; did you mean 'cleaning'?"]


def test_help_imports_nothing_heavy() -> None:
    heavy = ["torch", "transformers", "pandas", "numpy", "scipy", "pydantic"]
    code = (
        "import sys, sft_train.cli\n"
        "try: sft_train.cli.app(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.splitlines()[-1] == "[]"
