"""Figures of all answers together, from sums: each answer adds its terms to named sums, and a formula makes the figure of the sums.

So a figure such as BLEU can be had of any choice of answers without reading them again, which is what its test needs. Answers keep their
terms in scores.jsonl, figures the name of their formula in summary.json.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

import numpy as np

from harness.stats.arguments import Floats

Terms = Mapping[str, float]
"""What an answer adds to each sum; to one that it does not name, nothing."""
Formula = Literal["ratio", "exp_ratio", "bleu", "chrf", "macro_precision", "macro_recall", "macro_f1"]
_BLEU_ORDERS = (1, 2, 3, 4)
_CHRF_ORDERS = (1, 2, 3, 4, 5, 6)
BLEU_TERMS = ("length", "reference_length", *(f"matches_{n}" for n in _BLEU_ORDERS), *(f"ngrams_{n}" for n in _BLEU_ORDERS))
"""In the order of sacrebleu's own statistics."""
CHRF_TERMS = tuple(f"{what}_{n}" for n in _CHRF_ORDERS for what in ("ngrams", "reference_ngrams", "matches"))


def mean_terms(value: float, of: float = 1.0) -> Terms:
    """Terms of the formula "ratio": the sum of `value` over the sum of `of`."""
    return {"sum": float(value), "of": float(of)}


def class_terms(true: str, named: str) -> Terms:
    """Terms of the macro averages: an answer that names the class `named`, where `true` is right."""
    return {f"true {true}": 1.0, f"named {named}": 1.0, **({f"right {true}": 1.0} if true == named else {})}


def figure_of(formula: Formula, terms: Sequence[Terms]) -> float:
    """The figure of these answers together; NaN or infinite where it is undefined.

    >>> figure_of("ratio", [mean_terms(1), mean_terms(0), mean_terms(2, of=2)])
    0.75
    """
    names, (table,) = tables([terms])
    with np.errstate(all="ignore"):
        return float(score_of(formula, names)(table.sum(axis=0)[None, :])[0])


def tables(sides: Sequence[Sequence[Terms]]) -> tuple[tuple[str, ...], list[Floats]]:
    """The names of all sums, and of each side its answers' terms, shape (answers, sums)."""
    names = dict.fromkeys(name for side in sides for terms in side for name in terms)
    return tuple(names), [np.array([[float(terms.get(name, 0.0)) for name in names] for terms in side]) for side in sides]


def score_of(formula: Formula, names: Sequence[str]) -> Callable[[Floats], Floats]:
    """The formula as a function from sums, shape (draws, sums) in the order of `names`, to figures, shape (draws,)."""
    return partial(_FORMULAS[formula], names)


def _column(names: Sequence[str], sums: Floats, name: str) -> Floats:
    return sums[:, names.index(name)] if name in names else np.zeros(len(sums))


def _ratio(names: Sequence[str], sums: Floats) -> Floats:
    return _column(names, sums, "sum") / _column(names, sums, "of")


def _exp_ratio(names: Sequence[str], sums: Floats) -> Floats:
    return np.exp(_ratio(names, sums))


def _bleu(names: Sequence[str], sums: Floats) -> Floats:
    """BLEU as sacrebleu has it, 0 to 100, with its smoothing: the k-th order without a match counts half of the one before."""
    length, reference, *counts = (_column(names, sums, name) for name in BLEU_TERMS)
    matches, ngrams = np.stack(counts[:4], axis=1), np.stack(counts[4:], axis=1)
    missed = np.cumsum((matches == 0) & (ngrams > 0), axis=1)
    shares = np.where(matches > 0, matches, 0.5**missed) / np.maximum(ngrams, 1)
    brevity = np.minimum(0.0, 1 - reference / np.maximum(length, 1e-300))
    score = 100 * np.exp(np.log(shares).mean(axis=1) + brevity)
    figures: Floats = np.where((matches > 0).any(axis=1) & (ngrams > 0).all(axis=1), score, 0.0)
    return figures


def _chrf(names: Sequence[str], sums: Floats) -> Floats:
    """chrF2 as sacrebleu has it, 0 to 100: precision and recall averaged over the orders that both sides have."""
    columns = np.stack([_column(names, sums, name) for name in CHRF_TERMS], axis=1).reshape(len(sums), -1, 3)
    ngrams, references, matches = columns[:, :, 0], columns[:, :, 1], columns[:, :, 2]
    there = (ngrams > 0) & (references > 0)
    orders = np.maximum(there.sum(axis=1), 1)
    precision, recall = (np.where(there, matches / np.maximum(parts, 1), 0.0).sum(axis=1) / orders for parts in (ngrams, references))
    below = 4 * precision + recall
    figures: Floats = np.where(below > 0, 500 * precision * recall / np.maximum(below, 1e-300), 0.0)
    return figures


def _macro(kind: Literal["precision", "recall", "f1"], names: Sequence[str], sums: Floats) -> Floats:
    """The mean over the classes that have answers; a class that is never named has 0."""
    classes = [name.removeprefix("true ") for name in names if name.startswith("true ")]
    right, true, named = (
        np.stack([_column(names, sums, f"{what} {name}") for name in classes], axis=1) for what in ("right", "true", "named")
    )
    below = {"precision": named, "recall": true, "f1": (true + named) / 2}[kind]
    there = true > 0
    figures: Floats = np.where(there & (below > 0), right / np.maximum(below, 0.5), 0.0).sum(axis=1) / there.sum(axis=1)
    return figures


_FORMULAS: dict[Formula, Callable[[Sequence[str], Floats], Floats]] = {
    "ratio": _ratio,
    "exp_ratio": _exp_ratio,
    "bleu": _bleu,
    "chrf": _chrf,
    "macro_precision": partial(_macro, "precision"),
    "macro_recall": partial(_macro, "recall"),
    "macro_f1": partial(_macro, "f1"),
}
