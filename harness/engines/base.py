"""The contract of an engine: requests go in at any time, responses come out as they are finished, in any order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from harness.errors import UserError
from harness.model import Model
from harness.records import Request, Response

EngineKind = Literal["vllm", "transformers", "replay", "server"]
Device = Literal["auto", "cpu", "cuda"]
TAKES_IMAGES: frozenset[EngineKind] = frozenset({"replay", "server"})
"""Engines that take requests with images (`Request.messages`); recorded responses need to see none, and a server says itself
whether it takes them. The others work on token ids alone."""


@dataclass(frozen=True)
class EngineSettings:
    """What the user may choose about an engine."""

    kind: EngineKind = "vllm"
    device: Device = "auto"
    """auto: CUDA where torch sees a GPU, otherwise the CPU."""
    tensor_parallel: int = 1
    """GPUs that share one model."""
    replay: str | None = None
    """Run folder whose journal the replay engine answers from."""
    adapters: tuple[str, ...] = ()
    """Folders of adapters of the same base that later runs will ask the engine for."""
    urls: tuple[str, ...] = ()
    """Endpoints of the server engine, as typed; all hold the same model."""

    @classmethod
    def chosen(cls, kind: EngineKind, device: Device, tensor_parallel: int, replay: str | None, urls: Sequence[str]) -> "EngineSettings":
        """What the user chose; raises UserError for options that do not go together."""
        if (kind == "replay") != (replay is not None):
            raise UserError("--engine replay and --replay RUN_FOLDER go together.")
        if (kind == "server") != bool(urls):
            raise UserError("--engine server and --url http://host:8000/v1 go together (ENGINE and URL of make).")
        if kind == "server" and (device != "auto" or tensor_parallel != 1):
            raise UserError("Device and tensor parallelism are for the server to choose; give them to the command that starts it.")
        return cls(kind, device, tensor_parallel, replay, urls=tuple(urls))


@dataclass(frozen=True)
class EngineInfo:
    """What an engine turned out to be; recorded in the manifest. `conditions` must be equal in runs that are compared."""

    kind: EngineKind
    conditions: dict[str, str]
    """What can change a response: device, dtype, quantisation, versions of the numerics."""
    settings: dict[str, str]
    """What can only change speed and memory."""


@dataclass(frozen=True)
class Workload:
    """How big the requests are, in tokens."""

    longest: int
    """Prompt plus response of the longest one."""
    batch: int
    """Sum over the 256 longest ones: what would be in memory at once at the most."""
    sampled: bool
    """Whether any is drawn at random."""

    @classmethod
    def of(cls, requests: Sequence[Request]) -> "Workload":
        """Measure requests, each by its prompt plus the most that it may answer; all zero if there are none."""
        lengths = sorted((len(request.prompt) + request.max_tokens for request in requests), reverse=True)
        return cls(
            longest=lengths[0] if lengths else 0, batch=sum(lengths[:256]), sampled=any(request.temperature > 0 for request in requests)
        )


class Engine(Protocol):
    """What the runner asks of an engine: requests go in at any time, responses come out in any order."""

    @property
    def info(self) -> EngineInfo:
        """What the engine turned out to be, for the manifest."""
        ...

    @property
    def max_model_len(self) -> int:
        """Longest prompt plus response, in tokens."""
        ...

    @property
    def unfinished(self) -> int:
        """Requests submitted whose responses have not come out yet."""
        ...

    def become(self, model: Model, requests: Sequence[Request]) -> bool:
        """Answer as `model` from now on, for `requests` and more, if that gives what an engine started for it would; False if it cannot
        be had. Call when nothing is unfinished. After False or an error the engine is good for nothing but `close`.
        """
        ...

    def adapter_change(self, probes: list[Request]) -> float:
        """Largest change of a log-probability of `probes` that the model's adapter makes. Call before anything is submitted."""
        ...

    def submit(self, request: Request) -> None:
        """Queue a request."""
        ...

    def step(self) -> list[Response]:
        """Do some work and return what was finished by it, possibly nothing.

        Raises RunError if the engine is dead.
        """
        ...

    def close(self) -> None:
        """Free what the engine holds; may be called twice."""
        ...


def answers(engine: Engine, requests: Sequence[Request]) -> Iterator[Response]:
    """The responses to all of `requests`, as they come; the engine must have no other work. Raises RunError if it dies."""
    for request in requests:
        engine.submit(request)
    while engine.unfinished:
        yield from engine.step()


def adapter_effect(base: Sequence[tuple[float, ...]], adapted: Sequence[tuple[float, ...]]) -> float:
    """Largest difference between two sets of log-probabilities of the same texts."""
    return max(abs(a - b) for left, right in zip(base, adapted, strict=True) for a, b in zip(left, right, strict=True))
