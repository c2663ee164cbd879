"""The recipe in examples/ is what its comment says: its target and what came of it, disjoint data, and it runs from end to end."""

from pathlib import Path

import pytest

from harness.checkpoint import read_json
from harness.default_model import DEFAULT_MODEL
from harness.suite import load_suite
from sft_train.settings import read_settings
from sft_train.training.config import TrainConfig, locate_training
from sft_train.training.run import train

EXAMPLES = Path(__file__).parents[2] / "examples"
RECIPE = EXAMPLES / "cockpit.yaml"


def test_the_recipe_trains_lora_on_the_default_model_and_states_its_target() -> None:
    config = read_settings(RECIPE, TrainConfig)
    assert (config.base, config.method) == (DEFAULT_MODEL, "lora")
    said = " ".join(line.removeprefix("#").strip() for line in RECIPE.read_text(encoding="utf-8").splitlines() if line.startswith("#"))
    count = len(load_suite(EXAMPLES / "heldout_commands").items)
    assert f"of the {count} commands in examples/heldout_commands" in said
    assert "more are right than with the base, by a paired test at 5 %" in said
    assert f"of {count} commands" in said.partition("What came of it:")[2]


@pytest.mark.slow
def test_two_steps_of_the_recipe_learn_from_its_data_and_hand_over(tiny_model: Path, tmp_path: Path) -> None:
    recipe = locate_training(read_settings(RECIPE, TrainConfig), EXAMPLES)
    small = {"base": str(tiny_model), "out": str(tmp_path / "out"), "steps": 2, "probes": None, "validate_every": 2, "max_length": 1024}
    lora = recipe.lora.model_copy(update={"last_layers": 1})
    manifest = read_json(train(recipe.model_copy(update=small | {"lora": lora})) / "manifest.json")
    assert manifest["tasks"]["command"] == pytest.approx(0.92, abs=0.01)
    assert manifest["contamination"]["suites"]["heldout_commands"] == []
    assert manifest["curves"][-1]["eval_loss"] < manifest["curves"][0]["eval_loss"]
