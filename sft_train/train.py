"""LoRA fine-tuning on chat data: `python -m sft_train.train --data my.jsonl --out checkpoints/mine`.

A small trainer on transformers.Trainer and peft. The data file has one {"messages": [{"role": …, "content": …}, …]} a line.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.default_model import DEFAULT_MODEL
from harness.errors import UserError
from harness.model import parse_model, resolve_model
from sft_train.masking import IGNORED, encode_conversation


def train_lora(
    base: str, data: Path, out: Path, *, steps: int = 50, rank: int = 8, learning_rate: float = 1e-4, batch: int = 4,
    max_length: int = 512, seed: int = 0,
) -> Path:  # fmt: skip
    """Train a LoRA adapter on all linear layers of `base` and save it to `out`; returns `out`.

    Raises UserError if the data cannot be used.
    """
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments, set_seed

    model_found = resolve_model(parse_model(base), typer.echo)
    if model_found.adapter is not None:
        raise UserError(f"Base '{base}' is an adapter; merge it into its base first and give the merged folder.")
    folder = model_found.folder
    set_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    try:
        encoded = [encode_conversation(tokenizer, messages, max_length) for messages in read_conversations(data)]
    except ValueError as error:
        raise UserError(f"The conversations of {data} cannot be rendered with the chat template of '{base}': {error}") from error
    rows = [row for row in encoded if row is not None]
    if not rows:
        raise UserError(f"{data}: no conversation fits in {max_length} tokens and has an assistant turn.")
    examples = [{"input_ids": ids, "labels": labels} for ids, labels in rows]
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    model = get_peft_model(model, LoraConfig(r=rank, lora_alpha=rank, target_modules="all-linear", task_type="CAUSAL_LM"))
    settings = TrainingArguments(
        output_dir=str(out), max_steps=steps, per_device_train_batch_size=batch, learning_rate=learning_rate, warmup_steps=0.1,
        lr_scheduler_type="cosine", weight_decay=0.01, logging_steps=max(1, steps // 10), save_strategy="no", report_to=[],
        seed=seed, use_cpu=not torch.cuda.is_available(), remove_unused_columns=False, dataloader_pin_memory=False,
    )  # fmt: skip

    def collate(batch_rows: list[dict[str, list[int]]]) -> dict[str, Any]:
        longest = max(len(row["input_ids"]) for row in batch_rows)
        padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
        # The mask and the labels say what is padding; the padding token itself may be a real one elsewhere.
        fill = {"input_ids": padding, "labels": IGNORED}
        tensors = {key: torch.tensor([row[key] + [fill[key]] * (longest - len(row[key])) for row in batch_rows]) for key in fill}
        lengths = torch.tensor([len(row["input_ids"]) for row in batch_rows])
        return {**tensors, "attention_mask": (torch.arange(longest)[None] < lengths[:, None]).long()}

    Trainer(model=model, args=settings, train_dataset=examples, data_collator=collate).train()
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    return out


def read_conversations(path: Path) -> list[list[dict[str, str]]]:
    """Conversations of a .jsonl file; raises UserError naming the line that is wrong."""
    if not path.is_file():
        raise UserError(f"Data file '{path}' does not exist.")
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            messages = json.loads(line)["messages"]
            if not all(isinstance(message[key], str) for message in messages for key in ("role", "content")):
                raise TypeError("role and content must be text")
            found.append([{"role": message["role"], "content": message["content"]} for message in messages])
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f'{path}, line {number}: not of the form {{"messages": [{{"role": …, "content": …}}]}}.') from error
    return found


def main(
    data: Annotated[Path, typer.Option(help="JSON lines with messages.")],
    out: Annotated[Path, typer.Option(help="Folder for the adapter.")],
    base: Annotated[str, typer.Option(help="Model to start from.")] = DEFAULT_MODEL,
    steps: Annotated[int, typer.Option(min=1)] = 50,
    rank: Annotated[int, typer.Option(min=1)] = 8,
    learning_rate: Annotated[float, typer.Option()] = 1e-4,
    seed: Annotated[int, typer.Option()] = 0,
) -> None:
    """Train a LoRA adapter on chat data."""
    try:
        train_lora(base, data, out, steps=steps, rank=rank, learning_rate=learning_rate, seed=seed)
    except UserError as error:
        typer.echo(f"sft_train: {error}", err=True)
        raise typer.Exit(error.exit_code) from error
    typer.echo(f"adapter saved in {out}")


if __name__ == "__main__":
    typer.run(main)
