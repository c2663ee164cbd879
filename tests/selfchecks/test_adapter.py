"""An adapter must change something, or nothing is scored under its name."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import harness.runner
import harness.stack
from harness.cache import cache_folder
from harness.engines.base import EngineSettings
from harness.engines.transformers import TransformersEngine
from harness.errors import RunError
from harness.evaluate import evaluate
from harness.model import Model, parse_model, resolve_model
from harness.plan import Choice, RunPlan, plan_suites
from harness.prompts import Renderer
from harness.records import Request
from harness.screen import Screen
from harness.selfchecks.adapter import check_adapter
from harness.selfchecks.probes import adapter_probes
from harness.store import JOURNAL, MANIFEST
from harness.suite import load_suite
from tests.adapters import make_adapter

pytestmark = pytest.mark.slow  # Each test loads a model, most of them several.
SETTINGS = EngineSettings("transformers", "cpu")


@pytest.fixture(scope="module")
def trained(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return resolve_model(parse_model(str(make_adapter(tiny_model, tmp_path_factory.mktemp("adapters") / "trained"))))


@pytest.fixture(scope="module")
def untrained(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return resolve_model(parse_model(str(make_adapter(tiny_model, tmp_path_factory.mktemp("adapters") / "untrained", trained=False))))


@pytest.fixture
def other_peft(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Call it to have the stack tell of another version of peft."""
    real = harness.stack.version

    def change() -> None:
        monkeypatch.setattr(harness.stack, "version", lambda name: "0" if name == "peft" else real(name))
        harness.stack.stack_versions.cache_clear()

    yield change
    monkeypatch.undo()
    harness.stack.stack_versions.cache_clear()


def checked(model: Model) -> TransformersEngine:
    """An engine whose adapter passed."""
    engine = TransformersEngine(model, SETTINGS)
    check_adapter(engine, model, adapter_probes(Renderer(model)))
    return engine


def memories() -> list[Path]:
    return list((cache_folder() / "canary").glob("*"))


def test_an_untrained_adapter_is_an_error_that_names_it(untrained: Model) -> None:
    with pytest.raises(RunError, match=r"ERROR: adapter 'untrained' changes no log-probability: it was never trained"):
        checked(untrained)


def test_an_untrained_adapter_is_an_error_each_time(untrained: Model) -> None:
    for _ in range(2):
        with pytest.raises(RunError):
            checked(untrained)
    assert memories() == []


def test_an_adapter_that_the_engine_ignores_is_an_error(trained: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    from peft import PeftModel

    monkeypatch.setattr(PeftModel, "from_pretrained", lambda base, adapter: base)
    engine = TransformersEngine(trained, SETTINGS)
    engine._model.disable_adapter = engine._torch.no_grad
    with pytest.raises(RunError, match="ignored by transformers"):
        check_adapter(engine, trained, adapter_probes(Renderer(trained)))


def test_a_trained_adapter_passes_and_is_remembered(trained: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = checked(trained)
    assert len(memories()) == 1

    def refuse(probes: list[Request]) -> float:
        raise AssertionError("it was measured again")

    monkeypatch.setattr(engine, "adapter_change", refuse)
    check_adapter(engine, trained, adapter_probes(Renderer(trained)))


def test_the_measured_change_is_the_largest_difference_from_the_base(trained: Model, tiny_model: Path) -> None:
    engine, base = TransformersEngine(trained, SETTINGS), TransformersEngine(resolve_model(parse_model(str(tiny_model))), SETTINGS)
    probes = adapter_probes(Renderer(trained))
    differences = []
    for probe in probes:
        for side in (engine, base):
            side.submit(probe)
        (tuned,), (plain,) = engine.step(), base.step()
        assert tuned.logprobs is not None
        assert plain.logprobs is not None
        differences += [abs(a - b) for a, b in zip(tuned.logprobs, plain.logprobs, strict=True)]
    assert engine.adapter_change(probes) == pytest.approx(max(differences), abs=1e-5)
    assert max(differences) > 0


def test_measuring_leaves_the_adapter_switched_on(trained: Model) -> None:
    engine = TransformersEngine(trained, SETTINGS)
    (probe, *_) = adapter_probes(Renderer(trained))
    engine.submit(probe)
    before = engine.step()
    engine.adapter_change([probe])
    engine.submit(probe)
    assert engine.step() == before


def test_what_is_remembered_of_one_adapter_does_not_vouch_for_another(trained: Model, untrained: Model) -> None:
    checked(trained)
    with pytest.raises(RunError):
        checked(untrained)


def test_what_is_remembered_does_not_vouch_for_a_retrained_adapter_in_the_same_place(tiny_model: Path, tmp_path: Path) -> None:
    checked(resolve_model(parse_model(str(make_adapter(tiny_model, tmp_path / "adapter")))))
    make_adapter(tiny_model, tmp_path / "adapter", trained=False)
    with pytest.raises(RunError):
        checked(resolve_model(parse_model(str(tmp_path / "adapter"))))


def test_another_dtype_is_checked_anew(trained: Model) -> None:
    checked(trained)
    checked(resolve_model(parse_model(f"{trained.spec.text},dtype=bfloat16")))
    assert len(memories()) == 2


def test_another_version_of_peft_is_checked_anew(trained: Model, other_peft: Callable[[], None]) -> None:
    checked(trained)
    other_peft()
    checked(trained)
    assert len(memories()) == 2


def test_a_cache_folder_that_cannot_be_written_does_not_stop_a_run(trained: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SFT_HARNESS_CACHE", str(tmp_path / "file"))
    checked(trained)


def plan_of(model: Model, suite: Path) -> RunPlan:
    return RunPlan(model, plan_suites([load_suite(suite)], Choice()), Choice(), SETTINGS, None)


def test_a_run_of_an_untrained_adapter_ends_before_anything_is_generated(untrained: Model, suite_folder: Path, tmp_path: Path) -> None:
    plan = plan_of(untrained, suite_folder)
    with pytest.raises(RunError, match="changes no log-probability"):
        evaluate(plan, tmp_path, "untrained", Screen())
    folder = plan.folder(tmp_path, "untrained")
    assert (folder / JOURNAL).read_bytes() == b""
    assert not (folder / MANIFEST).exists()


def test_a_run_of_a_trained_adapter_is_complete_and_says_which_adapter_it_was(trained: Model, suite_folder: Path, tmp_path: Path) -> None:
    result = evaluate(plan_of(trained, suite_folder), tmp_path, "trained", Screen())
    manifest = json.loads((result.folder / MANIFEST).read_text())
    assert manifest["status"] == "complete"
    checks = {check["name"]: check for check in manifest["self_checks"]}
    assert checks["adapter acts"]["status"] == "passed"
    assert checks["adapter acts"]["figures"]["change"] > 0
    assert checks["engine parity"]["said"] == "transformers is the reference"
    assert manifest["model"]["adapter"] == str(trained.adapter)
    assert manifest["model"]["hashes"]["adapter"] == trained.hashes["adapter"]


def test_a_base_model_is_not_checked(tiny_model: Path, suite_folder: Path, tmp_path: Path) -> None:
    evaluate(plan_of(resolve_model(parse_model(str(tiny_model))), suite_folder), tmp_path, "tiny", Screen())
    assert memories() == []


def test_without_self_checks_an_adapter_that_does_nothing_is_evaluated_and_the_run_says_so(
    untrained: Model, suite_folder: Path, tmp_path: Path
) -> None:
    plan = replace(plan_of(untrained, suite_folder), self_checks="off")
    checks = evaluate(plan, tmp_path, "untrained", Screen()).manifest["self_checks"]
    assert [(check["name"], check["status"], check["said"]) for check in checks] == [
        ("engine parity", "not checked", "self-checks are off")
    ]
