"""Rubrics: the bundled ones, and what is refused."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.errors import UserError
from harness.rubric import Rubric, bundled_rubrics, load_rubric
from harness.scorers.judge_words import read_preference, read_rating

PAIR: dict[str, Any] = {
    "name": "mine", "version": 1, "kind": "pairwise",
    "prompt": {"en": "{question} | {answer_a} | {answer_b}\n{reference}\nVerdict: A, B or tie?"},
    "reference": {"en": "(good: {reference})"},
}  # fmt: skip


@pytest.mark.parametrize("name", bundled_rubrics())
def test_a_bundled_rubric_is_whole_in_both_languages(name: str) -> None:
    rubric = load_rubric(name)
    assert set(rubric.prompt) == set(rubric.system) == set(rubric.reference) == set(rubric.title) == {"zh", "en"}
    assert rubric.name == name
    answers = {"answer_a": "{one}", "answer_b": "{two}"} if rubric.kind == "pairwise" else {"answer": "{one}"}
    for lang in ("zh", "en"):
        shown = rubric.ask(lang, "why?", "because", **answers)  # type: ignore[arg-type]
        assert all(shown.count(text) == 1 for text in ("why?", "because", *answers.values()))
        assert "because" not in rubric.ask(lang, "why?", None, **answers)  # type: ignore[arg-type]


def test_the_rubric_on_the_page_is_sound() -> None:
    page = (Path(__file__).parent.parent / "docs" / "judge.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert set(Rubric.model_validate(yaml.safe_load(shown)).prompt) == {"zh", "en"}


def test_the_lines_that_the_bundled_rubrics_ask_for_are_those_that_are_read() -> None:
    for lang in ("zh", "en"):
        lines = load_rubric("preference").prompt[lang].splitlines()  # type: ignore[index]
        assert [read_preference(line) for line in lines[-3:]] == ["a", "b", "tie"]
        line = load_rubric("quality").prompt[lang].splitlines()[-1]  # type: ignore[index]
        assert read_rating(line.replace("N", "9"), 1, 10) == 9


def test_a_question_with_braces_is_shown_as_it_is() -> None:
    rubric = Rubric.model_validate(PAIR)
    shown = rubric.ask("en", "{answer_a}?", None, answer_a="{x}", answer_b="{{y}}")
    assert shown == "{answer_a}? | {x} | {{y}}\n\nVerdict: A, B or tie?"
    assert "(good: {z})" in rubric.ask("en", "?", "{z}", answer_a="x", answer_b="y")


def test_a_language_that_a_rubric_lacks_is_named() -> None:
    with pytest.raises(UserError, match="Rubric 'mine' has no prompt in 'zh'"):
        Rubric.model_validate(PAIR).ask("zh", "?", None, answer_a="x", answer_b="y")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"scale": [1, 5]}, "scale: a pairwise rubric has none"),
        ({"kind": "pointwise"}, "scale: a pointwise rubric needs one"),
        ({"prompt": {"en": "{question} {answer_a}\nVerdict:"}, "reference": {}}, r"prompt\.en: \{answer_b\} is missing"),
        ({"prompt": {"en": "{question} {answer_a} {answer_b} {answer}\nVerdict:"}, "reference": {}}, r"\{answer\} stands for nothing"),
        ({"prompt": {"en": "{question} {answer_a} {answer_b} {\nVerdict:"}}, "double braces meant as such"),
        ({"prompt": {"en": "{question} {answer_a} {answer_b}"}, "reference": {}}, "must ask for a line that begins with 'Verdict:'"),
        ({"reference": {}}, r"reference\.en: \{reference\} in the prompt and this text need each other"),
        ({"reference": {"en": "none"}}, r"reference\.en: must hold \{reference\}"),
        ({"prompt": {}}, "prompt"),
        ({"weights": 3}, "weights"),
    ],
)
def test_a_rubric_that_could_not_work_is_refused_with_its_file(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({**PAIR, **changes}, allow_unicode=True), encoding="utf-8")
    with pytest.raises(UserError, match=rf"mine\.yaml: .*{complaint}"):
        load_rubric(str(path))


def test_an_unknown_rubric_is_answered_with_those_there_are() -> None:
    with pytest.raises(UserError, match=r"Unknown rubric 'nice': neither a file nor a bundled rubric \(preference, quality\)"):
        load_rubric("nice")


def test_another_wording_is_another_rubric_and_another_title_is_not() -> None:
    rubric = Rubric.model_validate(PAIR)
    assert Rubric.model_validate({**PAIR, "title": {"en": "Mine"}}).hash == rubric.hash
    assert Rubric.model_validate({**PAIR, "system": {"en": "Be kind."}}).hash != rubric.hash
