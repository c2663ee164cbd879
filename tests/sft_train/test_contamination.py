"""Rows that hold an item are found whatever was changed on the surface; rows that only speak of the same things are not."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.contamination import Contamination, read_contamination
from harness.item import Item
from harness.suite import find_suite, load_suite
from sft_train.check import load_suites
from sft_train.contamination import Probe, contamination_record, find_contamination, item_probes, match_probes
from sft_train.data.fingerprints import Texts
from sft_train.data.matching import SHINGLE_SHARE, Matcher
from sft_train.data.record import Row
from tests.conftest import item_line
from tests.sft_train.rows import talk

ZH = "车窗在高速行驶时为什么不应该只打开后排的一扇？请从气压和噪声两个方面说明原因，并给出建议的做法。"
EN = "Why should a driver on the motorway never open only one rear window, and what would you suggest doing instead to let in fresh air?"
PROBES = [
    Probe("s", "zh", "prompt", ZH),
    Probe("s", "en", "prompt", EN),
    Probe("s", "short", "prompt", "Name one colour that the sky has."),
]


def found(*rows: Row) -> list[tuple[int, str, str]]:
    return [(match.row.number, match.probe.item, match.kind) for match in match_probes(rows, PROBES)]


def test_an_exact_copy_is_found_whatever_its_case_width_spaces_and_punctuation() -> None:
    rows = [
        talk(ZH.replace("？", " ?  ").replace("，", ","), "因为共振。"),
        talk(EN.upper().replace(",", "").replace(" ", "  "), "Pulsing.", number=2),
    ]
    assert found(*rows) == [(1, "zh", "exact"), (2, "en", "exact")]


@pytest.mark.parametrize(("item", "text"), [("zh", ZH), ("en", EN)])
def test_a_copy_within_a_longer_turn_of_either_side_is_found(item: str, text: str) -> None:
    padded = f"Please answer. 请看下面的题目：{text} Thank you very much, 谢谢。"
    assert [(one, name) for one, name, _ in found(talk(padded, "ok"), talk("quiz?", padded, number=2))] == [(1, item), (2, item)]


@pytest.mark.parametrize(("item", "text"), [("zh", ZH), ("en", EN)])
def test_half_of_an_item_is_found_by_runs_of_words(item: str, text: str) -> None:
    half = text[: int(len(text) * 0.7)]
    assert found(talk(half, "ok")) == [(1, item, "ngram")]
    assert found(talk(text[: int(len(text) * 0.35)], "ok")) == []


def test_a_text_with_words_changed_throughout_is_found_by_shingles() -> None:
    changed = ZH.replace("行驶", "驾驶").replace("后排", "后座").replace("请从", "请由").replace("说明", "解释")
    assert found(talk(changed, "ok")) == [(1, "zh", "shingle")]


def test_what_only_speaks_of_the_same_things_is_not_found() -> None:
    rows = [
        talk("高速上开后排的一扇车窗会有噪声吗？", "会，气压变化会让耳朵不舒服。"),
        talk("Should I open a rear window on the motorway?", "Better open two of them a little.", number=2),
        talk("Name a colour of a fire engine.", "Red.", number=3),
        talk("Which colour of the sky do you like, and can you name a song about the sky in the evening?", "Blue.", number=4),
    ]
    assert found(*rows) == []


def test_a_short_item_is_found_only_by_a_text_that_is_alike_as_a_whole() -> None:
    assert found(talk("So, name one colour that the sky has!", "Blue.")) == [(1, "short", "shingle")]
    assert found(talk("Name one colour that the sky has, and then tell me a long story about it.", "Blue.")) == []


def test_a_dialogue_is_matched_turn_by_turn_and_as_a_whole() -> None:
    probes = [Probe("s", "d", "prompt", "先导航去科技馆然后找停车场\n改成去动物园，停车要便宜\n现在终点是哪里？只写名字")]
    row = talk("先导航去科技馆然后找停车场", "好的。", "改成去动物园，停车要便宜", "好。", "现在终点是哪里？只写名字", "动物园")
    assert [match.kind for match in match_probes([row], probes)] == ["exact"]


def test_figures_are_those_of_comparing_each_with_each() -> None:
    random = np.random.default_rng(0)
    alphabet = list("空调温度车窗导航打开关闭座椅加热前后左右")
    probes = ["".join(random.choice(alphabet, int(size))) for size in random.integers(5, 60, 200)]
    texts = [probe[: int(len(probe) * random.uniform(0.7, 0.85))] + "".join(random.choice(alphabet, 8)) for probe in probes] * 2
    grams = [[set(Texts([text]).shingles().hashes.tolist()) for text in group] for group in (texts, probes)]
    expected: dict[tuple[int, int], float] = {}
    for one, mine in enumerate(grams[0]):
        for other, sought in enumerate(grams[1]):
            score = len(mine & sought) / (len(sought) if len(sought) >= 30 else len(mine | sought))
            if score >= SHINGLE_SHARE:
                expected[one, other] = score
    hits = {(hit.text, hit.probe): hit.score for hit in Matcher(probes).matches(texts) if hit.kind == "shingle"}
    assert len(expected) > 30
    assert hits == pytest.approx(expected)


def item(**changes: Any) -> Item:
    return Item.model_validate(item_line("x", **changes))


def test_prompt_turns_references_and_long_examples_are_looked_for_and_short_ones_are_not() -> None:
    reference = "The quick answer is that both windows ought to be opened a little."
    probes = list(
        item_probes("s", item(prompt="Why?", turns=["And then?"], references=[reference], **{"pass": [["4", "5"]], "fail": [["1", "2"]]}))
    )
    assert [(probe.part, probe.text) for probe in probes] == [("prompt", "Why?\nAnd then?"), ("reference", reference)]


def test_choices_are_looked_for_where_the_prompt_alone_says_little() -> None:
    choices = ["三位老师走进了会议室。", "三位老师们走进了会议室。"]
    short = item(prompt="", raw=True, choices=choices, scorer="choice", target={"answer": 0}, **{"pass": choices[:1], "fail": choices[1:]})
    assert [probe.text for probe in item_probes("s", short)] == choices
    long = item(prompt=EN, choices=choices, scorer="choice", target={"answer": 0}, **{"pass": choices[:1], "fail": choices[1:]})
    assert [probe.text for probe in item_probes("s", long)] == [EN]


def test_every_item_of_a_bundled_suite_is_found_when_it_is_trained_on() -> None:
    suite = load_suite(find_suite("dialogue"))
    rows = [
        talk(*(text for said, answer in zip(item.user_turns, item.passing[0], strict=True) for text in (said, answer)), number=number)
        for number, item in enumerate(suite.items)
    ]
    matches = find_contamination(rows, [suite])
    assert {(match.row.number, match.probe.item) for match in matches if match.kind == "exact"} >= {
        (number, item.id) for number, item in enumerate(suite.items)
    }


def test_the_record_names_every_suite_that_was_looked_at() -> None:
    matches = match_probes([talk(ZH, "a"), talk(EN, "b"), talk(ZH, "c")], PROBES)
    assert contamination_record(matches, ["t", "s"], "hash") == {
        "contamination": {"suites": {"s": ["en", "zh"], "t": []}, "data_hash": "hash"}
    }


def test_the_record_is_what_comparisons_read_from_a_checkpoints_manifest(tmp_path: Path) -> None:
    record = contamination_record(match_probes([talk(ZH, "a")], PROBES), ["s", "t"], "hash")
    (tmp_path / "manifest.json").write_text(json.dumps(record), encoding="utf-8")
    assert read_contamination(tmp_path) == Contamination(suites={"s": ("zh",), "t": ()}, data_hash="hash")


@pytest.mark.slow
def test_all_suites_are_loaded_once() -> None:
    names = [suite.name for suite in load_suites(("dialogue", "all"))]
    assert names[0] == "dialogue"
    assert len(names) == len(set(names)) > 5


def test_nothing_is_found_where_there_is_nothing(tmp_path: Path) -> None:
    assert match_probes([], PROBES) == []
    assert match_probes([talk("a", "b")], []) == []
    assert match_probes([talk("。", "!")], PROBES) == []
    assert json.dumps(contamination_record([], [], "")) == '{"contamination": {"suites": {}, "data_hash": ""}}'
