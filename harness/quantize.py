"""`harness quantize`: a copy of a checkpoint with fewer bits, in a format that the engine serves.

The library compressed-tensors, which vLLM itself reads such checkpoints with, rounds each linear layer's weights to the nearest
of the values that are left (one scale an output channel) and writes them; activations are rounded while the engine runs. No data are
needed for that. The output layer (`lm_head`) stays as it is.

    int8   8-bit integers, weights and activations (W8A8); served on CPU and CUDA
    fp8    8-bit floats, weights and activations; served on CUDA of compute capability 8.9 and later
"""

import datetime
import json
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError

from harness.cache import cache_folder
from harness.chatter import chatter_to
from harness.checkpoint import copy_companions, hash_checkpoint, read_json
from harness.errors import RunError, UserError
from harness.hashing import hash_json
from harness.model import Model

Scheme = Literal["int8", "fp8"]
_PRESETS: dict[Scheme, str] = {"int8": "W8A8", "fp8": "FP8_DYNAMIC"}
MANIFEST = "manifest.json"


def quantize(model: Model, out: Path, scheme: Scheme) -> dict[str, Any]:
    """Write a quantised copy of `model` to the new folder `out`; returns its manifest, which says what it was made of and how.

    Raises UserError for a model that cannot be copied so, or if `out` exists; RunError if the copy cannot be made or written. What
    was begun is removed then.
    """
    if model.adapter is not None:
        raise UserError(f"'{model.spec.text}' is an adapter; merge it into its base and quantise the merged folder.")
    if "quantization_config" in model.config:
        raise UserError(f"'{model.spec.text}' is quantised already; give the checkpoint that it was made of.")
    if out.exists():
        raise UserError(f"'{out}' exists; name a new folder.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise RunError(f"'{out}' cannot be written ({error.strerror}); choose another place.") from error
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        with chatter_to(cache_folder() / "quantize.log"):
            _write_copy(model.folder, work, _PRESETS[scheme])
        manifest = copy_manifest(model, work, "harness quantize") | {"quantization": _quantization(scheme)}
        (work / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        work.chmod(0o755)
        work.rename(out)  # Atomic: what was interrupted leaves nothing that looks whole.
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise RunError(f"'{model.label}' could not be quantised: {' '.join(str(error).split())[:300]}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return manifest


def _write_copy(source: Path, work: Path, preset: str) -> None:
    import torch
    from compressed_tensors.compressors import ModelCompressor
    from compressed_tensors.quantization import QuantizationConfig, apply_quantization_config, preset_name_to_scheme
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(source, dtype="auto", local_files_only=True, trust_remote_code=False)
    scheme = preset_name_to_scheme(preset, ["Linear"])
    apply_quantization_config(model, QuantizationConfig(config_groups={"group_0": scheme}, ignore=["lm_head"]))
    with torch.no_grad():
        for module in model.modules():
            if (args := getattr(module, "quantization_scheme", None)) is not None:
                _set_scales(module, args.weights)
    compressor = ModelCompressor.from_pretrained_model(model)
    compressor.compress_model(model)
    model.save_pretrained(work)
    compressor.update_config(str(work))
    copy_companions([source], work)


def _set_scales(module: Any, args: Any) -> None:
    """The scale of each output channel: its largest weight takes the largest value that there is."""
    from compressed_tensors.quantization.utils import calculate_qparams

    low, high = module.weight.aminmax(dim=1, keepdim=True)
    scale, zero_point = calculate_qparams(low, high, args)
    module.weight_scale.data.copy_(scale)
    module.weight_zero_point.data.copy_(zero_point)


def copy_manifest(model: Model, copy: Path, by: str) -> dict[str, Any]:
    """What the copy of `model` in the folder `copy` says of itself: what the original's manifest says (its data, the items that it was
    trained on), and what the copy was made of."""
    place = (model.adapter or model.folder) / MANIFEST
    hashes = hash_checkpoint(copy)
    return (read_json(place) if place.is_file() else {}) | {
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "by": by,
        "identity": hash_json(hashes),
        "hashes": hashes,
        "from": {"given": model.spec.text, "folder": str(model.folder), "identity": model.identity, "hashes": model.hashes},
    }


def _quantization(scheme: Scheme) -> dict[str, str]:
    return {
        "scheme": scheme,
        "preset": _PRESETS[scheme],
        "method": "round to nearest, one scale an output channel, activations by token while the engine runs; lm_head left as it is",
        "library": f"compressed-tensors {version('compressed-tensors')}",
        "transformers": version("transformers"),
    }
