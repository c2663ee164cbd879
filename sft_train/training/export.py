"""The folder that training hands over: weights, tokenizer, template, generation defaults and manifest.json, safetensors and JSON only."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from harness.errors import RunError
from harness.model import parse_model, resolve_model
from harness.prompts import Renderer
from sft_train.data.record import Row
from sft_train.data.writing import write_json
from sft_train.training.preflight import rank_needed, serving_problem

MANIFEST = "manifest.json"
FORMAT = 1
PARITY_PROMPTS = 5
_HEAD = "class_head."


def write_checkpoint(model: Any, weights: dict[str, Any], tokenizer: Any, out: Path, dtype: Any) -> None:
    """Write `weights` of `model` (an adapter's, or all of them in `dtype`), tokenizer, template and generation defaults to `out`, whole or
    not at all. The weights are given apart because a model that several processes share holds only a part of them.

    Raises RunError if a weight is not finite, or the disk is full; what was in `out` before is then as it was.
    """
    import torch

    if broken := next((name for name, value in weights.items() if not torch.isfinite(value).all()), None):
        raise RunError(f"Weight '{broken}' is not finite; nothing is saved.")
    is_adapter = hasattr(model, "peft_config")
    if is_adapter and not any(bool(value.any()) for name, value in weights.items() if "lora_B" in name or "prompt_encoder" in name):
        raise RunError("The adapter is all zero after training: nothing was learnt.")
    part = out / "training" / "export.part"
    shutil.rmtree(part, ignore_errors=True)
    head = {name.removeprefix(_HEAD): value.contiguous() for name, value in weights.items() if name.startswith(_HEAD)}
    body = {name: value for name, value in weights.items() if not name.startswith(_HEAD)}
    try:
        part.mkdir(parents=True)
        if head:
            from safetensors.torch import save_file

            save_file(head, str(part / "class_head.safetensors"))
        if is_adapter:
            model.save_pretrained(part, state_dict=body)
        else:
            model.config.dtype = dtype
            # Gathered from several processes, a weight that two modules share comes twice.
            own = body.keys() - model.all_tied_weights_keys.keys()
            model.save_pretrained(part, state_dict={name: body[name].to(dtype) for name in sorted(own)})
        tokenizer.save_pretrained(part)
        _generation_defaults(model, tokenizer).save_pretrained(part)
        (part / "README.md").unlink(missing_ok=True)
        for file in sorted(part.iterdir()):
            file.replace(out / file.name)
        part.rmdir()
    except (OSError, RuntimeError, SafetensorError) as error:
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
