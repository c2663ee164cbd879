"""Instructions without a verdict of their own, whose responses people review: AlpacaEval and MT-Bench."""

from typing import Any

from harness.public.rows import Row


def read_alpaca_eval(row: Row, number: int) -> dict[str, Any]:
    """An item from a row with `instruction` and `dataset` (Dubois et al., 2023); its id is the row's number from 0."""
    return {"id": str(number), "stratum": row["dataset"], "prompt": row["instruction"], "target": {}}


def read_mt_bench(row: Row, number: int) -> dict[str, Any]:
    """An item of two turns from a row with `question_id`, `category` and `turns` (Zheng et al., 2023); the second is asked after the
    model's own answer to the first. The reference answers, where there are any, are kept in the target for reviewers.
    """
    first, *later = row["turns"]
    target = {"references": row.get("reference") or []}
    return {"id": str(row["question_id"]), "stratum": row["category"], "prompt": first, "turns": later, "target": target}
