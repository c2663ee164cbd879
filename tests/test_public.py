"""Recipes: suites made from public benchmarks' own files, here from files written on the spot in the benchmarks' forms."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.errors import UserError
from harness.public import READERS, SPLITTERS, TABLE, Recipe
from harness.public.rows import hash_rows
from harness.settings import read_yaml
from harness.suite import Suite, bundled_folder, bundled_names, find_suite, load_suite, recipe_names
from harness.suite_check import check_suite
from tests.conftest import item_line, write_suite

ROWS: dict[str, list[dict[str, Any]]] = {
    "ifeval": [
        {"key": 7, "prompt": "Use no commas.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]},
        {"key": 8, "prompt": "Two bullets.", "instruction_id_list": ["detectable_format:number_bullet_lists"],
         "kwargs": [{"num_bullets": 2}]},
    ],
    "humaneval": [{
        "task_id": "HumanEval/0", "prompt": 'import math\n\n\ndef helper(x):\n    return x + 1\n\n\ndef two(x):\n    """Add 2."""\n',
        "entry_point": "two", "canonical_solution": "    return helper(helper(x))\n",
        "test": "def check(candidate):\n    assert candidate(1) == helper(2)\n",
    }],
    "mbpp": [
        {"task_id": 11, "text": "Join.", "code": "import math\r\ndef aux(a): \r\n    return a\r\ndef join(a, b): \r\n    return aux(a) + b",
         "test_list": ['assert join("a", "b") == "ab"', "assert math.isclose(join(1, 2), 3)"], "test_setup_code": "",
         "challenge_test_list": []},
        {"task_id": 12, "text": "Height.", "code": "class Node:\r\n    n = 1\r\ndef height(node):\r\n    return node.n",
         "test_list": ["assert height(root) == 1"], "test_setup_code": "root = Node()\r\n", "challenge_test_list": []},
    ],
    "gsm8k": [{"question": "Two and two?", "answer": "2 + 2 = <<2+2=4>>4\n#### 4"}, {"question": "Large?", "answer": "#### 1,250"}],
}  # fmt: skip


SIMPLE = sorted(ROWS)
"""Recipes that read one file, pinned by its hash and its rows'; the others are tested in test_public_readers.py."""


def write_rows(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    """Write rows where the recipe expects them."""
    path = folder / recipe(name)["source"]["file"]
    path.parent.mkdir(parents=True, exist_ok=True)
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def recipe(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((bundled_folder() / "public" / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


def write_recipe(path: Path, name: str, data: Path, **changes: Any) -> Path:
    """A recipe that pins `data`."""
    settings = recipe(name) | changes
    settings["source"] = recipe(name)["source"] | {
        "sha256": hashlib.sha256(data.read_bytes()).hexdigest(), "rows_hash": hash_rows(ROWS[name]),
    }  # fmt: skip
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def made(data: Path, name: str, **changes: Any) -> Suite:
    path = write_recipe(data.parent / "own.yaml", name, write_rows(data, name, ROWS[name]), **changes)
    return load_suite(find_suite(str(path)))


# The bundled recipes.


def test_recipes_are_found_by_name_with_and_without_public_and_are_no_part_of_the_default_suites() -> None:
    assert set(SIMPLE) < set(recipe_names())
    for name in recipe_names():
        assert find_suite(name) == find_suite(f"public/{name}") == bundled_folder() / "public" / f"{name}.yaml"
    assert not set(recipe_names()) & set(bundled_names())


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_says_where_its_data_come_from_and_which_practice_it_follows(name: str) -> None:
    settings = recipe(name)
    assert len(settings["practice"]) > 100
    assert settings["source"]["url"].startswith("https://")
    assert settings["name"] == name
    assert set(settings["title"]) == {"en", "zh"}
    known = read_yaml(bundled_folder() / "public" / f"{name}.yaml", Recipe)
    assert known.source.sha256 or "unverified" in known.practice
    assert ("LLM-Adapters" in known.title["en"]) == (known.reader == "llm_adapters")


def test_every_reader_is_used_by_a_recipe() -> None:
    assert {recipe(name)["reader"] for name in recipe_names()} == {*READERS, *SPLITTERS, TABLE}


# From rows to items.


@pytest.mark.slow
@pytest.mark.parametrize("name", SIMPLE)
def test_rows_become_items_that_their_scorers_can_judge(data: Path, name: str) -> None:
    suite = made(data, name)
    assert len(suite.items) == len(ROWS[name])
    assert check_suite(suite).problems == () or name == "ifeval"  # Which has strata that two rows cannot fill.


def test_items_have_the_benchmarks_own_ids(data: Path) -> None:
    found = {name: [item.id for item in made(data, name).items] for name in SIMPLE}
    assert found == {"ifeval": ["7", "8"], "humaneval": ["HumanEval/0"], "mbpp": ["Mbpp/11", "Mbpp/12"], "gsm8k": ["0", "1"]}


def test_humaneval_has_the_prompt_in_a_block_its_helpers_before_the_tests_and_the_prompt_as_stub(data: Path) -> None:
    (item,) = made(data, "humaneval").items
    row = ROWS["humaneval"][0]
    assert f"```python\n{row['prompt'].rstrip()}\n```" in item.prompt
    assert item.target["stub"] == row["prompt"]
    assert item.target["prelude"].startswith("import math")
    assert "def helper" in item.target["prelude"]
    assert "def two" not in item.target["prelude"]
    assert item.target["tests"].endswith("check(two)")


def test_mbpp_shows_its_asserts_and_needs_what_they_use_of_the_reference_code(data: Path) -> None:
    join, height = made(data, "mbpp").items
    assert all(test in join.prompt for test in ROWS["mbpp"][0]["test_list"])
    assert (join.target["entry_points"], join.target["prelude"]) == (["join"], "import math")
    assert (height.target["entry_points"], height.target["tests"]) == (["Node", "height"], "root = Node()\nassert height(root) == 1")


def test_gsm8k_takes_the_number_behind_the_mark(data: Path) -> None:
    items = made(data, "gsm8k").items
    assert [item.target["answer"] for item in items] == ["4", "1,250"]
    assert "####" in items[0].prompt
    assert "<<" not in items[0].prompt


def test_ifeval_leaves_the_prompt_alone_and_arguments_that_are_null_out(data: Path) -> None:
    rows = [ROWS["ifeval"][0] | {"kwargs": [{"num_bullets": None}]}]
    path = write_recipe(data.parent / "own.yaml", "ifeval", write_rows(data, "ifeval", rows))
    (item,) = load_suite(path).items
    assert (item.prompt, item.target["instructions"]) == ("Use no commas.", [{"id": "punctuation:no_comma", "kwargs": {}}])


def test_only_recipes_may_have_items_without_examples(data: Path, tmp_path: Path) -> None:
    assert {(item.passing, item.failing) for item in made(data, "gsm8k").items} == {((), ())}
    line = {key: value for key, value in item_line("q0").items() if key not in ("pass", "fail")}
    with pytest.raises(UserError, match=r"line 1: pass: at least one example response is needed"):
        load_suite(write_suite(tmp_path / "s", [line]))


@pytest.mark.parametrize(
    ("name", "row", "reason"),
    [
        ("gsm8k", {"question": "?"}, "row 0: reader 'gsm8k' cannot read it: KeyError: 'answer'"),
        ("gsm8k", {"question": "?", "answer": "4"}, "no number after ####"),
        ("gsm8k", {"question": 4, "answer": "#### 4"}, "reader 'gsm8k' cannot read it"),
        ("mbpp", ROWS["mbpp"][0] | {"code": "def ("}, "SyntaxError"),
        ("ifeval", ROWS["ifeval"][0] | {"kwargs": []}, "reader 'ifeval' cannot read it"),
        ("ifeval", ROWS["ifeval"][0] | {"prompt": 5}, "reader 'ifeval': prompt: "),
    ],
)
def test_a_row_of_another_form_is_refused_by_file_and_number(data: Path, name: str, row: dict[str, Any], reason: str) -> None:
    path = write_recipe(data.parent / "own.yaml", name, write_rows(data, name, [row]))
    with pytest.raises(UserError, match=reason) as caught:
        load_suite(path)
    assert recipe(name)["source"]["file"] in str(caught.value)


def test_two_rows_of_the_same_id_are_refused(data: Path) -> None:
    path = write_recipe(data.parent / "own.yaml", "ifeval", write_rows(data, "ifeval", [ROWS["ifeval"][0]] * 2))
    with pytest.raises(UserError, match="two rows have the id '7'"):
        load_suite(path)


# The pinned file.


def test_another_file_is_refused_and_the_message_says_how_to_accept_it(data: Path) -> None:
    path = write_rows(data, "gsm8k", ROWS["gsm8k"])
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(UserError) as caught:
        load_suite(find_suite("gsm8k"))
    message = str(caught.value)
    assert all(
        part in message for part in (str(path), found, recipe("gsm8k")["source"]["sha256"], "copy", "new sha256", "path as the suite")
    )
    own = data.parent / "own.yaml"
    bundled = (bundled_folder() / "public" / "gsm8k.yaml").read_text(encoding="utf-8")
    own.write_text(bundled.replace(recipe("gsm8k")["source"]["sha256"], found), encoding="utf-8")
    assert len(load_suite(find_suite(str(own))).items) == 2


def test_one_byte_more_is_another_file(data: Path) -> None:
    path = write_rows(data, "gsm8k", ROWS["gsm8k"])
    own = write_recipe(data.parent / "own.yaml", "gsm8k", path)
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(UserError, match="another file or another version"):
        load_suite(own)


def test_without_the_file_the_message_says_where_it_is_to_be_had(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        UserError, match=r"gsm8k/test\.jsonl: cannot be read .* https://github\.com/openai.*Hugging Face openai/gsm8k.*ModelScope"
    ):
        load_suite(find_suite("gsm8k"))
    monkeypatch.delenv("HARNESS_DATA")
    with pytest.raises(UserError, match=r"HARNESS_DATA is not set.*Set HARNESS_DATA to a folder that holds gsm8k/test\.jsonl"):
        load_suite(find_suite("gsm8k"))


@pytest.mark.parametrize("content", [b"", b"[1]\n", b"{", b"\xff", b"1\n"])
def test_a_file_that_holds_no_rows_is_refused(data: Path, content: bytes) -> None:
    path = write_rows(data, "gsm8k", ROWS["gsm8k"])
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"test\.jsonl: (?:cannot be read as rows|not rows of JSON objects)"):
        load_suite(write_recipe(data.parent / "own.yaml", "gsm8k", path))


def test_a_broken_recipe_is_refused_by_name(data: Path) -> None:
    path = write_rows(data, "gsm8k", ROWS["gsm8k"])
    for changes, reason in (
        ({"reader": "mmlu"}, "unknown reader 'mmlu'"),
        ({"colour": 1}, "colour"),
        ({"strata": ["easy"]}, "stratum 'all'"),
    ):
        with pytest.raises(UserError, match=reason):
            load_suite(write_recipe(data.parent / "own.yaml", "gsm8k", path, **changes))


def test_the_content_hash_depends_on_data_and_settings_and_not_on_place(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(data, "gsm8k")
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path / "elsewhere"))
    again = made(tmp_path / "elsewhere", "gsm8k", practice="Told otherwise.")
    other = made(tmp_path / "elsewhere", "gsm8k", margin=0.5)
    assert first.content_hash == again.content_hash != other.content_hash
    assert first.data != again.data


# The hub, never asked in tests.


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was asked of the hub, which gives a table of the rows, with nulls."""
    import huggingface_hub
    import pyarrow
    import pyarrow.parquet

    asked: list[dict[str, Any]] = []

    def download(repo: str, file: str, **options: Any) -> str:
        asked.append({"repo": repo, "file": file, **options})
        rows = ROWS["ifeval"] if "IFEval" in repo else ROWS["gsm8k"]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "table.parquet")
        return str(tmp_path / "table.parquet")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    return asked


@pytest.mark.parametrize("name", ["gsm8k", "ifeval"])
def test_the_hubs_table_of_the_same_rows_makes_the_same_suite(
    data: Path, hub: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    local = made(data, name)
    monkeypatch.setenv("HARNESS_DATA", "hub")
    fetched = load_suite(data.parent / "own.yaml")
    assert fetched.content_hash == local.content_hash
    where = recipe(name)["source"]["hub"]
    assert hub == [{"repo": where["repo"], "file": where["file"], "repo_type": "dataset", "revision": None}]


def test_the_hubs_table_of_other_rows_is_refused(hub: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_DATA", "hub")
    with pytest.raises(UserError, match=r"its rows have the hash .* copy .* new rows_hash"):
        load_suite(find_suite("gsm8k"))


def test_a_hub_that_does_not_answer_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def fail(*_: Any, **__: Any) -> str:
        raise ConnectionError("no\nnetwork")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", fail)
    monkeypatch.setenv("HARNESS_DATA", "hub")
    with pytest.raises(UserError, match=r"The hub did not give openai/gsm8k.*\(no network\)\. Set HARNESS_DATA") as caught:
        load_suite(find_suite("gsm8k"))
    assert "\n" not in str(caught.value)
