"""An engine that does not compute what the weights say is found out before a score counts.

The engine under test is transformers itself, loaded with something wrong about it; `tests/engines` does the same with vLLM.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

import harness.selfchecks.parity as parity_module
from harness.cache import cache_folder
from harness.engines.base import EngineSettings
from harness.engines.transformers import TransformersEngine
from harness.errors import RunError
from harness.model import Model, parse_model, resolve_model
from harness.prompts import Renderer
from harness.selfchecks.parity import Parity
from tests.adapters import make_adapter

pytestmark = pytest.mark.slow  # Each test loads a model twice, once in a process of its own.
VLLM, CPU = EngineSettings("vllm", "cpu"), EngineSettings("transformers", "cpu")


def model_of(folder: Path, options: str = "") -> Model:
    return resolve_model(parse_model(str(folder) + options))


def copy(model: Path, folder: Path, **config: Any) -> Path:
    """A copy of the checkpoint with another config.json."""
    shutil.copytree(model, folder)
    known = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(known | config))
    return folder


def check(model: Model, served: Model) -> Any:
    """What the check says of an engine that loads `served` in the place of `model`."""
    return Parity(model, VLLM, Renderer(model), "auto").compare(TransformersEngine(served, CPU))


def test_an_engine_that_computes_what_the_weights_say_passes_and_the_reference_is_computed_once(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(tiny_model)
    found = check(model, model)
    assert found.status == "passed"
    assert found.figures["difference"] < 1e-5
    monkeypatch.setattr(parity_module, "reference_logprobs", lambda *_: pytest.fail("it was to be remembered"))
    assert check(model, model) == found
    (memory,) = (cache_folder() / "parity").glob("*.json")
    memory.write_text('{"probe/0": [')
    with pytest.raises(pytest.fail.Exception, match="remembered"):
        check(model, model)


def test_a_wrong_position_code_is_found(tiny_model: Path, tmp_path: Path) -> None:
    wrong = copy(tiny_model, tmp_path / "wrong", rope_parameters={"rope_type": "default", "rope_theta": 50.0})
    with pytest.raises(RunError, match=r"does not compute what the weights of 'tiny' say"):
        check(model_of(tiny_model), model_of(wrong))


def test_other_weights_are_found_and_so_is_a_single_wrong_scale(tiny_model: Path, tmp_path: Path) -> None:
    wrong = copy(tiny_model, tmp_path / "wrong")
    weights = load_file(wrong / "model.safetensors")
    weights["model.layers.0.mlp.down_proj.weight"] *= 2
    save_file(weights, wrong / "model.safetensors", {"format": "pt"})
    with pytest.raises(RunError, match="ERROR"):
        check(model_of(tiny_model), model_of(wrong))


def test_a_dtype_that_is_not_the_one_asked_for_is_found(tiny_model: Path) -> None:
    with pytest.raises(RunError, match="dtype float32 was asked for, but transformers computes in bfloat16"):
        check(model_of(tiny_model, ",dtype=float32"), model_of(tiny_model, ",dtype=bfloat16"))


def test_an_adapter_is_part_of_what_the_weights_say(tiny_model: Path, tmp_path: Path) -> None:
    adapter = model_of(make_adapter(tiny_model, tmp_path / "adapter"))
    assert check(adapter, adapter).status == "passed"
    with pytest.raises(RunError, match="ERROR"):
        check(adapter, model_of(tiny_model))


def test_log_probabilities_that_are_no_numbers_do_not_pass(tiny_model: Path) -> None:
    model = model_of(tiny_model)
    engine = TransformersEngine(model, CPU)
    engine._model.lm_head.weight.data.fill_(float("nan"))
    with pytest.raises(RunError, match="differ from those of transformers by nan"):
        Parity(model, VLLM, Renderer(model), "auto").compare(engine)


def test_what_is_not_checked_says_why(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(tiny_model)
    renderer, engine = Renderer(model), TransformersEngine(model, CPU)

    def why(settings: EngineSettings = VLLM, level: Any = "auto", of: Model = model) -> str:
        found = Parity(of, settings, renderer, level).compare(engine)
        assert found.status == "not checked"
        return str(found.said)

    assert why(CPU) == "transformers is the reference"
    assert why(EngineSettings("replay")) == "the engine replay does not compute these weights here"
    assert why(level="off") == "self-checks are off"
    monkeypatch.setattr(Model, "weights_bytes", 17 << 30)
    assert "17 GiB" in why()
    monkeypatch.setattr(Model, "weights_bytes", 10**15)
    assert "GiB of memory" in why(level="full")
    monkeypatch.undo()
    monkeypatch.setenv("SFT_HARNESS_CACHE", str(tmp_path / "empty"))
    unknown = copy(tiny_model, tmp_path / "unknown", model_type="no-such-architecture")
    assert "transformers could not load" in why(of=replace(model, folder=unknown))
