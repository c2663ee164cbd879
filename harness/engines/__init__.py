"""Engines: what turns requests into responses. Each is imported only when it is started."""

from collections.abc import Callable, Sequence
from pathlib import Path

from harness.engines.base import Engine, EngineKind, EngineSettings, Workload
from harness.engines.kept import Engines
from harness.errors import UserError
from harness.model import parse_model, resolve_model
from harness.records import Request
from harness.served import AnyModel, ServedModel

__all__ = ["Engine", "EngineKind", "EngineSettings", "Engines", "Workload", "find_model", "start_engine"]


def find_model(text: str, settings: EngineSettings, notify: Callable[[str], None]) -> AnyModel:
    """The model that was typed: on this machine, or at the server that the engine asks.

    `notify` is told, in a sentence, what takes long or should be known. Raises UserError for what is missing or wrong, RunError if no
    server answers.
    """
    if settings.kind == "server":
        from harness.engines.finding import find_served

        return find_served(text, settings.urls, notify)
    return resolve_model(parse_model(text), notify)


def start_engine(model: AnyModel, settings: EngineSettings, requests: Sequence[Request], probes: list[Request]) -> Engine:
    """Start an engine for `model`. `requests` are those it will surely get; they tell how much memory is of use.
    `probes` are texts with which an adapter's effect is measured, if the engine must do so while it starts.
    What a person should know while the engine runs is logged as a warning of `harness.engines`.

    Raises UserError or RunError, in one sentence, if it cannot start.
    """
    if settings.kind == "server":
        from harness.engines.server import ServerEngine

        assert isinstance(model, ServedModel)
        return ServerEngine(model, settings, requests)
    assert not isinstance(model, ServedModel)
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
