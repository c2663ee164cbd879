"""GSM8K (Cobbe et al., 2021): a word problem, to be answered step by step with the number after ####."""

from typing import Any

_REQUEST = "Solve the problem step by step. Then write the final answer, as a number alone, in a last line of the form: #### answer"


def read(row: dict[str, Any], number: int) -> dict[str, Any]:
    """An item from a row with `question` and `answer`, which ends in "#### 1,234"; its id is the row's number from 0."""
    _, mark, answer = row["answer"].rpartition("####")
    if not mark or not answer.strip():
        raise ValueError("answer has no number after ####")
    return {
        "id": str(number),
        "stratum": "all",
        "prompt": f"{row['question'].strip()}\n\n{_REQUEST}",
        "target": {"answer": answer.strip()},
    }
