"""ROUGE by rouge-score, from 0 to 1. Its own tokenizer drops everything but a-z and 0-9, so Chinese gets one of ours."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from statistics import fmean
from typing import Any

from harness.formulas import mean_terms
from harness.item import Lang
from harness.metrics.base import Pair, by_lang
from harness.metrics.length import length_ratio
from harness.records import CorpusFigure
from harness.scorers.text import HANZI, fold

KINDS = ("rouge1", "rouge2", "rougeL", "rougeLsum")
_TOKEN_RE = re.compile(rf"[{HANZI}]|[^\W_{HANZI}]+")


class CharacterTokenizer:
    """For rouge-score's `tokenizer=`: each Chinese character is a token, and so is each word or number of another script; case, width
    and punctuation do not count."""

    def tokenize(self, text: str) -> list[str]:
        """Tokens in order, folded in case and width."""
        return _TOKEN_RE.findall(fold(text))


@cache
def _scorer(lang: Lang) -> Any:
    from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]

    return RougeScorer(list(KINDS), use_stemmer=False, tokenizer=CharacterTokenizer() if lang == "zh" else None)


def rouge(response: str, references: Sequence[str], lang: Lang) -> dict[str, tuple[float, float, float]]:
    """Precision, recall and F by kind, against the reference that is best for each kind.

    >>> rouge("今天下雨", ["今天下雨"], "zh")["rougeL"]
    (1.0, 1.0, 1.0)
    """
    scores = _scorer(lang).score_multi(list(references), response)
    return {kind: (float(score.precision), float(score.recall), float(score.fmeasure)) for kind, score in scores.items()}


class Rouge:
    """Mean F of ROUGE-1, -2, -L and -Lsum (0 to 1), by rouge-score; a Chinese character is a token."""

    weakness = "ROUGE rewards length: padding and repetition can raise it; read it beside the length ratio"

    def figures(self, pairs: Sequence[Pair]) -> dict[str, CorpusFigure]:
        figures = {}
        for lang, members in by_lang(pairs).items():
            chosen = [*members.values()]
            scores = [rouge(pair.response, pair.references, lang) for pair in chosen]
            ratio = length_ratio(chosen)
            tokens = "characters" if lang == "zh" else "default"
            signature = f"rouge-score mean-f|tok:{tokens}|stem:no|refs:best|version:{version('rouge-score')}"
            for kind in KINDS:
                precision, recall, f = (fmean(score[kind][part] for score in scores) for part in range(3))
                details = {"precision": precision, "recall": recall, "length_ratio": ratio}
                note = f"{self.weakness}, {ratio:.2f} here"
                terms = {place: mean_terms(score[kind][2]) for place, score in zip(members, scores, strict=True)}
                figures[f"{kind}_{lang}"] = CorpusFigure(f, len(chosen), signature, note, details, "ratio", terms)
        return figures
