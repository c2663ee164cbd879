"""An adapter added into its base's weights, for engines that serve adapters slowly or wrongly.

On the CPU build of vLLM an adapter runs at a third of the speed of plain weights, prompt log-probabilities under one kill the
engine, and base rows mixed with adapter rows are answered wrongly. Merged weights have none of this, and are what most people deploy.
"""

from pathlib import Path
from typing import Any

from harness.checkpoint import copy_companions
from harness.engines.base import adapter_effect
from harness.errors import RunError
from harness.model import Model
from harness.records import Request


def merge_adapter(model: Model, out: Path, probes: list[Request]) -> float:
    """Write the merged checkpoint, in the dtype of the base or the one asked for, into the folder `out`.

    The sum is formed in float32 and rounded once. Returns the largest change of a log-probability over `probes` between the
    base's and the merged weights as written: 0 means that the adapter does nothing, or too little to survive the rounding.
    Raises RunError if the adapter does not fit its base.
    """
    import torch
    from peft import PeftModel
    from transformers import AutoConfig, AutoModelForCausalLM

    assert model.adapter is not None
    config = AutoConfig.from_pretrained(model.folder, local_files_only=True, trust_remote_code=False)
    wanted = model.spec.options.dtype
    dtype = (config.dtype or torch.float32) if wanted == "auto" else getattr(torch, wanted)
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            model.folder, dtype=torch.float32, local_files_only=True, trust_remote_code=False
        )
        loaded.eval()
        before = _logprobs(loaded, probes)
        merged: Any = PeftModel.from_pretrained(loaded, str(model.adapter)).merge_and_unload()
    except (ValueError, RuntimeError, KeyError, OSError) as error:
        raise RunError(f"Adapter '{model.adapter}' cannot be merged into '{model.folder}': {' '.join(str(error).split())[:300]}") from error
    # Only the parameters are rounded here: a buffer that went through bf16 would change the outputs by itself.
    for parameter in merged.parameters():
        parameter.data = parameter.data.to(dtype).float()
    change = adapter_effect(before, _logprobs(merged, probes))
    merged.to(dtype).save_pretrained(out)
    copy_companions([model.folder, model.tokenizer_folder], out)
    return change


def _logprobs(model: Any, probes: list[Request]) -> list[tuple[float, ...]]:
    import torch

    found = []
    with torch.inference_mode():
        for probe in probes:
            ids = torch.tensor([probe.prompt])
            logits = model(ids).logits[0, :-1].float()
            found.append(tuple(logits.log_softmax(-1).gather(-1, ids[0, 1:, None])[:, 0].tolist()))
    return found
