"""Rows whose answers rely on given facts: the facts are put before the question, and figures of the answer are looked for in them."""

from collections.abc import Sequence
from dataclasses import replace

from harness.scorers.text import fold, numbers
from sft_train.data.finding import Finding, finding
from sft_train.data.record import Row

_HEAD = {"zh": "[事实]：", "en": "[Facts]: "}
_JOIN = {"zh": "；", "en": "; "}


def ground(row: Row) -> Row:
    """The row with those of its facts that no message states put before the first question, as it must be asked later on too.

    >>> from sft_train.data.record import Turn
    >>> ground(Row("", 1, (Turn("user", "空调能调到多少度？"),), lang="zh", facts=("空调：16–32 ℃",))).question
    '[事实]：空调：16–32 ℃\\n空调能调到多少度？'
    """
    given = fold(row.prompt)
    missing = [fact for fact in row.facts if fold(fact) not in given]
    at = next((at for at, turn in enumerate(row.turns) if turn.role == "user"), None)
    if not missing or at is None:
        return row
    asked = f"{_HEAD[row.lang]}{_JOIN[row.lang].join(missing)}\n{row.turns[at].content}"
    return replace(row, turns=(*row.turns[:at], replace(row.turns[at], content=asked), *row.turns[at + 1 :]))


def fact_findings(rows: Sequence[Row]) -> list[Finding]:
    """A warning that names the rows with facts whose answers have figures that neither the facts nor the messages before have."""
    places = [f"{row.where} ({', '.join(strange)})" for row in rows if row.facts and (strange := _strange_figures(row))]
    if not places:
        return []
    return [finding("facts", "warning", f"{len(places)} answers have figures that their facts do not have", places)]


def _strange_figures(row: Row) -> list[str]:
    known = {number for text in (*row.facts, row.prompt) for number in numbers(text)}
    return [number for answer in row.answers for number in numbers(answer) if number not in known]
