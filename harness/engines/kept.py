"""The engines of one command: one at a time, kept from run to run as long as it can be what the next run needs."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.engines.alike import same_base
from harness.engines.base import Engine, EngineSettings
from harness.model import Model
from harness.records import Request
from harness.served import AnyModel, ServedModel

Start = Callable[[AnyModel, EngineSettings, Sequence[Request], list[Request]], Engine]


class Engines:
    """Starts engines, or gives the one that the run before gave back, when it can serve the next model as it is."""

    def __init__(self, coming: Sequence[AnyModel] = (), *, keep: bool = False) -> None:
        """`coming`: models of the runs to come, whose adapters an engine may be made ready for. `keep`: there will be more runs than one;
        then `close` has to be called in the end, otherwise an engine is closed when it is given back.
        """
        self._coming = tuple(model for model in coming if isinstance(model, Model))
        self._keep = keep
        self._engine: Engine | None = None
        self._settings: EngineSettings | None = None

    def take(self, start: Start, model: AnyModel, settings: EngineSettings, requests: Sequence[Request], probes: list[Request]) -> Engine:
        """An engine for `model`, started by `start` if need be; the other arguments and the errors are those of `start_engine`."""
        if self._engine is not None and not self._taken_over(model, settings, requests):
            self.close()
        if self._engine is None:
            family = [other for other in self._coming if other.adapter is not None] if settings.kind == "vllm" else []
            adapters = tuple(str(other.adapter) for other in family if isinstance(model, Model) and same_base(model, other))
            self._engine = start(model, replace(settings, adapters=adapters), requests, probes)
            self._settings = settings
        return self._engine

    def _taken_over(self, model: AnyModel, settings: EngineSettings, requests: Sequence[Request]) -> bool:
        assert self._engine is not None
        try:
            # What asks a server has nothing loaded that would be worth keeping.
            return settings == self._settings and not isinstance(model, ServedModel) and self._engine.become(model, requests)
        except BaseException:
            self.close()
            raise

    def give_back(self) -> None:
        """The run is over; everything that was submitted has come out."""
        if not self._keep:
            self.close()

    def close(self) -> None:
        """Free what is held; may be called at any time."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
