"""How varied the wording of a group of answers to one request is: distinct-n and self-BLEU, both over sacrebleu's tokens of the language.

- distinct-n: different n-grams among all n-grams of the group, 0 to 1, higher is more varied. Answers of other lengths have other values.
- self-BLEU: each answer's BLEU against the others of the group, averaged, 0 to 100, lower is more varied.

An answer without a word is never a good one: it counts as a copy of the others (self-BLEU 100) and its share is taken off distinct-n, so
that a group of empty answers has 100 and 0. Variety says nothing about meaning: nonsense is as varied as can be.
"""

from collections.abc import Sequence
from functools import cache
from statistics import fmean

from sacrebleu.metrics.bleu import BLEU

from harness.item import Lang

_TOKENIZER: dict[str, str] = {"zh": "zh", "en": "13a"}


def tokens(text: str, lang: Lang) -> list[str]:
    """Tokens, folded, without punctuation; Chinese characters are one each."""
    found: list[str] = _bleu(lang).tokenizer(text.casefold()).split()
    return [token for token in found if any(char.isalnum() for char in token)]


def distinct(answers: Sequence[str], n: int, lang: Lang) -> float:
    """Distinct-n of a group of at least one answer; see the module for empty ones.

    >>> distinct(["a b", "a c"], 1, "en")
    0.75
    """
    if not answers:
        raise ValueError("answers: at least one is needed")
    told = [words for answer in answers if (words := tokens(answer, lang))]
    grams = [tuple(words[start : start + n]) for words in told for start in range(len(words) - n + 1)]
    return len(set(grams)) / len(grams) * len(told) / len(answers) if grams else 0.0


def self_bleu(answers: Sequence[str], lang: Lang) -> float:
    """Self-BLEU of a group of at least two answers; see the module for empty ones."""
    if len(answers) < 2:
        raise ValueError("answers: at least two are needed")
    told = [answer for answer in answers if tokens(answer, lang)]
    if len(told) < 2:
        return 100.0
    scores = [_bleu(lang).sentence_score(answer, [*told[:at], *told[at + 1 :]]).score for at, answer in enumerate(told)]
    return min(100.0, fmean([*scores, *[100.0] * (len(answers) - len(told))]))


def signature(lang: Lang) -> str:
    """What self-BLEU is computed by, as sacrebleu says it."""
    bleu = _bleu(lang)
    bleu.sentence_score("a", ["a"])  # A signature is given after a score only; that one's number of references is not ours.
    return str(bleu.get_signature()).replace("nrefs:1", "nrefs:group-1")


def tokenizer(lang: Lang) -> str:
    """The name of sacrebleu's tokenizer for the language."""
    return _TOKENIZER[lang]


@cache
def _bleu(lang: Lang) -> BLEU:
    return BLEU(tokenize=_TOKENIZER[lang], lowercase=True, effective_order=True)
