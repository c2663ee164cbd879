"""A merged checkpoint is what peft computes, rounded once, and a checkpoint like any other."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.engines.base import EngineSettings
from harness.engines.merge import merge_adapter
from harness.engines.transformers import TransformersEngine
from harness.errors import RunError
from harness.model import Model, parse_model, resolve_model
from harness.prompts import Renderer
from harness.selfchecks.probes import adapter_probes
from tests.adapters import make_adapter
from tests.conftest import CHAT_TEMPLATE

pytestmark = pytest.mark.slow  # Each test loads a model.


@pytest.fixture(scope="module")
def adapter(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_adapter(tiny_model, tmp_path_factory.mktemp("adapters") / "tuned")


@pytest.fixture(scope="module")
def half_model(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model, saved in bfloat16."""
    import torch
    from transformers import AutoModelForCausalLM

    folder = Path(shutil.copytree(tiny_model, tmp_path_factory.mktemp("models") / "half"))
    loaded: Any = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.bfloat16, local_files_only=True)
    loaded.save_pretrained(folder)
    return folder


def resolve(text: str | Path) -> Model:
    return resolve_model(parse_model(str(text)))


def merge(text: str | Path, out: Path) -> tuple[Model, float]:
    model = resolve(text)
    change = merge_adapter(model, out, adapter_probes(Renderer(model)))
    return resolve(out), change


def logprobs(model: Model) -> list[float]:
    engine = TransformersEngine(model, EngineSettings("transformers", "cpu"))
    found: list[float] = []
    for probe in adapter_probes(Renderer(model)):
        engine.submit(probe)
        (response,) = engine.step()
        found += response.logprobs or ()
    return found


def tensors(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def test_merged_log_probabilities_equal_pefts(adapter: Path, tiny_model: Path, tmp_path: Path) -> None:
    merged, _ = merge(adapter, tmp_path / "merged")
    assert merged.adapter is None
    assert logprobs(merged) == pytest.approx(logprobs(resolve(adapter)), abs=1e-4)
    assert logprobs(merged) != pytest.approx(logprobs(resolve(tiny_model)), abs=1e-2)


def test_the_change_is_the_largest_one_between_base_and_merged(adapter: Path, tiny_model: Path, tmp_path: Path) -> None:
    merged, change = merge(adapter, tmp_path / "merged")
    differences = [abs(a - b) for a, b in zip(logprobs(resolve(tiny_model)), logprobs(merged), strict=True)]
    assert change == pytest.approx(max(differences), abs=1e-4)


def test_an_untrained_adapter_changes_exactly_nothing(tiny_model: Path, tmp_path: Path) -> None:
    _, change = merge(make_adapter(tiny_model, tmp_path / "untrained", trained=False), tmp_path / "merged")
    assert change == 0.0


def test_the_sum_is_formed_in_float32_and_rounded_once(half_model: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    adapter = make_adapter(half_model, tmp_path / "tuned")
    merge(adapter, tmp_path / "merged")
    base, merged, low_rank = tensors(half_model), tensors(tmp_path / "merged"), load_file(adapter / "adapter_model.safetensors")
    changed = 0
    for name, weight in base.items():
        key = f"base_model.model.{name.removesuffix('.weight')}.lora"
        expected = weight.float()
        if f"{key}_A.weight" in low_rank:
            expected = expected + 2.0 * low_rank[f"{key}_B.weight"].float() @ low_rank[f"{key}_A.weight"].float()
            changed += 1
        # Another order of summation may fall on the other side of a rounding border, but seldom.
        assert (merged[name] == expected.to(torch.bfloat16)).float().mean() > 0.999, name
    assert changed == 2 * 7


def test_an_adapter_too_small_for_the_bases_precision_changes_nothing(half_model: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    adapter = make_adapter(half_model, tmp_path / "small")
    weights = load_file(adapter / "adapter_model.safetensors")
    scaled = {name: weight * 1e-12 if "lora_B" in name else weight for name, weight in weights.items()}
    save_file(scaled, adapter / "adapter_model.safetensors")
    _, change = merge(adapter, tmp_path / "merged")
    assert change == 0.0


@pytest.mark.parametrize(("option", "dtype"), [("", "bfloat16"), (",dtype=float32", "float32"), (",dtype=float16", "float16")])
def test_the_merged_weights_have_the_dtype_of_the_base_or_the_one_asked_for(
    half_model: Path, adapter: Path, tmp_path: Path, option: str, dtype: str
) -> None:
    merged, _ = merge(f"{half_model}+{adapter}{option}", tmp_path / "merged")
    assert {str(weight.dtype) for weight in tensors(tmp_path / "merged").values()} == {f"torch.{dtype}"}
    assert merged.config["dtype"] == dtype


def test_the_merged_folder_has_the_bases_tokenizer_template_and_generation_defaults(
    adapter: Path, tiny_model: Path, tmp_path: Path
) -> None:
    merged, _ = merge(adapter, tmp_path / "merged")
    base = resolve(tiny_model)
    for part in ("tokenizer", "chat_template", "generation_config"):
        assert merged.hashes[part] == base.hashes[part]


def test_an_adapters_own_tokenizer_and_template_win(adapter: Path, tiny_model: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(adapter, tmp_path / "own"))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny_model / name, own / name)
    (own / "chat_template.jinja").write_text("TUNED " + CHAT_TEMPLATE)
    merged, _ = merge(own, tmp_path / "merged")
    messages = ({"role": "user", "content": "hi"},)
    assert Renderer(merged).chat_text(messages) == Renderer(resolve(own)).chat_text(messages)
    assert Renderer(merged).chat_text(messages).startswith("TUNED ")


def test_merging_leaves_base_and_adapter_as_they_are(adapter: Path, tiny_model: Path, tmp_path: Path) -> None:
    before = resolve(adapter).identity
    merge(adapter, tmp_path / "merged")
    assert resolve(adapter).identity == before


def test_an_adapter_of_another_shape_is_a_run_error_that_names_both(adapter: Path, tmp_path: Path) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=400, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2
    )
    torch.manual_seed(0)
    model: Any = LlamaForCausalLM(config)
    model.save_pretrained(tmp_path / "narrow")
    text = f"{tmp_path / 'narrow'}+{adapter}"
    with pytest.raises(RunError, match=rf"Adapter '{adapter}' cannot be merged into '{tmp_path}/narrow': .*size mismatch"):
        merge_adapter(resolve(text), tmp_path / "merged", [])
