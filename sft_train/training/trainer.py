"""transformers.Trainer with this project's losses: its loop, accumulation, schedule, clipping, checkpoints and distribution as they are."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, cast

import torch
from accelerate.utils import gather_object  # type: ignore[import-untyped]
from safetensors import SafetensorError
from transformers import Trainer

from harness.errors import RunError
from sft_train.masking import IGNORED
from sft_train.training.batches import Collator, dataset
from sft_train.training.config import Losses
from sft_train.training.examples import Example
from sft_train.training.losses import batch_totals, combine, counted_positions, divergence, only_at, token_losses

Probe = Callable[[Any], Mapping[str, float]]
"""Figures of the model as it is; names begin with `probe_`."""


class SftTrainer(Trainer):
    """Trainer over examples; validation is one mean over all trained tokens, and one for each task."""

    loss_is_scaled_for_ga = True  # Each loss is divided by the totals of its step, which `get_batch_samples` counts.

    def __init__(
        self, *, losses: Losses, collator: Collator, train: Sequence[Example], validation: Sequence[Example], probe: Probe | None = None,
        teacher: Any = None, ends: Collection[int] = (), **options: Any,
    ) -> None:  # fmt: skip
        held_out: Any = dataset(validation)
        super().__init__(train_dataset=cast(Any, dataset(train)), eval_dataset=held_out or None, data_collator=collator, **options)
        self._losses, self._probe, self._teacher = losses, probe, teacher
        self._ends = torch.tensor(sorted(ends))
        self._held_out: list[dict[str, Any]] = held_out
        self._step_totals: dict[str, torch.Tensor] = {}
        self.tokens_seen = 0
        self.row_losses: dict[int, float] = {}

    def get_batch_samples(self, epoch_iterator: Any, num_batches: int, device: Any) -> Any:
        """The batches of one step, whose totals are counted over all of them and over all processes."""
        batches, count = super().get_batch_samples(epoch_iterator, num_batches, device)
        totals: dict[str, torch.Tensor] = {}
        for batch in batches:
            for name, value in batch_totals(batch).items():
                totals[name] = totals.get(name, 0) + value.to(device)
            self.tokens_seen += int((batch["owner"] >= 0).sum()) * self.args.world_size
        if self.args.world_size > 1:
            totals = {name: self.accelerator.reduce(value, "sum") for name, value in totals.items()}
        self._step_totals = totals
        return batches, count

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        """The share of this batch in the loss of its step. Gradients are averaged over processes, hence the factor."""
        loss, (nll, weights) = self._loss(model, inputs, self._step_totals)
        self._note_rows(inputs, nll.detach(), weights)
        return loss * self.args.world_size

    def _note_rows(self, batch: Mapping[str, Any], nll: Any, weights: Any) -> None:
        """Keep each row's mean loss as it was when it was last trained on: what stays high may be labelled wrong."""
        owner = batch["owner"][:, 1:][batch["labels"][:, 1:] != IGNORED]
        for number, row in enumerate(batch["rows"].tolist()):
            mine = (owner == number) & (weights > 0)
            if mine.any():
                self.row_losses[row] = float(nll[mine].mean())

    def _loss(self, model: Any, batch: Mapping[str, Any], totals: Mapping[str, Any]) -> tuple[Any, tuple[Any, Any]]:
        counted = counted_positions(batch["labels"])
        given = {name: batch[name] for name in ("input_ids", "attention_mask", "position_ids") if name in batch}
        output, logits = self._forward(model, given, counted)
        nll, weights, sequence = token_losses(logits, batch)
        further: dict[str, Any] = {}
        if self._losses.distill is not None:
            with torch.no_grad():
                _, taught = self._forward(self._teacher, given, counted)
            further["divergence"] = divergence(logits, taught, self._losses.distill.temperature)
        if "classes" in batch:
            further["class_nll"] = _class_losses(model, output.hidden_states[-1], batch["classes"])
        return combine(self._losses, batch, nll, weights, sequence, dict(totals), **further), (nll, weights)

    def _forward(self, model: Any, given: dict[str, Any], counted: Any) -> tuple[Any, Any]:
        """The model's output, and logits at the positions `counted`, (positions, vocabulary); others are not even computed."""
        with only_at(self.accelerator.unwrap_model(model).get_output_embeddings(), counted):
            output = model(**given, use_cache=False, output_hidden_states=self._losses.head is not None)
        return output, output.logits[0]

    @torch.no_grad()
    def evaluate(self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval") -> dict[str, float]:
        """Mean negative log-likelihood of the validation examples' trained tokens, of all and by task, and what the probe says."""
        model: Any = self.model
        model.eval()
        sums: dict[str, float] = defaultdict(float)
        counts: dict[str, float] = defaultdict(float)
        for at in range(0, len(self._held_out), self.args.eval_batch_size):
            some = self._held_out[at : at + self.args.eval_batch_size]
            batch = self._prepare_inputs(cast(Any, self.data_collator)(some))
            with self.compute_loss_context_manager():
                _, (nll, weights) = self._loss(model, batch, batch_totals(batch))
            for name, value, weight in _parts(some, batch, nll, weights, self._ends):
                sums[name] += value
                counts[name] += weight
        metrics = {f"{metric_key_prefix}_{name}": sums[name] / counts[name] for name in sums if counts[name] > 0}
        if self._probe is not None:
            metrics |= self._probe(model)
        model.train()
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def gathered(self) -> dict[str, Any]:
        """All weights by name, whole on the process that writes, also where each holds a part of them. Every process must call it."""
        whole: dict[str, Any] = self.accelerator.get_state_dict(self.deepspeed if self.is_deepspeed_enabled else self.model)
        return whole

    def gathered_row_losses(self) -> dict[int, float]:
        """The `row_losses` of all processes. Every process must call it."""
        return {row: loss for losses in gather_object([self.row_losses]) for row, loss in losses.items()}

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        try:
            super()._save_checkpoint(model, trial)
        except (OSError, RuntimeError, SafetensorError) as error:
            raise RunError(
                f"A checkpoint could not be written to {self.args.output_dir} ({' '.join(str(error).split())[:160]}); make room. The last "
                "whole checkpoint is still there, and the same command continues from it."
            ) from error


def _parts(
    rows: Sequence[dict[str, Any]], batch: Mapping[str, Any], nll: Any, weights: Any, ends: Any
) -> Iterator[tuple[str, float, float]]:
    """(name, weighted sum, weight) of a batch's tokens: loss of all of them, loss_TASK by task, end_loss of the end-of-turn tokens."""
    labels = batch["labels"][:, 1:]
    counted = labels != IGNORED
    owner = batch["owner"][:, 1:][counted]
    tasks = {row["example"].task for row in rows} - {""}
    of_task = {task: [number for number, row in enumerate(rows) if row["example"].task == task] for task in tasks}
    chosen = {"loss": torch.ones_like(owner, dtype=torch.bool), "end_loss": torch.isin(labels[counted], ends.to(labels.device))}
    chosen |= {f"loss_{task}": torch.isin(owner, torch.tensor(numbers, device=owner.device)) for task, numbers in of_task.items()}
    for name, which in chosen.items():
        yield name, float((nll * weights)[which].sum()), float(weights[which].sum())


def _class_losses(model: Any, hidden: Any, classes: Any) -> Any:
    from torch.nn.functional import cross_entropy

    rows, labels, positions = classes.unbind(1)
    head = getattr(model, "module", model).class_head
    return cross_entropy(head(hidden[rows, positions].float()), labels, reduction="none")
