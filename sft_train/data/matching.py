"""Which of many texts hold which of many sought texts, wholly or for the most part; exact figures, found without comparing each with each.

Containment is found by a prefix filter (Chaudhuri, Ganti, Kaushik 2006): a text that holds t·m of the m shingles of a sought text holds at
least k of any m − ⌈t·m⌉ + k of them. So only that many are looked up, those that fewest sought texts have.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sft_train.data.fingerprints import Hashes, Pieces, Positions, Texts

EXACT, NGRAM, SHINGLE = "exact", "ngram", "shingle"
WINDOW = 8
"""Words in a run."""
WINDOW_SHARE = 0.5
"""Share of the sought text's runs that a text must hold."""
SHINGLE_SHARE = 0.75
"""Share of the sought text's shingles that a text must hold."""
_LONG = 30
"""Shingles from which on containment says enough; shorter texts must be alike as a whole."""
_AT_LEAST = 6
_PAIRS_AT_ONCE = 100_000
_BITS = 24


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that holds a probe, by their positions in what was given; `score` is 1 for an exact copy."""

    text: int
    probe: int
    kind: str
    score: float


class Matcher:
    """An index of sought texts."""

    def __init__(self, probes: Sequence[str]) -> None:
        laid = Texts(probes)
        self._wholes = _Postings(laid.wholes()[laid.lengths() > 0], np.flatnonzero(laid.lengths() > 0))
        windows = laid.windows(WINDOW).distinct()
        self._windows = _Postings(windows.hashes, windows.owner)
        self._window_counts = np.bincount(windows.owner, minlength=len(probes))
        shingles = laid.shingles().distinct()
        self._counts = np.bincount(shingles.owner, minlength=len(probes))
        self._vocabulary, columns = np.unique(shingles.hashes, return_inverse=True)
        self._matrix = _membership(shingles.owner, columns, len(probes), len(self._vocabulary))
        self._wanted = np.ceil(SHINGLE_SHARE * self._counts).astype(np.int64)
        # A text with fewer shingles than the filter wants must hold all of those it has left over.
        self._needed = np.minimum(_AT_LEAST, self._wanted)
        rare = self._rarest(shingles, columns)
        self._prefix = _Postings(rare.hashes, rare.owner)

    def _rarest(self, shingles: Pieces, columns: Positions) -> Pieces:
        frequency = np.bincount(columns)[columns]
        order = np.lexsort((shingles.hashes, frequency, shingles.owner))
        owner = shingles.owner[order]
        rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
        kept = order[rank < (self._counts - self._wanted + self._needed)[owner]]
        return Pieces(shingles.hashes[kept], shingles.owner[kept])

    def matches(self, texts: Sequence[str]) -> Iterator[Hit]:
        """Yield what `texts` hold, at most once by each way of matching."""
        laid = Texts(texts)
        for text, probe, _ in self._wholes.find(Pieces(laid.wholes(), np.arange(len(texts)))):
            yield from (Hit(int(one), int(other), EXACT, 1.0) for one, other in zip(text, probe, strict=True))
        for text, probe, count in self._windows.find(laid.windows(WINDOW)):
            yield from _hits(text, probe, count / self._window_counts[probe], WINDOW_SHARE, NGRAM)
        shingles = laid.shingles()
        for text, probe, count in self._prefix.find(shingles):
            enough = count >= self._needed[probe]
            yield from self._compare(shingles, text[enough], probe[enough])

    def _compare(self, shingles: Pieces, text: Positions, probe: Positions) -> Iterator[Hit]:
        """The exact share of each candidate pair."""
        chosen, place = np.unique(text, return_inverse=True)
        mine = np.zeros(int(shingles.owner.max(initial=0)) + 1, dtype=bool)
        mine[chosen] = True
        inside = mine[shingles.owner]
        pieces = Pieces(shingles.hashes[inside], np.searchsorted(chosen, shingles.owner[inside])).distinct()
        sizes = np.bincount(pieces.owner, minlength=len(chosen))
        columns, known = _look_up(self._vocabulary, pieces.hashes)
        matrix = _membership(pieces.owner[known], columns[known], len(chosen), len(self._vocabulary))
        for start in range(0, len(text), _PAIRS_AT_ONCE):
            part = slice(start, start + _PAIRS_AT_ONCE)
            common: NDArray[np.int32] = matrix[place[part]].multiply(self._matrix[probe[part]]).sum(axis=1)
            sought = self._counts[probe[part]]
            score = np.where(sought >= _LONG, common / sought, common / (sizes[place[part]] + sought - common))
            yield from _hits(text[part], probe[part], score, SHINGLE_SHARE, SHINGLE)


class _Postings:
    """Of each hash the sought texts that have it."""

    def __init__(self, hashes: Hashes, owner: Positions) -> None:
        order = np.argsort(hashes, kind="stable")
        self._owner = owner[order]
        self._keys, self._starts, self._sizes = np.unique(hashes[order], return_index=True, return_counts=True)
        self._probes = int(owner.max(initial=0)) + 1
        # Most pieces of most texts are in no sought text; a small table of hashed bits tells so at once.
        self._maybe = np.zeros(1 << _BITS, dtype=bool)
        self._maybe[self._keys >> np.uint64(64 - _BITS)] = True

    def find(self, pieces: Pieces) -> Iterator[tuple[Positions, Positions, Positions]]:
        """Yield (texts, sought texts, number of distinct pieces that both have), pair by pair, each pair once."""
        likely = self._maybe[pieces.hashes >> np.uint64(64 - _BITS)]
        found = Pieces(pieces.hashes[likely], pieces.owner[likely])
        key, known = _look_up(self._keys, found.hashes)
        distinct = np.unique(np.stack([found.owner[known], key[known]], axis=1), axis=0) if known.any() else np.empty((0, 2), np.int64)
        sizes = self._sizes[distinct[:, 1]]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        probes = self._owner[np.repeat(self._starts[distinct[:, 1]], sizes) + within]
        pair, count = np.unique(np.repeat(distinct[:, 0], sizes) * self._probes + probes, return_counts=True)
        if len(pair):
            yield pair // self._probes, pair % self._probes, count


def _look_up(keys: Hashes, hashes: Hashes) -> tuple[Positions, NDArray[np.bool_]]:
    """Of each hash its position among the sorted `keys`, and whether it is there at all."""
    if not len(keys):
        return np.zeros(len(hashes), np.int64), np.zeros(len(hashes), bool)
    place = np.minimum(np.searchsorted(keys, hashes), len(keys) - 1)
    return place, keys[place] == hashes


def _membership(rows: Positions, columns: Positions, count: int, width: int) -> "csr_array[np.int32]":
    """Shape (count, width), ones at (rows, columns); `rows` are in order."""
    ends = np.searchsorted(rows, np.arange(count + 1))
    return csr_array((np.ones(len(rows), np.int32), columns.astype(np.int32), ends.astype(np.int32)), shape=(count, max(width, 1)))


def _hits(text: Positions, probe: Positions, score: NDArray[np.float64], least: float, kind: str) -> Iterator[Hit]:
    for at in np.flatnonzero(score >= least):
        yield Hit(int(text[at]), int(probe[at]), kind, float(score[at]))
