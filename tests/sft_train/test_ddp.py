"""Two processes on the CPU learn what one does: the launcher of torch, gloo, batches half as large each."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.sft_train.training import built, config, metrics, records

pytestmark = pytest.mark.slow

CODE = """
import sys
from sft_train.training.config import TrainConfig
from sft_train.training.run import train
train(TrainConfig.model_validate_json(sys.argv[1]))
"""


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path.cwd()), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}


def launch(script: Path, settings: str, processes: int) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}", str(script), settings]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400, env=_environment())
    assert result.returncode == 0, result.stderr[-3000:]


@pytest.mark.parametrize("method", ["lora", "full"])
def test_two_processes_have_the_losses_of_one(tiny_model: Path, tmp_path: Path, method: str) -> None:
    rows = records(40)
    data = built(tmp_path / "data", rows[:32], rows[32:])
    (tmp_path / "script.py").write_text(CODE)
    curves: dict[int, Any] = {}
    for processes, batch in ((1, 4), (2, 2)):
        out = tmp_path / str(processes)
        settings = config(
            tiny_model,
            data,
            out,
            steps=4,
            batch=batch,
            accumulation=2,
            method=method,
            lora={"dropout": 0.0},
            learning_rate=1e-3,
            validate_every=2,
        )
        launch(tmp_path / "script.py", settings.model_dump_json(), processes)
        curves[processes] = [(line.get("loss"), line.get("grad_norm"), line.get("eval_loss")) for line in metrics(out)]
    assert len(curves[1]) == len(curves[2]) == 7
    for one, two in zip(curves[1], curves[2], strict=True):
        assert [value is None for value in one] == [value is None for value in two]
        assert [value for value in two if value] == pytest.approx([value for value in one if value], rel=1e-4)
