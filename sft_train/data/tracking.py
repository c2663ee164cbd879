"""Dialogues with a `state`, asked for it: tracking is learnt like any answer, and what the model says otherwise stays as it is."""

import json
from collections.abc import Iterator
from dataclasses import replace

from sft_train.data.record import Row, Turn
from sft_train.data.versions import row_hash

TASK = "state"
QUESTIONS = {"zh": "当前的对话状态是什么？请用 JSON 回答。", "en": "What is the state of this dialogue? Answer in JSON."}
"""What asks for the state, in training and later on."""
_NO_SLOTS = {"label", "tests", "entry_points"}
"""Keys of `state` that losses read, and that no dialogue has as slots."""


def asked_for_state(row: Row) -> Iterator[Row]:
    """The row, and if it is a dialogue with a state, the same once more with one round that asks for the state; they are of one group.

    >>> row = Row("r", 1, (Turn("user", "开空调，24度"), Turn("assistant", "好的")), lang="zh", state={"temperature": 24})
    >>> [turn.content for turn in list(asked_for_state(row))[1].turns[-2:]]
    ['当前的对话状态是什么？请用 JSON 回答。', '{"temperature": 24}']
    """
    slots = {key: value for key, value in (row.state or {}).items() if key not in _NO_SLOTS}
    if not slots or not row.turns:
        yield row
        return
    group = row.group or f"state-{row_hash(row)[:12]}"
    asked = (Turn("user", QUESTIONS[row.lang]), Turn("assistant", json.dumps(slots, ensure_ascii=False)))
    # What was said before is trained in the row itself.
    heard = tuple(replace(turn, weight=0.0) if turn.role == "assistant" else turn for turn in row.turns)
    yield replace(row, group=group)
    yield replace(row, turns=(*heard, *asked), id=row.id and f"{row.id}-state", task=TASK, group=group, state=None, rejected="")
