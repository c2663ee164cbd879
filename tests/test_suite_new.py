"""Making a suite: the folder is sound from the first moment, explains every field, and never takes the place of another."""

import json
import subprocess
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.command_suite import check_one
from harness.errors import UserError
from harness.plan import Choice, plan_suites
from harness.store import SCORES, read_lines
from harness.suite import bundled_names, load_suite
from harness.suite_check import check_targets
from harness.suite_config import Generation, SuiteConfig
from harness.suite_new import FILES, new_suite


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_suite("cockpit_faq", str(tmp_path))
    return tmp_path / "cockpit_faq"


@pytest.mark.slow
def test_a_new_suite_has_no_problems_and_no_warnings(folder: Path) -> None:
    check = check_one(str(folder))
    assert (check.problems, check.warnings) == ((), ())
    assert check.examples >= 2 * check.items
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


def test_a_new_suite_has_every_kind_of_item_in_both_languages(folder: Path) -> None:
    suite = load_suite(folder)
    counts = Counter((item.scorer, item.lang) for item in suite.items)
    kinds = ("constraints", "exact", "choice", "code", "abstention")
    assert set(counts) == {(kind, lang) for kind in kinds for lang in ("zh", "en")}
    assert {item.stratum for item in suite.items} == set(suite.config.strata)
    assert {item.target["abstain"] for item in suite.items if item.scorer == "abstention"} == {True, False}
    assert any(item.system for item in suite.items)
    assert len({item.cluster for item in suite.items}) < len(suite.items)


def test_a_new_suite_bears_its_name_and_nothing_of_the_template(folder: Path) -> None:
    assert load_suite(folder).name == "cockpit_faq"
    for file in FILES:
        text = (folder / file).read_text(encoding="utf-8")
        assert "my_suite" not in text
        assert "cockpit_faq" in text


def test_every_field_stands_in_a_new_suite_and_the_optional_ones_with_their_default(folder: Path) -> None:
    written: dict[str, Any] = yaml.safe_load((folder / "suite.yaml").read_text(encoding="utf-8"))
    assert set(written) == set(SuiteConfig.model_fields)
    assert set(written["generation"]) == set(Generation.model_fields)
    assert Generation.model_validate(written["generation"]) == Generation()
    given = load_suite(folder).config
    for name in ("repetitive_strata", "quick_items", "core_items", "max_errors", "knowledge", "consistency", "corpus_metrics", "few_shot"):
        assert getattr(given, name) == SuiteConfig.model_fields[name].default


def test_every_field_is_explained_in_english_and_then_in_chinese(folder: Path) -> None:
    lines = (folder / "suite.yaml").read_text(encoding="utf-8").splitlines()
    fields = [number for number, line in enumerate(lines) if ":" in line and not line.lstrip().startswith(("#", "en:", "zh:"))]
    assert len(fields) == len(SuiteConfig.model_fields) + len(Generation.model_fields)
    for number in fields:
        above, chinese = lines[number - 2].lstrip(), lines[number - 1].lstrip()
        assert above.startswith("# "), lines[number]
        assert above.isascii(), lines[number]
        assert chinese.startswith("# "), lines[number]
        assert not chinese.isascii(), lines[number]


def test_a_new_suite_can_be_planned_for_a_run(folder: Path) -> None:
    suite = load_suite(folder)
    check_targets(suite)
    (plan,) = plan_suites([suite], Choice("quick", None, None, 1, 0, 0))
    assert len(plan.items) == len(suite.items)


def test_nothing_is_written_over(folder: Path) -> None:
    (folder / "items.jsonl").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="cockpit_faq' exists already and is left as it is"):
        new_suite("cockpit_faq", str(folder.parent))
    assert (folder / "items.jsonl").read_text(encoding="utf-8") == "mine"


def test_a_file_of_that_name_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    with pytest.raises(UserError, match="exists already"):
        new_suite("mine", str(tmp_path))
    assert (tmp_path / "mine").read_text() == "precious"


@pytest.mark.parametrize("name", ["", "Cockpit", "9lives", "a-b", "a b", "../up", "a/b", "座舱", "a\n", "_a", "x" * 61])
def test_a_name_that_no_suite_may_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="no name for a suite: use lower-case letters"):
        new_suite(name, str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_names_of_bundled_suites_are_taken(tmp_path: Path) -> None:
    for name in bundled_names():
        with pytest.raises(UserError, match=f"'{name}' is the name of a bundled suite"):
            new_suite(name, str(tmp_path))


def test_a_missing_parent_is_made(tmp_path: Path) -> None:
    new_suite("deep", str(tmp_path / "one" / "two"))
    assert load_suite(tmp_path / "one" / "two" / "deep").name == "deep"


@pytest.mark.parametrize("below", ["file", "file/below"])
def test_a_parent_that_is_a_file_is_refused(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match=f"--dir '{tmp_path / below}': .*; name a folder"):
        new_suite("mine", str(tmp_path / below))


def test_a_parent_with_a_space_is_quoted_in_what_to_type(tmp_path: Path) -> None:
    lines = new_suite("mine", str(tmp_path / "my suites"))
    assert f"harness suite check '{tmp_path / 'my suites' / 'mine'}'" in lines[1]


def test_the_template_is_packed_with_the_project() -> None:
    assert sorted(path.name for path in (files("harness") / "new_suite").iterdir()) == sorted(FILES)
    pyproject = (Path(__file__).parent.parent / "pyproject.toml").read_text()
    assert 'harness = ["new_suite/*"]' in pyproject


@pytest.mark.engine
def test_a_new_suite_is_evaluated_by_its_path(folder: Path, tiny_model: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness", "eval", "--model", str(tiny_model), "--suites", str(folder), "--engine", "transformers"]
    result = subprocess.run([*command, "--device", "cpu", "--out", str(tmp_path / "runs")], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    (run,) = (tmp_path / "runs").iterdir()
    rows = read_lines(run / SCORES)
    assert len(rows) == len(load_suite(folder).items)
    assert all(row["error"] is None for row in rows), json.dumps(rows)[:2000]
