"""Reading suites: whatever is wrong is refused by file, line and reason; the choice of items is stable and balanced."""

import json
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from harness.choosing import choose_items
from harness.command_eval import load_suites
from harness.errors import UserError
from harness.suite import MISSION, Suite, bundled_names, find_suite, load_suite
from tests.conftest import item_line, write_suite

STRATA = ("easy", "hard", "odd")


def balanced_items(each: int) -> list[dict[str, Any]]:
    """`each` items in every stratum and language."""
    groups = [(stratum, lang) for stratum in STRATA for lang in ("zh", "en")]
    return [item_line(f"{stratum}-{lang}-{n}", stratum=stratum, lang=lang) for stratum, lang in groups for n in range(each)]


def load(folder: Path, items: list[dict[str, Any]], **config: Any) -> Suite:
    return load_suite(write_suite(folder, items, **{"strata": STRATA} | config))


def ids(suite: Suite, **choice: Any) -> list[str]:
    return [item.id for item in choose_items(suite, **choice)]


# Reading


def test_a_sound_suite_is_read_whole_and_in_order(suite_folder: Path) -> None:
    suite = load_suite(suite_folder)
    assert suite.name == "arith"
    assert [item.id for item in suite.items] == ["q0", "q1", "q2"]


def test_scorer_and_cluster_have_defaults_that_an_item_can_override(tmp_path: Path) -> None:
    suite = load(tmp_path, [item_line("a"), item_line("b", scorer="code", cluster="pair")])
    assert [(item.scorer, item.cluster) for item in suite.items] == [("exact", "a"), ("code", "pair")]
    assert suite.scorer_names() == ["code", "exact"]


def test_broken_yaml_is_refused_with_file_and_line(suite_folder: Path) -> None:
    (suite_folder / "suite.yaml").write_text("name: arith\nstrata: [easy\nversion: 1\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"suite\.yaml: not valid YAML.* line 3") as caught:
        load_suite(suite_folder)
    assert "\n" not in str(caught.value)


def test_yaml_that_is_not_utf8_is_refused(suite_folder: Path) -> None:
    (suite_folder / "suite.yaml").write_bytes("name: 温度".encode("gb18030"))
    with pytest.raises(UserError, match=r"suite\.yaml: not valid YAML in UTF-8"):
        load_suite(suite_folder)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words"])
def test_yaml_that_is_not_a_mapping_is_refused(suite_folder: Path, text: str) -> None:
    (suite_folder / "suite.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"suite\.yaml: holds .*, not settings of the form"):
        load_suite(suite_folder)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"colour": "blue"}, "colour"),
        ({"margin": 0}, "margin"),
        ({"margin": 1}, "margin"),
        ({"version": 0}, "version"),
        ({"name": "Has Spaces"}, "name"),
        ({"quick_items": 81}, "quick_items"),
        ({"generation": {"temprature": 0.5}}, "generation.temprature"),
        ({"generation": {"max_tokens": 0}}, "generation.max_tokens"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UserError, match=rf"suite\.yaml: {complaint}: "):
        load_suite(write_suite(tmp_path / "s", **change))


def test_a_suite_without_an_items_file_is_refused(suite_folder: Path) -> None:
    (suite_folder / "items.jsonl").unlink()
    with pytest.raises(UserError, match=r"items\.jsonl: missing"):
        load_suite(suite_folder)


def test_a_folder_without_a_suite_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"suite\.yaml"):
        load_suite(tmp_path)


@pytest.mark.parametrize("content", ["", "\n\n  \n"])
def test_an_empty_suite_is_refused(suite_folder: Path, content: str) -> None:
    (suite_folder / "items.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=r"items\.jsonl: the suite is empty"):
        load_suite(suite_folder)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id": "a", ', "not a JSON object: .* column"),
        (b"[1, 2]", "dictionary"),
        (b"\xff\xfe", "not UTF-8"),
        (json.dumps(item_line("a", colour="blue")).encode(), "colour: Extra inputs"),
        (json.dumps(item_line("a", stratum="weird")).encode(), r"stratum 'weird' is not one of suite.yaml's \(easy\)"),
        (json.dumps(item_line("a", lang="fr")).encode(), "lang: "),
        (json.dumps(item_line("a b")).encode(), "id: "),
        (json.dumps(item_line("a#1")).encode(), "id: "),
        (json.dumps(item_line("a", **{"pass": []})).encode(), "pass: "),
        (json.dumps(item_line("a", **{"fail": []})).encode(), "fail: "),
        (json.dumps(item_line("a", prompt=" ")).encode(), "prompt: is empty"),
        (json.dumps(item_line("a", choices=["one"])).encode(), "choices: at least two"),
        (json.dumps(item_line("a", choices=["one", "one"])).encode(), "choices: two are the same"),
        (json.dumps(item_line("a", choices=["one", " "])).encode(), "choices: one is empty"),
        (json.dumps(item_line("a", raw=True)).encode(), "raw: only items with choices"),
        (json.dumps(item_line("a", prompt="\ud800")).encode(), "surrogate|UTF-8|Unicode"),
        (b"[" * 100_000, "nested|recursion|JSON"),
        (b'{"id": ' + b"9" * 5000 + b"}", "JSON|digits"),
    ],
)  # fmt: skip
def test_a_broken_line_is_refused_with_file_line_and_reason(tmp_path: Path, line: bytes, reason: str) -> None:
    folder = write_suite(tmp_path / "s", [item_line("first")])
    with (folder / "items.jsonl").open("ab") as file:
        file.write(b"\n\n" + line + b"\n")
    with pytest.raises(UserError, match=rf"items\.jsonl, line 3: .*(?:{reason})"):
        load_suite(folder)


def test_a_duplicate_id_is_refused_with_both_lines(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"items\.jsonl, line 4: id 'twin' was already used in line 2"):
        load(tmp_path, [item_line("a"), item_line("twin"), item_line("b"), item_line("twin")])


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('{"id": "a", "prompt": "one", "prompt": "two"}', "prompt"),
        ('{"id": "a", "target": {"answers": ["4"], "match": "number", "answers": ["5"]}}', "answers"),
        ('{"id": "a", "target": {"constraints": [{"kind": "words"}, {"min": 1, "kind": "hanzi", "min": 2}]}}', "min"),
        ('{"id": "a", "\\u0069d": "b"}', "id"),
    ],
)
def test_a_key_that_stands_twice_in_an_item_is_refused_with_key_and_line(tmp_path: Path, line: str, key: str) -> None:
    folder = write_suite(tmp_path / "s", [item_line("first")])
    with (folder / "items.jsonl").open("a") as file:
        file.write(f"\n\n{line}\n")
    with pytest.raises(UserError, match=rf"items\.jsonl, line 3: key '{key}' stands twice in one object; keep one"):
        load_suite(folder)


@pytest.mark.parametrize(
    ("more", "key", "lines"),
    [
        ("margin: 0.1\n", "margin", (7, 3)),
        ("'margin': 0.1\n", "margin", (7, 3)),
        ("generation:\n  max_tokens: 8\n  top_p: 1.0\n  max_tokens: 9\n", "max_tokens", (10, 8)),
        ("title: {en: one, zh: 一, en: two}\n", "en", (7, 7)),
    ],
)
def test_a_key_that_stands_twice_in_the_settings_is_refused_with_key_and_both_lines(
    suite_folder: Path, more: str, key: str, lines: tuple[int, int]
) -> None:
    settings = "name: arith\nversion: 1\nmargin: 0.05\nscorer: exact\nprimary_metric: correct\nstrata: [easy]\n"
    (suite_folder / "suite.yaml").write_text(settings, encoding="utf-8")
    assert load_suite(suite_folder).config.margin == 0.05
    (suite_folder / "suite.yaml").write_text(settings + more, encoding="utf-8")
    with pytest.raises(UserError, match=rf"suite\.yaml, line {lines[0]}: key '{key}' already stands in line {lines[1]}; keep one"):
        load_suite(suite_folder)


def test_one_key_in_different_objects_and_a_merged_key_that_is_overridden_are_no_doubles(suite_folder: Path) -> None:
    settings = "name: arith\nversion: 1\nmargin: 0.05\nscorer: exact\nprimary_metric: correct\nstrata: [easy]\n"
    merged = "title: &one {en: one, zh: 一}\nchance_level: {easy: 0.5}\ngeneration: {<<: {top_p: 0.5, max_tokens: 8}, max_tokens: 9}\n"
    (suite_folder / "suite.yaml").write_text(settings + merged, encoding="utf-8")
    assert load_suite(suite_folder).config.generation.max_tokens == 9


def test_a_line_separator_inside_a_string_does_not_end_the_line(tmp_path: Path) -> None:
    suite = load(tmp_path, [item_line("a", prompt="one\u2028two\x85three"), item_line("b")])
    assert suite.items[0].prompt == "one\u2028two\x85three"
    assert len(suite.items) == 2


def test_windows_line_ends_are_read(suite_folder: Path) -> None:
    content = (suite_folder / "items.jsonl").read_bytes()
    (suite_folder / "items.jsonl").write_bytes(content.replace(b"\n", b"\r\n"))
    assert len(load_suite(suite_folder).items) == 3


def test_core_items_that_do_not_exist_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"suite\.yaml: core_items .*: ghost, phantom"):
        load(tmp_path, [item_line("a")], core_items=["phantom", "a", "ghost"])


def test_responses_may_be_longer_in_some_strata(tmp_path: Path) -> None:
    lines = [item_line("a", stratum="easy"), item_line("b", stratum="hard")]
    suite = load(tmp_path, lines, strata=["easy", "hard"], generation={"max_tokens": {"easy": 8, "hard": 64}})
    assert {item.stratum: suite.config.generation.longest(item.stratum) for item in suite.items} == {"easy": 8, "hard": 64}


@pytest.mark.parametrize(("caps", "named"), [({"easy": 8}, "hard"), ({"easy": 8, "hard": 8, "esay": 8}, "esay")])
def test_strata_without_a_length_or_with_one_too_many_are_named(tmp_path: Path, caps: dict[str, int], named: str) -> None:
    with pytest.raises(UserError, match=f"generation.max_tokens takes one number, or one for each stratum: look at {named}"):
        load(tmp_path, [item_line("a", stratum="easy")], strata=["easy", "hard"], generation={"max_tokens": caps})


def test_a_chance_level_for_an_unknown_stratum_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="chance_level"):
        load(tmp_path, [item_line("a")], chance_level={"esay": 0.5})


def test_a_repetitive_stratum_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"suite\.yaml: repetitive_strata names strata that the suite does not have: esay\."):
        load(tmp_path, [item_line("a")], repetitive_strata=["easy", "esay"])


def test_chance_is_none_or_one_number_or_by_stratum_with_zero_for_the_others(tmp_path: Path) -> None:
    items = [item_line("a"), item_line("b", stratum="hard")]
    levels = {
        name: [load(tmp_path / name, items, chance_level=level).chance(item) for item in load(tmp_path / name, items).items]
        for name, level in (("none", None), ("one", 0.25), ("each", {"hard": 0.5}))
    }
    assert levels == {"none": [None, None], "one": [0.25, 0.25], "each": [0.0, 0.5]}


def test_messages_hold_the_system_prompt_only_if_there_is_one(tmp_path: Path) -> None:
    bare, spoken = load(tmp_path, [item_line("a", prompt="hi"), item_line("b", prompt="hi", system="be brief")]).items
    assert bare.messages == [{"role": "user", "content": "hi"}]
    assert spoken.messages == [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}]


# Finding


def test_a_bundled_suite_is_found_by_name_and_any_other_by_path(suite_folder: Path) -> None:
    assert load_suite(find_suite("hallucination")).name == "hallucination"
    assert find_suite(str(suite_folder)) == suite_folder.resolve()


def test_an_unknown_suite_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UserError, match="hallucinations") as caught:
        find_suite("hallucinations")
    assert all(name in str(caught.value) for name in bundled_names())


# Content hash


def test_the_content_hash_does_not_depend_on_formatting(tmp_path: Path) -> None:
    plain = write_suite(tmp_path / "plain")
    other = write_suite(tmp_path / "elsewhere")
    config = json.loads((plain / "suite.yaml").read_text(encoding="utf-8"))
    yaml_lines = [f"{key}: {json.dumps(config[key])}  # a remark" for key in reversed(config)]
    (other / "suite.yaml").write_text("\n\n".join(yaml_lines), encoding="utf-8")
    items = [json.loads(line) for line in (plain / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    spaced = [json.dumps(dict(reversed(item.items())), separators=(" ,  ", " : ")) for item in items]
    (other / "items.jsonl").write_text("\n" + " \n\n".join(spaced) + "\n", encoding="utf-8")
    assert load_suite(other).content_hash == load_suite(plain).content_hash


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "What is two plus three?"},
        {"system": "Be brief."},
        {"target": {"answers": ["5"], "match": "number"}},
        {"pass": ["It is 4."]},
        {"fail": ["It is 6."]},
        {"lang": "zh"},
        {"cluster": "pair"},
        {"id": "q9"},
    ],
)
def test_the_content_hash_changes_with_an_item(tmp_path: Path, change: dict[str, Any]) -> None:
    before = load(tmp_path / "before", [item_line("a"), item_line("b")])
    after = load(tmp_path / "after", [item_line("a"), item_line("b") | change])
    assert before.content_hash != after.content_hash


def test_the_content_hash_changes_with_the_order_of_items_and_with_the_configuration(tmp_path: Path) -> None:
    items = [item_line("a"), item_line("b")]
    suites = [
        load(tmp_path / "one", items),
        load(tmp_path / "two", items[::-1]),
        load(tmp_path / "three", items, margin=0.04),
        load(tmp_path / "four", items, generation={"max_tokens": 9}),
    ]
    assert len({suite.content_hash for suite in suites}) == 4


def test_the_content_hash_leaves_out_which_prompts_may_be_alike(tmp_path: Path) -> None:
    plain, marked = load(tmp_path / "plain", [item_line("a")]), load(tmp_path / "marked", [item_line("a")], repetitive_strata=["easy"])
    assert plain.content_hash == marked.content_hash


# Choosing


def test_a_quick_run_takes_at_most_eighty_items_and_a_full_one_all(tmp_path: Path) -> None:
    suite = load(tmp_path, balanced_items(20))
    assert len(ids(suite)) == 80
    assert len(ids(suite, size="full")) == 120


def test_a_suite_can_lower_the_cap_of_quick_runs_only(tmp_path: Path) -> None:
    suite = load(tmp_path, balanced_items(20), quick_items=12)
    assert len(ids(suite)) == 12
    assert len(ids(suite, limit=50)) == 12
    assert len(ids(suite, limit=5)) == 5
    assert len(ids(suite, size="full", limit=50)) == 50


def test_a_small_suite_is_taken_whole(tmp_path: Path) -> None:
    suite = load(tmp_path, balanced_items(2))
    assert ids(suite) == ids(suite, limit=12) == ids(suite, limit=500) == [item.id for item in suite.items]


def test_a_smaller_limit_takes_a_part_of_what_a_larger_one_takes(tmp_path: Path) -> None:
    suite = load(tmp_path, balanced_items(7), core_items=["odd-zh-3"])
    chosen = [set(ids(suite, size="full", limit=limit)) for limit in range(1, 43)]
    assert [len(part) for part in chosen] == list(range(1, 43))
    assert all(small < large for small, large in pairwise(chosen))


@pytest.mark.parametrize("limit", [6, 12, 18, 25, 37, 60])
def test_every_choice_holds_strata_and_languages_in_proportion(tmp_path: Path, limit: int) -> None:
    suite = load(tmp_path, balanced_items(12))
    counts = Counter((item.stratum, item.lang) for item in choose_items(suite, size="full", limit=limit))
    assert len(counts) == 6
    assert all(abs(count - limit / 6) <= 1 for count in counts.values())


def test_a_large_group_does_not_push_a_small_one_out(tmp_path: Path) -> None:
    items = [item_line(f"big{n}") for n in range(90)] + [item_line(f"small{n}", stratum="hard", lang="zh") for n in range(10)]
    counts = Counter(item.stratum for item in choose_items(load(tmp_path, items), limit=20))
    assert counts == {"easy": 18, "hard": 2}


def test_the_choice_is_the_same_every_time_and_whatever_the_order_in_the_file(tmp_path: Path) -> None:
    items = balanced_items(10)
    shuffled = random.Random(1).sample(items, len(items))
    first, again, other = load(tmp_path / "a", items), load(tmp_path / "b", items), load(tmp_path / "c", shuffled)
    assert ids(first, limit=17) == ids(again, limit=17)
    assert set(ids(first, limit=17)) == set(ids(other, limit=17))


def test_chosen_items_come_in_file_order(tmp_path: Path) -> None:
    suite = load(tmp_path, random.Random(2).sample(balanced_items(10), 60))
    order = [item.id for item in suite.items]
    chosen = ids(suite, limit=25)
    assert chosen == sorted(chosen, key=order.index)


def test_core_items_are_always_chosen(tmp_path: Path) -> None:
    plain = load(tmp_path / "plain", balanced_items(20))
    left_out = [item.id for item in plain.items if item.id not in ids(plain)][:5]
    suite = load(tmp_path / "core", balanced_items(20), core_items=left_out)
    assert len(left_out) == 5
    assert set(left_out) <= set(ids(suite))
    assert set(left_out) == set(ids(suite, limit=5))


def test_more_core_items_than_quick_items_are_refused_or_all_chosen(tmp_path: Path) -> None:
    core = ["easy-zh-0", "hard-en-1", "odd-zh-1"]
    folder = write_suite(tmp_path / "s", balanced_items(2), strata=STRATA, core_items=core, quick_items=2)
    try:
        suite = load_suite(folder)
    except UserError:
        return
    assert set(core) <= set(ids(suite))


def test_a_language_restricts_the_choice(tmp_path: Path) -> None:
    suite = load(tmp_path, balanced_items(20), core_items=["easy-en-0"])
    chosen = choose_items(suite, lang="zh", limit=9)
    assert len(chosen) == 9
    assert {item.lang for item in chosen} == {"zh"}


def test_a_language_without_items_is_refused(tmp_path: Path) -> None:
    suite = load(tmp_path, [item_line("a"), item_line("b")])
    with pytest.raises(UserError, match="'arith' has no items in language 'zh'"):
        choose_items(suite, lang="zh")


# Ids with slashes, and examples.


@pytest.mark.parametrize("identifier", ["HumanEval/0", "a/b/c", "x/y-1.z", "中文/1"])
def test_an_id_may_hold_slashes_as_benchmarks_have_them(tmp_path: Path, identifier: str) -> None:
    assert load(tmp_path, [item_line(identifier)]).items[0].id == identifier


@pytest.mark.parametrize("identifier", ["/a", "a/", "a//b", "/", "../a", "a/../b", "..", ".", "a\\b", "a /b"])
def test_an_id_that_could_lead_elsewhere_as_a_path_is_refused(tmp_path: Path, identifier: str) -> None:
    with pytest.raises(UserError, match=r"items\.jsonl, line 1: .*id"):
        load(tmp_path, [item_line(identifier)])


SHOTS = [{"user": "1+1?", "assistant": "2"}, {"user": "1+2?", "assistant": "3"}]


def test_examples_stand_as_turns_between_system_and_prompt(tmp_path: Path) -> None:
    suite = load(tmp_path, [item_line("a", prompt="2+2?", system="Brief."), item_line("b", prompt="2+3?")], few_shot=SHOTS)
    turns = [("user", "1+1?"), ("assistant", "2"), ("user", "1+2?"), ("assistant", "3")]
    assert [(message["role"], message["content"]) for message in suite.messages(suite.items[0])] == [
        ("system", "Brief."), *turns, ("user", "2+2?"),
    ]  # fmt: skip
    assert [(message["role"], message["content"]) for message in suite.messages(suite.items[1])] == [*turns, ("user", "2+3?")]


def test_examples_change_what_is_asked_and_the_content_hash(tmp_path: Path) -> None:
    suites = [load(tmp_path / str(n), [item_line("a")], few_shot=SHOTS[:n]) for n in range(3)]
    assert len({suite.content_hash for suite in suites}) == len({suite.asked(suite.items[0]) for suite in suites}) == 3


def test_what_is_asked_does_not_depend_on_how_it_is_judged(tmp_path: Path) -> None:
    one = load(tmp_path / "one", [item_line("a")])
    other = load(tmp_path / "other", [item_line("a", target={"answers": ["5"], "match": "number"}, stratum="hard")], margin=0.1)
    assert one.asked(one.items[0]) == other.asked(other.items[0])


@pytest.mark.parametrize("shot", [{"user": "1+1?"}, {"user": "", "assistant": "2"}, {"user": "1", "assistant": "2", "system": "x"}])
def test_a_broken_example_is_refused(tmp_path: Path, shot: dict[str, str]) -> None:
    with pytest.raises(UserError, match=r"few_shot\.0"):
        load(tmp_path, [item_line("a")], few_shot=[shot])


def test_raw_items_cannot_have_examples_as_turns(tmp_path: Path) -> None:
    raw = item_line("a", scorer="choice", raw=True, choices=["4", "5"], target={"answer": 0})
    with pytest.raises(UserError, match="few_shot are chat turns, which raw items such as 'a' do not have"):
        load(tmp_path, [raw], few_shot=SHOTS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "names"), [("", list(MISSION)), ("all", bundled_names()), ("forgetting all", ["forgetting", *bundled_names()])]
)
def test_nothing_names_the_four_of_the_mission_and_all_every_bundled_suite(text: str, names: list[str]) -> None:
    assert [suite.name for suite in load_suites(text)] == list(dict.fromkeys(names))
    assert set(MISSION) < set(bundled_names())
