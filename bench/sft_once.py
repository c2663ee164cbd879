"""One training in one process, for the comparisons of sft_against_trl.py and sft_padding.py: prints tokens/s and losses as JSON.

The base is the bundled model, the data are the bundled cockpit rows as they come (30 to 270 tokens), float32 on the CPU. Tokens are
real ones, without padding; seconds run from the first step's beginning to the last step's end.
Usage: python bench/sft_once.py ours|trl FOLDER JSON-of-settings [--trl FOLDER-with-trl]
"""

import argparse
import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from sft_train.training.config import TrainConfig, settle
from sft_train.training.run import WORK, train, warmup_share
from sft_train.training.watching import METRICS, Watch, read_metrics

ROWS = str(files("sft_train").joinpath("bundled/cockpit/train.jsonl"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=["ours", "trl"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("settings", type=json.loads)
    parser.add_argument("--trl", type=Path)
    arguments = parser.parse_args()
    folder = arguments.folder
    given = {"data": ROWS, "out": str(folder), "validation": 0.0, "suites": (), "probes": None, "lora": {"dropout": 0.0}}
    config = settle(TrainConfig.model_validate(given | arguments.settings))
    if arguments.side == "ours":
        train(config)
    else:
        sys.path.append(str(arguments.trl))
        train_with_trl(config, folder)
    lines = [line for line in read_metrics(folder / WORK / METRICS) if "loss" in line]
    figures = {"tokens_per_second": lines[-1]["tokens_per_second"], "losses": [line["loss"] for line in lines]}
    print(json.dumps(figures))


def train_with_trl(config: TrainConfig, folder: Path) -> None:
    """The same model, tokens, labels, order and settings with TRL's SFTTrainer; the same callback measures it."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    from sft_train.masking import IGNORED
    from sft_train.training.prepared import prepare

    prepared = prepare(config, folder / WORK, lambda text: None)
    rows = [
        {
            "input_ids": list(example.ids),
            "labels": [token if weight else IGNORED for token, weight in zip(example.ids, example.weights, strict=True)],
        }
        for example in prepared.train.examples
    ]
    settings = SFTConfig(
        output_dir=str(folder / "checkpoints"), max_steps=config.steps, per_device_train_batch_size=config.batch,
        gradient_accumulation_steps=config.accumulation, learning_rate=config.learning_rate,
        warmup_steps=warmup_share(config, config.steps or 0),
        lr_scheduler_type=config.schedule, weight_decay=config.weight_decay, max_grad_norm=config.clip, seed=config.seed,
        data_seed=config.seed, use_cpu=True, bf16=False, gradient_checkpointing=False, logging_steps=1, save_strategy="steps",
        save_steps=config.steps, report_to=[], disable_tqdm=True, max_length=None, dataset_kwargs={"skip_prepare_dataset": True},
        dataloader_pin_memory=False,
    )  # fmt: skip
    trainer: Any = SFTTrainer(
        model=prepared.model, args=settings, train_dataset=Dataset.from_list(rows), processing_class=prepared.tokenizer
    )
    seen = 0
    collate = trainer.data_collator

    def counted(some: list[dict[str, Any]]) -> Any:
        nonlocal seen
        seen += sum(len(row["input_ids"]) for row in some)
        return collate(some)

    trainer.data_collator = counted
    trainer.add_callback(Watch(folder / WORK / METRICS, lambda text: None, lambda: seen))
    trainer.train()
    trainer.save_model(str(folder))


if __name__ == "__main__":
    main()
