"""The folder that training hands over: weights, tokenizer, template, generation defaults and manifest.json, safetensors and JSON only."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.checkpoint import read_json
from harness.errors import RunError, UserError
from harness.model import Model, parse_model, resolve_model
from harness.prompts import Renderer
from sft_train.data.record import Row
from sft_train.data.writing import write_json
from sft_train.training.preflight import rank_needed, serving_problem

MANIFEST = "manifest.json"
FORMAT = 1
PARITY_PROMPTS = 5


def write_checkpoint(model: Any, tokenizer: Any, out: Path, dtype: Any) -> None:
    """Write weights (an adapter's, or all of them in `dtype`), tokenizer, template and generation defaults to `out`, whole or not at all.

    Raises RunError if a weight is not finite, or the disk is full; what was in `out` before is then as it was.
    """
    import torch

    trained = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    if broken := next((name for name, parameter in trained if not torch.isfinite(parameter).all()), None):
        raise RunError(f"Weight '{broken}' is not finite; nothing is saved.")
    is_adapter = hasattr(model, "peft_config")
    if is_adapter and not any(bool(parameter.any()) for name, parameter in trained if "lora_B" in name or "prompt_encoder" in name):
        raise RunError("The adapter is all zero after training: nothing was learnt.")
    part = out / "training" / "export.part"
    shutil.rmtree(part, ignore_errors=True)
    head = getattr(model, "class_head", None)
    try:
        part.mkdir(parents=True)
        if head is not None:
            from safetensors.torch import save_file

            save_file({name: value.contiguous() for name, value in head.state_dict().items()}, str(part / "class_head.safetensors"))
        if is_adapter:
            model.save_pretrained(part)
        else:
            weights = {name: value.to(dtype) for name, value in model.state_dict().items() if not name.startswith("class_head.")}
            model.config.dtype = dtype
            model.save_pretrained(part, state_dict=weights)
        tokenizer.save_pretrained(part)
        _generation_defaults(model, tokenizer).save_pretrained(part)
        (part / "README.md").unlink(missing_ok=True)
        for file in sorted(part.iterdir()):
            file.replace(out / file.name)
        part.rmdir()
    except (OSError, RuntimeError) as error:
        raise RunError(
            f"The model could not be written to {out} ({' '.join(str(error).split())[:160]}); make room, and the same command continues "
            "from the last checkpoint."
        ) from error


def _generation_defaults(model: Any, tokenizer: Any) -> Any:
    """The base's generation defaults, in which the tokenizer's end token ends an answer whatever else does."""
    defaults = model.generation_config
    listed = defaults.eos_token_id
    ends = [] if listed is None else listed if isinstance(listed, list) else [listed]
    if tokenizer.eos_token_id is not None and tokenizer.eos_token_id not in ends:
        ends = [tokenizer.eos_token_id, *ends]
    defaults.eos_token_id = ends[0] if len(ends) == 1 else ends
    return defaults


def serving(out: Path) -> dict[str, Any]:
    """What the manifest says about serving the folder."""
    if not (out / "adapter_config.json").is_file():
        return {"kind": "model"}
    problem = serving_problem(out)
    return {"kind": "adapter", "vllm": problem or "ok"} | ({} if problem else {"max_lora_rank": rank_needed(out)})


def parity(out: Path, rows: Sequence[Row], prompts: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    """Prompts of `rows`, which were tokens `prompts` in training, as the harness renders them for the folder `out`.

    Raises RunError if one differs: the model would be asked otherwise than it was trained.
    """
    renderer = Renderer(resolve_model(parse_model(str(out))))
    found = []
    for row, ids in zip(rows, prompts, strict=True):
        messages = tuple({"role": turn.role, "content": turn.content} for turn in row.turns[:-1])
        if renderer.encode(renderer.chat_text(messages)) != tuple(ids):
            raise RunError(
                f"The engine would read the prompt of {row.where} as other tokens than training did; the chat template is at fault."
            )
        found.append({"messages": list(messages), "ids": list(ids)})
    return found


def write_manifest(out: Path, content: dict[str, Any]) -> None:
    """Write manifest.json, which makes the checkpoint whole."""
    write_json(out / MANIFEST, {"format": FORMAT} | content)


def merge(checkpoint: str, out: Path, dtype: str = "auto") -> Path:
    """Write the adapter `checkpoint` added into its base to the folder `out`; its manifest goes along, as kind model.

    Raises UserError if it is none that can be merged or `out` is taken, RunError if it changes nothing.
    """
    from harness.engines.merge import merge_adapter
    from harness.selfchecks.probes import adapter_probes

    model = resolve_model(parse_model(checkpoint + (f",dtype={dtype}" if dtype != "auto" else "")))
    if model.adapter is None:
        raise UserError(f"'{checkpoint}' is a whole model, there is nothing to merge.")
    if read_json(model.adapter / "adapter_config.json").get("peft_type") != "LORA":
        raise UserError(f"'{checkpoint}' is no LoRA adapter and cannot be merged; evaluate it with --engine transformers.")
    if out.exists() and any(out.iterdir()):
        raise UserError(f"{out} is not empty; name another folder.")
    out.mkdir(parents=True, exist_ok=True)
    change = merge_adapter(model, out, adapter_probes(Renderer(model)))
    if change == 0:
        raise RunError(f"Merging '{checkpoint}' changes no log-probability: the adapter is empty, or too small for the dtype of its base.")
    _hand_on(model, out, change)
    return out


def _hand_on(model: Model, out: Path, change: float) -> None:
    """Carry the manifest of the adapter over to the merged folder."""
    assert model.adapter is not None
    place = model.adapter / MANIFEST
    content = read_json(place) if place.is_file() else {}
    merged = {"from": model.hashes["adapter"], "largest_change": change}
    write_manifest(out, content | {"serving": {"kind": "model"}, "merged": merged})
