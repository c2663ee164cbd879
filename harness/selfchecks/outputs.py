"""A watch on responses that are none: empty, running in circles, cut off, all the same, or in the wrong language.

A model that is broken, or asked in a wrong way, still gets scores. They are kept, since the responses are what they are; what is odd about
the responses stands beside them with examples.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.item import Item, Lang
from harness.records import Answer
from harness.scorers.text import count_hanzi, words

Kind = Literal["empty", "in circles", "cut off", "all the same", "other language"]
_FEWEST = 8
"""Responses below which a share says nothing."""
_LIMITS: dict[Kind, float] = {"empty": 0.1, "in circles": 0.2, "cut off": 0.9, "all the same": 0.9, "other language": 0.3}
"""Share of a suite's responses from which on it is told."""
_WORDS = 4
"""Chinese characters or words below which a text is in no language: a name, a number."""
_EXAMPLES, _SHOWN = 3, 120


@dataclass(frozen=True)
class Example:
    """A response that is odd."""

    item: str
    response: str
    """Its beginning."""


@dataclass(frozen=True)
class OddOutputs:
    """One way in which many of a suite's responses are odd."""

    kind: Kind
    share: float
    """Of the responses of which it can be said."""
    n: int
    """Responses of which it can be said."""
    examples: tuple[Example, ...]


def odd_outputs(answers: Sequence[tuple[Item, Answer]]) -> list[OddOutputs]:
    """What is odd about the generated answers to a suite's items; nothing about fewer than eight.

    "other language": an answer whose words are of the other language than those of the item's first passing example or reference, or
    where there is none of the item itself; texts of fewer than four characters or words do not count.
    """
    generated = [(item, answer) for item, answer in answers if answer.turns]
    return [*_shares(generated)] if len(generated) >= _FEWEST else []


def _shares(answers: Sequence[tuple[Item, Answer]]) -> Iterator[OddOutputs]:
    texts = Counter(answer.text.strip() for _, answer in answers)
    text, _ = texts.most_common(1)[0]
    languages = [(pair, _expected(pair[0]), _language(pair[1].text)) for pair in answers]
    known = [(pair, wanted != found) for pair, wanted, found in languages if wanted is not None and found is not None]
    found: dict[Kind, list[tuple[tuple[Item, Answer], bool]]] = {
        "empty": [(pair, not pair[1].text.strip()) for pair in answers],
        "in circles": [(pair, any(turn.finish == "repetition" for turn in pair[1].turns)) for pair in answers],
        "cut off": [(pair, pair[1].truncated) for pair in answers],
        # Empty ones are told of already.
        "all the same": [(pair, bool(text) and pair[1].text.strip() == text) for pair in answers],
        "other language": known,
    }
    for kind, seen in found.items():
        odd = [pair for pair, is_odd in seen if is_odd]
        if len(seen) >= _FEWEST and len(odd) / len(seen) >= _LIMITS[kind]:
            examples = tuple(Example(item.id, answer.text.strip()[:_SHOWN]) for item, answer in odd[:_EXAMPLES])
            yield OddOutputs(kind, len(odd) / len(seen), len(seen), examples)


def _expected(item: Item) -> Lang | None:
    good = next(iter((*item.passing, *item.references)), None)
    if good is None:
        return item.lang
    return _language(good if isinstance(good, str) else "\n".join(good))


def _language(text: str) -> Lang | None:
    """The language of most of a text's words; None where there are too few."""
    chinese, other = count_hanzi(text), len(words(text))
    if chinese + other < _WORDS:
        return None
    return "zh" if chinese >= other else "en"
