"""Trainings side by side, in turn, each in a process of its own; what two benches of training share."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Once:
    speed: float
    """Real tokens a second."""
    peak: float
    """GiB of the whole process."""
    losses: list[float]


def once(side: str, settings: dict[str, Any], more: Sequence[str] = ()) -> Once:
    """Train once in a process of its own."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as said:
        command = [sys.executable, "bench/sft_once.py", side, str(Path(folder) / "out"), json.dumps(settings), *more]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            said.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{said.read()[-2000:]}")
    figures = json.loads(printed.splitlines()[-1])
    return Once(figures["tokens_per_second"], usage.ru_maxrss / (1 << 20), figures["losses"])


def mean_ratio(ratios: Sequence[float]) -> str:
    """The geometric mean of paired ratios with its 95 % interval (t on logarithms), for print.

    >>> mean_ratio([2.0, 2.0, 2.0])
    '2.000 [2.000, 2.000]'
    """
    logs = np.log(ratios)
    half = float(stats.t.ppf(0.975, len(logs) - 1)) * float(logs.std(ddof=1)) / len(logs) ** 0.5
    return "{:.3f} [{:.3f}, {:.3f}]".format(*np.exp([logs.mean(), logs.mean() - half, logs.mean() + half]))
