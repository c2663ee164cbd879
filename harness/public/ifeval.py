"""IFEval (Zhou et al., 2023): the prompt as it stands, and the instructions that it holds."""

from typing import Any

_STRATA = {1: "one_instruction", 2: "two_instructions"}


def read(row: dict[str, Any], number: int) -> dict[str, Any]:
    """An item from a row with `key`, `prompt`, `instruction_id_list` and `kwargs`; its id is the key."""
    instructions = [
        # Tables have every argument in every row, null where it is not meant.
        {"id": name, "kwargs": {key: value for key, value in kwargs.items() if value is not None}}
        for name, kwargs in zip(row["instruction_id_list"], row["kwargs"], strict=True)
    ]
    return {
        "id": str(row["key"]),
        "stratum": _STRATA.get(len(instructions), "more_instructions"),
        "prompt": row["prompt"],
        "target": {"key": row["key"], "instructions": instructions},
    }
