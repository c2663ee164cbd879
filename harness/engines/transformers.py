"""The reference: transformers, one request at a time, no batching. Slow, simple, and what other engines are held against."""

from collections import deque
from collections.abc import Sequence
from typing import Any

from harness.engines.base import EngineInfo, EngineSettings, adapter_effect
from harness.errors import RunError, UserError
from harness.model import Model
from harness.records import FinishReason, Request, Response
from harness.repetition import RepetitionDetection
from harness.stack import stack_versions


class TransformersEngine:
    """The reference: transformers itself, one request after the other, slow and plain."""

    def __init__(self, model: Model, settings: EngineSettings) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        if model.spec.options.quantization is not None:
            raise UserError("quantization= is an option of vLLM; the transformers engine loads the weights as they are.")
        self._torch = torch
        dtype = model.spec.options.dtype
        self._device = "cuda" if settings.device != "cpu" and torch.cuda.is_available() else "cpu"
        try:
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                model.folder, dtype="auto" if dtype == "auto" else getattr(torch, dtype), local_files_only=True, trust_remote_code=False
            )
            self._model: Any = loaded.to(self._device)
            self._tokenizer: Any = AutoTokenizer.from_pretrained(model.tokenizer_folder, local_files_only=True, trust_remote_code=False)
            if model.adapter is not None:
                from peft import PeftModel

                self._model = PeftModel.from_pretrained(self._model, str(model.adapter))
        except Exception as error:
            raise RunError(f"transformers could not load '{model.label}': {error}") from error
        self._model.eval()
        self.max_model_len = model.context_length
        self._eos = _end_tokens(self._model.generation_config.eos_token_id, self._tokenizer.eos_token_id)
        self._queue: deque[Request] = deque()
        self._info = EngineInfo(
            "transformers",
            {
                "device": self._device,
                "dtype": str(self._model.dtype).removeprefix("torch."),
                "quantization": str(model.config.get("quantization_config", {}).get("quant_method")),
                **stack_versions(),
            },
            {},
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def unfinished(self) -> int:
        return len(self._queue)

    def become(self, model: Model, requests: Sequence[Request]) -> bool:
        return False  # Loading is all that its start is.

    def adapter_change(self, probes: list[Request]) -> float:
        with self._torch.inference_mode():
            adapted = [self._answer(probe).logprobs or () for probe in probes]
            with self._model.disable_adapter():
                base = [self._answer(probe).logprobs or () for probe in probes]
        return adapter_effect(base, adapted)

    def submit(self, request: Request) -> None:
        self._queue.append(request)

    def step(self) -> list[Response]:
        if not self._queue:
            return []
        with self._torch.inference_mode():
            return [self._answer(self._queue.popleft())]

    def _answer(self, request: Request) -> Response:
        ids = self._torch.tensor([request.prompt], device=self._device)
        if request.score_from is not None:
            logits = self._model(ids).logits[0, request.score_from - 1 : -1].float()
            targets = ids[0, request.score_from :]
            logprobs = logits.log_softmax(-1).gather(-1, targets[:, None])[:, 0]
            return Response(request.id, finish="scored", logprobs=tuple(logprobs.tolist()))
        sampling = {"do_sample": True, "temperature": request.temperature, "top_p": request.top_p, "top_k": 0}
        self._torch.manual_seed(request.seed)
        output = self._model.generate(
            input_ids=ids, attention_mask=self._torch.ones_like(ids), max_new_tokens=request.max_tokens, eos_token_id=self._eos,
            pad_token_id=self._eos[0], **(sampling if request.temperature > 0 else {"do_sample": False}),
            **({"stop_strings": list(request.stop), "tokenizer": self._tokenizer} if request.stop else {}),
            **({"stopping_criteria": [_Circles(request.repetition_detection, ids.shape[1])]} if request.repetition_detection else {}),
        )[0, ids.shape[1] :].tolist()  # fmt: skip
        stopped = bool(output) and output[-1] in self._eos
        text = self._tokenizer.decode(output, skip_special_tokens=True)
        for stop in request.stop:
            head, found, _ = text.partition(stop)
            text, stopped = head, stopped or bool(found)
        return Response(request.id, text, len(output), "stop" if stopped else _cut(request, output))

    def close(self) -> None:
        self._model = None


def _cut(request: Request, output: list[int]) -> FinishReason:
    """Why a response ended that did not end by itself; in vLLM's order."""
    if len(output) >= request.max_tokens:
        return "length"
    return "repetition" if request.repetition_detection is not None and request.repetition_detection.found(output) else "stop"


class _Circles:
    """Tells `generate` that the only sequence of the batch has begun to repeat itself."""

    def __init__(self, rule: RepetitionDetection, prompt: int) -> None:
        self._rule, self._prompt = rule, prompt

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        return input_ids.new_tensor([self._rule.found(input_ids[0, self._prompt :].tolist())]).bool()


def _end_tokens(configured: int | list[int] | None, tokenizer: int | None) -> list[int]:
    ends = configured if isinstance(configured, list) else [configured]
    return sorted({token for token in [*ends, tokenizer] if token is not None})
