"""Copies of a checkpoint for serving. An adapter is added into its base first, whatever follows.

    merged             in the dtype of the base
    bf16 fp16 fp32     in another dtype
    int8 fp8           with 8 bits, as `harness quantize` makes them
    pruned             with the smallest weights of each linear layer set to zero. Files and engines take as much room and time for a
                       zero as for anything else: what is seen is how many weights a model can do without.

A copy is tried like any checkpoint: `harness eval` against its original, and a gate with `preset: deployment`.
"""

import tempfile
from pathlib import Path
from typing import Any, Literal, get_args

from safetensors import SafetensorError

from harness.chatter import chatter_to
from harness.checkpoint import copy_companions, read_json
from harness.errors import RunError, UserError
from harness.model import Model, parse_model, resolve_model
from harness.prompts import Renderer
from harness.quantize import copy_manifest, quantize
from sft_train.training.export import write_manifest

Variant = Literal["merged", "bf16", "fp16", "fp32", "int8", "fp8", "pruned"]
_DTYPES = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}


def export_variant(checkpoint: str, out: Path, variant: Variant, share: float = 0.3) -> dict[str, Any]:
    """Write the `variant` of `checkpoint` to the new folder `out`, whole or not at all; returns its manifest. `share`: of weights that are
    pruned.

    Raises UserError if there is nothing to merge, a prefix would have to be, or `out` exists; RunError if an adapter changes nothing, a
    value does not fit in the dtype, or the disk is full.
    """
    dtype = _DTYPES.get(variant)
    model = resolve_model(parse_model(f"{checkpoint},dtype={dtype}" if dtype else checkpoint))
    _refuse(model, checkpoint, out, variant)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
            made, manifest = _make(model, Path(scratch), variant, share)
            _refuse_infinite(made, variant)
            write_manifest(made, manifest)
            made.chmod(0o755)
            made.rename(out)
    except (OSError, SafetensorError) as error:
        raise RunError(f"'{out}' could not be written ({' '.join(str(error).split())[:160]}); make room, or name another place.") from error
    return manifest


def _refuse(model: Model, checkpoint: str, out: Path, variant: Variant) -> None:
    if out.exists():
        raise UserError(f"'{out}' exists; name a new folder.")
    if model.adapter is None and variant == "merged":
        others = ", ".join(name for name in get_args(Variant) if name != "merged")
        raise UserError(f"'{checkpoint}' is a whole model, there is nothing to merge; other variants: {others}.")
    if model.adapter is not None and read_json(model.adapter / "adapter_config.json").get("peft_type") != "LORA":
        raise UserError(f"'{checkpoint}' is no LoRA adapter and cannot be merged; evaluate it with --engine transformers.")
    if "quantization_config" in model.config:
        raise UserError(f"'{checkpoint}' is quantised already; give the checkpoint that it was made of.")


def _make(model: Model, scratch: Path, variant: Variant, share: float) -> tuple[Path, dict[str, Any]]:
    """The folder of the copy, and what it says of itself."""
    said: dict[str, Any] = {"serving": {"kind": "model"}, "variant": variant}
    whole, copy = model, scratch / "copy"
    if model.adapter is not None:
        said["merged"] = {"from": model.hashes["adapter"], "largest_change": _merge(model, scratch / "merged")}
        whole, copy = resolve_model(parse_model(str(scratch / "merged"))), scratch / "merged"
    if variant in ("int8", "fp8"):
        copy = scratch / "quantised"
        said["quantization"] = quantize(whole, copy, variant)["quantization"]
    elif variant == "pruned":
        copy = scratch / "pruned"
        said["pruning"] = _prune(whole, copy, share)
    elif model.adapter is None:
        _save(_load(whole, _DTYPES[variant]), whole, copy)
    return copy, copy_manifest(model, copy, f"sft-train export --variant {variant}") | said


def _merge(model: Model, out: Path) -> float:
    """Write the adapter added into its base to `out`; returns the largest change of a log-probability."""
    from harness.engines.merge import merge_adapter
    from harness.selfchecks.probes import adapter_probes

    out.mkdir()
    change = merge_adapter(model, out, adapter_probes(Renderer(model)))
    if change == 0:
        raise RunError(
            f"Merging '{model.spec.text}' changes no log-probability: the adapter is empty, or too small for the dtype of its base."
        )
    return change


def _prune(model: Model, out: Path, share: float) -> dict[str, Any]:
    from torch.nn import Linear
    from torch.nn.utils import prune

    loaded = _load(model, "auto")
    output = loaded.get_output_embeddings()
    for module in loaded.modules():
        if isinstance(module, Linear) and module is not output:
            prune.l1_unstructured(module, "weight", amount=share)  # type: ignore[no-untyped-call]
            prune.remove(module, "weight")  # type: ignore[no-untyped-call]
    _save(loaded, model, out)
    return {"share": share, "method": "smallest magnitudes of each linear layer set to zero; lm_head left as it is"}


def _load(model: Model, dtype: str) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    wanted: Any = dtype if dtype == "auto" else getattr(torch, dtype)
    return AutoModelForCausalLM.from_pretrained(model.folder, dtype=wanted, local_files_only=True, trust_remote_code=False)


def _save(loaded: Any, model: Model, out: Path) -> None:
    out.mkdir()
    with chatter_to(out.parent / "saving.log"):
        loaded.save_pretrained(out)
    copy_companions([model.folder, model.tokenizer_folder], out)


def _refuse_infinite(folder: Path, variant: Variant) -> None:
    """float16 ends at 65504: larger values of other dtypes become infinite."""
    import torch
    from safetensors import safe_open

    for file in folder.glob("*.safetensors"):
        with safe_open(str(file), framework="pt") as opened:
            for name in opened.keys():  # noqa: SIM118  it is no mapping
                value = opened.get_tensor(name)
                if value.is_floating_point() and not torch.isfinite(value.float()).all():
                    raise RunError(f"'{name}' has values that {variant} cannot hold; export as bf16, which can.")
