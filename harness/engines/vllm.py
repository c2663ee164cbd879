"""vLLM, stepped by hand so that each response is out when it is finished.

On a CPU the engine runs in this process with every core bound, eager, and a KV cache as big as the requests can use: measured
five times as fast as vLLM's own defaults on two cores; adapters are merged. On CUDA vLLM's defaults hold and adapters are served.
The engine stays for another run of the same weights, and on CUDA for other adapters of its base.
"""

import contextlib
import gc
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.cache import cache_folder
from harness.engines.alike import one_token_choices, same_base, same_frame, same_weights
from harness.engines.base import EngineInfo, EngineSettings, Workload, adapter_effect
from harness.engines.merge import merge_adapter
from harness.engines.vllm_cpu import prepare_cpu
from harness.errors import RunError, UserError
from harness.model import Model
from harness.records import FinishReason, Request, Response
from harness.stack import stack_versions
from harness.strict import read_object

_FINISHES: dict[str, FinishReason] = {"stop": "stop", "length": "length", "repetition": "repetition"}
_MOST_TOKENS = 128
"""Tokens whose log-probabilities vLLM gives at a step, at most."""
_LORA_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)


class VllmEngine:
    """vLLM within this process, stepped; on CUDA an adapter is served, on a CPU it is merged before."""

    def __init__(self, model: Model, settings: EngineSettings, workload: Workload, probes: list[Request]) -> None:
        self._device = device = _choose_device(settings)
        self._model, self._workload = model, workload
        self.max_model_len = model.context_length
        self._change: float | None = None
        self._pending: dict[str, Request] = {}
        # Likelihoods of given texts wait until nothing is left to generate: mixed on a CPU, a run took a quarter longer.
        self._held: list[Request] = []
        self._together: dict[str, list[Request]] = {}
        options: dict[str, Any] = {
            "model": str(model.folder), "tokenizer": str(model.tokenizer_folder), "dtype": model.spec.options.dtype,
            "max_model_len": self.max_model_len, "seed": 0, "disable_log_stats": True, "trust_remote_code": False,
        }  # fmt: skip
        if model.spec.options.quantization is not None:
            options["quantization"] = model.spec.options.quantization
        with contextlib.ExitStack() as files:
            if device == "cpu":
                options |= prepare_cpu(model, workload, self.max_model_len)
                options["model"] = str(self._weights(model, probes, files))
            else:
                options["tensor_parallel_size"] = settings.tensor_parallel
                options |= served_options(model.adapter, [Path(folder) for folder in settings.adapters])
            self._start(options, model)
        self._options, self._conditions = options, _conditions(device, self._llm, settings)

    def _weights(self, model: Model, probes: list[Request], files: contextlib.ExitStack) -> Path:
        """Folder of the weights to load on a CPU: for an adapter merged ones, which are there as long as `files` is open."""
        self._change = None
        if model.adapter is None:
            return model.folder
        cache_folder().mkdir(parents=True, exist_ok=True)
        merged = Path(files.enter_context(tempfile.TemporaryDirectory(prefix="merged-", dir=cache_folder())))
        self._change = merge_adapter(model, merged, probes)
        return merged

    def _start(self, options: dict[str, Any], model: Model) -> None:
        os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
        try:
            from vllm import LLM, SamplingParams
            from vllm.lora.request import LoRARequest
            from vllm.sampling_params import RepetitionDetectionParams
        except ImportError as error:
            raise RunError(f"vLLM cannot be imported ({error}); run `make setup`.") from error
        self._sampling_params, self._repetition_params = SamplingParams, RepetitionDetectionParams
        try:
            self._llm: Any = LLM(**options)
        except Exception as error:  # vLLM raises many kinds; the whole story is in the log.
            raise RunError(f"vLLM could not start with '{model.label}': {_last_line(error)}") from error
        self._engine: Any = self._llm.llm_engine
        self._lora_request, self._served = LoRARequest, 0
        self._lora = self._serve(model) if "enable_lora" in options else None

    def _serve(self, model: Model) -> Any:
        """How requests name the adapter of `model`; None for its base."""
        if model.adapter is None:
            return None
        self._served += 1  # vLLM knows adapters by number: one that is asked for again is loaded again.
        return self._lora_request(model.label, self._served, str(model.adapter))

    def become(self, model: Model, requests: Sequence[Request]) -> bool:
        workload = Workload.of(requests)
        # An engine that was made for much less would put most requests off, and one that reads prompts in parts cannot draw.
        roomy = workload.batch <= 2 * self._workload.batch and (self._workload.sampled or not workload.sampled)
        same = same_frame(self._model, model) and same_weights(self._model, model)
        # Other weights are not loaded into a running engine: vLLM's reload_weights leaves a tied output layer as it was (CPU, 0.32.0).
        if not roomy or not (same or (self._device == "cuda" and self._serve_instead(model))):
            return False
        self._model = model
        # The same tokens have other keys and values under another adapter.
        return bool(self._engine.reset_prefix_cache())

    def _serve_instead(self, model: Model) -> bool:
        if not same_base(self._model, model):
            return False
        wanted = {} if model.adapter is None else adapter_options(model.adapter)
        if wanted.get("max_lora_rank", 0) > self._options.get("max_lora_rank", 0):
            return False
        self._lora = self._serve(model)
        return True

    @property
    def info(self) -> EngineInfo:
        adapter = "none" if self._model.adapter is None else "served" if self._change is None else "merged"
        return EngineInfo("vllm", self._conditions, {key: str(value) for key, value in self._options.items()} | {"adapter": adapter})

    @property
    def unfinished(self) -> int:
        return len(self._pending)

    def adapter_change(self, probes: list[Request]) -> float:
        if self._change is not None:
            return self._change
        # Base first and to the end: rows with and without an adapter are never in the engine together.
        base, adapted = (self._score(probes, lora) for lora in (None, self._lora))
        return adapter_effect(base, adapted)

    def _score(self, probes: list[Request], lora: Any) -> list[tuple[float, ...]]:
        for probe in probes:
            self._add(probe, lora, read_whole=True)
        found: dict[str, tuple[float, ...]] = {}
        while self._pending:
            found |= {response.request_id: response.logprobs or () for response in self.step()}
        return [found[probe.id] for probe in probes]

    def submit(self, request: Request) -> None:
        if request.score_from is None:
            self._add(request, self._lora)
        else:
            self._pending[request.id] = request
            self._held.append(request)

    def _add(self, request: Request, lora: Any, *, read_whole: bool = False) -> None:
        params = self._params(request, read_whole)
        self._engine.add_request(request.id, {"prompt_token_ids": list(request.prompt)}, params, lora_request=lora)
        self._pending[request.id] = request

    def _params(self, request: Request, read_whole: bool) -> Any:
        if request.score_from is not None:
            # vLLM reads a prompt whose log-probabilities are wanted from its beginning, each choice of a question anew. What lies before
            # the choice need not be: its log-probabilities are not asked for.
            return self._sampling_params(
                temperature=0.0, max_tokens=1, prompt_logprobs=0, detokenize=False, skip_reading_prefix_cache=read_whole
            )
        return self._sampling_params(
            temperature=request.temperature, top_p=request.top_p, max_tokens=request.max_tokens,
            stop=list(request.stop) or None, seed=request.seed if request.temperature > 0 else None,
            repetition_detection=self._repetition(request),
        )  # fmt: skip

    def _repetition(self, request: Request) -> Any:
        rule = request.repetition_detection
        return None if rule is None else self._repetition_params(**rule.model_dump())

    def step(self) -> list[Response]:
        if len(self._held) == len(self._pending):
            self._release()
        try:
            outputs = self._engine.step()
        except Exception as error:
            raise RunError(f"The engine died: {_last_line(error)}") from error
        return [response for output in outputs if output.finished for response in self._responses(output)]

    def _release(self) -> None:
        """Begin with what was held."""
        groups, rest = one_token_choices(self._held)
        self._held = []
        for request in rest:
            self._add(request, self._lora)
        for group in groups:
            tokens = sorted({request.prompt[-1] for request in group})
            if len(tokens) > _MOST_TOKENS:
                for request in group:
                    self._add(request, self._lora)
                continue
            # What comes next after the prompt they share, at these tokens: one step in place of a reading for each.
            params = self._sampling_params(temperature=0.0, max_tokens=1, logprob_token_ids=tokens, detokenize=False)
            name = group[0].id
            self._engine.add_request(name, {"prompt_token_ids": list(group[0].prompt[:-1])}, params, lora_request=self._lora)
            self._together[name] = group

    def _responses(self, output: Any) -> list[Response]:
        """What an output answers: one request or several, or none if it has to be asked for again."""
        group = self._together.pop(output.request_id, None)
        if group is None:
            response = self._response(output)
            return [] if response is None else [response]
        (after,) = output.outputs[0].logprobs
        for request in group:
            del self._pending[request.id]
        return [Response(request.id, finish="scored", logprobs=(float(after[request.prompt[-1]].logprob),)) for request in group]

    def _response(self, output: Any) -> Response | None:
        """The response, or None if it has to be asked for again."""
        request = self._pending.pop(output.request_id)
        if request.score_from is not None and (output.num_cached_tokens or 0) >= request.score_from:
            # Choices that begin alike: some of the log-probabilities were another's, and were not computed again.
            self._add(request, self._lora, read_whole=True)
            return None
        completion = output.outputs[0]
        if request.score_from is None:
            finish: FinishReason | None = _FINISHES.get(completion.finish_reason)
            if finish is None:
                return Response(request.id, finish="error", error=f"vLLM ended the request with '{completion.finish_reason}'")
            return Response(request.id, completion.text, len(completion.token_ids), finish)
        entries = output.prompt_logprobs[request.score_from :]
        tokens = request.prompt[request.score_from :]
        return Response(request.id, finish="scored", logprobs=tuple(float(e[t].logprob) for e, t in zip(entries, tokens, strict=True)))

    def close(self) -> None:
        if self._engine is None:
            return
        from vllm.distributed.parallel_state import cleanup_dist_env_and_memory

        self._engine.engine_core.shutdown()
        self._engine = self._llm = None
        gc.collect()
        cleanup_dist_env_and_memory()


def _choose_device(settings: EngineSettings) -> str:
    import torch

    has_gpu = torch.cuda.is_available()
    if settings.device == "cuda" and not has_gpu:
        raise UserError("DEVICE=cuda: torch sees no GPU; leave DEVICE out to run on the CPU, or see to the driver.")
    device = "cuda" if has_gpu and settings.device != "cpu" else "cpu"
    builds = {"vllm-cpu": "cpu", "vllm": "cuda"}
    if device not in {build for name, build in builds.items() if name in stack_versions()}:
        raise UserError(
            f"This run would use the {device} device, but vLLM is installed for the other; `make setup DEVICE={device}` changes that."
        )
    return device


def adapter_options(folder: Path) -> dict[str, Any]:
    """Options for serving one adapter; raises UserError for adapters on which vLLM dies or which it refuses."""
    config = read_object(folder / "adapter_config.json")
    merge = "merge it into its base and give the merged folder"
    if config.get("modules_to_save"):
        replaced = ", ".join(config["modules_to_save"])
        raise UserError(f"Adapter '{folder}' replaces whole modules ({replaced}), which vLLM cannot serve; {merge}.")
    if config.get("use_dora"):
        raise UserError(f"Adapter '{folder}' is a DoRA adapter, which vLLM cannot serve; {merge}.")
    rank = max([int(config.get("r", 0)), *map(int, (config.get("rank_pattern") or {}).values())])
    fitting = [allowed for allowed in _LORA_RANKS if allowed >= rank]
    if not fitting:
        raise UserError(f"Adapter '{folder}' has rank {rank}; vLLM serves at most {_LORA_RANKS[-1]}; {merge}.")
    return {"enable_lora": True, "max_loras": 1, "max_lora_rank": fitting[0]}


def served_options(own: Path | None, coming: Sequence[Path]) -> dict[str, Any]:
    """Options for serving an engine's own adapter, if it has one, and later those of `coming` that can be served."""
    options = {} if own is None else adapter_options(own)
    for folder in coming:
        with contextlib.suppress(UserError):  # Said when it is its turn.
            other = adapter_options(folder)
            options = other | {"max_lora_rank": max(other["max_lora_rank"], options.get("max_lora_rank", 0))}
    return options


def _conditions(device: str, llm: Any, settings: EngineSettings) -> dict[str, str]:
    config = llm.llm_engine.model_config
    return {
        "device": device,
        "dtype": str(config.dtype).removeprefix("torch."),
        "quantization": str(config.quantization),
        "tensor_parallel": str(settings.tensor_parallel),
        **stack_versions(),
    }


def _last_line(error: BaseException) -> str:
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:300]
