"""Two processes on the CPU learn what one does: gloo, batches half as large each, weights copied (DDP) or shared out (FSDP)."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.sft_train.training import built, config, metrics, records, weights

pytestmark = pytest.mark.slow

CODE = """
import os, sys
from sft_train.training.config import TrainConfig
from sft_train.training.run import train

if os.environ.get("ACCELERATE_USE_FSDP") == "true":
    # torch shards on CPUs, but accelerate asks it to only where there is an accelerator: say that there is one.
    import torch
    from accelerate.state import PartialState
    from accelerate.utils import DistributedType

    torch.distributed.init_process_group("gloo")
    PartialState._prepare_backend = lambda self, *_: ("gloo", DistributedType.MULTI_XPU)

stop = sys.argv[2] if len(sys.argv) > 2 else None

def say(text):
    print(text)
    if stop and text.startswith(stop):
        os._exit(9)

train(TrainConfig.model_validate_json(sys.argv[1]), say)
if os.environ.get("ACCELERATE_USE_FSDP") == "true":
    from accelerate import Accelerator
    assert str(Accelerator().distributed_type) == "DistributedType.FSDP"
"""
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
FSDP = ["-m", "accelerate.commands.launch", "--config_file", "examples/accelerate/fsdp.yaml"]


def launch(script: Path, settings: str, launcher: list[str], *more: str) -> subprocess.CompletedProcess[str]:
    script.write_text(CODE)
    environment = {"PYTHONPATH": str(Path.cwd()), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "ACCELERATE_TORCH_DEVICE": "cpu"}
    command = [sys.executable, *launcher, str(script), settings, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=400, env=os.environ | environment)


def curve(out: Path) -> list[tuple[Any, ...]]:
    return [tuple(line.get(name) for name in ("loss", "grad_norm", "eval_loss")) for line in metrics(out)]


def same(left: list[tuple[Any, ...]], right: list[tuple[Any, ...]]) -> None:
    assert len(left) == len(right) == 7
    for one, two in zip(left, right, strict=True):
        assert [value is None for value in one] == [value is None for value in two]
        assert [value for value in two if value] == pytest.approx([value for value in one if value], rel=1e-4)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_two_processes_learn_what_one_does(tiny_model: Path, tmp_path: Path, method: str) -> None:
    """With all of the weights in each process, and with a part of them; the latter is also killed and continued."""
    rows = records(40)
    data = built(tmp_path / "data", rows[:32], rows[32:])
    for name, launcher, batch in (("one", [], 4), ("ddp", TORCHRUN, 2), ("fsdp", FSDP, 2)):
        settings = config(
            tiny_model, data, tmp_path / name, steps=4, batch=batch, accumulation=2, method=method, lora={"dropout": 0.0},
            learning_rate=1e-3, validate_every=2,
        ).model_dump_json()  # fmt: skip
        if name == "fsdp" and method == "full":
            assert launch(tmp_path / "script.py", settings, launcher, "step 4/4  validation").returncode != 0
        result = launch(tmp_path / "script.py", settings, launcher)
        assert result.returncode == 0, result.stderr[-3000:]
        assert ("continuing from step 2" in result.stdout) == (name == "fsdp" and method == "full")
    one = weights(tmp_path / "one")
    for name in ("ddp", "fsdp"):
        same(curve(tmp_path / "one"), curve(tmp_path / name))
        other = weights(tmp_path / name)
        assert one.keys() == other.keys()
        assert all(bool((one[key] - other[key]).abs().max() < 1e-5) for key in one)
