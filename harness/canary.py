"""Proof that an adapter is applied: under it, at least one log-probability must differ from the base model's.

An engine can load an adapter and silently ignore it, and an adapter whose B matrices are still zero changes nothing; either way
every score would be the base model's under another name.
"""

import json

from harness.cache import cache_folder
from harness.engines.base import Engine
from harness.errors import RunError
from harness.hashing import hash_json
from harness.model import Model
from harness.prompts import Renderer
from harness.records import Request
from harness.store import write_atomic

_TEXTS = (
    "The quick brown fox jumps over the lazy dog, and the dog does not mind at all.",
    "请把空调调到二十四度，然后导航去最近的充电站。",
    "def add(a, b):\n    return a + b\n",
)


def check_adapter(engine: Engine, model: Model, renderer: Renderer) -> float:
    """Return the largest change of a log-probability that the adapter makes.

    The result is remembered for these weights on this stack. Raises RunError if nothing changes.
    """
    key = hash_json([model.identity, model.spec.options.model_dump(mode="json"), engine.info.kind, engine.info.conditions])
    memory = cache_folder() / "canary" / f"{key[:32]}.json"
    if memory.is_file():
        try:
            return float(json.loads(memory.read_text())["change"])
        except (ValueError, KeyError, TypeError):
            memory.unlink(missing_ok=True)
    change = _largest_change(engine, renderer)
    if change == 0.0:
        raise RunError(
            f"ERROR: adapter '{model.label}' changes no log-probability: either it was never trained (its B matrices are zero) or "
            f"{engine.info.kind} ignores it. Scoring it would score its base."
        )
    memory.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(memory, [json.dumps({"change": change})])
    return change


def _largest_change(engine: Engine, renderer: Renderer) -> float:
    # Base first and to the end: the two must never be in the engine together.
    base = _score(engine, renderer, adapter=False)
    adapted = _score(engine, renderer, adapter=True)
    return max(abs(a - b) for name in base for a, b in zip(base[name], adapted[name], strict=True))


def _score(engine: Engine, renderer: Renderer, *, adapter: bool) -> dict[str, tuple[float, ...]]:
    for index, text in enumerate(_TEXTS):
        engine.submit(Request(f"canary/{index}", renderer.encode(text), score_from=1), adapter=adapter)
    found: dict[str, tuple[float, ...]] = {}
    while engine.unfinished:
        for response in engine.step():
            if response.logprobs is None:
                raise RunError(f"The adapter check failed: {response.error or 'the engine returned no log-probabilities'}.")
            found[response.request_id] = response.logprobs
    return found
