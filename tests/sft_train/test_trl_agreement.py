"""The same tokens and labels give TRL's SFTTrainer and this trainer the same losses and gradient norms. trl is no dependency."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from sft_train.training.run import train, warmup_share
from tests.sft_train.training import built, config, metrics, records

pytestmark = [pytest.mark.slow, pytest.mark.skipif(find_spec("trl") is None, reason="trl is not installed")]


@pytest.mark.parametrize("method", ["lora", "full"])
def test_losses_and_gradients_equal_trls(tiny_model: Path, tmp_path: Path, method: str) -> None:
    out = train(config(tiny_model, built(tmp_path / "data", records(24)), tmp_path / "out", steps=3, method=method, lora={"dropout": 0.0}))
    ours = [(line["loss"], line["grad_norm"]) for line in metrics(out) if "loss" in line]
    theirs = of_trl(tiny_model, tmp_path, method)
    assert len(ours) == len(theirs) == 3
    for mine, other in zip(ours, theirs, strict=True):
        assert mine == pytest.approx(other, abs=1e-4)


def of_trl(base: Path, folder: Path, method: str) -> list[tuple[float, float]]:
    """Losses and norms of TRL with the same rows, order, schedule and adapter."""
    from datasets import Dataset
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed
    from trl import SFTConfig, SFTTrainer

    from sft_train.data.reading import read_rows
    from sft_train.masking import IGNORED
    from sft_train.training.examples import encode_rows

    settings = config(base, "", folder)
    tokenizer = AutoTokenizer.from_pretrained(base)
    examples = encode_rows(tokenizer, read_rows(str(folder / "data" / "train.jsonl")), settings, {tokenizer.eos_token_id}).examples
    rows = [
        {
            "input_ids": list(example.ids),
            "labels": [token if weight else IGNORED for token, weight in zip(example.ids, example.weights, strict=True)],
        }
        for example in examples
    ]
    set_seed(settings.seed)
    model: Any = AutoModelForCausalLM.from_pretrained(base)
    if method == "lora":
        model = get_peft_model(model, LoraConfig(r=8, lora_alpha=8, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"))
    arguments = SFTConfig(
        output_dir=str(folder / "trl"), max_steps=3, per_device_train_batch_size=settings.batch,
        gradient_accumulation_steps=settings.accumulation, learning_rate=settings.learning_rate or 0.0,
        warmup_steps=warmup_share(settings, 3),
        lr_scheduler_type="cosine", weight_decay=settings.weight_decay, max_grad_norm=settings.clip, seed=0, data_seed=0, use_cpu=True,
        bf16=False, gradient_checkpointing=False, logging_steps=1, save_strategy="no", report_to=[], disable_tqdm=True, max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True}, loss_type="nll",
    )  # fmt: skip
    trainer = SFTTrainer(model=model, args=arguments, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)
    trainer.train()
    return [(line["loss"], line["grad_norm"]) for line in trainer.state.log_history if "loss" in line]
