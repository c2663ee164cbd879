"""An engine of the harness as something that can be asked."""

from collections.abc import Sequence

from harness.engines import EngineSettings, start_engine
from harness.engines.base import answers
from harness.errors import RunError
from harness.model import Model, parse_model, resolve_model
from harness.prompts import Renderer
from harness.records import Request
from sft_train.augment.generate import Ask


def engine_ask(name: str, settings: EngineSettings, seed: int = 0, max_tokens: int = 512, temperature: float = 0.7) -> tuple[Ask, Model]:
    """What puts prompts to the model called `name`, and the model; the engine starts anew for every list of prompts.

    Raises UserError or RunError if the model cannot be had or an answer fails.
    """
    model = resolve_model(parse_model(name))
    renderer = Renderer(model)

    def ask(prompts: Sequence[str]) -> list[str]:
        requests = [
            Request(
                str(number), renderer.encode(renderer.chat_text(({"role": "user", "content": prompt},))), max_tokens=max_tokens,
                temperature=temperature, seed=seed + number,
            )
            for number, prompt in enumerate(prompts)
        ]  # fmt: skip
        if not requests:
            return []
        engine = start_engine(model, settings, requests, [])
        try:
            written: dict[str, str] = {}
            for response in answers(engine, requests):
                if response.error is not None:
                    raise RunError(f"Model '{name}' could not answer prompt {response.request_id}: {response.error}")
                # What was cut off is no answer.
                written[response.request_id] = "" if response.truncated else response.answer
        finally:
            engine.close()
        return [written[request.id] for request in requests]

    return ask, model
