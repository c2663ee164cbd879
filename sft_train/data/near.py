"""Near-duplicates among many texts: candidates by MinHash and banding, then the exact Jaccard similarity of their shingles.

MinHash (Broder 1997): the share of equal minima of random hash functions estimates the Jaccard similarity. 32 bands of 4 minima find a pair
that is 0.6 alike with probability 0.98, 0.7 with 0.999 (1 − (1 − s⁴)³²). Nothing is reported on an estimate: similarities are exact.

Not covered: paraphrases in other words, and translations.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sft_train.data.fingerprints import Pieces, Texts

_BANDS, _ROWS = 32, 4
_SEED = 20240917
_CHUNK = 20_000
_PAIRS_AT_ONCE = 200_000
_BUCKET = 64
"""In a larger bucket each text is paired with the first and with its neighbours only: such buckets are of texts that are all alike."""
_SLACK = 0.25
"""How far an estimate from 128 minima may lie below the threshold before a pair is passed over; five standard deviations at 0.6."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that are alike, by their positions, and the Jaccard similarity of their shingles."""

    first: int
    second: int
    similarity: float


def near_pairs(texts: Sequence[str], threshold: float, apart: Sequence[int] | None = None) -> list[Pair]:
    """Pairs of positions, first < second, whose shingles have a Jaccard similarity of at least `threshold`, the most alike first.

    `apart` gives each text a side; only pairs of two sides are returned. Texts without a letter or digit have no pairs.
    Of texts that are very common, every one is paired with some like it, though not with each.
    """
    if not texts:
        return []
    signatures = np.concatenate([_minima(pieces, count) for pieces, count in _shingles(texts)])
    candidates = _candidates(signatures, None if apart is None else np.asarray(apart), threshold)
    # Most texts are like no other: the exact figures need the shingles of the others only.
    chosen, places = np.unique(candidates, return_inverse=True)
    pairs = places.reshape(candidates.shape)
    matrix = _incidence([texts[at] for at in chosen])
    sizes = np.diff(matrix.indptr)
    found = []
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        first, second = pairs[start : start + _PAIRS_AT_ONCE].T
        common: NDArray[np.int32] = matrix[first].multiply(matrix[second]).sum(axis=1)
        similarity = common / np.maximum(sizes[first] + sizes[second] - common, 1)
        found += [
            Pair(int(chosen[first[at]]), int(chosen[second[at]]), float(similarity[at])) for at in np.flatnonzero(similarity >= threshold)
        ]
    return sorted(found, key=lambda pair: (-pair.similarity, pair.first, pair.second))


def near_groups(count: int, pairs: Sequence[Pair]) -> NDArray[np.int32]:
    """Of each of `count` texts the number of its group: all that hang together by `pairs`.

    >>> near_groups(4, [Pair(0, 2, 0.9), Pair(2, 3, 0.8)]).tolist()
    [0, 1, 0, 0]
    """
    first, second = [pair.first for pair in pairs], [pair.second for pair in pairs]
    graph = csr_array((np.ones(len(pairs)), (first, second)), shape=(count, count))
    labels: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return labels


def _shingles(texts: Sequence[str]) -> Iterator[tuple[Pieces, int]]:
    """The distinct shingles of the texts, chunk by chunk, and the number of texts in the chunk."""
    for start in range(0, len(texts), _CHUNK):
        chunk = texts[start : start + _CHUNK]
        yield Texts(chunk).shingles().distinct(), len(chunk)


def _minima(pieces: Pieces, count: int) -> NDArray[np.uint32]:
    """Shape (texts, bands × rows); of texts without shingles the minima are all ones."""
    random = np.random.default_rng(_SEED)
    factors = random.integers(1, 2**63, _BANDS * _ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    offsets = random.integers(0, 2**63, _BANDS * _ROWS, dtype=np.uint64)
    found = np.full((count, _BANDS * _ROWS), np.iinfo(np.uint32).max, dtype=np.uint32)
    if len(pieces.hashes):
        owners, starts = np.unique(pieces.owner, return_index=True)
        for column, (factor, offset) in enumerate(zip(factors, offsets, strict=True)):
            hashed = ((pieces.hashes * factor + offset) >> np.uint64(32)).astype(np.uint32)
            found[owners, column] = np.minimum.reduceat(hashed, starts)
    return found


def _candidates(signatures: NDArray[np.uint32], sides: NDArray[np.int64] | None, threshold: float) -> NDArray[np.int64]:
    """Shape (pairs, 2), first < second, each pair once."""
    there = np.flatnonzero((signatures != np.iinfo(np.uint32).max).any(axis=1))
    found: list[NDArray[np.int64]] = [np.empty((0, 2), np.int64)]
    for band in range(_BANDS):
        keys = signatures[there, band * _ROWS : (band + 1) * _ROWS].astype(np.uint64)
        key = (keys * np.array([1, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)).sum(axis=1, dtype=np.uint64)
        order = np.argsort(key, kind="stable")
        members, key = there[order], key[order]
        for pairs in _bucket_pairs(members, key):
            if sides is not None:
                pairs = pairs[sides[pairs[:, 0]] != sides[pairs[:, 1]]]
            for start in range(0, len(pairs), _PAIRS_AT_ONCE):
                part = pairs[start : start + _PAIRS_AT_ONCE]
                estimate = (signatures[part[:, 0]] == signatures[part[:, 1]]).mean(axis=1)
                found.append(part[estimate >= threshold - _SLACK])
    return np.unique(np.concatenate(found), axis=0)


def _bucket_pairs(members: NDArray[np.int64], key: NDArray[np.uint64]) -> Iterator[NDArray[np.int64]]:
    """Pairs of texts with one key, which stand beside each other, ordered by position."""
    borders = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    sizes = np.diff(np.concatenate([borders, [len(key)]]))
    bucket_start = np.repeat(borders, sizes)
    bucket_size = np.repeat(sizes, sizes)
    index = np.arange(len(key))
    for distance in range(1, min(_BUCKET, int(sizes.max(initial=1)))):
        near = index[distance:]
        same = near[(bucket_start[near] == bucket_start[near - distance]) & ((bucket_size[near] <= _BUCKET) | (distance == 1))]
        if len(same):
            yield np.stack([members[same - distance], members[same]], axis=1)
    large = index[(bucket_size > _BUCKET) & (index > bucket_start)]
    if len(large):
        yield np.stack([members[bucket_start[large]], members[large]], axis=1)


def _incidence(texts: Sequence[str]) -> "csr_array[np.int32]":
    """Shape (texts, distinct shingles): 1 where the text has the shingle."""
    parts = list(_shingles(texts))
    starts = np.cumsum([0, *(count for _, count in parts)])
    hashes = np.concatenate([np.empty(0, np.uint64), *(pieces.hashes for pieces, _ in parts)])
    owner = np.concatenate([np.empty(0, np.int64), *(pieces.owner + start for (pieces, _), start in zip(parts, starts, strict=False))])
    distinct, column = np.unique(hashes, return_inverse=True)
    ends = np.searchsorted(owner, np.arange(len(texts) + 1)).astype(np.int32)
    shape = (len(texts), max(len(distinct), 1))
    return csr_array((np.ones(len(hashes), np.int32), column.astype(np.int32), ends), shape=shape)
