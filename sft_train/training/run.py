"""`sft-train train` and `run`: from a configuration to a checkpoint folder; killed at any moment, the same command continues."""

import math
import shutil
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from transformers import EarlyStoppingCallback, PrinterCallback, TrainingArguments

from harness.errors import RunError, UserError
from harness.model import parse_model, resolve_model
from sft_train.diagnose.command import diagnose
from sft_train.diagnose.sentences import sentence
from sft_train.training import checkpoints, export
from sft_train.training.batches import Collator
from sft_train.training.config import TrainConfig, refuse_contradictions, settle
from sft_train.training.handover import Learnt, hand_over
from sft_train.training.models import check_packing, end_tokens, load_weights
from sft_train.training.prepared import Prepared, computes_in_bf16, identity, prepare, weights_dtype
from sft_train.training.processes import count, is_main, main_first, settle_precision, sharded
from sft_train.training.trainer import Probe, SftTrainer
from sft_train.training.watching import METRICS, Watch

Say = Callable[[str], None]
WORK = "training"
_VALIDATIONS = 10
_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


def train(config: TrainConfig, say: Say = lambda text: None) -> Path:
    """Train as `config` says and return its folder `out`, which then holds the checkpoint and manifest.json.

    Raises UserError if the input is wrong, RunError if training cannot be finished; what was done is continued by the same call.
    """
    config = settle(config)
    refuse_contradictions(config, sharded())
    if config.tensorboard and not any(find_spec(name) for name in ("tensorboard", "tensorboardX")):
        raise UserError("tensorboard: true needs the package tensorboard (pip install tensorboard); metrics.jsonl is written without it.")
    out = Path(config.out).expanduser()
    work = out / WORK
    with main_first():
        prepared = prepare(config, work, say)
        checkpoints.claim(work, identity(prepared))
    if (out / export.MANIFEST).is_file():
        say(f"{out} holds this training already, finished")
        return out
    started = time.monotonic()
    try:
        trainer = _loop(prepared, work, say)
    except (RuntimeError, MemoryError) as error:
        if not any(text in str(error).lower() for text in _OUT_OF_MEMORY) and not isinstance(error, MemoryError):
            raise
        raise RunError(
            f"Memory ran out. Halve batch ({config.batch}) and double accumulation ({config.accumulation}), which learns the same; or "
            f"lower max_length ({config.max_length}), or set checkpointing."
        ) from error
    learnt = Learnt(trainer.gathered(), trainer.gathered_row_losses())
    if trainer.is_world_process_zero():
        hand_over(prepared, trainer, learnt, out, work, time.monotonic() - started)
        for finding in diagnose(out):
            say(f"diagnosis: {sentence(finding, 'en')}\n           {sentence(finding, 'zh')}")
        if not config.keep_checkpoints:
            shutil.rmtree(work / "checkpoints", ignore_errors=True)
    return out


def step_count(config: TrainConfig, examples: int, processes: int = 1) -> int:
    """Steps of a whole run.

    >>> step_count(TrainConfig(data="d", out="o", epochs=2, batch=4, accumulation=2), 20)
    6
    """
    if config.steps is not None:
        return config.steps
    batches = math.ceil(math.ceil(examples / config.batch) / processes)
    return math.ceil(config.epochs * math.ceil(batches / config.accumulation))


def warmup_share(config: TrainConfig, steps: int) -> float:
    """Share of the steps during which the rate rises: none below one step, since the first step of a warm-up has rate 0.

    >>> warmup_share(TrainConfig(data="d", out="o"), 100), warmup_share(TrainConfig(data="d", out="o"), 3)
    (0.1, 0)
    """
    return config.warmup if config.warmup * steps >= 1 else 0


def _loop(prepared: Prepared, work: Path, say: Say) -> SftTrainer:
    """Train from the last whole checkpoint, if there is one, to the end."""
    config, model = prepared.config, prepared.model
    held_out = prepared.validation.examples if prepared.validation is not None else []
    labels = tuple(getattr(model, "classes", ()))
    padding = prepared.tokenizer.pad_token_id
    collator = Collator(prepared.tokenizer.eos_token_id if padding is None else padding, config.max_length, config.packing, labels)
    if config.packing:
        check_packing(model, collator, prepared.train.examples)
    trainer = SftTrainer(
        model=model, args=_arguments(config, work, len(prepared.train.examples), bool(held_out)), losses=config.losses, collator=collator,
        train=prepared.train.examples, validation=held_out, probe=_probe(prepared), teacher=_teacher(prepared, work),
        ends=end_tokens(prepared.tokenizer, model.generation_config),
    )  # fmt: skip
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Watch(work / METRICS, say, lambda: trainer.tokens_seen))
    trainer.add_callback(checkpoints.MarkWhole())
    if held_out:
        trainer.add_callback(EarlyStoppingCallback(early_stopping_patience=config.patience))
    with main_first():
        resumed = checkpoints.last_whole(work / "checkpoints")
        if is_main():
            checkpoints.cut_metrics(work / METRICS, int(resumed.name.rpartition("-")[2]) if resumed is not None else -1)
    if resumed is not None:
        say(f"continuing from step {resumed.name.rpartition('-')[2]}")
    elif held_out:
        trainer.evaluate()
    trainer.train(resume_from_checkpoint=None if resumed is None else str(resumed))
    return trainer


def _arguments(config: TrainConfig, work: Path, examples: int, validated: bool) -> TrainingArguments:
    cpu = not torch.cuda.is_available()
    settle_precision(computes_in_bf16(config))
    steps = step_count(config, examples, count())
    every = config.validate_every or max(1, steps // _VALIDATIONS)
    assert config.learning_rate is not None
    return TrainingArguments(
        output_dir=str(work / "checkpoints"), max_steps=config.steps or -1, num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch, per_device_eval_batch_size=config.batch,
        gradient_accumulation_steps=config.accumulation, learning_rate=config.learning_rate, warmup_steps=warmup_share(config, steps),
        lr_scheduler_type=config.schedule, weight_decay=config.weight_decay, max_grad_norm=config.clip,
        neftune_noise_alpha=config.neftune, seed=config.seed, data_seed=config.seed, use_cpu=cpu, bf16=computes_in_bf16(config),
        gradient_checkpointing=config.checkpointing, train_sampling_strategy="group_by_length" if config.group_by_length else "random",
        logging_strategy="steps", logging_steps=1, logging_nan_inf_filter=False, disable_tqdm=True,
        report_to=["tensorboard"] if config.tensorboard else [], eval_strategy="steps" if validated else "no",
        eval_steps=every if validated else None, save_strategy="steps", save_steps=every, save_total_limit=2,
        load_best_model_at_end=validated, metric_for_best_model="eval_loss" if validated else None,
        greater_is_better=False if validated else None, restore_callback_states_from_checkpoint=True, remove_unused_columns=False,
        dataloader_pin_memory=not cpu, ddp_find_unused_parameters=False,
    )  # fmt: skip


def _probe(prepared: Prepared) -> Probe | None:
    if prepared.config.probes is None or prepared.validation is None or not prepared.config.probes.general:
        return None
    from sft_train.training.probes import GeneralProbe

    return GeneralProbe.of(prepared.base, prepared.config.probes.items)


def _teacher(prepared: Prepared, work: Path) -> Any:
    distill = prepared.config.losses.distill
    if distill is None:
        return None
    found = resolve_model(parse_model(distill.teacher))
    if found.hashes["tokenizer"] != prepared.base.hashes["tokenizer"]:
        raise UserError(
            f"Teacher '{distill.teacher}' has another tokenizer than '{prepared.config.base}'; their tokens cannot be compared."
        )
    teacher = load_weights(found.folder, weights_dtype(prepared.config), work / "loading.log")
    return teacher.to("cpu" if not torch.cuda.is_available() else "cuda").eval()
