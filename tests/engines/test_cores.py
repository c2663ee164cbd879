"""Which cores vLLM's CPU build is given, without starting it."""

import os
from typing import Any

import pytest

from harness.engines import vllm_cpu
from harness.engines.base import Workload

WORKLOAD = Workload(longest=64, batch=64, sampled=False)
MODEL: Any = None


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment of its own, in which no engine was started; memory and libnuma are not looked at."""
    own: dict[str, str] = {}
    monkeypatch.setattr(os, "environ", own)
    monkeypatch.setattr(vllm_cpu, "_CORES", set())
    monkeypatch.setattr(vllm_cpu, "_load_numa", lambda: None)
    monkeypatch.setattr(vllm_cpu, "_kv_cache_bytes", lambda *_: 0)
    return own


def test_every_core_is_bound_though_an_engine_before_took_one(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 0, 3})
    vllm_cpu.prepare_cpu(MODEL, WORKLOAD, 64)
    assert environment.pop("VLLM_CPU_OMP_THREADS_BIND") == "0,1,3"
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})  # Where vLLM left this thread.
    vllm_cpu.prepare_cpu(MODEL, WORKLOAD, 64)
    assert environment["VLLM_CPU_OMP_THREADS_BIND"] == "0,1,3"


def test_what_the_user_binds_stays(environment: dict[str, str]) -> None:
    environment["VLLM_CPU_OMP_THREADS_BIND"] = "2"
    vllm_cpu.prepare_cpu(MODEL, WORKLOAD, 64)
    assert environment["VLLM_CPU_OMP_THREADS_BIND"] == "2"
