"""Hashes of all short pieces of many texts, without a loop over characters.

A text is folded (case, width) and only its letters, digits and Chinese characters count. Two kinds of pieces:
- shingles: two characters from a Chinese character on, four from any other, which say about the same;
- windows: so many words in a row, each Chinese character a word.

A piece's hash is taken from prefix sums of its text's polynomial, so that pieces of any length cost the same. Arithmetic is modulo 2^64 on
mixed code points; two pieces get the same hash by chance once in about 10^15 pairs at the lengths used here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.scorers.text import fold

Hashes = NDArray[np.uint64]
Positions = NDArray[np.int64]
_BASE = 0x9E3779B97F4A7C15  # Odd, so that it has an inverse modulo 2^64.
_INVERSE = pow(_BASE, -1, 2**64)
_HANZI_RANGES = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FFFF))


@dataclass(frozen=True)
class Pieces:
    """Hashes of the pieces of several texts, one text after the other."""

    hashes: Hashes
    """Shape (pieces,)."""
    owner: Positions
    """Of each piece the position of its text."""

    def distinct(self) -> "Pieces":
        """Each piece of a text once, ordered by text."""
        order = np.lexsort((self.hashes, self.owner))
        hashes, owner = self.hashes[order], self.owner[order]
        new = np.ones(len(hashes), dtype=bool)
        new[1:] = (hashes[1:] != hashes[:-1]) | (owner[1:] != owner[:-1])
        return Pieces(hashes[new], owner[new])


class Texts:
    """Many texts, folded and laid end to end."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.count = len(texts)
        folded = [fold(text) for text in texts]
        codes = np.frombuffer("".join(folded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        owner = np.repeat(np.arange(len(texts), dtype=np.int64), [len(text) for text in folded])
        counts = _WORD[codes]
        # A word begins where something else stood before it.
        gap = np.ones(len(codes), dtype=bool)
        gap[1:] = ~counts[:-1] | (owner[1:] != owner[:-1])
        self.codes, self.owner, gap = codes[counts], owner[counts], gap[counts]
        self._hanzi = _HANZI[self.codes]
        begins = gap | self._hanzi
        begins[1:] |= self._hanzi[:-1]
        self._word_starts = np.flatnonzero(begins)
        self._ends = np.searchsorted(self.owner, np.arange(self.count), side="right")
        size = len(self.codes)
        powers = _powers(_BASE, size)
        self._sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(_mix(self.codes.astype(np.uint64)) * powers, dtype=np.uint64)])
        self._inverse = _powers(_INVERSE, size)

    def shingles(self) -> Pieces:
        """All shingles; at the end of a text they get shorter, so that even one character has one."""
        starts = np.arange(len(self.codes))
        ends = np.minimum(starts + np.where(self._hanzi, 2, 4), self._ends[self.owner])
        return Pieces(self._hash(starts, ends), self.owner)

    def windows(self, words: int) -> Pieces:
        """All runs of so many words; texts with fewer have none."""
        starts = self._word_starts[: max(len(self._word_starts) - words + 1, 0)]
        last = self._word_starts[words - 1 :]
        # A run ends where the word after its last one begins, or where the text ends.
        after = np.append(self._word_starts, len(self.codes))[words:][: len(starts)]
        ends = np.minimum(after, self._ends[self.owner[starts]])
        inside = self.owner[starts] == self.owner[last]
        return Pieces(self._hash(starts[inside], ends[inside]), self.owner[starts[inside]])

    def wholes(self) -> Hashes:
        """Of each text one hash of all that counts; texts of which nothing counts have the same."""
        found = np.zeros(self.count, np.uint64)
        there = np.flatnonzero(self.lengths())
        found[there] = self._hash(np.searchsorted(self.owner, there), self._ends[there])
        return found

    def lengths(self) -> Positions:
        """Of each text the number of characters that count."""
        return np.bincount(self.owner, minlength=self.count)

    def _hash(self, starts: Positions, ends: Positions) -> Hashes:
        found: Hashes = (self._sums[ends] - self._sums[starts]) * self._inverse[starts]
        # The length is part of it, and high bits must depend on all of them.
        return _mix(found + (ends - starts).astype(np.uint64))


def _mix(values: Hashes) -> Hashes:
    """The finaliser of splitmix64: every bit of the result depends on every bit of the value."""
    values = values + np.uint64(_BASE)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _powers(base: int, size: int) -> Hashes:
    """base^0 … base^(size-1) modulo 2^64, by doubling."""
    found = np.ones(max(size, 1), dtype=np.uint64)
    done, factor = 1, base
    while done < size:
        more = min(done, size - done)
        found[done : done + more] = found[:more] * np.uint64(factor)
        done, factor = done + more, factor * factor % 2**64
    return found


def _word_table() -> NDArray[np.bool_]:
    return np.fromiter((chr(code).isalnum() for code in range(0x110000)), dtype=bool, count=0x110000)


def _hanzi_table() -> NDArray[np.bool_]:
    table = np.zeros(0x110000, dtype=bool)
    for first, last in _HANZI_RANGES:
        table[first : last + 1] = True
    return table


_WORD, _HANZI = _word_table(), _hanzi_table()
