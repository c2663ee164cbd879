"""HaluEval (Li et al., 2023), question answering: is this answer to this question made up?"""

from typing import Any

from harness.public.rows import Row, row_id

_REQUEST = "Does this answer hold anything that is untrue or made up? Say Yes or No, and nothing else."


def read(row: Row, number: int) -> list[dict[str, Any]]:
    """Two items from a row with `question`, `right_answer` and `hallucinated_answer`: the row's number with /right and /hallucinated."""
    name = row_id(row, number)
    return [
        {
            "id": f"{name}/{kind}",
            "cluster": name,
            "stratum": kind,
            "prompt": f"Question: {row['question'].strip()}\nAnswer: {row[f'{kind}_answer'].strip()}\n\n{_REQUEST}",
            "target": {"options": ["Yes", "No"], "answer": answer},
        }
        for kind, answer in (("right", 1), ("hallucinated", 0))
    ]
