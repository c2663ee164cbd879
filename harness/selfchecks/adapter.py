"""Proof that an adapter is applied: under it, at least one log-probability must differ from the base model's.

An engine can load an adapter and silently ignore it, and an adapter whose B matrices are still zero changes nothing; either way
every score would be the base model's under another name.
"""

import contextlib
import json

from harness.cache import cache_folder
from harness.engines.base import Engine
from harness.errors import RunError
from harness.hashing import hash_json
from harness.records import Request
from harness.selfchecks.record import SelfCheck
from harness.served import AnyModel
from harness.stack import stack_versions
from harness.store import write_atomic
from harness.strict import read_object

NAME = "adapter acts"


def check_adapter(engine: Engine, model: AnyModel, probes: list[Request]) -> SelfCheck:
    """Raise RunError if the adapter changes no log-probability.

    What was found is remembered for these weights on this stack.
    """
    key = hash_json(
        [model.identity, model.spec.options.model_dump(mode="json"), engine.info.kind, engine.info.conditions, stack_versions()]
    )
    memory = cache_folder() / "canary" / f"{key[:32]}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return _passed(float(read_object(memory)["change"]))
    change = engine.adapter_change(probes)
    if change == 0.0:
        raise RunError(
            f"ERROR: adapter '{model.label}' changes no log-probability: it was never trained (its B matrices are zero), is too small to "
            f"survive the weights' precision, or is ignored by {engine.info.kind}. Scoring it would score its base."
        )
    with contextlib.suppress(OSError, RunError):  # The memory only saves time.
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(memory, [json.dumps({"adapter": str(model.adapter), "change": change})])
    return _passed(change)


def _passed(change: float) -> SelfCheck:
    return SelfCheck(NAME, "passed", f"the adapter changes log-probabilities by up to {change:.3g}", {"change": change})
