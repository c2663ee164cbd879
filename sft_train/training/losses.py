"""Losses as weights on the negative log-likelihood of tokens, each as a sum and the total that it is divided by.

A step's loss is the sum of its parts, each part summed over all batches of the step and divided by the total of all of them: however the
rows are cut into batches or processes, the loss is the same.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sft_train.masking import IGNORED
from sft_train.training.config import Losses

Totals = dict[str, Any]
"""Tensors of one number by part: tokens (sum of weights), pairs, classes."""


def batch_totals(batch: Mapping[str, Any]) -> Totals:
    """What a batch adds to the totals of its step."""
    totals = {"tokens": batch["weights"].sum(), "pairs": batch["weights"].new_tensor(float(len(batch["pairs"])))}
    if "classes" in batch:
        totals["classes"] = batch["weights"].new_tensor(float(len(batch["classes"])))
    return totals


def counted_positions(labels: Any) -> Any:
    """Positions whose logits are needed, (rows, tokens): those before a token that counts."""
    from torch.nn.functional import pad

    return pad(labels[:, 1:] != IGNORED, (0, 1))


@contextmanager
def only_at(output_layer: Any, counted: Any) -> Iterator[None]:
    """Let the output layer see just the positions `counted`, (rows, tokens), one after the other; logits: (1, positions, vocabulary).

    That layer is a fifth of the work of a small model; most positions are prompt or padding, whose logits nobody looks at.
    """
    handle = output_layer.register_forward_pre_hook(lambda _, given: (given[0][counted][None],))
    try:
        yield
    finally:
        handle.remove()


def token_losses(logits: Any, batch: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """Of each token that counts, row by row: negative log-likelihood, weight, and number of its sequence; logits: (tokens, vocabulary)."""
    from torch.nn.functional import cross_entropy

    labels = batch["labels"][:, 1:]
    counted = labels != IGNORED
    nll = cross_entropy(logits.float(), labels[counted], reduction="none")
    return nll, batch["weights"][:, 1:][counted], batch["sequence"][:, 1:][counted]


def combine(
    losses: Losses, batch: Mapping[str, Any], nll: Any, weights: Any, sequence: Any, totals: Totals, divergence: Any = None,
    class_nll: Any = None,
) -> Any:  # fmt: skip
    """The batch's share in the loss of its step.

    nll, weights, sequence: (tokens,) as `token_losses` gives them; divergence: (tokens,) from a teacher; class_nll: (classes,).
    """
    per_token = nll
    if losses.distill is not None:
        per_token = (1 - losses.distill.share) * nll + losses.distill.share * divergence
    loss = (weights * per_token).sum() / totals["tokens"].clamp(min=1e-9)
    if losses.contrast is not None and len(batch["pairs"]):
        from torch.nn.functional import logsigmoid

        margin = losses.contrast.beta * _margins(nll, sequence, batch["pairs"])
        loss = loss - losses.contrast.weight * logsigmoid(margin).sum() / totals["pairs"]
    if losses.head is not None and class_nll is not None and len(class_nll):
        loss = loss + losses.head * class_nll.sum() / totals["classes"]
    return loss


def _margins(nll: Any, sequence: Any, pairs: Any) -> Any:
    """log p(answer) - log p(rejected) of each pair, given the prompt; only the last turn of a conversation is compared."""
    sums = nll.new_zeros(int(pairs.max()) + 1 + int(sequence.max())).index_add(0, sequence, -nll)
    return sums[pairs[:, 0]] - sums[pairs[:, 1]]


def divergence(student: Any, teacher: Any, temperature: float) -> Any:
    """KL(teacher || student) of each token, (tokens,), times the squared temperature so that gradients keep their size."""
    from torch.nn.functional import kl_div, log_softmax

    ours, theirs = (log_softmax(logits.float() / temperature, -1) for logits in (student, teacher))
    return kl_div(ours, theirs, log_target=True, reduction="none").sum(-1) * temperature**2
