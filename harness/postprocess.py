"""Post-processing of answers, as a condition declares it: named steps, applied in order to what is judged.

A step sees the answer to the item's prompt, without thoughts; responses to follow-ups stay as they are. Stored responses stay raw. Nothing
is done to choices and running text, which are not generated, nor to programs, which would not run any more.

- `cut_repeated_sentences`: a sentence that was there before (case, width and punctuation aside) is left out, with what separates it from
  the one before.
- `max_sentences: n`: what follows the n-th sentence is cut.
- `max_characters: n`: of an answer with more than n characters, white space not counted, the whole sentences within n are kept; if
  the first sentence alone is longer, its first n characters.
- `correct_claims`: wrong values are replaced by the suite's table of facts (`corrections.py`). A suite without a table is left alone.
"""

from dataclasses import replace

from harness.condition import Condition, Step
from harness.corrections import correct_claims
from harness.item import Item
from harness.records import Answer
from harness.scorers import runs_programs
from harness.scorers.text import normalise, sentence_spans
from harness.suite import Suite

VERSION = 1
"""Raised whenever a step could make another text of the same answer; finished runs are then judged anew."""


def steps_for(condition: Condition | None, suite: Suite, item: Item) -> tuple[Step, ...]:
    """The steps of `condition` that can change an answer to `item`."""
    if condition is None or item.is_scored or runs_programs(item.scorer):
        return ()
    return tuple(step for step in condition.post if step.name != "correct_claims" or suite.knowledge is not None)


def processed(answer: Answer, steps: tuple[Step, ...], item: Item) -> Answer:
    """`answer` after the steps; the same object if they change nothing."""
    if not steps or not answer.turns:
        return answer
    text = answer.text
    for step in steps:
        text = _apply(step, text, item)
    if text == answer.text:
        return answer
    return replace(answer, turns=(replace(answer.turns[0], text=text), *answer.turns[1:]))


def _apply(step: Step, text: str, item: Item) -> str:
    if step.name == "cut_repeated_sentences":
        return cut_repeated_sentences(text)
    if step.name == "correct_claims":
        return correct_claims(text, item.given, item.knowledge)
    assert step.limit is not None  # The condition was read so.
    return max_sentences(text, step.limit) if step.name == "max_sentences" else max_characters(text, step.limit)


def cut_repeated_sentences(text: str) -> str:
    """`text` without the sentences that repeat an earlier one.

    >>> cut_repeated_sentences("好的。已为您打开空调。好的！已为您打开空调。")
    '好的。已为您打开空调。'
    """
    seen: set[str] = set()
    kept, position, before = [], 0, 0
    for start, end in sentence_spans(text):
        # Signs alone may be all that tells two sentences apart once punctuation is gone; then they are compared as they stand.
        key = normalise(text[start:end]) or text[start:end]
        if key in seen:
            kept.append(text[position:before])
            position = end
        seen.add(key)
        before = end
    return "".join([*kept, text[position:]]) if kept else text


def max_sentences(text: str, limit: int) -> str:
    """The first `limit` sentences of `text`, with what stands between them.

    >>> max_sentences("Yes. It is on. Anything else?", 2)
    'Yes. It is on.'
    """
    spans = sentence_spans(text)
    return text if len(spans) <= limit else text[: spans[limit - 1][1]]


def max_characters(text: str, limit: int) -> str:
    """`text`, cut after the last sentence that ends within the first `limit` characters; white space does not count.

    >>> max_characters("空调已打开。温度是24度，风量是3挡。", 10), max_characters("空调已打开", 3)
    ('空调已打开。', '空调已')
    """
    places = [at for at, char in enumerate(text) if not char.isspace()]
    if len(places) <= limit:
        return text
    cut = places[limit - 1] + 1
    return text[: max((end for _, end in sentence_spans(text) if end <= cut), default=cut)]
