"""A base and its adapters through one process: each answers as merged weights that were started alone."""

from pathlib import Path
from typing import Any

import pytest

from harness.engines import Engines, EngineSettings, start_engine
from harness.model import Model, parse_model, resolve_model
from harness.prompts import Renderer
from harness.records import Request
from harness.selfchecks.probes import adapter_probes
from tests.adapters import make_adapter

pytestmark = pytest.mark.engine


def merged_by_peft(base: Path, adapter: Path, out: Path) -> Path:
    """What a user would deploy: merged in float32 and saved in the dtype of the base."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    loaded: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, local_files_only=True)
    merged: Any = PeftModel.from_pretrained(loaded, str(adapter)).merge_and_unload()
    merged.to(torch.bfloat16).save_pretrained(out)
    AutoTokenizer.from_pretrained(base, local_files_only=True).save_pretrained(out)
    return out


def resolve(path: Path | str) -> Model:
    return resolve_model(parse_model(str(path)))


def test_base_and_adapter_in_one_process_answer_as_weights_merged_beforehand(tmp_path: Path) -> None:
    base = resolve("smollm2-135m-instruct")
    adapter = make_adapter(base.folder, tmp_path / "lora")
    merged = resolve(merged_by_peft(base.folder, adapter, tmp_path / "merged"))
    renderer = Renderer(base)
    prompt = renderer.encode(renderer.chat_text(({"role": "user", "content": "What is the capital of France?"},)))
    asked = [Request("said", prompt, max_tokens=16), Request("scored", prompt + renderer.encode("Paris is."), score_from=len(prompt))]
    probes, engines, found = adapter_probes(renderer), Engines(keep=True), []
    try:
        for model in (base, resolve(adapter), merged):
            engine = engines.take(start_engine, model, EngineSettings(), asked, probes)
            for request in asked:
                engine.submit(request)
            answers = {}
            while engine.unfinished:
                answers |= {response.request_id: (response.text, response.logprobs) for response in engine.step()}
            found.append(answers)
            engines.give_back()
    finally:
        engines.close()
    plain, adapted, whole = found
    assert adapted == whole
    assert plain["scored"] != adapted["scored"]
