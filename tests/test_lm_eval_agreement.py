"""The default model on public benchmarks, beside lm-eval's own figures for the same weights.

The figures are of lm-eval 0.4.13, offline, `--limit 100`, on a CPU. The model is the default model's converted checkpoint, the data are
those below HARNESS_DATA, read by copies of its tasks that differ in where the data come from, and in `fewshot_config: {sampler:
first_n}`, which takes the first rows of the training set as examples.

    lm_eval run --model hf   --model_args pretrained=CHECKPOINT,dtype=float32  --tasks OUR_PROMPT --device cpu --batch_size 8 --limit 100
    lm_eval run --model vllm --model_args pretrained=CHECKPOINT,dtype=bfloat16 --tasks truthfulqa_mc1 --batch_size auto --limit 100
    lm_eval run --model vllm --model_args pretrained=CHECKPOINT,dtype=bfloat16 --tasks gsm8k --batch_size auto --limit 100 \\
        --apply_chat_template --fewshot_as_multiturn true

- `golden/lm_eval_truthfulqa_mc1.json`: log-likelihoods of the answers, question by question, by the first command: with the prompt of our
  recipe in the place of the task's own (`doc_to_text`), whose six examples are not part of this project. Numbers only.
- The second and third are the tasks as they are: their own prompts, five examples as chat turns for GSM8K, at most 256 tokens.
"""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import fisher_exact

from harness.default_model import DEFAULT_MODEL
from harness.engines.base import EngineSettings
from harness.engines.transformers import TransformersEngine
from harness.evaluate import evaluate
from harness.model import parse_model, resolve_model
from harness.plan import Choice, RunPlan, SuitePlan
from harness.prompts import Renderer
from harness.public.gsm8k import read
from harness.screen import Screen
from harness.store import SUMMARY
from harness.suite import Suite, find_suite, load_suite
from harness.suite_config import Shot

LM_EVAL_MC1 = 28
"""Right of the first hundred questions, with the task's own prompt."""
LM_EVAL_GSM8K_STRICT = 1
"""Right of the first hundred, by the number behind ####; by the last number of the response it is the same count."""
LM_EVAL_GSM8K_FLEXIBLE = 1
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


def run_first_hundred(suite: Suite, folder: Path) -> dict[str, Any]:
    """The default model's figures on the first hundred items of `suite`."""
    model = resolve_model(parse_model(DEFAULT_MODEL), print)
    plan = RunPlan(model, (SuitePlan(suite, suite.items[:100]),), Choice("full"), EngineSettings(), None)
    found = evaluate(plan, folder, "default", Screen()).folder
    (summary,) = json.loads((found / SUMMARY).read_text(encoding="utf-8")).values()
    assert (summary["errors"], summary["n"]) == (0, 100)
    return summary


def within_sampling_noise(ours: float, theirs: int) -> bool:
    """Whether two counts of a hundred could be of one rate, by Fisher's exact test at 5 %."""
    right = round(100 * ours)
    return bool(fisher_exact([[right, 100 - right], [theirs, 100 - theirs]]).pvalue > 0.05)


def test_truthfulqa_mc1_is_lm_evals_within_noise(tmp_path: Path) -> None:
    summary = run_first_hundred(load_suite(find_suite("truthfulqa_mc1")), tmp_path)
    assert within_sampling_noise(summary["score"], LM_EVAL_MC1)


def test_gsm8k_with_five_examples_is_lm_evals_within_noise(tmp_path: Path) -> None:
    suite = load_suite(find_suite("gsm8k"))
    lines = (Path(os.environ["HARNESS_DATA"]) / "gsm8k" / "train.jsonl").read_text(encoding="utf-8").splitlines()[:5]
    rows = [json.loads(line) for line in lines]
    shots = tuple(Shot(user=read(row, number)["prompt"], assistant=row["answer"]) for number, row in enumerate(rows))
    generation = suite.config.generation.model_copy(update={"max_tokens": 256, "stop": ("Question:",)})
    suite = replace(suite, config=suite.config.model_copy(update={"few_shot": shots, "generation": generation}))
    summary = run_first_hundred(suite, tmp_path)
    assert within_sampling_noise(summary["metrics"]["exact_match_strict"], LM_EVAL_GSM8K_STRICT)
    assert within_sampling_noise(summary["metrics"]["exact_match"], LM_EVAL_GSM8K_FLEXIBLE)
