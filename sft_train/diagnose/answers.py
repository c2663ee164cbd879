"""Findings from what the model answers, as a finished run of the harness has it, held against the training answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sft_train.diagnose.record import Finding

_COPIED = 40
"""Characters in a row that an answer must share with a training answer to count as copied."""
_SHORTEST = 4
"""Characters of a question below which it may stand in any prompt by chance."""
_PART = 0.5
"""Share of an answer that such a stretch must make up."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A prompt and the model's response to it, from a run."""

    prompt: str
    """As the model was given it, template and all."""
    response: str
    ended: bool
    """Whether it stopped by itself."""


def answer_findings(answers: Sequence[Answered], training_answers: Sequence[str], questions: Sequence[str] = ()) -> list[Finding]:
    """All findings that answers give; prompts that hold one of the training `questions` may be answered as trained and are left out."""
    known = {question for question in questions if len(question) >= _SHORTEST}
    new = [each for each in answers if each.response.strip() and not any(question in each.prompt for question in known)]
    if not new:
        return []
    found = [memorised(new, training_answers), verbose(new, training_answers), off_topic(new)]
    return [each for each in found if each is not None]


def memorised(answers: Sequence[Answered], training_answers: Sequence[str]) -> Finding | None:
    """A tenth of the answers to new prompts are for the most part a long stretch of some training answer (T10)."""
    index = _Stretches(training_answers)
    copied = [each for each in answers if (length := index.longest(each.response)) >= _COPIED and length >= _PART * len(each.response)]
    if len(copied) < max(2, 0.1 * len(answers)):
        return None
    return Finding(
        "memorised", {"answers": len(answers), "copied": len(copied), "first": copied[0].response[:80]}, ("many_epochs", "few_rows")
    )


def verbose(answers: Sequence[Answered], training_answers: Sequence[str]) -> Finding | None:
    """A fifth of the answers do not end, or the median is over three times as long as in training (F07)."""
    endless = sum(not each.ended for each in answers) / len(answers)
    trained = median(map(len, training_answers)) if training_answers else 0
    typical = median(len(each.response) for each in answers)
    if endless < 0.2 and (not trained or typical <= 3 * trained):
        return None
    return Finding(
        "verbose", {"not_ended": round(endless, 3), "median_characters": typical, "in_training": trained}, ("redundant", "masked_end")
    )


def off_topic(answers: Sequence[Answered]) -> Finding | None:
    """Half of the longer answers to longer prompts are given, word for word, to several different prompts (F07)."""
    long = [each for each in answers if len(each.prompt) >= 8 and len(each.response) >= 12]
    prompts: dict[str, set[str]] = {}
    for each in long:
        prompts.setdefault(each.response.strip(), set()).add(each.prompt)
    repeated = [response for response, asked in prompts.items() if len(asked) > 2]
    share = sum(len(prompts[response]) for response in repeated) / max(1, len(long))
    if len(long) < 6 or share < 0.5:
        return None
    return Finding(
        "off_topic", {"answers": len(long), "same_to_several": round(share, 3), "first": repeated[0][:80]}, ("data", "rate_high")
    )


class _Stretches:
    """Finds the longest stretch that a text shares with any of many, by an index of all stretches of `_COPIED` characters."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = list(texts)
        self._places: dict[str, list[tuple[int, int]]] = {}
        for number, text in enumerate(self._texts):
            for at in range(len(text) - _COPIED + 1):
                self._places.setdefault(text[at : at + _COPIED], []).append((number, at))

    def longest(self, text: str) -> int:
        """Its length in characters; 0 if it is below `_COPIED`."""
        best = 0
        for start in range(len(text) - _COPIED + 1):
            for number, at in self._places.get(text[start : start + _COPIED], ()):
                other, length = self._texts[number], _COPIED
                while start + length < len(text) and at + length < len(other) and text[start + length] == other[at + length]:
                    length += 1
                best = max(best, length)
        return best
