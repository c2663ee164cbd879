"""What dataspec.yaml and templates.yaml ask for is held; facts; misspelt settings."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from harness.errors import UserError
from sft_train.config import DataConfig, RuleName
from sft_train.data.clean import DUPLICATE, NEAR
from sft_train.data.facts import fact_findings, ground
from sft_train.data.faults import RULES
from sft_train.data.record import Row
from sft_train.data.spec import Spec, check_spec, read_spec
from sft_train.data.templates import Registry, Template, lint_templates, read_templates, unify
from sft_train.settings import read_settings
from tests.sft_train.rows import talk


def complaints(rows: list[Row], **spec: Any) -> list[str]:
    return [f"{each.rule}: {each.text}" for each in check_spec(rows, Spec.model_validate({"tasks": {"a": {}}, **spec}))]


def row(prompt: str = "空调能调到多少度", answer: str = "16到32度。", **changes: Any) -> Row:
    return talk(prompt, answer, **({"task": "a", "license": "MIT"} | changes))


@pytest.mark.parametrize(
    ("rows", "spec", "complaint"),
    [
        (
            [row(task="b")],
            {"tasks": {"a": {}, "bb": {}}},
            "task: 1 rows have the task 'b', which dataspec.yaml does not know; did you mean 'bb'?",
        ),
        ([row(task="")], {}, "task: 1 rows name no task"),
        ([row()], {"tasks": {"a": {"least": 2}}}, "coverage: task 'a' has 1 rows; at least 2"),
        ([row()], {"tasks": {"a": {"share": 0.3}}}, "share: task 'a' has 100% of the rows; 30% ± 5% is wanted"),
        ([row()], {"tasks": {"a": {"answer": {"most": 3}}}}, "format: task 'a': 1 answers are longer than 3 字"),
        ([row()], {"tasks": {"a": {"answer": {"least": 9}}}}, "format: task 'a': 1 answers are shorter than 9 字"),
        ([row()], {"tasks": {"a": {"answer": {"pattern": "^答"}}}}, "format: task 'a': 1 answers do not match '^答'"),
        ([row(answer="结论\n背景")], {"tasks": {"a": {"answer": {"parts": ["背景", "结论"]}}}}, "format: task 'a': 1 answers lack '结论'"),
        ([row()], {"tasks": {"a": {"slots": {"车型": ["凌云", "X5"]}}}}, "slot: task 'a': 1 prompts say nothing of 车型"),
        ([row(license="")], {"licenses": ["MIT"]}, "license: 1 rows have no licence"),
        ([row(license="GPL")], {"licenses": ["MIT"]}, "license: 1 rows have the licence 'GPL', which is not on the list (MIT)"),
        (
            [row(answer="冷气机可调16到32度。")],
            {"glossary": {"空调": ["冷气机"]}},
            "glossary: 1 answers say '冷气机' where the term is '空调'",
        ),
        ([row()], {"dialogues": {"least_long": 0.1}}, "rounds: 0 of 1 rows (0%) have three rounds or more; 10% are wanted"),
        ([talk("a", "b", "c", "d", task="a")], {"dialogues": {"tags": {"clarification": 0.2}}}, "tag: 0 of 1 dialogues carry the tag"),
    ],
)
def test_what_is_not_as_wanted_is_said(rows: list[Row], spec: dict[str, Any], complaint: str) -> None:
    assert any(text.startswith(complaint) for text in complaints(rows, **spec)), complaints(rows, **spec)


def test_rows_that_are_as_wanted_pass_every_rule() -> None:
    rows = [row(), talk("凌云的空调", "好", "开", "好", "关", "好", task="b", license="MIT", tags=("clarification",))]
    spec = {
        "tasks": {"a": {"share": 0.5, "answer": {"most": 10, "pattern": r"\d", "parts": ["16", "32"]}, "slots": {"what": ["空调"]}},
                  "b": {"share": 0.5, "slots": {"车型": ["凌云"]}}},
        "licenses": ["MIT"], "glossary": {"空调": ["冷气机"], "boot": ["trunk"]},
        "dialogues": {"least_long": 0.5, "tags": {"clarification": 1.0}},
    }  # fmt: skip
    assert complaints(rows, **spec) == []


def test_an_english_wording_of_the_glossary_is_a_whole_word() -> None:
    assert complaints([row(answer="The trunks of trees.")], glossary={"boot": ["trunk"]}) == []
    assert len(complaints([row(answer="Open the Trunk.")], glossary={"boot": ["trunk"]})) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("taks: {a: {}}", "unknown key 'taks'; did you mean 'tasks'?"),
        ("tasks: {a: {shere: 0.1}}", "tasks.a: unknown key 'shere'; did you mean 'share'?"),
        ("tasks: {a: {answer: {mots: 3}}}", "tasks.a.answer: unknown key 'mots'; did you mean 'most'?"),
        ("tasks: {a: {share: 3}}", "tasks.a.share"),
        ("tasks: {a: {answer: {pattern: '('}}}", "no regular expression"),
        ("tasks: {a: {}, a: {}}", "line 1: key 'a' already stands in line 1"),
        ("tasks: [", "not valid YAML"),
        ("- a", "holds a list, not settings"),
    ],
)
def test_a_spec_that_is_wrong_is_refused_by_key(content: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "dataspec.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(UserError) as error:
        read_spec(str(tmp_path / "dataspec.yaml"))
    assert sentence in str(error.value)


def test_every_cleaning_rule_can_be_switched_off() -> None:
    assert set(get_args(RuleName)) == {*RULES, DUPLICATE, NEAR}


def test_a_misspelt_key_within_a_list_is_answered_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("sources: [{path: a.jsonl, licence: MIT}]", encoding="utf-8")
    with pytest.raises(UserError, match=r"sources\.0: unknown key 'licence'; did you mean 'license'\?"):
        read_settings(tmp_path / "data.yaml", DataConfig)


REGISTRY = Registry.model_validate(
    {"tasks": {"a": {"longest": 20, "templates": [{"lang": "zh", "text": "分类：{text} 类别："}], "strict": True}}}
)  # fmt: skip


@pytest.mark.parametrize(
    ("prompt", "rule"),
    [
        ("分类：空调不冷 类别：", None),
        ("分类：空调不冷\n类别：", "spacing"),
        ("空调不冷属于哪一类？", "template"),
        ("分类：{text} 类别：", "unfilled"),
        ("分类：[文本] 类别：", "unfilled"),
        ("分类：" + "空调不冷" * 6 + " 类别：", "long"),
        ("用户：开窗\n助手：好", "role_tags"),
        ("分类：麻烦您帮我开窗 类别：", "filler"),
    ],
)
def test_a_prompt_that_is_worded_unlike_its_template_is_found(prompt: str, rule: str | None) -> None:
    assert rule in [None, *(each.rule for each in lint_templates([row(prompt, "故障")], REGISTRY))]
    if rule is None:
        assert lint_templates([row(prompt, "故障")], REGISTRY) == []


def test_the_rules_that_are_found_are_named() -> None:
    prompts = ["空调不冷属于哪一类？", "分类：{text} 类别：", "分类：空调\n类别："]
    assert {each.rule for each in lint_templates([row(prompt, "故障") for prompt in prompts], REGISTRY)} == {
        "template",
        "unfilled",
        "spacing",
    }


def test_bundled_templates_render_and_are_read_back() -> None:
    for name, task in read_templates("bundled").tasks.items():
        for template in task.templates:
            values = {slot: f"{slot} 的内容" for slot in template.slots}
            assert template.read(template.render(values)) == values, name


def test_a_template_is_not_rendered_with_an_empty_slot() -> None:
    with pytest.raises(ValueError, match="no value for limit"):
        Template(text="{text}，不超过{limit}字").render({"text": "a", "limit": " "})


def test_facts_are_put_before_the_question_once() -> None:
    plain = row(facts=("空调：16到32度", "两区"))
    grounded = ground(plain)
    assert grounded.question == "[事实]：空调：16到32度；两区\n空调能调到多少度"
    assert ground(grounded) == grounded
    assert ground(row()) == row()


def test_figures_that_no_fact_states_are_reported() -> None:
    good, bad = row(facts=("空调：16到32度",)), row(answer="16到30度。", facts=("空调：16到32度",), number=2)
    assert fact_findings([good, row()]) == []
    assert fact_findings([good, bad])[0].rows == ("rows, row 2 (30)",)


WORDED = Registry.model_validate(
    {"tasks": {"a": {"templates": [{"lang": "zh", "text": "分类：{text} 类别：", "others": ["{text}属于哪一类？", "给{text}分类"]}]}}}
)


@pytest.mark.parametrize(
    ("asked", "worded"),
    [
        ("空调不冷属于哪一类?", "分类：空调不冷 类别："),  # A sign of the other width.
        ("给空调不冷分类", "分类：空调不冷 类别："),
        ("分类: 空调不冷\n类别:", "分类：空调不冷 类别："),
        ("分类：空调不冷 类别：", None),  # As it should be.
        ("空调不冷是怎么回事？", None),  # No wording of it.
    ],
)
def test_other_wordings_are_reported_and_rewritten_only_where_they_fit(asked: str, worded: str | None) -> None:
    dialogue = talk("你好", "您好", asked, "故障", task="a", lang="zh")
    (found,), reworded = unify([dialogue], WORDED)
    assert found.question == (worded or asked)
    assert found.turns[:2] == dialogue.turns[:2]
    assert [(each.row, each.question) for each in reworded] == ([(dialogue, worded)] if worded else [])
    assert bool(lint_templates([dialogue], WORDED)) == (worded is not None)
    assert unify([found], WORDED)[1] == []


@pytest.mark.parametrize(
    ("other", "sentence"), [("{a}属于哪一类？", "has other slots (a) than its template (text)"), (" {text} ", "has no words of its own")]
)
def test_other_wordings_that_could_not_be_read_are_refused(other: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Template(text="分类：{text} 类别：", others=(other,))
