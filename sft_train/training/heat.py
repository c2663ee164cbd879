"""How hot the machine is, where that can be read."""

import contextlib
from typing import Any

import psutil
import torch

HOT = 95.0
"""Degrees Celsius from which on processors slow down or fail."""


def hottest() -> float | None:
    """The highest temperature of a processor or GPU in degrees Celsius; None where no sensor can be read, as in most containers."""
    sensors: dict[str, Any] = getattr(psutil, "sensors_temperatures", dict)()  # Linux and FreeBSD have it.
    found = [reading.current for readings in sensors.values() for reading in readings if reading.current]
    if torch.cuda.is_available():
        with contextlib.suppress(RuntimeError, ModuleNotFoundError):  # It is read by a package that may be absent.
            found += [torch.cuda.temperature(number) for number in range(torch.cuda.device_count())]
    return max(found, default=None)
