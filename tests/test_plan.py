"""A run's key: the same for the same work wherever it lies and whatever it is called, another for anything a response depends on."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.engines.base import EngineSettings
from harness.errors import UserError
from harness.model import parse_model, resolve_model
from harness.plan import Choice, RunPlan, plan_suites
from harness.records import Response
from harness.store import JOURNAL, MANIFEST, Journal
from harness.suite import load_suite
from tests.adapters import make_adapter
from tests.conftest import item_line, make_tiny_model, write_suite


@pytest.fixture
def plan(tiny_model: Path, suite_folder: Path) -> RunPlan:
    choice = Choice()
    return RunPlan(
        resolve_model(parse_model(str(tiny_model))), plan_suites([load_suite(suite_folder)], choice), choice, EngineSettings(), None
    )


def with_model(plan: RunPlan, text: str | Path) -> RunPlan:
    return replace(plan, model=resolve_model(parse_model(str(text))))


def with_suite(plan: RunPlan, folder: Path) -> RunPlan:
    return replace(plan, suites=plan_suites([load_suite(folder)], plan.choice))


def test_the_key_depends_on_neither_path_nor_name_of_model_and_suite(plan: RunPlan, tiny_model: Path, tmp_path: Path) -> None:
    model = shutil.copytree(tiny_model, tmp_path / "renamed")
    suite = write_suite(tmp_path / "elsewhere")
    assert with_suite(with_model(plan, model), suite).key == plan.key


def test_the_key_does_not_depend_on_what_only_judges_responses(plan: RunPlan, tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "other", title={"en": "Sums"}, margin=0.1, max_errors=2)
    assert with_suite(plan, suite).key == plan.key


def test_the_order_of_suites_does_not_count(plan: RunPlan, tmp_path: Path) -> None:
    both = [*plan.suites, *plan_suites([load_suite(write_suite(tmp_path / "more", name="more"))], plan.choice)]
    assert replace(plan, suites=tuple(both)).key == replace(plan, suites=tuple(reversed(both))).key != plan.key


Change = Callable[[RunPlan, Path], RunPlan]
CHANGES: dict[str, Change] = {
    "weights": lambda plan, tmp: with_model(plan, make_tiny_model(tmp / "tiny", seed=1)),
    "adapter": lambda plan, tmp: with_model(plan, make_adapter(plan.model.folder, tmp / "tuned")),
    "dtype": lambda plan, tmp: with_model(plan, f"{plan.model.folder},dtype=bfloat16"),
    "context": lambda plan, tmp: with_model(plan, f"{plan.model.folder},max_model_len=512"),
    "thinking": lambda plan, tmp: with_model(plan, f"{plan.model.folder},thinking=off"),
    "an item's prompt": lambda plan, tmp: with_suite(plan, write_suite(tmp / "s", [item_line("q0", prompt="2+3?"), item_line("q1")])),
    "an item more": lambda plan, tmp: with_suite(plan, write_suite(tmp / "s", [item_line(f"q{n}") for n in range(4)])),
    "max_tokens": lambda plan, tmp: with_suite(plan, write_suite(tmp / "s", generation={"max_tokens": 9})),
    "temperature": lambda plan, tmp: with_suite(plan, write_suite(tmp / "s", generation={"max_tokens": 8, "temperature": 0.1})),
    "stop": lambda plan, tmp: with_suite(plan, write_suite(tmp / "s", generation={"max_tokens": 8, "stop": ["."]})),
    "examples": lambda plan, tmp: with_suite(plan, write_suite(tmp / "s", few_shot=[{"user": "1+1?", "assistant": "2"}])),
    "samples": lambda plan, tmp: replace(plan, choice=replace(plan.choice, samples=2)),
    "seed": lambda plan, tmp: replace(plan, choice=replace(plan.choice, seed=1)),
    "draw": lambda plan, tmp: replace(plan, choice=replace(plan.choice, draw=1)),
    "template": lambda plan, tmp: replace(plan, template="{{ messages }}"),
    "engine": lambda plan, tmp: replace(plan, engine=EngineSettings("transformers")),
    "device": lambda plan, tmp: replace(plan, engine=EngineSettings(device="cpu")),
    "tensor_parallel": lambda plan, tmp: replace(plan, engine=EngineSettings(tensor_parallel=2)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_key_changes_with_everything_a_response_depends_on(plan: RunPlan, tmp_path: Path, change: str) -> None:
    assert CHANGES[change](plan, tmp_path).key != plan.key


def test_two_templates_have_two_keys(plan: RunPlan) -> None:
    assert replace(plan, template="{{ messages }}").key != replace(plan, template="{{ messages }} ").key


def test_the_key_changes_with_the_versions_of_the_numerics(plan: RunPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    before = plan.key
    monkeypatch.setattr("harness.plan.stack_versions", lambda: {"torch": "0"})
    assert replace(plan).key != before


def test_a_quick_run_that_takes_all_items_is_the_full_run(plan: RunPlan) -> None:
    full = replace(plan, choice=replace(plan.choice, size="full"), suites=plan_suites([plan.suites[0].suite], Choice(size="full")))
    assert full.key == plan.key


# Replayed runs: the responses are the journal's.


def write_recorded(folder: Path, text: str, *, run: str | None) -> Path:
    folder.mkdir()
    journal = Journal(folder / JOURNAL)
    journal.append(Response("arith/q0/0/0", text))
    journal.close()
    if run is not None:
        (folder / MANIFEST).write_text(json.dumps({"format_version": 1, "run": run}))
    return folder


def replayed(plan: RunPlan, folder: Path) -> RunPlan:
    return replace(plan, engine=EngineSettings("replay", replay=str(folder)))


def test_replaying_a_copy_of_a_run_has_the_same_key_and_replaying_another_run_has_not(plan: RunPlan, tmp_path: Path) -> None:
    first, copy, other = (
        write_recorded(tmp_path / name, text, run=run) for name, text, run in (("a", "4", "1f"), ("b", "4", "1f"), ("c", "5", "2f"))
    )
    assert replayed(plan, first).key == replayed(plan, copy).key != replayed(plan, other).key
    assert replayed(plan, first).key != plan.key


def test_replaying_a_copy_of_an_incomplete_run_has_the_same_key(plan: RunPlan, tmp_path: Path) -> None:
    assert (
        replayed(plan, write_recorded(tmp_path / "a", "4", run=None)).key
        == replayed(plan, write_recorded(tmp_path / "b", "4", run=None)).key
    )


@pytest.mark.parametrize("run", ["1f", None])
def test_replaying_other_responses_has_another_key_though_the_run_was_the_same(plan: RunPlan, tmp_path: Path, run: str | None) -> None:
    before = replayed(plan, write_recorded(tmp_path / "a", "4", run=run)).key
    shutil.rmtree(tmp_path / "a")
    assert replayed(plan, write_recorded(tmp_path / "a", "5", run=run)).key != before


# Where a run lies.


def test_a_run_is_found_by_its_hash_whatever_its_label(plan: RunPlan, tmp_path: Path) -> None:
    (tmp_path / f"old-name-{plan.key}").mkdir()
    assert plan.folder(tmp_path, "new-name") == tmp_path / f"old-name-{plan.key}"
    assert plan.folder(tmp_path / "other", "new-name") == tmp_path / "other" / f"new-name-{plan.key}"


def test_a_complete_run_is_preferred_to_an_incomplete_one(plan: RunPlan, tmp_path: Path) -> None:
    for label in ("a", "b", "c"):
        (tmp_path / f"{label}-{plan.key}").mkdir()
    (tmp_path / f"b-{plan.key}" / MANIFEST).touch()
    assert plan.folder(tmp_path, "a") == tmp_path / f"b-{plan.key}"


def test_a_language_without_items_is_a_user_error(suite_folder: Path) -> None:
    with pytest.raises(UserError, match="no items in language 'zh'"):
        plan_suites([load_suite(suite_folder)], Choice(lang="zh"))


def test_scorer_versions_are_those_of_the_chosen_items(plan: RunPlan) -> None:
    assert plan.suites[0].scorer_versions().keys() == {"exact"}
