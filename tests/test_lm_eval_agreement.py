"""The default model on public benchmarks, beside lm-eval's own figures for the same weights.

The figures are of lm-eval 0.4.13, its `hf` backend on a CPU in float32, transformers 5.19.0, offline, `--limit 100`: the model is the
default model's converted checkpoint, the data are those below HARNESS_DATA, read by copies of its tasks that differ in `dataset_path`
only.

    lm_eval run --model hf --model_args pretrained=CHECKPOINT,dtype=float32 --tasks TASK --device cpu --batch_size 8 --limit 100

- `golden/lm_eval_truthfulqa_mc1.json`: log-likelihoods of the answers, question by question, with the prompt of our recipe in the place
  of the task's own (`doc_to_text`), whose six examples are not part of this project. Numbers only.
"""

import json
import os
from pathlib import Path

import pytest

from harness.default_model import DEFAULT_MODEL
from harness.engines.base import EngineSettings
from harness.engines.transformers import TransformersEngine
from harness.model import parse_model, resolve_model
from harness.prompts import Renderer
from harness.suite import find_suite, load_suite

GOLDEN = Path(__file__).parent / "golden" / "lm_eval_truthfulqa_mc1.json"
pytestmark = [
    pytest.mark.heavy,
    pytest.mark.engine,
    pytest.mark.skipif("HARNESS_DATA" not in os.environ, reason="HARNESS_DATA is not set: no public benchmark to agree with"),
]


def test_log_likelihoods_are_lm_evals() -> None:
    theirs = json.loads(GOLDEN.read_text(encoding="utf-8"))["log_likelihoods"][:25]
    model = resolve_model(parse_model(f"{DEFAULT_MODEL},dtype=float32"), print)
    renderer, engine = Renderer(model), TransformersEngine(model, EngineSettings("transformers", "cpu"))
    suite = load_suite(find_suite("truthfulqa_mc1"))
    for item, wanted in zip(suite.items, theirs, strict=False):
        found = []
        for request in renderer.requests(suite, item, sample=0, samples=1, draw=0, seed=0):
            engine.submit(request)
            (response,) = engine.step()
            found.append(sum(response.logprobs or ()))
        assert found == pytest.approx(wanted, abs=1e-2), item.id
