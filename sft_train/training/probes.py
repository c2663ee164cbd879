"""What the model can do in general, measured by log-probability while it is trained: whether it forgets is seen before it is finished.

Items are some of the suite `forgetting`, chosen by a fixed rule, half in each language: running text (bits per byte) and multiple choice
(share of right choices). The probe only watches: neither early stopping nor anything else chooses by it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.item import Item
from harness.model import Model
from harness.prompts import Renderer
from harness.records import Request
from harness.suite import Suite, find_suite, load_suite

_SUITE = "forgetting"


@dataclass(frozen=True)
class _Text:
    lang: str
    bytes: int
    request: Request


@dataclass(frozen=True)
class _Choice:
    lang: str
    answer: int
    requests: tuple[Request, ...]


@dataclass(frozen=True)
class GeneralProbe:
    """Callable on a model; its figures are probe_bits_per_byte[_zh|_en] (less is better) and probe_choice[_zh|_en] (more is better)."""

    texts: tuple[_Text, ...]
    choices: tuple[_Choice, ...]

    @classmethod
    def of(cls, base: Model, count: int) -> "GeneralProbe":
        """At most `count` items of each kind and language, evenly spaced over the suite."""
        suite, renderer = load_suite(find_suite(_SUITE)), Renderer(base)
        texts, choices = [], []
        for lang in ("zh", "en"):
            own = [item for item in suite.items if item.lang == lang]
            for item in spaced([item for item in own if item.text is not None], count):
                (request,) = _requests(renderer, suite, item)
                texts.append(_Text(lang, len((item.text or "").encode()), request))
            for item in spaced([item for item in own if item.choices is not None], count):
                choices.append(_Choice(lang, int(item.target["answer"]), tuple(_requests(renderer, suite, item))))
        return cls(tuple(texts), tuple(choices))

    def __call__(self, model: Any) -> dict[str, float]:
        """Figures of the model as it is."""
        requests = [text.request for text in self.texts] + [request for each in self.choices for request in each.requests]
        sums = dict(zip((request.id for request in requests), log_likelihoods(model, requests), strict=True))
        found: dict[str, float] = {}
        for lang in ("", "zh", "en"):
            tail = f"_{lang}" if lang else ""
            texts = [text for text in self.texts if lang in ("", text.lang)]
            choices = [choice for choice in self.choices if lang in ("", choice.lang)]
            bits = -sum(sums[text.request.id] for text in texts) / math.log(2)
            found[f"probe_bits_per_byte{tail}"] = bits / sum(text.bytes for text in texts)
            found[f"probe_choice{tail}"] = sum(_right(choice, sums) for choice in choices) / len(choices)
        return found


def spaced(items: Sequence[Item], count: int) -> list[Item]:
    """At most `count` of the items, evenly spaced.

    >>> spaced([1, 2, 3, 4, 5, 6], 3)
    [1, 3, 5]
    """
    step = max(1.0, len(items) / count)
    return [items[int(at * step)] for at in range(min(count, len(items)))]


def log_likelihoods(model: Any, requests: Sequence[Request], at_once: int = 8) -> list[float]:
    """Natural log-likelihood of what each request scores, (requests,), several at once, the longest first."""
    import torch

    order = sorted(range(len(requests)), key=lambda at: -len(requests[at].prompt))
    found = [0.0] * len(requests)
    for start in range(0, len(order), at_once):
        some = order[start : start + at_once]
        longest = len(requests[some[0]].prompt)
        ids = torch.zeros((len(some), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, at in enumerate(some):
            prompt = torch.tensor(requests[at].prompt)
            ids[row, : len(prompt)], mask[row, : len(prompt)] = prompt, 1
        with torch.inference_mode():
            logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device), use_cache=False).logits
        for row, at in enumerate(some):
            begin, end = requests[at].score_from or 1, len(requests[at].prompt)
            chosen = logits[row, begin - 1 : end - 1].float().log_softmax(-1).cpu()
            found[at] = float(chosen.gather(-1, ids[row, begin:end, None]).sum())
    return found


def _requests(renderer: Renderer, suite: Suite, item: Item) -> list[Request]:
    return renderer.requests(suite, item, sample=0, samples=1, draw=0, seed=0)


def _right(choice: _Choice, sums: dict[str, float]) -> bool:
    """Whether the right choice is the likeliest, as the suite's primary metric has it; equal values count as wrong."""
    scores = [sums[request.id] for request in choice.requests]
    return all(scores[choice.answer] > score for at, score in enumerate(scores) if at != choice.answer)
