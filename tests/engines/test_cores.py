"""Which cores vLLM's CPU build is given, without starting it."""

import os
from pathlib import Path

import pytest

from harness.engines import vllm
from harness.engines.base import Workload
from harness.model import parse_model, resolve_model

WORKLOAD = Workload(longest=64, batch=64, sampled=False)


def test_every_core_is_bound_though_an_engine_before_took_one(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = resolve_model(parse_model(str(tiny_model)))
    monkeypatch.setattr(vllm, "_CORES", None)
    monkeypatch.setattr(vllm, "_load_numa", lambda: None)
    monkeypatch.setattr(os, "environ", {"HOME": str(tiny_model)})
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 0, 3})
    vllm._prepare_cpu(model, WORKLOAD, 64)
    assert os.environ.pop("VLLM_CPU_OMP_THREADS_BIND") == "0,1,3"
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})  # Where vLLM left this thread.
    vllm._prepare_cpu(model, WORKLOAD, 64)
    assert os.environ["VLLM_CPU_OMP_THREADS_BIND"] == "0,1,3"


def test_what_the_user_binds_stays(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vllm, "_load_numa", lambda: None)
    monkeypatch.setattr(os, "environ", {"HOME": str(tiny_model), "VLLM_CPU_OMP_THREADS_BIND": "2"})
    vllm._prepare_cpu(resolve_model(parse_model(str(tiny_model))), WORKLOAD, 64)
    assert os.environ["VLLM_CPU_OMP_THREADS_BIND"] == "2"
