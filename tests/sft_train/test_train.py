"""A short training ends in an adapter that the harness takes and that does something; unusable data is refused by line."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.canary import adapter_probes
from harness.engines.base import EngineSettings
from harness.engines.transformers import TransformersEngine
from harness.errors import UserError
from harness.model import Model, parse_model, resolve_model
from harness.prompts import Renderer
from harness.records import Request
from sft_train.train import read_conversations, train_lora
from tests.adapters import make_adapter

pytestmark = pytest.mark.engine  # Training takes half a minute.

TALK = [{"role": "user", "content": "2+2=?"}, {"role": "assistant", "content": "four 空调"}]
LONG = [{"role": "user", "content": "x" * 600}, {"role": "assistant", "content": "y"}]


def write_data(path: Path, conversations: Sequence[list[dict[str, str]]]) -> Path:
    path.write_text("".join(json.dumps({"messages": messages}, ensure_ascii=False) + "\n" for messages in conversations), encoding="utf-8")
    return path


def train(base: Path | str, data: Path, out: Path, **changes: Any) -> Model:
    return resolve_model(parse_model(str(train_lora(str(base), data, out, **({"steps": 2, "batch": 2, "learning_rate": 1e-2} | changes)))))


@pytest.fixture(scope="module")
def trained(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("training")
    return train(tiny_model, write_data(folder / "data.jsonl", [TALK, LONG, TALK, [*TALK, *TALK]]), folder / "tuned")


def test_an_adapter_comes_out_that_the_harness_resolves_with_its_base(trained: Model, tiny_model: Path) -> None:
    base = resolve_model(parse_model(str(tiny_model)))
    assert (trained.label, trained.folder) == ("tuned", tiny_model)
    assert trained.adapter is not None
    assert trained.hashes["weights"] == base.hashes["weights"]
    assert trained.identity != base.identity


def test_two_steps_change_log_probabilities(trained: Model) -> None:
    assert TransformersEngine(trained, EngineSettings("transformers", "cpu")).adapter_change(adapter_probes(Renderer(trained))) > 1e-4


def test_the_adapter_brings_its_tokenizer_and_template(trained: Model, tiny_model: Path) -> None:
    assert trained.tokenizer_folder == trained.adapter
    messages = tuple(TALK[:1])
    assert Renderer(trained).chat_text(messages) == Renderer(resolve_model(parse_model(str(tiny_model)))).chat_text(messages)


def test_training_makes_the_answer_more_likely_and_leaves_the_base_as_it_was(tiny_model: Path, tmp_path: Path) -> None:
    before = resolve_model(parse_model(str(tiny_model)))
    model = train(tiny_model, write_data(tmp_path / "data.jsonl", [TALK]), tmp_path / "tuned", steps=8, batch=1)
    assert likelihood(model) > likelihood(before) + 1
    assert resolve_model(parse_model(str(tiny_model))).identity == before.identity


def likelihood(model: Model) -> float:
    renderer, engine = Renderer(model), TransformersEngine(model, EngineSettings("transformers", "cpu"))
    prompt = renderer.encode(renderer.chat_text(tuple(TALK[:1])))
    engine.submit(Request("answer", prompt + renderer.encode(TALK[1]["content"] + "<|im_end|>"), score_from=len(prompt)))
    (response,) = engine.step()
    return sum(response.logprobs or ())


def test_what_the_user_says_is_not_learnt(tiny_model: Path, tmp_path: Path) -> None:
    """Conversations that differ only in what comes after the last assistant's turn give the same adapter."""
    plain = train(tiny_model, write_data(tmp_path / "plain.jsonl", [TALK]), tmp_path / "a", batch=1)
    more = train(tiny_model, write_data(tmp_path / "more.jsonl", [[*TALK, {"role": "user", "content": "thanks"}]]), tmp_path / "b", batch=1)
    assert likelihood(plain) == likelihood(more)


def test_padding_is_not_learnt(tiny_model: Path, tmp_path: Path) -> None:
    """A batch of a short and a long conversation has the loss of the two, whatever fills the short one up."""
    data = write_data(tmp_path / "data.jsonl", [TALK, [*TALK, *TALK, *TALK]])
    other = shutil.copytree(tiny_model, tmp_path / "other")
    settings = json.loads((other / "tokenizer_config.json").read_text())
    (other / "tokenizer_config.json").write_text(json.dumps(settings | {"pad_token": "<|im_start|>"}))
    assert likelihood(train(tiny_model, data, tmp_path / "a")) == pytest.approx(likelihood(train(other, data, tmp_path / "b")), abs=1e-4)


def test_the_same_seed_gives_the_same_adapter(tiny_model: Path, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data.jsonl", [TALK, [*TALK, *TALK], TALK])
    first, second, other = (train(tiny_model, data, tmp_path / name, seed=seed).adapter for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    weights = [(folder / "adapter_model.safetensors").read_bytes() for folder in (first, second, other) if folder is not None]
    assert weights[0] == weights[1] != weights[2]


def test_data_that_holds_no_conversation_that_fits_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data.jsonl", [LONG, TALK[:1]])
    with pytest.raises(UserError, match=rf"{data}: no conversation fits in 512 tokens and has an assistant turn"):
        train(tiny_model, data, tmp_path / "tuned")
    assert not (tmp_path / "tuned").exists()


@pytest.mark.parametrize(
    "line", ["", "{", "[]", "3", '{"message": []}', '{"messages": [{"role": "user"}]}', '{"messages": ["hi"]}', '{"messages": 3}']
)
def test_a_line_that_is_no_conversation_is_named(tmp_path: Path, line: str) -> None:
    data = write_data(tmp_path / "data.jsonl", [TALK])
    data.write_text(data.read_text() + line + "\n" + data.read_text())
    with pytest.raises(UserError, match=r"data\.jsonl, line 2: not of the form"):
        read_conversations(data)


@pytest.mark.parametrize("content", [None, ["a", "b"], 3])
def test_a_content_that_is_no_text_is_named(tmp_path: Path, content: object) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text(json.dumps({"messages": [{"role": "assistant", "content": content}]}))
    with pytest.raises(UserError, match=r"data\.jsonl, line 1"):
        read_conversations(data)


def test_a_missing_data_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"Data file '{tmp_path}/none' does not exist"):
        read_conversations(tmp_path / "none")


def test_a_base_without_a_chat_template_is_a_user_error(tiny_model: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(tiny_model, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(UserError):
        train(bare, write_data(tmp_path / "data.jsonl", [TALK]), tmp_path / "tuned")


def test_an_adapter_given_as_base_is_not_silently_left_out(tiny_model: Path, tmp_path: Path) -> None:
    adapter = make_adapter(tiny_model, tmp_path / "first")
    with pytest.raises(UserError):
        train(adapter, write_data(tmp_path / "data.jsonl", [TALK]), tmp_path / "second")
