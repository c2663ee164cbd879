"""Engines: what turns requests into responses. Each is imported only when it is started."""

from collections.abc import Sequence
from pathlib import Path

from harness.engines.base import Engine, EngineKind, EngineSettings, Workload
from harness.engines.kept import Engines
from harness.errors import UserError
from harness.model import Model
from harness.records import Request

__all__ = ["Engine", "EngineKind", "EngineSettings", "Engines", "Workload", "start_engine"]


def start_engine(model: Model, settings: EngineSettings, requests: Sequence[Request], probes: list[Request]) -> Engine:
    """Start an engine for `model`. `requests` are those it will surely get; they tell how much memory is of use.
    `probes` are texts with which an adapter's effect is measured, if the engine must do so while it starts.

    Raises UserError or RunError, in one sentence, if it cannot start.
    """
    workload = Workload.of(requests)
    if settings.kind == "vllm":
        from harness.engines.vllm import VllmEngine

        return VllmEngine(model, settings, workload, probes)
    if settings.kind == "transformers":
        from harness.engines.transformers import TransformersEngine

        return TransformersEngine(model, settings)
    if settings.replay is None:
        raise UserError("The replay engine needs recorded responses: --replay RUN_FOLDER.")
    from harness.engines.replay import ReplayEngine

    return ReplayEngine(Path(settings.replay))
