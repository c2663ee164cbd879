"""Proof that the engine computes what the weights say: its log-probabilities of a few texts are held against transformers in float32.

A wrong dtype, position code, scale of quantised weights, tokenizer or merged adapter gives fluent text and lower scores; here it gives
an error. The reference is loaded in a process of its own before the engine takes its memory, and its values are remembered by
weights and library versions; the engine is asked anew at every start.
"""

import contextlib
import json
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import get_context
from statistics import fmean

from harness.cache import cache_folder
from harness.engines.base import Engine, EngineSettings, answers
from harness.errors import RunError, UserError
from harness.hashing import hash_json
from harness.model import Model
from harness.prompts import Renderer
from harness.records import Request
from harness.selfchecks.probes import parity_probes
from harness.selfchecks.record import SelfCheck, SelfCheckLevel
from harness.served import AnyModel, ServedModel
from harness.stack import stack_versions
from harness.store import write_atomic
from harness.strict import read_object

NAME = "engine parity"
TOLERANCES = {"float32": 0.002, "float16": 0.05, "bfloat16": 0.15}
"""Largest mean absolute difference of a token's log-probability, in nats; docs/reliability.md has what was measured."""
QUANTIZED_TOLERANCE = 0.6
_SECONDS_GIB, _GIB = 16.0, 1 << 30

Logprobs = dict[str, tuple[float, ...]]


class Parity:
    """The check in its two steps: the reference before the engine starts, the comparison after."""

    def __init__(self, model: AnyModel, settings: EngineSettings, renderer: Renderer, level: SelfCheckLevel) -> None:
        """Compute or recall the reference's log-probabilities; where that cannot be, `compare` says why."""
        self._model = model
        self._reference: Logprobs = {}
        self._why_not = _why_not(model, settings, level)
        if self._why_not is None and not isinstance(model, ServedModel):
            self._probes = parity_probes(renderer)
            try:
                self._reference = _recalled(model, self._probes)
            except (UserError, RunError) as error:
                self._why_not = str(error)

    def compare(self, engine: Engine) -> SelfCheck:
        """Hold the engine, which must be idle, against the reference. Raises RunError if they differ by more than rounding does."""
        if self._why_not is not None:
            return SelfCheck(NAME, "not checked", self._why_not)
        conditions = engine.info.conditions
        asked, used = self._model.spec.options.dtype, conditions["dtype"]
        if asked not in ("auto", used):
            raise RunError(f"ERROR: dtype {asked} was asked for, but {engine.info.kind} computes in {used}.")
        tolerance = QUANTIZED_TOLERANCE if conditions.get("quantization", "None") != "None" else TOLERANCES[used]
        found = _scored(engine, self._probes)
        difference = fmean(
            abs(value - expected)
            for probe in self._probes
            for value, expected in zip(found[probe.id], self._reference[probe.id], strict=True)
        )
        # Written so that a NaN fails.
        if not difference <= tolerance:
            raise RunError(
                f"ERROR: {engine.info.kind} does not compute what the weights of '{self._model.label}' say: its log-probabilities of known "
                f"texts differ from those of transformers by {difference:.3f} a token, of which {used} explains {tolerance:g} at the most. "
                "See that config.json, dtype and quantisation belong to the weights; --self-checks off evaluates all the same and says so."
            )
        said = f"{engine.info.kind} differs from transformers by {difference:.4f} a token (up to {tolerance:g} is rounding in {used})"
        return SelfCheck(NAME, "passed", said, {"difference": difference, "tolerance": tolerance})


def _why_not(model: AnyModel, settings: EngineSettings, level: SelfCheckLevel) -> str | None:
    """Why there is no reference, or None if there can be one."""
    if level == "off":
        return "self-checks are off"
    if settings.kind == "transformers":
        return "transformers is the reference"
    if settings.kind != "vllm" or isinstance(model, ServedModel):
        return f"the engine {settings.kind} does not compute these weights here"
    stored, width = model.weights_bytes, {"float32": 4}.get(str(model.config.get("dtype", model.config.get("torch_dtype"))), 2)
    if level == "auto" and stored > _SECONDS_GIB * _GIB:
        return f"the weights have {stored / _GIB:.0f} GiB, and loading the reference would take minutes; --self-checks full does it"
    import psutil

    needed, available = stored * 4 / width * 1.2, psutil.virtual_memory().available
    if needed > available:
        return f"the reference in float32 needs {needed / _GIB:.1f} GiB of memory, {available / _GIB:.1f} GiB can be had"
    return None


def _recalled(model: Model, probes: list[Request]) -> Logprobs:
    """The reference's log-probabilities, remembered by weights, texts and libraries."""
    texts = [list(probe.prompt) for probe in probes]
    memory = cache_folder() / "parity" / f"{hash_json([model.identity, texts, stack_versions()])[:32]}.json"
    with contextlib.suppress(OSError, ValueError, TypeError):
        stored = read_object(memory)
        if [len(stored.get(probe.id, ())) for probe in probes] == [len(probe.prompt) - 1 for probe in probes]:
            return {name: tuple(map(float, values)) for name, values in stored.items()}
    found = reference_logprobs(model, probes)
    with contextlib.suppress(OSError, RunError):  # The memory only saves time.
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(memory, [json.dumps(found)])
    return found


def reference_logprobs(model: Model, probes: list[Request]) -> Logprobs:
    """Log-probabilities of the probes by transformers in float32 on the CPU, adapters applied by peft, computed in a process of its own.

    Raises RunError, in one sentence, if the model cannot be loaded so.
    """
    # Spawned: a fork of a process with threads may hang, and what the child loads is gone with it.
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(_compute, model, probes).result()
        except BrokenProcessPool as error:
            raise RunError("the process with the reference died, probably for want of memory") from error


def _compute(model: Model, probes: list[Request]) -> Logprobs:
    from harness.engines.transformers import TransformersEngine

    options = model.spec.options.model_copy(update={"dtype": "float32", "quantization": None})
    engine = TransformersEngine(replace(model, spec=replace(model.spec, options=options)), EngineSettings("transformers", "cpu"))
    return _scored(engine, probes)


def _scored(engine: Engine, probes: list[Request]) -> Logprobs:
    found: Logprobs = {}
    for response in answers(engine, probes):
        if response.logprobs is None:
            why = response.error or "none came back"
            raise RunError(f"ERROR: {engine.info.kind} gives no log-probabilities of a known text: {why}.")
        found[response.request_id] = response.logprobs
    return found
