"""Examples as the tensors of one batch: padded, or packed without attention across them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sft_train.masking import IGNORED
from sft_train.training.examples import Example


def fit(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Put items of these lengths into few bins, evenly filled, since all are padded to the fullest; returns the items of each bin.

    Best fit says how many bins are needed. Into so many, each item then goes where most room is, longest first, if that fits.

    >>> fit([3, 7, 2, 5], 10)
    [[1, 2], [3, 0]]
    >>> fit([6, 4, 1], 10)
    [[0], [1, 2]]
    """
    order = sorted(range(len(lengths)), key=lambda item: (-lengths[item], item))
    tight = _best_fit(lengths, order, capacity)
    even: list[list[int]] = [[] for _ in tight]
    filled = [0] * len(tight)
    for item in order:
        at = filled.index(min(filled))
        even[at].append(item)
        filled[at] += lengths[item]
    return even if max(filled, default=0) <= max(capacity, *lengths) else tight


def _best_fit(lengths: Sequence[int], order: Sequence[int], capacity: int) -> list[list[int]]:
    """Each item into the fullest bin with room."""
    bins: list[list[int]] = []
    left: list[int] = []
    for item in order:
        room = [at for at, free in enumerate(left) if free >= lengths[item]]
        if room:
            at = min(room, key=lambda at: left[at])
        else:
            bins.append([])
            left.append(max(capacity, lengths[item]))
            at = len(bins) - 1
        bins[at].append(item)
        left[at] -= lengths[item]
    return bins


@dataclass(frozen=True)
class Collator:
    """Makes a batch of examples. Rejected answers follow as sequences of their own.

    input_ids, labels, weights, sequence, owner: (rows, tokens). labels are the tokens that count, shifted by the loss, not here; weights
    are 0 where they only take part in a contrast. sequence numbers the last answers in the batch from 1, other tokens have 0; owner
    numbers the examples, rejected ones behind, from 0, padding has -1. pairs: (pairs, 2) sequence numbers of an answer and its
    rejected one. rows: (examples,) numbers of their rows. Padded: attention_mask. Packed: position_ids, which begin anew with each
    example, and no mask.
    """

    padding: int
    capacity: int
    packing: bool = False
    labels: tuple[str, ...] = ()
    """Classes of a classification head."""

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        import torch

        examples: list[Example] = [row["example"] for row in rows]
        sequences = [(example, example.weights) for example in examples]
        pairs = []
        for number, example in enumerate(examples):
            if example.rejected is not None:
                pairs.append((number + 1, len(sequences) + 1))
                sequences.append((example.rejected, (0.0,) * len(example.rejected.ids)))
        lengths = [len(example.ids) for example, _ in sequences]
        bins = fit(lengths, self.capacity) if self.packing else [[number] for number in range(len(sequences))]
        longest = max(sum(lengths[number] for number in each) for each in bins)
        shape = (len(bins), longest)
        batch = {
            "input_ids": torch.full(shape, self.padding), "labels": torch.full(shape, IGNORED), "weights": torch.zeros(shape),
            "sequence": torch.zeros(shape, dtype=torch.long), "position_ids": torch.zeros(shape, dtype=torch.long),
            "owner": torch.full(shape, -1), "pairs": torch.tensor(pairs, dtype=torch.long).reshape(-1, 2),
            "rows": torch.tensor([example.row for example in examples]),
        }  # fmt: skip
        mask = torch.zeros(shape, dtype=torch.long)
        for at, each in enumerate(bins):
            start = 0
            for number in each:
                example, weights = sequences[number]
                here = slice(start, start + lengths[number])
                ids = torch.tensor(example.ids)
                # The first token of a sequence has nothing before it that could predict it.
                counts = torch.tensor(example.weights) > 0
                counts[0] = False
                batch["input_ids"][at, here] = ids
                batch["labels"][at, here] = torch.where(counts, ids, IGNORED)
                batch["weights"][at, here] = torch.tensor(weights) * counts
                batch["sequence"][at, start + example.prompt : start + lengths[number]] = number + 1
                batch["owner"][at, here] = number
                batch["position_ids"][at, here] = torch.arange(lengths[number])
                mask[at, here] = 1
                start += lengths[number]
            # Padding is a sequence of its own; the mask of attention is made from where positions begin anew.
            batch["position_ids"][at, start:] = torch.arange(longest - start)
        if not self.packing:
            del batch["position_ids"]
            batch["attention_mask"] = mask
        if self.labels:
            known = [(number, self.labels.index(each.label), each.prompt - 1) for number, each in enumerate(examples) if each.label]
            batch["classes"] = torch.tensor(known, dtype=torch.long).reshape(-1, 3)
        return batch


def dataset(examples: Sequence[Example]) -> list[dict[str, Any]]:
    """Examples as a Trainer takes them; input_ids is only looked at for lengths."""
    return [{"input_ids": example.ids, "example": example} for example in examples]
