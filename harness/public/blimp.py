"""BLiMP (Warstadt et al., 2020): pairs of sentences of which one is grammatical."""

from harness.public.choices import Question
from harness.public.rows import Row


def split_pair(row: Row, number: int) -> Question | None:
    """A question without words from a row with `sentence_good` and `sentence_bad`; its id is the paradigm and the pair's number.

    None for the few pairs whose sentences are the same: no model could be right.
    """
    pair = row["sentence_good"], row["sentence_bad"]
    return Question(f"{row['UID']}/{row['pairID']}", "", pair, 0, row["linguistics_term"]) if pair[0] != pair[1] else None
