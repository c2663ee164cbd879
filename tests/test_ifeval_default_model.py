"""The default model on public IFEval, where another harness's figure for the same model and settings is known."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from harness.default_model import DEFAULT_MODEL
from harness.engines.base import EngineSettings
from harness.evaluate import evaluate
from harness.model import parse_model, resolve_model
from harness.plan import Choice, RunPlan, SuitePlan
from harness.screen import Screen
from harness.store import SUMMARY
from harness.suite import find_suite, load_suite

LM_EVAL_PASSED = 11
"""Of the first 60 prompts, strict, by lm-eval 0.4.13: greedy, at most 256 tokens."""

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.engine,
    pytest.mark.skipif("HARNESS_DATA" not in os.environ, reason="HARNESS_DATA is not set: no IFEval prompts"),
]


def test_the_first_sixty_prompts_come_out_as_elsewhere(tmp_path: Path) -> None:
    suite = load_suite(find_suite("ifeval"))
    generation = suite.config.generation.model_copy(update={"max_tokens": 256})
    suite = replace(suite, config=suite.config.model_copy(update={"generation": generation}))
    model = resolve_model(parse_model(DEFAULT_MODEL), print)
    plan = RunPlan(model, (SuitePlan(suite, suite.items[:60]),), Choice("full"), EngineSettings(), None)
    folder = evaluate(plan, tmp_path, "default", Screen()).folder
    (summary,) = json.loads((folder / SUMMARY).read_text(encoding="utf-8")).values()
    assert (summary["errors"], summary["n"]) == (0, 60)
    assert abs(round(60 * summary["score"]) - LM_EVAL_PASSED) <= 2
