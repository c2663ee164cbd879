"""LoRA adapters for tests, made with peft on the spot."""

from pathlib import Path
from typing import Any


def make_adapter(base: Path, folder: Path, *, trained: bool = True, seed: int = 0) -> Path:
    """Save an adapter on all linear layers of `base`. Without `trained` its B matrices stay zero, as peft makes them."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    loaded: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, local_files_only=True)
    model: Any = get_peft_model(loaded, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM"))
    if trained:
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "lora_B" in name:
                    parameter.normal_(std=0.05)
    model.save_pretrained(folder)
    return folder
