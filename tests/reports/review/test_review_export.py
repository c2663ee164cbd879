"""What an export releases, what it keeps apart, and that everything in it follows the key."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from harness.errors import RunError, UserError
from harness.suite import load_suite
from reports.review import export as export_module
from reports.review.batch import Batch
from reports.review.choice import Filters
from reports.review.export import ExportArguments, Exported, export
from reports.review.records import KeyRow, sha256, signature, text_hash
from reports.review.reviewable import EMPTY
from tests.conftest import item_line, write_suite
from tests.reports.review.conftest import MakeRun
from tests.reports.review.made import write_runs
from tests.reports.review.test_review_texts import joined, read_back

WORDS = ["stone", "river", "cloud", "paper", "green", "seven", "night", "house", "music", "glass"]


def suite_of(folder: Path, count: int = 60, **config: Any) -> Path:
    lines = [item_line(f"q{number:03}", stratum=("easy", "hard")[number % 2]) for number in range(count)]
    return write_suite(folder / "arith", lines, strata=["easy", "hard"], core_items=["q000", "q001"], **config)


def answers(suite: Path, seed: int) -> dict[str, str]:
    dice = random.Random(seed)
    return {item.id: " ".join(dice.choices(WORDS, k=dice.randrange(8, 30))) + "." for item in load_suite(suite).items}


def exported(tmp_path: Path, runs: int = 2, count: int = 60, **changes: Any) -> Exported:
    suite = suite_of(tmp_path, count)
    folders = write_runs(tmp_path / "runs", suite, [answers(suite, seed) for seed in range(runs)])
    return export(
        ExportArguments(**{"runs": tuple(folders), "out": tmp_path / "reviews", "suites": (str(suite),), "items": count, **changes})
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return exported(tmp_path_factory.mktemp("done"))


def rating(batch: Batch, rater: str) -> dict[str, KeyRow]:
    return {row.row_id: row for row in batch.key().rows if row.rater == rater and row.sheet == "rating"}


def workbook(batch: Batch, rater: str, sheet: str = "Rating") -> list[dict[str, str]]:
    return read_back(batch.out / batch.manifest().workbooks[rater], sheet)


# What is released and what is kept.


def test_the_key_is_apart_and_for_its_owner_only_and_everything_is_committed_to(done: Exported) -> None:
    batch = done.batch
    assert batch.state == "exported"
    assert batch.folder not in batch.key_file.parents
    assert [path.stat().st_mode & 0o777 for path in (batch.key_file, batch.answers_file)] == [0o600, 0o600]
    assert [path.stat().st_mode & 0o777 for path in (batch.secret, batch.secret.parent)] == [0o700, 0o700]
    hashes = batch.manifest().sha256
    for path, name in ((batch.plan_file, "plan.json"), (batch.key_file, "key.json"), (batch.answers_file, "answers.jsonl")):
        assert hashes[name] == sha256(path.read_bytes())
    for path in batch.out.iterdir():
        assert hashes[f"out/{path.name}"] == sha256(path.read_bytes())
    readme = (batch.out / batch.manifest().workbooks["R1"]).read_bytes()
    assert readme.startswith(b"PK")
    assert len(bytes.fromhex(batch.key().salt)) == 32


@pytest.mark.slow
def test_a_changed_plan_key_or_log_is_noticed(tmp_path: Path) -> None:
    batch = exported(tmp_path, count=12).batch
    plan = batch.plan_file.read_text(encoding="utf-8")
    batch.plan_file.write_text(plan.replace('"primary": "follow"', '"primary": "format"'), encoding="utf-8")
    with pytest.raises(RunError, match="does not match the hash committed at export"):
        batch.plan()
    batch.key_file.write_text(batch.key_file.read_text(encoding="utf-8").replace('"left_run": 0', '"left_run": 1'), encoding="utf-8")
    with pytest.raises(RunError, match="E15"):
        batch.key()
    batch.log("import", "collecting", files=1)
    log = batch.folder / "audit.jsonl"
    log.write_text(log.read_text(encoding="utf-8").replace('"action": "export"', '"action": "expert"'), encoding="utf-8")
    with pytest.raises(RunError, match=r"line 2 does not follow"):
        batch.audit()


@pytest.mark.slow
def test_steps_out_of_order_are_refused_with_the_reason(tmp_path: Path) -> None:
    batch = exported(tmp_path, count=12).batch
    with pytest.raises(UserError, match="no unblind now; no workbook has been imported yet"):
        batch.require("unblind")
    batch.require("import")
    batch.log("freeze", "frozen")
    with pytest.raises(UserError, match="ratings are frozen, and nothing may be added"):
        batch.require("import")


def test_sheets_hold_what_the_key_says(done: Exported) -> None:
    batch = done.batch
    key = batch.key()
    shown = {(answer.item, answer.run): answer.answer for answer in batch.answers()}
    released = {(row.sheet, row.row_id): row for row in batch.rows()}
    for rater in batch.plan().raters:
        of_key = rating(batch, rater)
        rows = workbook(batch, rater)
        assert [row["row_id"] for row in rows] == list(of_key)
        for row in rows:
            entry = of_key[row["row_id"]]
            texts = [joined(row, column) for column in ("prompt", "answer_1", "answer_2")]
            hashes = [text_hash(text) for text in texts]
            public = released["rating", row["row_id"]]
            assert list(public.texts.values()) == hashes
            assert row["sig"] == public.sig == signature(bytes.fromhex(key.salt), batch.id, rater, "rating", row["row_id"], hashes)
            for side, run, text in (("A1", entry.left_run, texts[1]), ("A2", entry.right_run, texts[2])):
                assert run is not None
                assert (text == shown[entry.item, run]) == (entry.degraded != side)


def test_sides_are_balanced_and_every_item_is_seen_both_ways_round(done: Exported) -> None:
    real = [row for row in done.batch.key().rows if row.sheet == "rating" and row.kind == "real"]
    assert {(row.left_run, row.right_run) for row in real} == {(0, 1), (1, 0)}
    for rater in ("R1", "R2", "R3"):
        for stratum in ("easy", "hard"):
            sides = [row.left_run for row in real if (row.rater, row.stratum) == (rater, stratum)]
            assert abs(2 * sum(side or 0 for side in sides) - len(sides)) <= 1
    for item in {row.item for row in real}:
        assert len({row.left_run for row in real if row.item == item}) == 2
        assert sum(row.item == item for row in real) == 3


def test_rows_that_check_the_rater_are_what_they_are_called(done: Exported) -> None:
    for rater in ("R1", "R2", "R3"):
        of_key = rating(done.batch, rater)
        rows = {row["row_id"]: row for row in workbook(done.batch, rater)}
        kinds = Counter(row.kind for row in of_key.values())
        assert {kind: count for kind, count in kinds.items() if kind != "real"} == done.plan.catch.kinds
        for name, entry in of_key.items():
            if entry.kind == "dup":
                first = of_key[entry.partner_row]
                assert (first.kind, first.item, first.left_run, first.right_run) == ("real", entry.item, entry.right_run, entry.left_run)
                assert entry.seq - first.seq >= 10
            if entry.kind == "same":
                assert rows[name]["answer_1"] == rows[name]["answer_2"]
            if entry.kind == "bad":
                assert rows[name]["answer_1"] != rows[name]["answer_2"]
                assert entry.left_run == entry.right_run
    orders = [[row.item for row in rating(done.batch, rater).values()] for rater in ("R1", "R2", "R3")]
    assert orders[0] != orders[1] != orders[2]


def test_the_exit_sheet_asks_about_ten_rows_and_everything(done: Exported) -> None:
    of_key = rating(done.batch, "R1")
    asked = workbook(done.batch, "R1", "Exit")
    assert len(asked) == 11
    for row in asked[:-1]:
        assert of_key[row["row_id"]].kind == "real"
        assert f"Row {of_key[row['row_id']].seq}:" in row["question"]
    assert asked[-1]["row_id"] not in of_key


# Layouts, languages, several runs.


@pytest.mark.slow
def test_single_answers_are_rated_apart_by_the_same_rater(tmp_path: Path) -> None:
    done = exported(tmp_path, count=40, layout="single", raters=2)
    for rater in ("R1", "R2"):
        of_key = rating(done.batch, rater)
        real = [row for row in of_key.values() if row.kind == "real"]
        firsts = 0
        for item in {row.item for row in real}:
            pair = sorted((row for row in real if row.item == item), key=lambda row: row.seq)
            assert {row.left_run for row in pair} == {0, 1}
            assert all(row.right_run is None for row in pair)
            assert pair[1].seq - pair[0].seq >= 15
            baseline, candidate = sorted(pair, key=lambda row: row.left_run or 0)
            assert candidate.partner_row == baseline.row_id
            firsts += pair[0].left_run or 0
        assert abs(2 * firsts - 40) <= 2
    columns = workbook(done.batch, "R1")[0]
    assert not any(name.startswith(("A2", "answer_2", "preference")) for name in columns)


@pytest.mark.slow
def test_every_candidate_is_compared_with_the_baseline(tmp_path: Path) -> None:
    done = exported(tmp_path, runs=3, count=20)
    real = [row for row in done.batch.key().rows if row.sheet == "rating" and row.kind == "real"]
    assert Counter(frozenset((row.left_run, row.right_run)) for row in real) == {frozenset((0, 1)): 60, frozenset((0, 2)): 60}


@pytest.mark.slow
def test_same_answers_are_ties_and_nobody_is_asked(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, 30)
    one, other = answers(suite, 0), answers(suite, 1)
    for item in ("q003", "q004"):
        other[item] = one[item] + "<|im_end|>"  # The same once cleaned.
    folders = write_runs(tmp_path / "runs", suite, [one, other])
    key = export(ExportArguments(tuple(folders), out=tmp_path / "reviews", suites=(str(suite),), items=30)).batch.key()
    assert {tie.item for tie in key.ties} == {"q003", "q004"}
    assert not {"q003", "q004"} & {row.item for row in key.rows if row.kind == "real"}
    assert [run.masked for run in key.runs] == [{}, {"template": 2}]


def test_a_batch_without_anything_to_rate_is_refused(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, 12)
    folders = write_runs(tmp_path / "runs", suite, [answers(suite, 0)] * 2)
    with pytest.raises(UserError, match="Nothing is left for R1, R2, R3 to rate: 12 of 12 chosen pairs are the same"):
        export(ExportArguments(tuple(folders), out=tmp_path / "r", suites=(str(suite),), items=12))


@pytest.mark.slow
def test_an_answer_without_text_is_never_the_better_one_of_a_row_that_checks(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, 30)
    silent = {item: "" if number % 2 else text for number, (item, text) in enumerate(answers(suite, 0).items())}
    folders = write_runs(tmp_path / "runs", suite, [silent, answers(suite, 1)])
    batch = export(ExportArguments(tuple(folders), out=tmp_path / "r", suites=(str(suite),), items=30)).batch
    for rater in ("R1", "R2", "R3"):
        texts = {row["row_id"]: row for row in workbook(batch, rater)}
        for entry in rating(batch, rater).values():
            if entry.kind == "bad":
                assert texts[entry.row_id]["answer_2" if entry.degraded == "A1" else "answer_1"] != EMPTY


@pytest.mark.slow
def test_groups_are_judged_whole_on_their_own_sheet_and_the_interface_speaks_chinese(tmp_path: Path) -> None:
    members = [
        item_line(f"g{number:02}", cluster=f"c{number // 3}", scorer="paraphrase", target={"points": [["4"]]}) for number in range(18)
    ]
    suite = write_suite(tmp_path / "mixed", [*members, *(item_line(f"q{number}") for number in range(12))])
    folders = write_runs(tmp_path / "runs", suite, [answers(suite, seed) for seed in range(2)])
    done = export(ExportArguments(tuple(folders), out=tmp_path / "r", suites=(str(suite),), language="zh", items=12))
    groups = [row for row in done.batch.key().rows if row.sheet == "diversity" and row.rater == "R1"]
    assert groups
    assert all(row.item == "" for row in groups)
    rows = workbook(done.batch, "R1", "多样性")
    assert len(rows) == len(groups)
    assert all("[3] " in row["answer_1"] and "[3] " in row["prompt"] for row in rows)
    assert not any(row.item.startswith("g") for row in done.batch.key().rows if row.sheet == "rating")
    assert list(rows[0])[-6:-2] == ["A1_diversity", "A2_diversity", "A1_all_reasonable", "A2_all_reasonable"]


@pytest.mark.slow
def test_gold_rows_are_shown_with_what_is_expected_on_the_side_where_it_is(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    line = {"lang": "en", "prompt": "Gold?", "answers": ["good", "bad"], "expected": {"A1_follow": 2, "A2_follow": 0, "preference": -2}}
    gold.write_text(json.dumps(line) + "\n", encoding="utf-8")
    done = exported(tmp_path, count=30, gold=gold, raters=4)
    seen = set()
    for rater in done.plan.raters:
        texts = {row["row_id"]: row for row in workbook(done.batch, rater)}
        (entry,) = [row for row in rating(done.batch, rater).values() if row.kind == "gold"]
        good = "A1" if texts[entry.row_id]["answer_1"] == "good" else "A2"
        other = {"A1": "A2", "A2": "A1"}[good]
        assert entry.expected == {f"{good}_follow": "2", f"{other}_follow": "0", "preference": "-2" if good == "A1" else "2"}
        assert (entry.left_run, entry.right_run) == (None, None)
        seen.add(good)
    gold.write_text(json.dumps({**line, "expected": {"A1_follow": 9}}), encoding="utf-8")
    with pytest.raises(UserError, match=r"gold.jsonl, line 1: expected 'A1_follow: 9' is no column, or no level"):
        exported(tmp_path / "again", count=12, gold=gold)


def test_a_rubric_of_ones_own_changes_the_columns(tmp_path: Path) -> None:
    rubric = tmp_path / "rubric.yaml"
    levels = [{"code": code, "label": {"en": str(code), "zh": str(code)}} for code in (5, 4, 3, 2, 1)]
    text = {"en": "Tone", "zh": "语气"}
    rubric.write_text(
        json.dumps({"version": 1, "primary": "tone", "dimensions": [{"key": "tone", "label": text, "question": text, "levels": levels}]}),
        encoding="utf-8",
    )
    done = exported(tmp_path, count=12, rubric=rubric)
    assert list(workbook(done.batch, "R1")[0]) == ["seq", "prompt", "answer_1", "answer_2", "A1_tone", "A2_tone", "row_id", "sig"]
    assert done.plan.rubric.primary == "tone"


# What cannot be reviewed.


@pytest.mark.slow
def test_errors_and_endless_answers_are_left_out_and_counted_for_their_run(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, 20)
    one, other = answers(suite, 0), answers(suite, 1)
    del one["q005"]
    other["q006"] = "x" * 10_000_000
    one["q007"] = "\x00\x00" * 10
    one["q009"] = "half \ud800 of a pair"
    other["q008"] = "  "
    folders = write_runs(tmp_path / "runs", suite, [one, other])
    done = export(ExportArguments(tuple(folders), out=tmp_path / "r", suites=(str(suite),), items=20))
    key = done.batch.key()
    assert key.runs[0].dropped == {"arith: no answer (error)": 1}
    assert key.runs[1].dropped == {"arith: longer than 300000 characters": 1}
    shown = {(answer.item, answer.run): answer.answer for answer in done.batch.answers()}
    assert not {"q005", "q006"} & {item for item, _ in shown}
    assert shown["q007", 0] == "\\x00" * 20
    assert shown["q008", 1] == EMPTY
    assert shown["q009", 0] == "half \ufffd of a pair"


@pytest.mark.slow
def test_names_of_the_runs_are_masked_in_answers_on_all_sides(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, 12)
    one, other = answers(suite, 0), answers(suite, 1)
    one["q001"] = "I am zq-run-0, and better than zq-run-1."
    other["q001"] = "zq-run-0 is worse than me, vendor's zq-run-1-7b."
    folders = write_runs(tmp_path / "runs", suite, [one, other])
    done = export(ExportArguments(tuple(folders), out=tmp_path / "r", suites=(str(suite),), items=12))
    shown = {answer.run: answer.answer for answer in done.batch.answers() if answer.item == "q001"}
    assert shown == {0: "I am [NAME], and better than [NAME].", 1: "[NAME] is worse than me, vendor's [NAME]."}
    assert [run.masked for run in done.batch.key().runs] == [{"name": 2}, {"name": 2}]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"raters": 2, "per_item": 3}, "there are 2 raters"),
        ({"detect": 0.0}, "give a difference above 0"),
        ({"filters": Filters(strata=("nowhere",))}, "--stratum nowhere"),
        ({"suites": ("no_such_suite",)}, "Unknown suite 'no_such_suite'"),
        ({"shortlist": 3}, "from 2 to the number of runs"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_and_leaves_nothing(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        exported(tmp_path, count=12, **changes)
    assert not (tmp_path / "reviews").exists()


@pytest.mark.slow
def test_runs_that_are_not_comparable_are_refused_until_the_difference_is_declared(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, 12)
    folders = write_runs(tmp_path / "runs", suite, [answers(suite, seed) for seed in range(2)])
    manifest = json.loads((folders[1] / "manifest.json").read_text(encoding="utf-8"))
    manifest["suites"]["arith"]["prompts_hash"] = "other"
    (folders[1] / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    arguments: dict[str, Any] = {"runs": tuple(folders), "out": tmp_path / "r", "suites": (str(suite),), "items": 12}
    with pytest.raises(UserError, match=r"NOT COMPARABLE.*prompts: p → other"):
        export(ExportArguments(**arguments))
    done = export(ExportArguments(**arguments, declared=("prompts",)))
    assert "the runs differ in prompts (arith)" in done.manifest.warnings


def test_a_changed_suite_and_one_run_alone_are_refused(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, 12)
    folders = write_runs(tmp_path / "runs", suite, [answers(suite, seed) for seed in range(2)])
    write_suite(suite, [item_line(f"q{number:03}", prompt="Other?") for number in range(12)])
    with pytest.raises(UserError, match="Suite 'arith' has changed since: item 'q000'"):
        export(ExportArguments(tuple(folders), out=tmp_path / "r", suites=(str(suite),)))
    with pytest.raises(UserError, match="at least two runs"):
        export(ExportArguments(tuple(folders[:1]), out=tmp_path / "r"))
    with pytest.raises(UserError, match="is given twice"):
        export(ExportArguments((folders[0], folders[0]), out=tmp_path / "r"))


def test_whatever_fails_leaves_no_batch_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RunError("a part holds a name")

    monkeypatch.setattr(export_module, "scan_workbook", refuse)
    with pytest.raises(RunError, match="a part holds a name"):
        exported(tmp_path, count=12)
    assert [path for path in (tmp_path / "reviews").rglob("*") if path.is_file() and path.name != ".gitignore"] == []


# From the command line, over runs of the real pipeline.


@pytest.mark.slow
def test_the_command_exports_runs_of_the_pipeline_dialogues_too(
    make_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        item_line(f"d{number:02}", prompt=f"The cabin is at {number} degrees.",
                  turns=["Make it two more.", "What is it now?"], scorer="dialogue",
                  target={"turns": [{}, {}, {"slots": [{"kind": "value", "is": str(number + 2)}]}]},
                  **{"pass": [["Yes.", "Done.", str(number + 2)]], "fail": [["Yes.", "Done.", str(number)]]})
        for number in range(12)
    ]  # fmt: skip
    suite = write_suite(tmp_path / "talk", lines, name="talk", primary_metric="dialogue")

    def said(style: str) -> dict[str, Sequence[str]]:
        return {
            line["id"]: [f"{style} one", f"{style} two <think>hm</think>", f"<think>so</think>{style} {number}"]
            for number, line in enumerate(lines)
        }

    runs = [make_run(number, [suite], said(style)) for number, style in enumerate(("plain", "fancy"))]
    capsys.readouterr()
    command = [
        "harness",
        "review",
        "export",
        *map(str, runs),
        "--suite",
        str(suite),
        "--declare",
        "engine.journal",
        "--out",
        str(tmp_path / "r"),
    ]
    monkeypatch.setattr("sys.argv", command)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert "talk: 12 of 12 items are reviewed, 0 of them core" in printed
    (folder,) = [path for path in (tmp_path / "r").iterdir() if path.name != "SECRET"]
    assert f"key (never send it; keep it where raters cannot come): {tmp_path / 'r' / 'SECRET' / folder.name / 'key.json'}" in printed
    key = {name: entry for name, entry in rating(Batch(folder), "R1").items() if (entry.item, entry.kind) == ("d03", "real")}
    (row,) = [row for row in workbook(Batch(folder), "R1") if row["row_id"] in key]
    assert row["prompt"] == "[1] The cabin is at 3 degrees.\n\n[2] Make it two more.\n\n[3] What is it now?"
    shown = [f"[1] {style} one\n\n[2] {style} two\n\n[3] {style} 3" for style in ("plain", "fancy")]
    assert [row["answer_1"], row["answer_2"]] == (shown if key[row["row_id"]].left_run == 0 else shown[::-1])
    monkeypatch.setattr("sys.argv", ["harness", "review", "status", str(folder)])
    with pytest.raises(SystemExit):
        main()
    assert f"batch {folder.name}: exported" in capsys.readouterr().out
