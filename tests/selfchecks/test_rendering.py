"""Prompts are those of training, begin once, and end with a token that stops."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.errors import RunError, UserError
from harness.model import parse_model, resolve_model
from harness.prompts import Renderer
from harness.selfchecks.record import SelfCheck
from harness.selfchecks.rendering import ENDS, PROMPTS, check_rendering
from tests.conftest import CHAT_TEMPLATE

ASKED = ({"role": "user", "content": "set the temperature please"},)


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    shutil.copytree(tiny_model, tmp_path / "model")
    return tmp_path / "model"


def look(folder: Path, template: str | None = None) -> dict[str, SelfCheck]:
    model = resolve_model(parse_model(str(folder)))
    return {check.name: check for check in check_rendering(model, Renderer(model, template))}


def trained(folder: Path, ids: Any = None) -> None:
    """Have the checkpoint say what its prompts were."""
    renderer = Renderer(resolve_model(parse_model(str(folder))))
    ids = list(renderer.encode(renderer.chat_text(ASKED))) if ids is None else ids
    (folder / "manifest.json").write_text(json.dumps({"parity": [{"messages": list(ASKED), "ids": ids}]}))


def test_a_checkpoint_of_somebody_elses_is_looked_at_as_far_as_it_goes(folder: Path) -> None:
    found = look(folder)
    assert found[PROMPTS].status == "not checked"
    assert found[ENDS] == SelfCheck(ENDS, "passed", "<|im_end|> ends a turn and generation")


def test_prompts_of_training_are_the_same_tokens(folder: Path) -> None:
    trained(folder)
    assert look(folder)[PROMPTS] == SelfCheck(PROMPTS, "passed", "1 prompts are the same tokens as in training")


@pytest.mark.parametrize("changed", ["file", "option"])
def test_a_template_that_is_not_the_one_of_training_is_an_error(folder: Path, changed: str) -> None:
    trained(folder)
    other = CHAT_TEMPLATE.replace("assistant\n", "assistant: ")
    if changed == "file":
        (folder / "chat_template.jinja").write_text(other)
    with pytest.raises(RunError, match="would be asked in other tokens than it was trained on"):
        look(folder, other if changed == "option" else None)


def test_a_template_that_writes_the_beginning_twice_is_an_error(folder: Path) -> None:
    with pytest.raises(RunError, match="begin with the beginning token 2 times"):
        look(folder, "{{ bos_token }}{{ bos_token }}" + CHAT_TEMPLATE)
    assert look(folder, "{{ bos_token }}" + CHAT_TEMPLATE)[ENDS].status == "passed"


def test_a_turn_that_ends_with_what_does_not_stop_is_a_warning(folder: Path) -> None:
    found = look(folder, CHAT_TEMPLATE.replace("<|im_end|>", "<|endoftext|>"))[ENDS]
    assert found.status == "warned"
    assert found.said.endswith("responses run on")
    (folder / "generation_config.json").write_text('{"eos_token_id": [0, 2]}')
    assert look(folder, CHAT_TEMPLATE.replace("<|im_end|>", "<|endoftext|>"))[ENDS].status == "passed"
    assert look(folder, CHAT_TEMPLATE.replace("<|im_end|>", ""))[ENDS].status == "not checked"


def test_a_manifest_that_cannot_be_understood_is_named(folder: Path) -> None:
    trained(folder, ids="12")
    with pytest.raises(UserError, match=r"manifest.json: parity.0.ids"):
        look(folder)
