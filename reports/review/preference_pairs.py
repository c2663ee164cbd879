"""`harness review pairs`: what people preferred, as data for preference training: one JSON object a line, with chat messages.

`prompt`, `chosen` and `rejected` are lists of messages, as trainers of preferences read them; the answers are the models' own, unmasked,
without thoughts. Items are left out where raters are tied or contradict each other; a dialogue's answers stand with the user's turns
between them.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from harness.errors import UserError
from harness.store import write_atomic
from harness.thinking import strip_thinking
from reports.review.batch import Batch
from reports.review.differences import by_unit
from reports.review.freezing import frozen_ratings
from reports.review.rater_quality import comparing
from reports.review.records import ShownAnswer
from reports.review.unblinded import BASELINE, View, views_of

_SYSTEM = "[SYSTEM] "


@dataclass(frozen=True)
class Exported:
    """How many pairs were written, and how many items were left out."""

    pairs: int
    undecided: int
    """Items left out: raters are tied, or prefer different answers."""
    unclear: int
    """Dialogues left out: where one turn ends cannot be told from the prompt as it was shown."""


def export_pairs(batch: Batch, path: Path) -> Exported:
    """Write the pairs of an unblinded batch. Raises UserError if it is not unblinded, or asked for no preference."""
    batch.require("pairs")
    plan = batch.plan()
    if comparing(plan) is None:
        raise UserError(batch.say(
            en=f"Batch {batch.id}: raters were not asked which answer they prefer, so there are no pairs.",
            zh=f"批次 {batch.id}：没有询问评分人偏好哪个回答，因此没有偏好对。",
        ))  # fmt: skip
    answers = {(f"{row.suite}/{row.item}", row.run): row for row in batch.answers()}
    views = [view for view in views_of(frozen_ratings(batch), batch.key(), plan) if view.sheet == "rating" and not view.is_tie]
    rows: list[dict[str, Any]] = []
    undecided = unclear = 0
    for candidate in sorted({view.candidate for view in views}):
        for unit, group in by_unit([view for view in views if view.candidate == candidate]).items():
            given = [view.preference for view in group if view.preference]
            if not given or min(given) * max(given) < 0:
                undecided += 1
            elif (row := _pair(answers[unit, BASELINE], answers[unit, candidate], group)) is None:
                unclear += 1
            else:
                rows.append(row)
    write_atomic(path, (json.dumps(row, ensure_ascii=False) for row in rows), "make room and start again")
    batch.log("pairs", pairs=len(rows), file=path.name)
    return Exported(len(rows), undecided, unclear)


def _pair(baseline: ShownAnswer, candidate: ShownAnswer, group: Sequence[View]) -> dict[str, Any] | None:
    strength = fmean(view.preference or 0.0 for view in group)
    better, worse = (candidate, baseline) if strength > 0 else (baseline, candidate)
    said = user_turns(baseline.prompt, len(baseline.raw))
    if said is None or len(better.raw) != len(worse.raw):
        return None
    system, turns = said
    prompt = [*([{"role": "system", "content": system}] if system else []), {"role": "user", "content": turns[0]}]
    return {
        "prompt": prompt, "chosen": list(_answered(better, turns)), "rejected": list(_answered(worse, turns)), "strength": abs(strength),
        "raters": len(group), "suite": baseline.suite, "item": baseline.item, "lang": baseline.lang,
    }  # fmt: skip


def _answered(answer: ShownAnswer, turns: Sequence[str]) -> Iterator[dict[str, str]]:
    for number, text in enumerate(answer.raw):
        if number:
            yield {"role": "user", "content": turns[number]}
        yield {"role": "assistant", "content": strip_thinking(text)[0]}


def user_turns(shown: str, count: int) -> tuple[str | None, list[str]] | None:
    """System message and user's messages from a prompt as it was shown; None if where one ends is not clear.

    >>> user_turns("[SYSTEM] Be brief.\\n\\n[1] Hi.\\n\\n[2] And now?", 2)
    ('Be brief.', ['Hi.', 'And now?'])
    """
    system = None
    if shown.startswith(_SYSTEM):
        head, found, rest = shown.removeprefix(_SYSTEM).partition("\n\n[1] " if count > 1 else "\n\n")
        if not found:
            return None
        system, shown = head, (f"[1] {rest}" if count > 1 else rest)
    if count == 1:
        return system, [shown]
    parts = re.split(r"(?:^|\n\n)\[(\d+)\] ", shown)
    if parts[0] or parts[1::2] != [str(number) for number in range(1, count + 1)]:
        return None
    return system, parts[2::2]
