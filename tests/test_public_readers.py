"""Recipes from small files in the benchmarks' forms, written here; files pinned at first use; `harness suite list`."""

import csv
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.cli import main
from harness.errors import UserError
from harness.public.pins import pin, pin_file
from harness.suite import Suite, bundled_folder, bundled_names, load_suite, recipe_names
from harness.suite_catalogue import public_entry
from harness.suite_check import check_targets


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SFT_HARNESS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "data"


def recipe(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((bundled_folder() / "public" / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def made(data: Path, name: str, content: str | bytes, **changes: Any) -> Suite:
    """The suite of a copy of the recipe that pins the content."""
    settings = recipe(name) | changes
    content = content.encode() if isinstance(content, str) else content
    settings["source"] |= {"sha256": hashlib.sha256(content).hexdigest()}
    write(data / settings["source"]["file"], content)
    suite = load_suite(write(data.parent / "own.yaml", yaml.safe_dump(settings)))
    check_targets(suite)
    return suite


def lines(*rows: dict[str, Any]) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def zipped(**members: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return memory.getvalue()


def table(*rows: list[str]) -> str:
    memory = io.StringIO()
    csv.writer(memory).writerows(rows)
    return memory.getvalue()


# LLM-Adapters' rewriting


def rewritten(question: str, options: list[str], answer: int, label: str = "Answer") -> dict[str, str]:
    numbered = " ".join(f"{label}{number}: {option}" for number, option in enumerate(options, 1))
    names = "/".join(f"{label.lower()}{number}" for number in range(1, len(options) + 1))
    return {"instruction": f"Choose: {question}\n\n{numbered}\n\n{label} format: {names}".replace(f"{label} format", "Answer format"),
            "input": "", "output": "x", "answer": f"{label.lower()}{answer}"}  # fmt: skip


@pytest.mark.parametrize(("name", "label"), [("arc_easy", "Answer"), ("arc_challenge", "Answer"), ("piqa", "Solution")])
def test_rewritten_questions_are_taken_apart(data: Path, name: str, label: str) -> None:
    rows = [rewritten("What floats: this?", ["a stone", "a cork", "a nail: iron"], 2, label), rewritten("Which?", ["a", "b"], 1, label)]
    first, second = made(data, name, json.dumps(rows)).items
    assert (first.id, first.prompt, first.raw) == ("0", "Question: What floats: this?\nAnswer: ", True)
    assert (first.choices, first.target) == (("a stone", "a cork", "a nail: iron"), {"answer": 1})
    assert (second.choices, second.target) == (("a", "b"), {"answer": 0})


def test_openbookqa_asks_the_question_alone(data: Path) -> None:
    (item,) = made(data, "openbookqa", json.dumps([rewritten("A cork will", ["float", "sink"], 1)])).items
    assert item.prompt == "A cork will "


def test_winogrande_compares_what_follows_the_blank(data: Path) -> None:
    row = rewritten("The cup broke the plate, so _ was thrown away.", ["the cup", "the plate"], 2, "Option")
    (item,) = made(data, "winogrande", json.dumps([row])).items
    assert (item.prompt, item.ending) == ("The cup broke the plate, so ", " was thrown away.")
    assert (item.choices, item.target, item.raw) == (("the cup", "the plate"), {"answer": 1}, True)


@pytest.mark.parametrize(
    ("name", "row", "reason"),
    [
        ("arc_easy", rewritten("Which?", ["a", "b"], 3), "'answer3' is not in|not in list"),
        ("arc_easy", rewritten("Which?", ["a", "b"], 1) | {"instruction": "Choose: Which?"}, "numbered from 1"),
        ("arc_easy", rewritten("Answer2: hm", ["a", "b"], 1), "numbered from 1"),
        ("arc_easy", rewritten(" ", ["a", "b"], 1), "no question"),
        ("winogrande", rewritten("No blank here.", ["a", "b"], 1, "Option"), "no blank"),
        ("piqa", rewritten("Which?", ["a", "a"], 1, "Solution"), "two are the same"),
    ],
)
def test_a_rewritten_row_of_another_form_is_refused(data: Path, name: str, row: dict[str, str], reason: str) -> None:
    with pytest.raises(UserError, match=f"row 0: reader 'llm_adapters'.*(?:{reason})"):
        made(data, name, json.dumps([row]))


# Plain tables


def test_mmlu_reads_the_table_of_all_subjects_and_scores_letters(data: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    rows = [{"question": "One and one? ", "subject": "high_school_sums", "choices": ["1", "2", "3", "2"], "answer": 1}]
    memory = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), memory)
    suite = made(data, "mmlu", memory.getvalue())
    (item,) = suite.items
    assert item.prompt == "Multiple choice. Subject: high school sums.\n\nOne and one?\nA. 1\nB. 2\nC. 3\nD. 2\nAnswer: "
    assert (item.id, item.choices, item.target, item.stratum) == ("0", ("A", "B", "C", "D"), {"answer": 1}, "high_school_sums")
    assert suite.config.strata == ("high_school_sums",)


def cmmlu_file(data: Path, subject: str, *answers: str) -> Path:
    rows = [[str(number), f"{subject}，第{number}题", "甲", "乙", "丙", "丁", answer] for number, answer in enumerate(answers)]
    return write(data / "cmmlu" / "test" / f"{subject}.csv", table(["", "Question", "A", "B", "C", "D", "Answer"], *rows))


def cmmlu(data: Path, *known: Path) -> Suite:
    settings = recipe("cmmlu")
    settings["source"]["sha256"] = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in known}
    return load_suite(write(data.parent / "own.yaml", yaml.safe_dump(settings)))


def test_cmmlu_reads_a_file_a_subject(data: Path) -> None:
    files = [cmmlu_file(data, "botany", "A", "D"), cmmlu_file(data, "algebra", "B")]
    suite = cmmlu(data, *files)
    assert [(item.id, item.lang, item.stratum, item.target["answer"]) for item in suite.items] == [
        ("algebra/0", "zh", "algebra", 1), ("botany/0", "zh", "botany", 0), ("botany/1", "zh", "botany", 3),
    ]  # fmt: skip
    assert suite.unverified == ()
    assert suite.items[1].prompt.endswith("\n\nbotany，第0题\nA. 甲\nB. 乙\nC. 丙\nD. 丁\n答案： ")
    assert suite.data == data / "cmmlu" / "test"


def test_a_file_that_the_recipe_knows_must_be_that_file_and_one_that_it_does_not_know_is_unverified(data: Path) -> None:
    known = cmmlu_file(data, "algebra", "B")
    cmmlu_file(data, "botany", "A")
    assert cmmlu(data, known).unverified == ("botany.csv",)
    settings = (data.parent / "own.yaml").read_text(encoding="utf-8")
    cmmlu_file(data, "algebra", "C")
    with pytest.raises(UserError, match=r"algebra\.csv: its sha256 is .* pins"):
        load_suite(write(data.parent / "own.yaml", settings))


@pytest.mark.parametrize(("answer", "reason"), [("E", "none of 4 options"), ("AB", "'AB' is no letter"), ("", "no letter")])
def test_an_answer_that_is_no_option_is_refused(data: Path, answer: str, reason: str) -> None:
    with pytest.raises(UserError, match=f"row 0: reader 'table'.*{reason}"):
        cmmlu(data, cmmlu_file(data, "algebra", answer))


def test_ceval_takes_the_subject_from_the_files_name(data: Path) -> None:
    head = ["id", "question", "A", "B", "C", "D", "answer"]
    write(data / "ceval" / "val" / "law_val.csv", table(head, ["0", "谁？", "甲", "乙", "丙", "丁", "C"]))
    suite = load_suite(bundled_folder() / "public" / "ceval.yaml")
    assert [(item.id, item.stratum, item.target) for item in suite.items] == [("law_val/0", "law", {"answer": 2})]
    assert suite.unverified == ("law_val.csv",)


def test_a_line_with_fields_too_many_or_too_few_is_refused(data: Path) -> None:
    for broken in ("0,问,甲,乙,丙,丁,A,B\n", "0,问,甲\n"):
        path = write(data / "cmmlu" / "test" / "a.csv", f",Question,A,B,C,D,Answer\n{broken}")
        with pytest.raises(UserError, match=r"a\.csv: cannot be read as rows: a line has another number of fields"):
            cmmlu(data, path)


# TruthfulQA, BLiMP, HalluQA, HaluEval


def test_truthfulqa_has_one_true_answer_or_several_and_leaves_empty_ones_out(data: Path) -> None:
    row = {"question": "Is tea wet?", "mc1_targets": {"No": 0, "Yes": 1, "": 0}, "mc2_targets": {"Yes": 1, "No": 0, "It is": 1, " ": 0}}
    (one,) = made(data, "truthfulqa_mc1", json.dumps([row])).items
    assert (one.choices, one.target) == (("No", "Yes"), {"answer": 1})
    assert one.prompt.endswith("\n\nQ: Is tea wet?\nA: ")
    assert one.prompt.count("Q: ") == one.prompt.count("A: ") == 7
    (several,) = made(data, "truthfulqa_mc2", json.dumps([row])).items
    assert (several.choices, several.target) == (("Yes", "No", "It is"), {"answers": [0, 2]})
    with pytest.raises(UserError, match="truthfulqa_mc1"):
        made(data, "truthfulqa_mc1", json.dumps([row | {"mc1_targets": {"Yes": 1, "It is": 1}}]))


def test_blimp_compares_sentences_and_leaves_equal_ones_out(data: Path) -> None:
    pair = {"sentence_good": "Dogs bark.", "sentence_bad": "Dogs barks.", "UID": "plural", "pairID": "0", "linguistics_term": "agreement"}
    same = pair | {"sentence_bad": "Dogs bark.", "pairID": "1"}
    other = pair | {"UID": "tense", "linguistics_term": "verbs"}
    files = {"data__plural_DOT_jsonl": lines(pair, same), "data__tense_DOT_jsonl": lines(other), "__MACOSX__data__x_DOT_jsonl": "?"}
    suite = made(data, "blimp", zipped(**files))
    assert [(item.id, item.stratum) for item in suite.items] == [("plural/0", "agreement"), ("tense/0", "verbs")]
    item = suite.items[0]
    assert (item.prompt, item.choices, item.raw, item.target) == ("", ("Dogs bark.", "Dogs barks."), True, {"answer": 0})


HALLUQA = {
    "Question": "茶是干的吗？", "Best Answer1": "不是。", "Best Answer2": "茶是湿的。", "Wrong_Answer1": "是的。",
    "Category": "Misleading-hard", "question_id": 7,
}  # fmt: skip


def test_halluqa_keeps_all_answers_and_as_multiple_choice_the_first_right_one(data: Path) -> None:
    (item,) = made(data, "halluqa", json.dumps([HALLUQA])).items
    assert (item.id, item.lang, item.stratum, item.prompt) == ("7", "zh", "misleading_hard", "茶是干的吗？")
    assert item.target == {"right": ["不是。", "茶是湿的。"], "wrong": ["是的。"]}
    (choice,) = made(data, "halluqa_mc", json.dumps([HALLUQA])).items
    assert (choice.prompt, choice.choices, choice.target) == ("问：茶是干的吗？\n答：", ("不是。", "是的。"), {"answer": 0})
    with pytest.raises(UserError, match="Wrong_Answer is missing or empty"):
        made(data, "halluqa", json.dumps([{key: value for key, value in HALLUQA.items() if key != "Wrong_Answer1"}]))


def test_halueval_asks_both_answers_of_a_question(data: Path) -> None:
    row = {"knowledge": "Tea is wet.", "question": "What is tea?", "right_answer": "Wet", "hallucinated_answer": "Dry."}
    right, made_up = made(data, "halueval_qa", lines(row, row)).items[:2]
    assert (right.id, right.cluster, right.target["answer"]) == ("0/right", "0", 1)
    assert (made_up.id, made_up.cluster, made_up.target["answer"]) == ("0/hallucinated", "0", 0)
    assert "Answer: Dry." in made_up.prompt
    assert "Tea is wet." not in made_up.prompt


# Chinese SimpleQA, AlpacaEval, MT-Bench, CrossWOZ, IFBench


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [("绿茶", ["绿茶"]), ("陆羽（Lu Yu）", ["陆羽（Lu Yu）", "陆羽", "Lu Yu"]), ("f(x)=2", ["f(x)=2"]), ("（见下）", ["（见下）"])],
)
def test_chinese_simpleqa_accepts_the_other_name_in_brackets(data: Path, answer: str, accepted: list[str]) -> None:
    row = {"id": "a1", "primary_category": "社会", "secondary_category": "x", "question": "谁写了茶书？", "answer": answer, "urls": []}
    (item,) = made(data, "chinese_simpleqa", lines(row)).items
    assert (item.id, item.stratum, item.target) == ("a1", "society", {"answers": accepted, "abstain": False})


def test_instructions_for_reviews_have_no_verdict_and_keep_the_second_turn(data: Path) -> None:
    row = {"instruction": "Write a poem.", "output": "No.", "generator": "x", "dataset": "koala", "datasplit": "eval"}
    (poem,) = made(data, "alpaca_eval", json.dumps([row])).items
    assert (poem.id, poem.stratum, poem.prompt, poem.target) == ("0", "koala", "Write a poem.", {})
    turns = {"question_id": 81, "category": "writing", "turns": ["Write a poem.", "Now shorter."], "reference": ["O tea", "O"]}
    (first,) = made(data, "mt_bench", lines(turns)).items
    assert (first.id, first.prompt) == ("81", "Write a poem.")
    assert first.turns == ("Now shorter.",)
    assert first.target == {"references": ["O tea", "O"]}


def test_crosswoz_asks_for_values_that_stand_in_the_utterance(data: Path) -> None:
    said = "您好，我要去茶馆，评分4分以上，要有wifi，白茶或红茶都行。"
    acts = [["General", "greet", "none", "none"], ["Inform", "餐馆", "名称", "茶馆"], ["Inform", "餐馆", "评分", "5分"],
            ["Inform", "酒店", "酒店设施-wifi", "是"], ["Inform", "餐馆", "推荐菜", "白茶"], ["Inform", "餐馆", "推荐菜", "红茶"],
            ["Request", "餐馆", "地址", ""], ["Inform", "出租", "目的地", "茶馆"]]  # fmt: skip
    messages = [
        {"role": "sys", "content": said, "dialog_act": acts}, {"role": "usr", "content": said, "dialog_act": acts},
    ]  # fmt: skip
    suite = made(data, "crosswoz", zipped(val_DOT_json=json.dumps({"12": {"messages": messages, "type": "x"}})))
    assert [(item.id, item.cluster, item.stratum, item.target["answers"]) for item in suite.items] == [
        ("12/1/0", "12", "restaurant", ["茶馆"]), ("12/1/4", "12", "taxi", ["茶馆"]),
    ]  # fmt: skip
    assert all(said in item.prompt for item in suite.items)


def test_ifbench_leaves_out_what_cannot_be_judged_and_finds_the_list_of_names(data: Path) -> None:
    names = "Mention at least 2 different person names in the response, from this list of person names: Ann, Bo, Cy . Go!"
    rows = [
        {"key": "0", "prompt": names, "instruction_id_list": ["count:person_names"], "kwargs": [{"N": 2.0, "word": None}]},
        {"key": "1", "prompt": "x", "instruction_id_list": ["format:emoji", "words:start_verb"], "kwargs": [{}, {}]},
    ]
    (item,) = made(data, "ifbench", lines(*rows)).items
    assert item.target == {"instructions": [{"id": "count:person_names", "kwargs": {"N": 2.0, "names": ["Ann", "Bo", "Cy"]}}]}
    with pytest.raises(UserError, match="lists no names"):
        made(data, "ifbench", lines(rows[0] | {"prompt": "Mention names."}))


def test_a_kind_of_ifbench_that_a_recipe_does_not_leave_out_is_an_error_that_names_it(data: Path) -> None:
    row = {"key": "1", "prompt": "x", "instruction_id_list": ["words:start_verb"], "kwargs": [{}]}
    with pytest.raises(UserError, match=r"item '1'.*'words:start_verb' cannot be judged"):
        made(data, "ifbench", lines(row), left_out={})


# Recipes that do not fit together


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("arc_easy", {"layout": None}, "layout: reader 'llm_adapters' needs one"),
        ("halluqa", {"layout": {"scored": "text"}}, "layout: reader 'halluqa' has no use for it"),
        ("mmlu", {"fields": None}, "fields: reader 'table' needs them"),
        ("arc_easy", {"fields": recipe("mmlu")["fields"]}, "fields: reader 'llm_adapters' has no use for them"),
        ("arc_easy", {"layout": {"scored": "words"}}, "layout.scored"),
        ("arc_easy", {"items": 0}, "items"),
    ],
)
def test_a_recipe_whose_parts_do_not_fit_is_refused(data: Path, name: str, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        made(data, name, "[]", **changes)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("blimp", b"no archive", "cannot be read as rows"),
        ("blimp", zipped(other_DOT_txt="x"), r"the archive holds no data/\*\.jsonl"),
        ("halluqa", "{", "cannot be read as rows"),
        ("halluqa", "[]", "not rows"),
        ("halluqa", "[1]", "not rows"),
        ("halluqa", "3\n4", "not rows"),
    ],
)
def test_a_file_that_is_not_what_its_ending_says_is_refused(data: Path, name: str, content: str | bytes, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        made(data, name, content)


# Files that no recipe knows


def unpinned(data: Path, answer: str = "A") -> Suite:
    cmmlu_file(data, "algebra", answer)
    return cmmlu(data)


def test_an_unknown_file_is_pinned_at_first_use_and_another_one_refused_later(data: Path) -> None:
    suite = unpinned(data)
    assert suite.unverified == ("algebra.csv",)
    assert unpinned(data).content_hash == suite.content_hash
    with pytest.raises(UserError, match=r"algebra\.csv: its sha256 is .*at first use it was .*delete ") as caught:
        unpinned(data, "B")
    where = pin_file("cmmlu/test/algebra.csv")
    assert str(where) in str(caught.value)
    where.unlink()
    assert unpinned(data, "B").unverified == ("algebra.csv",)


def test_the_first_of_two_pins_is_kept_and_nothing_else_lies_beside_it(data: Path) -> None:
    assert (pin("a/b.csv", "1" * 64), pin("a/b.csv", "2" * 64)) == ("1" * 64, "1" * 64)
    assert [path.name for path in pin_file("a/b.csv").parent.iterdir()] == ["b.csv.sha256"]


def test_a_cache_that_cannot_be_written_is_one_sentence(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SFT_HARNESS_CACHE", str(write(data.parent / "file", "x")))
    with pytest.raises(UserError, match="set SFT_HARNESS_CACHE to a folder"):
        unpinned(data)


def test_scores_of_unverified_data_say_so(data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = recipe("mt_bench")
    del settings["source"]["sha256"]
    write(data / settings["source"]["file"], lines({"question_id": 1, "category": "writing", "turns": ["Hello?"]}))
    own = write(data.parent / "own.yaml", yaml.safe_dump(settings))
    responses = write(data.parent / "responses.jsonl", lines({"id": "1", "response": "Hello, world 世界"}))
    monkeypatch.setattr(sys, "argv", ["harness", "score", str(own), str(responses), "--out", str(data.parent / "out.jsonl")])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr().out
    assert not ended.value.code
    assert "mt_bench: data unverified: the recipe knows no hash of 1 files, first question.jsonl" in shown
    assert "writing: characters en 13.000" in shown or "writing: characters all 13.000" in shown


# harness suite list


def listed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setattr(sys, "argv", ["harness", "suite", "list", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    return capsys.readouterr().out


@pytest.mark.slow
def test_the_list_has_every_suite_with_licence_size_language_and_state_of_its_data(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cmmlu_file(data, "algebra", "A")
    rows = {row["name"]: row for row in json.loads(listed(capsys, monkeypatch, "--json"))}
    assert list(rows) == [*bundled_names(), *recipe_names()]
    assert rows["hallucination"] | {"items": 0, "title": {}} == {
        "name": "hallucination", "kind": "own", "title": {}, "licence": "Apache-2.0", "items": 0, "languages": ["zh", "en"],
        "data": "included", "file": "", "files": 0, "files_whole": 0,
    }  # fmt: skip
    assert (rows["gsm8k"]["licence"], rows["gsm8k"]["items"], rows["gsm8k"]["data"]) == ("MIT", 1319, "missing")
    assert (rows["cmmlu"]["languages"], rows["cmmlu"]["files"], rows["cmmlu"]["files_whole"]) == (["zh"], 1, 67)
    shown = listed(capsys, monkeypatch)
    assert all(f" {name} " in shown for name in rows)
    assert "1 of 67 files" in shown
    assert f"HARNESS_DATA is {data}" in " ".join(shown.split())


def state(name: str) -> str:
    return public_entry(name).data


def test_the_state_of_data_is_missing_unverified_changed_verified_or_on_the_hub(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert state("ceval") == "missing"
    path = write(
        data / "ceval" / "val" / "law_val.csv", table(["question", "A", "B", "C", "D", "answer"], ["谁？", "甲", "乙", "丙", "丁", "C"])
    )
    assert state("ceval") == "unverified"
    assert not pin_file("ceval/val/law_val.csv").exists()  # Listing pins nothing.
    load_suite(bundled_folder() / "public" / "ceval.yaml")
    assert state("ceval") == "unverified"
    path.write_bytes(path.read_bytes() + b"\n")
    assert state("ceval") == "changed"
    write(data / recipe("gsm8k")["source"]["file"], "{}")
    assert state("gsm8k") == "changed"
    monkeypatch.setenv("HARNESS_DATA", "hub")
    assert (state("gsm8k"), state("ceval")) == ("hub", "missing")
    monkeypatch.delenv("HARNESS_DATA")
    assert state("gsm8k") == "missing"
