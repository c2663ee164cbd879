"""A quantised copy: what is in it, what it says of itself, and what cannot be quantised."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from harness.errors import RunError, UserError
from harness.model import parse_model, resolve_model
from harness.quantize import Scheme, quantize
from tests.adapters import make_adapter

pytestmark = pytest.mark.slow


def make(folder: Path, out: Path, scheme: Scheme = "int8") -> dict[str, torch.Tensor]:
    quantize(resolve_model(parse_model(str(folder))), out, scheme)
    return load_file(out / "model.safetensors")


@pytest.mark.parametrize(("scheme", "dtype"), [("int8", torch.int8), ("fp8", torch.float8_e4m3fn)])
def test_linear_layers_have_8_bits_and_are_near_to_the_original(
    tiny_model: Path, tmp_path: Path, scheme: Scheme, dtype: torch.dtype
) -> None:
    before, after = load_file(tiny_model / "model.safetensors"), make(tiny_model, tmp_path / "copy", scheme)
    quantised = {name for name, tensor in after.items() if tensor.dtype == dtype}
    assert quantised == {name for name in before if name.endswith("_proj.weight")}
    for name in quantised:
        restored = after[name].float() * after[f"{name}_scale"].float()
        largest = before[name].float().abs().amax(dim=1, keepdim=True)
        step = 1 / 127 if scheme == "int8" else 32 / 448
        assert ((restored - before[name].float()).abs() <= 0.51 * step * largest + 1e-6).all()
        assert not torch.equal(restored, before[name].float())
    for name in before.keys() - quantised:
        assert torch.equal(before[name], after[name])


def test_the_copy_says_what_it_was_made_of_and_how(tiny_model: Path, tmp_path: Path) -> None:
    original = resolve_model(parse_model(str(tiny_model)))
    told = quantize(original, tmp_path / "copy", "int8")
    assert json.loads((tmp_path / "copy" / "manifest.json").read_text()) == told
    assert told["from"]["identity"] == original.identity
    assert told["from"]["hashes"] == original.hashes
    copy = resolve_model(parse_model(str(tmp_path / "copy")))
    assert told["identity"] == copy.identity != original.identity
    assert told["quantization"]["scheme"] == "int8"
    assert told["quantization"]["library"].startswith("compressed-tensors ")
    config = json.loads((tmp_path / "copy" / "config.json").read_text())
    assert (config["quantization_config"]["quant_method"], config["quantization_config"]["format"]) == (
        "compressed-tensors",
        "int-quantized",
    )


def test_tokenizer_and_template_are_the_same(tiny_model: Path, tmp_path: Path) -> None:
    make(tiny_model, tmp_path / "copy")
    before, after = (resolve_model(parse_model(str(folder))).hashes for folder in (tiny_model, tmp_path / "copy"))
    for part in ("tokenizer", "chat_template", "generation_config"):
        assert before[part] == after[part]


def test_the_same_copy_twice_is_the_same_model(tiny_model: Path, tmp_path: Path) -> None:
    model = resolve_model(parse_model(str(tiny_model)))
    assert quantize(model, tmp_path / "one", "int8")["identity"] == quantize(model, tmp_path / "two", "int8")["identity"]


def test_what_cannot_be_quantised_is_one_sentence(tiny_model: Path, tmp_path: Path) -> None:
    make(tiny_model, tmp_path / "copy")
    with pytest.raises(UserError, match="is quantised already"):
        make(tmp_path / "copy", tmp_path / "again")
    with pytest.raises(UserError, match="exists; name a new folder"):
        make(tiny_model, tmp_path / "copy")
    adapter = make_adapter(tiny_model, tmp_path / "adapter")
    with pytest.raises(UserError, match="is an adapter; merge it"):
        make(adapter, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_what_fails_half_way_leaves_nothing(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("compressed_tensors.compressors.ModelCompressor.update_config", fail)
    with pytest.raises(RunError, match="No space left on device"):
        make(tiny_model, tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []
