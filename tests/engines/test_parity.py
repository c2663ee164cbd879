"""vLLM computes what the weights of the default model say, and is found out where it is given a wrong config.json."""

import json
import shutil
from pathlib import Path

import pytest

from harness.engines import EngineSettings, start_engine
from harness.errors import RunError
from harness.model import Model, parse_model, resolve_model
from harness.prompts import Renderer
from harness.selfchecks.parity import Parity
from harness.selfchecks.probes import parity_probes
from harness.selfchecks.record import SelfCheck

pytestmark = pytest.mark.engine
SETTINGS = EngineSettings()


def check(model: Model, served: Model) -> SelfCheck:
    renderer = Renderer(model)
    parity = Parity(model, SETTINGS, renderer, "auto")
    engine = start_engine(served, SETTINGS, parity_probes(renderer), [])
    try:
        return parity.compare(engine)
    finally:
        engine.close()


def test_the_default_model_is_computed_as_transformers_does_and_a_wrong_position_code_is_found(tmp_path: Path) -> None:
    model = resolve_model(parse_model("smollm2-135m-instruct"))
    found = check(model, model)
    assert found.status == "passed"
    assert 0 < found.figures["difference"] < 0.1
    wrong = tmp_path / "wrong"
    shutil.copytree(model.folder, wrong)
    config = json.loads((wrong / "config.json").read_text())
    for place in (config, config.get("rope_parameters") or {}):
        if "rope_theta" in place:
            place["rope_theta"] = 10_000.0
    (wrong / "config.json").write_text(json.dumps(config))
    with pytest.raises(RunError, match="vllm does not compute what the weights"):
        check(model, resolve_model(parse_model(str(wrong))))
