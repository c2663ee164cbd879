"""Fixtures shared by all tests: a cache folder of their own, a tiny model made on the spot, a small suite."""

import contextlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cache import cache_folder

_CACHES = itertools.count()
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="session")
def users_models() -> Path:
    """The user's folder of converted models: all of the user's cache that tests may see."""
    folder = cache_folder() / "models"
    with contextlib.suppress(OSError):  # Only engine tests need it.
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module", autouse=True)
def own_module_cache(tmp_path_factory: pytest.TempPathFactory, users_models: Path) -> Iterator[None]:
    """What a module's fixtures do is seen by no other module, nor do they see the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SFT_HARNESS_CACHE", str(_new_cache(tmp_path_factory, users_models)))
        yield


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, users_models: Path) -> None:
    """No test sees what another one left in its cache."""
    monkeypatch.setenv("SFT_HARNESS_CACHE", str(_new_cache(tmp_path_factory, users_models)))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def _new_cache(factory: pytest.TempPathFactory, models: Path) -> Path:
    cache = factory.getbasetemp() / f"cache-{next(_CACHES)}"
    cache.mkdir()
    (cache / "models").symlink_to(models)
    return cache


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random two-layer Llama checkpoint with a byte-level tokenizer and a chat template; loads in a moment."""
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny", seed=0)


def make_tiny_model(folder: Path, seed: int) -> Path:
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(["the quick brown fox 空调 导航 温度 set the temperature please"] * 20, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<|endoftext|>", eos_token="<|im_end|>", pad_token="<|endoftext|>")
    fast.chat_template = CHAT_TEMPLATE
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(fast), hidden_size=128, intermediate_size=256, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=1024, bos_token_id=0, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    model: Any = LlamaForCausalLM(config)
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def item_line(identifier: str, **changes: Any) -> dict[str, Any]:
    """A valid item of the scorer `exact`, with changes."""
    item = {
        "id": identifier, "lang": "en", "stratum": "easy", "prompt": f"What is two plus two? ({identifier})",
        "target": {"answers": ["4"], "match": "number"}, "pass": ["The answer is 4."], "fail": ["The answer is 5."],
    }  # fmt: skip
    return item | changes


def write_suite(folder: Path, items: list[dict[str, Any]] | None = None, **config: Any) -> Path:
    """Write a suite folder; by default three items of the scorer `exact`."""
    folder.mkdir(parents=True, exist_ok=True)
    settings: dict[str, Any] = {
        "name": "arith", "version": 1, "scorer": "exact", "primary_metric": "correct", "margin": 0.05, "strata": ["easy"],
        "generation": {"max_tokens": 8},
    }  # fmt: skip
    (folder / "suite.yaml").write_text(json.dumps(settings | config), encoding="utf-8")
    lines = [item_line(f"q{n}") for n in range(3)] if items is None else items
    (folder / "items.jsonl").write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return folder


@pytest.fixture
def suite_folder(tmp_path: Path) -> Path:
    return write_suite(tmp_path / "arith")
