"""Whether an engine can serve an adapter, known before one is started: a bad adapter kills vLLM with everything that waits in it."""

import re
from pathlib import Path

from harness.checkpoint import read_json, safetensors_header
from harness.engines.vllm import adapter_options
from harness.errors import UserError

MERGE = "merge it: sft-train export {folder} --variant merged --out FOLDER"
_SERVED = re.compile(r".*\.lora_[AB]\.weight")
_INITS = {True, False, "gaussian", "eva", "orthogonal"}
"""Ways to begin an adapter that leave the base's weights as they are."""


def serving_problem(folder: Path) -> str | None:
    """Why vLLM would not serve the adapter in `folder`, in one sentence with the way out; None if it would.

    The rules are those by which the harness starts vLLM, and beyond them what vLLM's own reader refuses: keys that are no LoRA
    weights, embeddings, biases, starts that change the base.
    """
    config = read_json(folder / "adapter_config.json")
    way_out = MERGE.format(folder=folder)
    if config.get("peft_type") != "LORA":
        return f"{config.get('peft_type')} cannot be served by vLLM and cannot be merged; evaluate it with --engine transformers."
    if config.get("init_lora_weights", True) not in _INITS:
        return f"The adapter began as {config['init_lora_weights']}, which changes the base's weights; {way_out}."
    if config.get("bias", "none") != "none" or config.get("lora_bias"):
        return f"The adapter trains biases, which vLLM does not serve; {way_out}."
    try:
        adapter_options(folder)
    except UserError as error:
        return f"{error} ({way_out})"
    keys = safetensors_header(folder / "adapter_model.safetensors")
    if odd := [key for key in keys if not _SERVED.fullmatch(key) or "embed_tokens" in key or "lm_head" in key]:
        return f"The adapter holds '{odd[0]}', which vLLM does not serve; {way_out}."
    return None


def rank_needed(folder: Path) -> int:
    """The max_lora_rank that vLLM must be started with."""
    return int(adapter_options(folder)["max_lora_rank"])
