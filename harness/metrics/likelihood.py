"""Perplexity of the reference as the model's answer: how surprised the model is by a good one. Lower is better."""

from collections.abc import Sequence
from math import exp, log

from harness.formulas import mean_terms
from harness.metrics.base import Pair, by_lang
from harness.records import CorpusFigure


class Perplexity:
    """The exponential of the mean negative log-probability of a token, over all tokens of the first references after their chat prompts;
    the token that ends the turn is left out. `bits_per_byte` in the details compares across tokenizers, perplexity does not."""

    weakness = (
        "perplexity does not see whether content is right: fluent text off the point may be likely; across tokenizers compare bits per byte"
    )

    def figures(self, pairs: Sequence[Pair]) -> dict[str, CorpusFigure]:
        figures = {}
        for lang, members in by_lang(pairs).items():
            known = {place: (pair.references[0], pair.reference_logprobs) for place, pair in members.items() if pair.reference_logprobs}
            scored = [*known.values()]
            name, tokens = f"perplexity_{lang}", sum(len(logprobs) for _, logprobs in scored)
            if not tokens:
                reason = "unavailable: there are no log-probabilities of references; only a run with an engine has them"
                figures[name] = CorpusFigure(None, 0, note=reason)
                continue
            nats = -sum(sum(logprobs) for _, logprobs in scored)
            bits = nats / log(2) / sum(len(text.encode()) for text, _ in scored)
            note = f"{bits:.3f} bits per byte; {self.weakness}"
            details = {"tokens": tokens, "bits_per_byte": bits}
            # A model that gives a token no chance at all has no finite perplexity.
            value = exp(nats / tokens) if nats / tokens < 700 else None
            signature = "exp of mean token NLL, first reference after the chat prompt, end of turn left out"
            terms = {place: mean_terms(-sum(logprobs), len(logprobs)) for place, (_, logprobs) in known.items()}
            note = note if value is not None else f"infinite; {note}"
            figures[name] = CorpusFigure(value, len(scored), signature, note, details, "exp_ratio", terms)
        return figures
