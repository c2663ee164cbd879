"""BLEU and chrF by sacrebleu, from 0 to 100; its own signature names every choice."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from harness.formulas import BLEU_TERMS, CHRF_TERMS, Terms
from harness.item import Lang
from harness.metrics.base import Pair, by_lang
from harness.records import CorpusFigure


@cache
def _bleu(lang: Lang, sentence: bool) -> Any:
    """sacrebleu's BLEU; short texts have no fourfold match, so that of one sentence counts only the orders it has ("eff:yes")."""
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize="zh" if lang == "zh" else "13a", effective_order=sentence)


@cache
def _chrf() -> Any:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()


def sentence_bleu(response: str, references: Sequence[str], lang: Lang) -> float:
    """BLEU of one response, 0 to 100; 0 for an empty one.

    >>> sentence_bleu("今天下雨", ["今天下雨"], "zh")
    100.0
    """
    return _bounded(_bleu(lang, True).sentence_score(response, list(references)).score)


def sentence_chrf(response: str, references: Sequence[str]) -> float:
    """chrF of one response, 0 to 100: character n-grams, so that no tokenizer is needed."""
    return _bounded(_chrf().sentence_score(response, list(references)).score)


def _bounded(score: float) -> float:
    return round(min(100.0, float(score)), 10)  # A full match comes out as 100.00000000000004.


class Bleu:
    """BLEU of all responses together (0 to 100), by sacrebleu."""

    weakness = (
        "BLEU counts shared word sequences: right answers in other words and long texts are marked down; for summaries read ROUGE beside it"
    )

    def figures(self, pairs: Sequence[Pair]) -> dict[str, CorpusFigure]:
        figures = {}
        for lang, members in by_lang(pairs).items():
            metric, chosen = _bleu(lang, False), [*members.values()]
            result = metric.corpus_score(*_streams(chosen))
            details = {"precisions": [float(value) for value in result.precisions], "brevity_penalty": float(result.bp),
                       "response_length": result.sys_len, "reference_length": result.ref_len}  # fmt: skip
            signature = f"sacrebleu {metric.get_signature()}"
            terms = _terms(metric, members, BLEU_TERMS)
            figures[f"bleu_{lang}"] = CorpusFigure(_bounded(result.score), len(chosen), signature, self.weakness, details, "bleu", terms)
        return figures


class ChrF:
    """chrF of all responses together (0 to 100), by sacrebleu."""

    weakness: ClassVar[str] = "chrF counts shared characters: wrong facts in familiar words score high, synonyms low"

    def figures(self, pairs: Sequence[Pair]) -> dict[str, CorpusFigure]:
        figures = {}
        for lang, members in by_lang(pairs).items():
            score = _chrf().corpus_score(*_streams([*members.values()])).score
            signature, terms = f"sacrebleu {_chrf().get_signature()}", _terms(_chrf(), members, CHRF_TERMS)
            figures[f"chrf_{lang}"] = CorpusFigure(_bounded(score), len(members), signature, self.weakness, {}, "chrf", terms)
        return figures


def _terms(metric: Any, members: Mapping[int, Pair], names: Sequence[str]) -> dict[int, Terms]:
    """sacrebleu's own statistics of each response, from which it makes the corpus's score."""
    counts = metric._extract_corpus_statistics(*_streams([*members.values()]))
    return {place: dict(zip(names, map(int, own), strict=True)) for place, own in zip(members, counts, strict=True)}


def _streams(pairs: Sequence[Pair]) -> tuple[list[str], list[list[str | None]]]:
    """Responses, and references in sacrebleu's form: stream k holds everyone's reference number k, None where there are fewer."""
    most = max(len(pair.references) for pair in pairs)
    streams = [[pair.references[k] if k < len(pair.references) else None for pair in pairs] for k in range(most)]
    return [pair.response for pair in pairs], streams
