"""What is handed over can be served: adapters are checked before an engine is, and merged folders answer as the adapter does."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness.engines.base import EngineSettings
from harness.engines.transformers import TransformersEngine
from harness.errors import RunError, UserError
from harness.model import Model, parse_model, resolve_model
from harness.prompts import Renderer
from harness.records import Request
from sft_train.cli import app
from sft_train.training.export import parity, write_checkpoint
from sft_train.training.handover import hand_over
from sft_train.training.preflight import rank_needed, serving_problem
from sft_train.training.run import train
from sft_train.training.variants import export_variant
from tests.adapters import make_adapter
from tests.sft_train.rows import talk
from tests.sft_train.training import built, config, records


def changed(adapter: Path, **settings: Any) -> Path:
    place = adapter / "adapter_config.json"
    place.write_text(json.dumps(json.loads(place.read_text()) | settings))
    return adapter


@pytest.fixture
def adapter(tiny_model: Path, tmp_path: Path) -> Path:
    return make_adapter(tiny_model, tmp_path / "adapter")


def test_a_plain_adapter_can_be_served(adapter: Path) -> None:
    assert serving_problem(adapter) is None
    assert rank_needed(adapter) == 8


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"use_dora": True}, "DoRA"),
        ({"modules_to_save": ["lm_head"]}, "lm_head"),
        ({"r": 1024}, "rank 1024"),
        ({"init_lora_weights": "pissa"}, "began as pissa"),
        ({"bias": "all"}, "biases"),
    ],
)
def test_what_an_engine_would_die_of_is_named_with_the_way_out(adapter: Path, settings: dict[str, Any], words: str) -> None:
    problem = serving_problem(changed(adapter, **settings))
    assert problem is not None
    assert words in problem
    assert f"sft-train export {adapter} --variant merged --out FOLDER" in problem


@pytest.mark.parametrize(
    "key",
    [
        "base_model.model.embed_tokens.token_adapter.trainable_tokens_delta",
        "base_model.model.model.embed_tokens.weight",  # As peft saves embeddings that were resized.
        "base_model.model.lm_head.lora_A.weight",
    ],
)
def test_keys_that_are_no_lora_weights_are_found_in_the_file(adapter: Path, key: str) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(adapter / "adapter_model.safetensors")
    save_file(weights | {key: next(iter(weights.values())).clone()}, adapter / "adapter_model.safetensors")
    problem = serving_problem(adapter)
    assert problem is not None
    assert key in problem


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, {"lora": {"dora": True}}, {"method": "full", "learning_rate": 1e-3}], ids=["lora", "dora", "full"])
def test_live_model_checkpoint_and_merged_folder_give_the_same_greedy_answers(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    """The model in the trainer's memory, the folder that it is handed over in, and for adapters the merged one, asked with the same ids."""
    live: list[Any] = []

    def kept(prepared: Any, trainer: Any, *rest: Any) -> None:
        live.extend((trainer.model, prepared.tokenizer))
        hand_over(prepared, trainer, *rest)

    monkeypatch.setattr("sft_train.training.run.hand_over", kept)
    data = built(tmp_path / "data", records(16))
    out = train(config(tiny_model, data, tmp_path / "out", steps=12, **changes))
    manifest = json.loads((out / "manifest.json").read_text())
    handed, base = (resolve_model(parse_model(str(place))) for place in (out, tiny_model))
    renderer = Renderer(handed)
    prompts = [renderer.encode(renderer.chat_text(({"role": "user", "content": text},))) for text in ("fox 3", "空调", "set the")]
    assert answers(handed, prompts) == [greedy(*live, prompt) for prompt in prompts] != answers(base, prompts)
    if handed.adapter is None:
        return
    assert (manifest["serving"]["vllm"] == "ok") == (not changes)
    said = export_variant(str(out), tmp_path / "merged", "merged")
    merged = resolve_model(parse_model(str(tmp_path / "merged")))
    assert merged.adapter is None
    assert answers(merged, prompts) == answers(handed, prompts)
    assert said["serving"] == {"kind": "model"}
    assert said["merged"]["from"] == handed.hashes["adapter"]
    assert said["contamination"] == manifest["contamination"]


def greedy(model: Any, tokenizer: Any, prompt: tuple[int, ...]) -> str:
    """The likeliest next token, twelve times or up to the end token, from the whole prefix each time: no cache, no generate()."""
    import torch

    ids = list(prompt)
    model.eval()
    with torch.no_grad():
        while len(ids) < len(prompt) + 12 and (len(ids) == len(prompt) or ids[-1] != tokenizer.eos_token_id):
            ids.append(int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax()))
    return str(tokenizer.decode(ids[len(prompt) :], skip_special_tokens=True))


def answers(model: Model, prompts: list[tuple[int, ...]]) -> list[str]:
    engine = TransformersEngine(model, EngineSettings("transformers", "cpu"))
    for number, prompt in enumerate(prompts):
        engine.submit(Request(str(number), prompt, max_tokens=12))
    found = {}
    while engine.unfinished:
        found |= {response.request_id: response.text for response in engine.step()}
    return [found[str(number)] for number in range(len(prompts))]


@pytest.mark.slow
def test_an_adapter_that_changes_nothing_is_not_merged(tiny_model: Path, tmp_path: Path) -> None:
    empty = make_adapter(tiny_model, tmp_path / "empty", trained=False)
    with pytest.raises(RunError, match="changes no log-probability"):
        export_variant(str(empty), tmp_path / "merged", "merged")
    assert not (tmp_path / "merged").exists()


def test_a_whole_model_and_a_taken_folder_are_refused(tiny_model: Path, adapter: Path) -> None:
    with pytest.raises(UserError, match="there is nothing to merge"):
        export_variant(str(tiny_model), adapter.parent / "merged", "merged")
    with pytest.raises(UserError, match="exists; name a new folder"):
        export_variant(str(adapter), adapter, "merged")


def test_a_prompt_that_an_engine_would_read_otherwise_is_an_error(adapter: Path, tiny_model: Path) -> None:
    row = talk("fox", "set")
    renderer = Renderer(resolve_model(parse_model(str(adapter))))
    ids = renderer.encode(renderer.chat_text(({"role": "user", "content": "fox"},)))
    assert parity(adapter, [row], [ids])[0]["ids"] == list(ids)
    with pytest.raises(RunError, match="would read the prompt of rows, row 1 as other tokens"):
        parity(adapter, [row], [ids[:-1]])


@pytest.mark.slow
def test_a_variant_is_what_it_is_called_and_says_so(tiny_model: Path, adapter: Path, tmp_path: Path) -> None:
    """Of an adapter and of a whole model; both answer, and nothing that the manifest of training said is lost."""
    import torch
    from safetensors.torch import load_file

    dtypes = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32, "int8": torch.int8, "pruned": torch.float32}
    known = {"contamination": {"suites": {"forgetting": ["fg-zh-001"]}, "data_hash": "d"}}
    (adapter / "manifest.json").write_text(json.dumps(known))
    export_variant(str(adapter), tmp_path / "merged", "merged")
    whole = load_file(tmp_path / "merged" / "model.safetensors")
    for variant, dtype in dtypes.items():
        for origin in (adapter, tmp_path / "merged"):
            out = tmp_path / f"{origin.name}-{variant}"
            told = export_variant(str(origin), out, variant, share=0.4)  # type: ignore[arg-type]
            made = resolve_model(parse_model(str(out)))
            assert told["identity"] == made.identity
            assert told["from"]["identity"] == resolve_model(parse_model(str(origin))).identity
            assert (json.loads((out / "manifest.json").read_text()), told["variant"]) == ({"format": 1} | told, variant)
            assert told["contamination"] == known["contamination"]
            weights = load_file(out / "model.safetensors")
            layer = "model.layers.1.mlp.up_proj.weight"
            assert weights[layer].dtype == dtype
            assert torch.equal(weights["lm_head.weight"].float(), whole["lm_head.weight"].to(weights["lm_head.weight"].dtype).float())
            zeros = float((weights[layer] == 0).float().mean())
            if variant == "pruned":
                assert zeros == pytest.approx(0.4, abs=0.001)
                assert whole[layer].abs()[weights[layer] == 0].max() <= whole[layer].abs()[weights[layer] != 0].min()
                assert torch.equal(weights[layer][weights[layer] != 0], whole[layer][weights[layer] != 0])
            assert answers(made, [(5, 6, 7)])
        assert not list(tmp_path.glob(".*"))


def test_values_that_a_dtype_cannot_hold_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    large = shutil.copytree(tiny_model, tmp_path / "large")
    weights = load_file(large / "model.safetensors")
    weights["model.norm.weight"][3] = 1e5
    save_file(weights, large / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(RunError, match=r"'model.norm.weight' has values that fp16 cannot hold; export as bf16"):
        export_variant(str(large), tmp_path / "out", "fp16")
    assert not (tmp_path / "out").exists()
    export_variant(str(large), tmp_path / "out", "bf16")


def test_a_copy_is_not_half_written_when_the_disk_is_full(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("transformers.PreTrainedModel.save_pretrained", full)
    with pytest.raises(RunError, match=r"could not be written \(.*No space left on device\); make room"):
        export_variant(str(tiny_model), tmp_path / "out", "bf16")
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_whether_an_adapter_can_be_served(adapter: Path) -> None:
    result = CliRunner().invoke(app, ["export", str(adapter)])
    assert result.exit_code == 0
    assert "vllm can serve it" in result.output.lower()
    refused = CliRunner().invoke(app, ["export", str(changed(adapter, use_dora=True))])
    assert isinstance(refused.exception, UserError)


@pytest.mark.slow
def test_variants_are_judged_against_their_original_by_the_deployment_gate(tiny_model: Path, tmp_path: Path) -> None:
    """As a user does it: export, evaluate both, gate. What a variant changes is declared by the preset; nothing else differs."""
    import yaml

    from harness.cli import app as harness_app
    from harness.store import read_manifest

    def evaluated(model: Path) -> Path:
        runs = tmp_path / f"runs-{model.name}"
        options = ["--engine", "transformers", "--device", "cpu", "--suites", "forgetting", "--limit", "6", "--out", str(runs)]
        result = CliRunner().invoke(harness_app, ["eval", "--model", str(model), *options])
        assert result.exit_code == 0, result.output
        (run,) = [folder for folder in runs.iterdir() if (folder / "manifest.json").is_file()]
        return run

    gate = {
        "preset": "deployment", "suites": {"forgetting": {"tier": "critical", "margin": 0.9}},
        "composite": {"margin": 0.9, "weights": {"forgetting": 1.0}},
    }  # fmt: skip
    (tmp_path / "gate.yaml").write_text(yaml.safe_dump(gate))
    original = evaluated(tiny_model)
    for variant, differs in (("bf16", "dtype"), ("fp16", "dtype"), ("int8", "quantization"), ("pruned", None)):
        made = CliRunner().invoke(app, ["export", str(tiny_model), "--variant", variant, "--out", str(tmp_path / variant)])
        assert made.exit_code == 0, made.output
        run = evaluated(tmp_path / variant)
        assert read_manifest(run)["model"]["identity"] != read_manifest(original)["model"]["identity"]
        judged = CliRunner().invoke(harness_app, ["gate", str(tmp_path / "gate.yaml"), str(original), str(run)])
        assert judged.exit_code in (0, 4), judged.output
        assert "NOT COMPARABLE" not in judged.output
        assert (f"differs, as declared: engine.{differs}" in judged.output) == (differs is not None)


def test_a_weight_that_two_modules_share_is_written_once(tiny_model: Path, tmp_path: Path) -> None:
    """Gathered from several processes, or brought to another dtype, it is no longer the same memory."""
    import torch
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    settings = AutoConfig.from_pretrained(tiny_model, tie_word_embeddings=True)
    model: Any = AutoModelForCausalLM.from_config(settings)
    gathered = {name: value.clone() for name, value in model.state_dict().items()}
    assert "lm_head.weight" in gathered
    write_checkpoint(model, gathered, AutoTokenizer.from_pretrained(tiny_model), tmp_path, torch.bfloat16)
    assert "lm_head.weight" not in load_file(tmp_path / "model.safetensors")
    again: Any = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert torch.equal(again.lm_head.weight, gathered["lm_head.weight"].to(torch.bfloat16))
