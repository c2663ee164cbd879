"""What vLLM's CPU build has to be told: cores, memory, and how prompts are read."""

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

from harness.engines.base import Workload
from harness.errors import RunError
from harness.model import Model

_GIB = 1 << 30
_CORES: set[int] = set()
_BLOCK = 32
"""Tokens in a block of the KV cache, by whole ones of which prompts that begin alike are read once; the CPU build's own 128 are longer than
most questions."""


def prepare_cpu(model: Model, workload: Workload, max_model_len: int) -> dict[str, Any]:
    """Set what the CPU build reads from the environment and return its options. Call before vLLM is imported."""
    _load_numa()
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", ",".join(map(str, sorted(_allowed_cores()))))
    options: dict[str, Any] = {
        "enforce_eager": True, "kv_cache_memory_bytes": _kv_cache_bytes(model, workload, max_model_len), "block_size": _BLOCK,
    }  # fmt: skip
    if workload.sampled:
        # A prompt that is read in parts draws a token after each part, and vLLM then turns the request's random numbers back,
        # which those of a CPU cannot do: the engine dies.
        options["enable_chunked_prefill"] = False
    return options


def _allowed_cores() -> set[int]:
    # The first engine binds this thread to one core; a later one in the same process must still see them all.
    global _CORES
    _CORES = _CORES or os.sched_getaffinity(0)
    return _CORES


def _load_numa() -> None:
    """The CPU build needs libnuma; set-up may have put it beside the environment where the system has none."""
    for name in ("libnuma.so.1", str(Path(sys.prefix) / "native" / "libnuma.so.1")):
        try:
            ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        return
    raise RunError("libnuma.so.1 is missing, which vLLM's CPU build needs: run `make setup`, or install it (apt-get install libnuma1).")


def _kv_cache_bytes(model: Model, workload: Workload, max_model_len: int) -> int:
    """Memory for keys and values: what the requests can use at once, as far as there is memory."""
    config = model.config
    heads = int(config.get("num_key_value_heads") or config["num_attention_heads"])
    head_dim = int(config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"])
    width = 4 if model.spec.options.dtype == "float32" or config.get("dtype", config.get("torch_dtype")) == "float32" else 2
    per_token = 2 * int(config["num_hidden_layers"]) * heads * head_dim * width
    weights = model.weights_bytes
    # Room for the libraries, the weights and the activations of one step.
    available = int((_available_memory() - 2 * _GIB - weights * 1.2) * 0.9)
    # Blocks are filled unevenly; a quarter more than the sum keeps requests from being put off.
    useful = max(int(workload.batch * 1.25), max_model_len + 1024) * per_token
    needed = (max_model_len + 1024) * per_token
    if available < needed:
        raise RunError(
            f"Too little memory for the KV cache: a context of {max_model_len} tokens needs {needed / _GIB:.1f} GiB beside the weights "
            f"({weights / _GIB:.1f} GiB), {max(available, 0) / _GIB:.1f} GiB can be had; "
            "lower it with MODEL=…,max_model_len=N or free memory."
        )
    return min(useful, available)


def _available_memory() -> int:
    import psutil

    available = int(psutil.virtual_memory().available)
    # vLLM binds its memory to the first node, which may hold less than the machine.
    meminfo = Path("/sys/devices/system/node/node0/meminfo")
    if meminfo.is_file():
        fields = {line.split()[2].rstrip(":"): int(line.split()[3]) * 1024 for line in meminfo.read_text().splitlines()}
        node = fields["MemFree"] + fields.get("Active(file)", 0) + fields.get("Inactive(file)", 0)
        available = min(available, node)
    return available
