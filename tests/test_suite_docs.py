"""docs/suites.md teaches what is there: its examples are sound, and no field, scorer, metric, constraint or complaint is left out."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from harness import suite_audit, suite_check, suite_choices
from harness.command_suite import check_one
from harness.item import Item, PublicItem
from harness.public import Recipe
from harness.scorers import _CLASSES, load_scorer
from harness.scorers.constraints import AnyConstraint
from harness.scorers.ifbench import UNSUPPORTED
from harness.settings import read_yaml
from harness.suite import bundled_folder, recipe_names
from harness.suite_config import Generation, SuiteConfig

PAGE = (Path(__file__).parent.parent / "docs" / "suites.md").read_text(encoding="utf-8")


# Judge the items of public benchmarks, or those that `harness judge` makes, whose targets are written for them; a suite of one's own has no
# use for them.
PUBLIC = {"choice_mass", "gsm8k", "ifbench", "ifeval", "judge_pair", "judge_rating", "length", "nearness", "one_of"}


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)\n```\n", PAGE, re.DOTALL)


def examples() -> Iterator[dict[str, Any]]:
    for block in blocks("json"):
        rest = block
        while rest:
            item, end = json.JSONDecoder().raw_decode(rest)
            yield item
            rest = rest[end:].lstrip()


@pytest.mark.slow
def test_the_settings_and_items_on_the_page_are_a_sound_suite(tmp_path: Path) -> None:
    settings, table = blocks("yaml")
    (tmp_path / "suite.yaml").write_text(settings, encoding="utf-8")
    (tmp_path / yaml.safe_load(settings)["knowledge"]).write_text(table, encoding="utf-8")
    (tmp_path / "items.jsonl").write_text("\n".join(json.dumps(item) for item in examples()), encoding="utf-8")
    check = check_one(str(tmp_path))
    assert (check.problems, check.warnings) == ((), ())
    assert set(yaml.safe_load(settings)) == set(SuiteConfig.model_fields)


def test_every_scorer_has_an_example_and_its_metrics_stand_there() -> None:
    assert {item["scorer"] for item in examples()} == set(_CLASSES) - PUBLIC
    for name in _CLASSES:
        assert re.search(rf"^\| `{name}` \|.*\| `{' '.join(load_scorer(name).metrics)}` \|$", PAGE, re.MULTILINE), name


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_targets_of_public_benchmarks_are_shown_as_they_are(name: str) -> None:
    (target,) = re.findall(rf"^{name} +(\{{.*\}})$", PAGE, re.MULTILINE)
    choices = ("a", "b", "c") if name == "choice_mass" else None
    item = PublicItem(id="1", lang="en", stratum="all", prompt="Say it.", choices=choices, target=json.loads(target))
    load_scorer(name).check_target(item)


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_has_a_row_with_its_size_and_metric(name: str) -> None:
    recipe = read_yaml(bundled_folder() / "public" / f"{name}.yaml", Recipe)
    assert re.search(rf"^\| `{name}` \| {recipe.items}\b.*\| `{recipe.primary_metric}` \|$", PAGE, re.MULTILINE)


def test_what_ifbench_leaves_out_is_named() -> None:
    assert all(f"`{kind}`" in PAGE for kind in UNSUPPORTED)


@pytest.mark.parametrize("model", [SuiteConfig, Generation, Item])
def test_every_field_has_a_row(model: Any) -> None:
    for name, field in model.model_fields.items():
        assert re.search(rf"^\| `{field.alias or name}` \|", PAGE, re.MULTILINE), name


def test_every_kind_of_constraint_has_a_row() -> None:
    rules = get_args(get_args(AnyConstraint)[0])
    table = PAGE[PAGE.index("| kind |") : PAGE.index("### code")]
    for rule in rules:
        (kind,) = get_args(rule.model_fields["kind"].annotation)
        assert f"`{kind}`" in table, kind
        for field in set(rule.model_fields) - {"kind"}:
            assert f"`{field}`" in table, (kind, field)


def test_every_rule_has_a_row() -> None:
    sources = "".join(Path(module.__file__ or "").read_text(encoding="utf-8") for module in (suite_audit, suite_choices))
    rules = set(re.findall(r"Finding\(\s*\"(\w+)\"", sources)) | {"examples"}
    assert len(rules) == 7
    for rule in rules:
        assert re.search(rf"^\| `{rule}`", PAGE, re.MULTILINE), rule


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (suite_check, ["is not one of the choices", "has the same prompt as ", "has no items"]),
        (suite_audit, ["prompts have one skeleton, at most ", "prompts are too few", "nearly the same prompt as ", "stands in the prompt"]),
        (suite_audit, ["is empty", "items have the same fail example"]),
        (suite_choices, ["the positions of right choices are uneven", "the right choice is the longest in "]),
    ],
)
def test_complaints_are_quoted_as_they_are_made(module: Any, words: list[str]) -> None:
    source = Path(module.__file__).read_text(encoding="utf-8")
    for phrase in words:
        assert phrase in source
        assert phrase in PAGE
