"""Texts that are nearly the same, by the character n-grams they share. Exact, not sampled, and without splitting words, so that Chinese is
treated like English: two Chinese characters say about as much as four Latin letters.

Not covered: paraphrases in other words, and translations.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import csr_array

from harness.scorers.text import count_hanzi, fold

_BLOCK = 512


def ngrams(text: str) -> set[str]:
    """The n-grams of `text` without case, width and white space: two characters from a Chinese character on, four from any other.

    >>> sorted(ngrams("空调 ON"))
    ['n', 'on', '空调', '调o']
    """
    plain = "".join(fold(text).split())
    return {plain[start : start + (2 if count_hanzi(char) else 4)] for start, char in enumerate(plain)}


def jaccard(first: set[str], second: set[str]) -> float:
    """Share of the n-grams of both that both have; 1 for two empty sets."""
    return len(first & second) / len(first | second) if first or second else 1.0


def similar_pairs(texts: Sequence[str], threshold: float) -> Iterator[tuple[int, int, float]]:
    """Yield (first, second, similarity) for each pair of `texts`, by position, first < second, whose Jaccard similarity is at least
    `threshold` (above 0). Texts without any n-gram are left out.
    """
    grams = [ngrams(text) for text in texts]
    sizes = np.array([len(each) for each in grams], dtype=np.int64)
    matrix = _incidence(grams)
    for start in range(0, len(texts), _BLOCK):
        shared = (matrix[start : start + _BLOCK] @ matrix.T).tocoo()
        rows, columns, common = shared.row + start, shared.col, shared.data
        similarity = common / (sizes[rows] + sizes[columns] - common)
        for at in np.flatnonzero((rows < columns) & (similarity >= threshold)):
            yield int(rows[at]), int(columns[at]), float(similarity[at])


def _incidence(grams: list[set[str]]) -> "csr_array[np.int32]":
    """Shape (texts, distinct n-grams): 1 where the text has the n-gram."""
    numbers: dict[str, int] = {}
    indices = [numbers.setdefault(gram, len(numbers)) for each in grams for gram in each]
    ends = np.cumsum([0, *(len(each) for each in grams)])
    return csr_array((np.ones(len(indices), dtype=np.int32), indices, ends), shape=(len(grams), max(len(numbers), 1)))
