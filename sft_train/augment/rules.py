"""New rows by rule: terms of a neighbour domain replaced, wordings varied, dialogues spliced, mistakes put into code to be mended.

A rule may make nonsense of a row ("打开冰箱" for a car): that is what the review is for.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from sft_train.augment.mutations import mutate
from sft_train.data.queue import waiting
from sft_train.data.record import Row, Turn

_CODE_RE = re.compile(r"```(?:python|py)?\n(.*?)```", re.DOTALL)
_ASKED = {
    "zh": "下面的程序有一处错误，请改正：\n```python\n{code}```",
    "en": "This program has one mistake; correct it:\n```python\n{code}```",
}


def rare_rows(rows: Sequence[Row], share: float) -> list[Row]:
    """Rows whose task makes up at most this share of all rows: the long tail, which new wordings are for."""
    sizes = Counter(row.task for row in rows)
    return [row for row in rows if sizes[row.task] <= share * len(rows)]


def map_terms(rows: Sequence[Row], terms: Mapping[str, str]) -> Iterator[Row]:
    """Rows in which a term of another domain occurs, with every term replaced by its counterpart, longest terms first."""
    if not terms:
        return
    pattern = re.compile("|".join(_whole(term) for term in sorted(terms, key=len, reverse=True)), re.IGNORECASE)
    counterparts = {term.casefold(): counterpart for term, counterpart in terms.items()}

    def changed(text: str) -> str:
        return pattern.sub(lambda match: counterparts[match[0].casefold()], text)

    for row in rows:
        turns = tuple(replace(turn, content=changed(turn.content)) for turn in row.turns)
        text = changed(row.text)
        if (turns, text) != (row.turns, row.text):
            made = replace(row, turns=turns, text=text, facts=tuple(map(changed, row.facts)), tags=(*row.tags, "term_map"))
            yield waiting(made, "term_map", row)


def vary_wording(rows: Sequence[Row], wordings: Mapping[str, Sequence[str]], seed: int = 0) -> Iterator[Row]:
    """Rows whose last question holds one of the wordings, with another one of its kind ("调到": ["设为", "调成"]); answers stay."""
    random = np.random.default_rng(seed)
    for row in rows:
        at = max((at for at, turn in enumerate(row.turns) if turn.role == "user"), default=None)
        found = [wording for wording in wordings if at is not None and re.search(_whole(wording), row.turns[at].content, re.IGNORECASE)]
        if at is None or not found:
            continue
        wording = max(found, key=len)
        other = wordings[wording][int(random.integers(len(wordings[wording])))]
        before, after = re.split(_whole(wording), row.turns[at].content, maxsplit=1, flags=re.IGNORECASE)
        content = before + other + after
        yield waiting(replace(row, turns=(*row.turns[:at], replace(row.turns[at], content=content), *row.turns[at + 1 :])), "wording", row)


def splice_dialogues(rows: Sequence[Row], count: int, seed: int = 0) -> Iterator[Row]:
    """At most `count` dialogues in which the topic changes: a row's first round, one of another task, then the rest of the first.

    Only rows of one language and one system message are joined.
    """
    random = np.random.default_rng(seed)
    talks = [row for row in rows if row.turns]
    made = 0
    for at in random.permutation(len(talks)):
        first = talks[at]
        others = [row for row in talks if row.task != first.task and row.lang == first.lang and _system(row) == _system(first)]
        if made == count:
            return
        if not others:
            continue
        second = others[int(random.integers(len(others)))]
        mine = [turn for turn in first.turns if turn.role != "system"]
        theirs = [turn for turn in second.turns if turn.role != "system"]
        system = [turn for turn in first.turns if turn.role == "system"]
        made += 1
        tags = tuple(dict.fromkeys((*first.tags, *second.tags, "topic_change")))
        yield waiting(
            replace(first, turns=(*system, *mine[:2], *theirs, *mine[2:]), tags=tags, state=None), "splice", first, second=second.where
        )


def make_repairs(rows: Sequence[Row], seed: int = 0) -> Iterator[Row]:
    """Of every answer with a Python program a task to mend it after one mutation; the answer is the program as it was.

    A mutation may leave the meaning as it was; nothing is run.
    """
    random = np.random.default_rng(seed)
    for row in rows:
        for block in _CODE_RE.finditer(row.answer):
            mutants = mutate(block[1])
            if not mutants:
                continue
            name, code = mutants[int(random.integers(len(mutants)))]
            turns = (Turn("user", _ASKED[row.lang].format(code=code)), Turn("assistant", f"```python\n{block[1]}```"))
            yield waiting(replace(row, turns=turns, tags=(*row.tags, "repair")), "repair", row, mutation=name)


def _whole(term: str) -> str:
    """A term in Latin letters is a whole word."""
    before, after = (r"(?<![A-Za-z])" if term[0].isascii() else "", r"(?![A-Za-z])" if term[-1].isascii() else "")
    return f"{before}{re.escape(term)}{after}"


def _system(row: Row) -> str:
    return "\n".join(turn.content for turn in row.turns if turn.role == "system")
