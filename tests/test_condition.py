"""What a condition's file may say, and what a suite becomes under it."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from harness.condition import Condition, Step, StepName, bundled_conditions, find_condition, load_conditions
from harness.errors import UserError
from harness.plan import Choice, SuitePlan, plan_suites, suites_under
from harness.suite import load_suite
from tests.conftest import item_line, write_suite

CHOICES = {"choices": ["four", "five"], "target": {"answer": 0}, "scorer": "choice", "pass": ["four"], "fail": ["five"]}
WORDS = {"zh": "简短回答。", "en": "Be brief."}


def write(folder: Path, text: str, name: str = "mine.yaml") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def condition(**fields: Any) -> Condition:
    return Condition.model_validate({"name": "mine", **fields})


def part_of(folder: Path, items: list[dict[str, Any]], **config: Any) -> SuitePlan:
    return plan_suites([load_suite(write_suite(folder, items, **config))], Choice())[0]


def test_everything_that_a_file_may_say_is_read(tmp_path: Path) -> None:
    text = """
    name: mine
    title: {en: Mine, zh: 我的}
    system: {zh: 简短。, en: Brief.}
    generation: {temperature: 0.2, max_tokens: 5, top_p: 0.9, stop: ["\\n"]}
    post: [cut_repeated_sentences, max_sentences: 3, {max_characters: 50}, correct_claims]
    suites: [arith]
    """
    (mine,) = load_conditions([write(tmp_path, text)])
    assert mine.system == {"zh": "简短。", "en": "Brief."}
    assert mine.generation.model_dump() == {"temperature": 0.2, "max_tokens": 5, "top_p": 0.9, "stop": ("\n",)}
    assert [(step.name, step.limit) for step in mine.post] == [
        ("cut_repeated_sentences", None), ("max_sentences", 3), ("max_characters", 50), ("correct_claims", None),
    ]  # fmt: skip
    assert mine.suites == ("arith",)
    assert Condition.from_json(json.loads(json.dumps(mine.as_json()))) == mine


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name: a", "declares nothing: give system, generation or post"),
        ("name: a\ngeneration: {}", "declares nothing"),
        ("name: a\nprompt: x", "prompt: Extra inputs are not permitted"),
        ("name: A b\npost: [correct_claims]", "name: String should match"),
        ("post: [correct_claims]", "name: Field required"),
        ("name: a\nsystem: {fr: Bref.}", "system.fr"),
        ("name: a\nsystem: {en: ' '}", "system.en: String should have at least 1 character"),
        ("name: a\nsystem: Brief.", "system: Input should be a valid dictionary"),
        ("name: a\ngeneration: {temprature: 1}", "generation.temprature: Extra inputs"),
        ("name: a\ngeneration: {temperature: -1}", "generation.temperature"),
        ("name: a\npost: cut_it", "post: must be a list of steps; there are cut_repeated_sentences, max_sentences: n"),
        ("name: a\npost: [cut_it]", "post: unknown step 'cut_it'; there are cut_repeated_sentences, max_sentences: n"),
        ("name: a\npost: [[max_sentences]]", "post: unknown step"),
        ("name: a\npost: [max_sentences]", "step 'max_sentences' needs a whole number of at least 1: 'max_sentences: 3'"),
        ("name: a\npost: [max_characters: 0]", "step 'max_characters' needs a whole number"),
        ("name: a\npost: [max_characters: true]", "step 'max_characters' needs a whole number"),
        ("name: a\npost: [correct_claims: 2]", "step 'correct_claims' takes no value"),
        ("name: a\npost: [{max_sentences: 2, max_characters: 9}]", "post: unknown step"),
        ("name: a\npost: [{name: max_sentences}]", "step 'max_sentences' needs a whole number"),
        ("name: a\npost: [correct_claims]\nsuites: []", "suites: Tuple should have at least 1 item"),
        ("name: a\nname: b", "key 'name' already stands in line 1"),
        ("- a", "mine.yaml: holds a list, not settings"),
        ("name: [", "not valid YAML"),
    ],
)
def test_what_does_not_fit_is_one_sentence_with_file_and_reason(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UserError) as caught:
        load_conditions([write(tmp_path, text)])
    assert "mine.yaml" in str(caught.value)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bundled_ones_are_found_by_name_and_a_file_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"concise", "corrected", "trimmed", "unsure"} <= set(bundled_conditions())
    for name in bundled_conditions():
        (loaded,) = load_conditions([name])
        assert loaded.name == name
        assert set(loaded.title) == {"en", "zh"}
        assert find_condition(f"{name}.yaml") == find_condition(name)
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "name: own\npost: [correct_claims]", "concise.yaml")
    assert [each.name for each in load_conditions(["concise.yaml", "concise"])] == ["own", "concise"]


def test_the_page_shows_every_field_and_step_and_all_that_are_bundled(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "conditions.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```\n", page, re.DOTALL)
    (shown,) = load_conditions([write(tmp_path, example)])
    assert shown.model_fields_set == set(Condition.model_fields)
    assert [step.name for step in shown.post] == list(get_args(StepName))
    for name in (*Condition.model_fields, *bundled_conditions()):
        assert re.search(rf"^\| `{name}` \|", page, re.MULTILINE), name
    for step in get_args(StepName):
        assert re.search(rf"^\| `{step}(?:: n)?` \|", page, re.MULTILINE), step


def test_an_unknown_one_is_named_with_those_there_are() -> None:
    with pytest.raises(UserError, match=r"Unknown condition 'terse'.*concise, corrected"):
        load_conditions(["terse"])


def test_one_given_twice_is_one_but_two_of_one_name_or_content_are_refused(tmp_path: Path) -> None:
    mine = write(tmp_path, "name: mine\npost: [correct_claims]")
    assert len(load_conditions([mine, mine])) == 1
    with pytest.raises(UserError, match="another condition is called 'mine'"):
        load_conditions([mine, write(tmp_path, "name: mine\npost: [max_sentences: 1]", "other.yaml")])
    with pytest.raises(UserError, match="condition 'other' does the same as 'mine'"):
        load_conditions([mine, write(tmp_path, "name: other\npost: [correct_claims]", "other.yaml")])


def test_the_hash_is_of_what_it_does() -> None:
    plain = condition(system=WORDS, post=["correct_claims"])
    assert condition(system=WORDS, post=["correct_claims"], title={"en": "T"}, suites=["a"]).hash == plain.hash
    assert Condition(name="other", system=WORDS, post=(Step(name="correct_claims"),)).hash == plain.hash
    others = [
        condition(system={**WORDS, "en": "Short."}, post=["correct_claims"]),
        condition(system=WORDS),
        condition(system=WORDS, post=["correct_claims"], generation={"temperature": 0}),
        condition(system=WORDS, post=["correct_claims", {"max_sentences": 2}]),
        condition(system=WORDS, post=[{"max_sentences": 2}, "correct_claims"]),
        condition(system=WORDS, post=["correct_claims", {"max_sentences": 3}]),
    ]
    assert len({other.hash for other in [plain, *others]}) == len(others) + 1


def test_its_system_text_stands_before_the_items_own_in_the_items_language(tmp_path: Path) -> None:
    items = [
        item_line("en", system="You are a car."), item_line("bare"), item_line("zh", lang="zh"), item_line("choice", **CHOICES),
        item_line("raw", raw=True, **CHOICES), {"id": "t", "lang": "en", "stratum": "easy", "text": "Run.", "target": {},
        "scorer": "bits_per_byte"},
    ]  # fmt: skip
    plain = part_of(tmp_path, items, scorer="exact")
    under = plain.under(condition(system=WORDS))
    assert {item.id: item.system for item in under.items} == {
        "en": "Be brief.\n\nYou are a car.", "bare": "Be brief.", "zh": "简短回答。", "choice": "Be brief.", "raw": None, "t": None,
    }  # fmt: skip
    assert under.items[0].messages[0] == {"role": "system", "content": "Be brief.\n\nYou are a car."}
    assert under.items_hash == plain.items_hash


def test_a_language_without_words_is_refused(tmp_path: Path) -> None:
    items = [item_line("a", lang="zh"), item_line("b")]
    with pytest.raises(UserError, match=r"'mine' has no system text in 'en', but suite 'arith' has items in it.*--lang"):
        part_of(tmp_path, items).under(condition(system={"zh": "简短。"}))
    assert part_of(tmp_path, items[:1]).under(condition(system={"zh": "简短。"})).items[0].system == "简短。"


def test_generation_is_overridden_where_it_says_so(tmp_path: Path) -> None:
    plain = part_of(tmp_path, [item_line("a")], generation={"max_tokens": 8, "stop": ["x"], "sampling_temperature": 0.5})
    under = plain.under(condition(generation={"temperature": 0.0, "top_p": 0.5, "stop": []}))
    before, after = plain.suite.config.generation, under.suite.config.generation
    assert after == before.model_copy(update={"top_p": 0.5, "stop": ()})
    assert under.facts()["generation"]["top_p"] == 0.5
    assert under.facts()["plain_generation"]["top_p"] == 1.0


def test_suites_that_it_is_not_for_or_changes_nothing_in_are_left_out(tmp_path: Path) -> None:
    free = part_of(tmp_path / "free", [item_line("a")], name="free")
    choices = part_of(tmp_path / "choices", [item_line("a", **CHOICES)], name="choices")
    code = {"entry_points": ["f"], "tests": "assert f() == 1"}
    program = item_line("a", scorer="code", target=code, **{"pass": ["def f(): return 1"], "fail": ["def f(): return 2"]})
    programs = part_of(tmp_path / "programs", [program], name="programs")
    parts = [free, choices, programs]

    def names(**fields: Any) -> list[str]:
        return [part.suite.name for part in suites_under(parts, condition(**fields))]

    assert names(system=WORDS) == ["free", "choices", "programs"]
    assert names(generation={"max_tokens": 5}) == ["free", "programs"]
    assert names(post=[{"max_sentences": 1}]) == ["free"]
    assert names(system=WORDS, suites=["choices"]) == ["choices"]
    with pytest.raises(UserError, match=r"'mine' changes nothing in the suites that are evaluated \(free, choices, programs\)"):
        names(post=["correct_claims"])
    with pytest.raises(UserError, match="It is for elsewhere"):
        names(system=WORDS, suites=["elsewhere"])
