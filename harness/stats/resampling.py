"""Drawing again, on sums: items drawn with replacement, and the two sides of items swapped, without a loop over draws.

A corpus metric is a function of the sums of a few figures of each item, so a draw is a row of weights times those figures. Rows are put
into an order of their own first: the order of items, and for swaps which side is called which, do not change what is drawn.
"""

from collections.abc import Iterator

import numpy as np

from harness.stats.arguments import Floats, Whole

_CELLS = 1 << 16
"""Weights held at once: half a MB, which stays near the processor."""


def bootstrap_sums(rows: Floats, draws: int, seed: int) -> Floats:
    """Column sums of `rows`, shape (n, k), over n rows drawn with replacement; shape (draws, k).

    Rows that are equal are drawn together by one multinomial number, so that many units of few kinds cost no more than few.

    Examples
    --------
    >>> bootstrap_sums(np.array([[1.0, 0.0], [1.0, 1.0]]), 4, seed=0)[:, 0]
    array([2., 2., 2., 2.])
    """
    generator = np.random.default_rng(seed)
    n = len(rows)
    kinds, counts = np.unique(rows, axis=0, return_counts=True)
    if len(kinds) <= n / 4:
        return generator.multinomial(n, counts / n, size=draws) @ kinds
    ordered = np.repeat(kinds, counts, axis=0)
    return np.concatenate([_weights(generator, size, n) @ ordered for size in _chunks(draws, n)])


def _weights(generator: np.random.Generator, draws: int, n: int) -> Floats:
    """How often each of n rows was drawn, shape (draws, n)."""
    picks = generator.integers(0, n, size=(draws, n), dtype=np.int64)
    picks += n * np.arange(draws)[:, None]
    return np.bincount(picks.ravel(), minlength=draws * n).reshape(draws, n).astype(np.float64)


def swapped_sums(baseline: Floats, candidate: Floats, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Column sums of both sides, shape (n, k) each, after swapping the sides of each row with probability 1/2; twice (draws, k).

    Examples
    --------
    >>> left, right = swapped_sums(np.array([[1.0], [0.0]]), np.array([[3.0], [0.0]]), 8, seed=0)
    >>> sorted({float(value) for value in left[:, 0]}), set((left + right)[:, 0].tolist())
    ([1.0, 3.0], {4.0})
    """
    total = (baseline + candidate).sum(axis=0)
    signed = signed_sums(_without_names(candidate - baseline), draws, seed)
    return (total - signed) / 2, (total + signed) / 2


def signed_sums(rows: Floats, draws: int, seed: int) -> Floats:
    """Column sums of `rows`, shape (n, k), with a random sign for each row; shape (draws, k)."""
    generator = np.random.default_rng(seed)
    total = rows.sum(axis=0)
    parts = [2 * (_coins(generator, size, len(rows)) @ rows) - total for size in _chunks(draws, len(rows))]
    return np.concatenate(parts)


def _coins(generator: np.random.Generator, draws: int, n: int) -> Floats:
    """0 or 1, each with probability 1/2, shape (draws, n)."""
    octets = generator.integers(0, 256, size=(draws, (n + 7) // 8), dtype=np.uint8)
    return np.unpackbits(octets, axis=1, count=n).astype(np.float64)


def _without_names(differences: Floats) -> Floats:
    """Each row turned so that its first figure that is not 0 is positive; rows of zeros left out; the rest sorted."""
    rows = differences[differences.any(axis=1)]
    first = (rows != 0).argmax(axis=1)
    turned = rows * np.sign(rows[np.arange(len(rows)), first])[:, None]
    ordered: Floats = turned[np.lexsort(turned.T)]
    return ordered


def cluster_sums(rows: Floats, index: Whole, clusters: int) -> Floats:
    """Sums of rows by cluster, shape (clusters, k)."""
    return np.stack([np.bincount(index, weights=column, minlength=clusters) for column in rows.T], axis=1)


def _chunks(draws: int, n: int) -> Iterator[int]:
    size = max(1, _CELLS // max(1, n))
    for begin in range(0, draws, size):
        yield min(size, draws - begin)
