"""IFBench (Pyatkin et al., 2025): IFEval's form with other kinds of instructions."""

import re
from typing import Any

from harness.public import ifeval
from harness.public.rows import Row

_NAMES_RE = re.compile(r"from this list of person names: (.+?) ?\.")


def read(row: Row, number: int) -> dict[str, Any]:
    """An item from a row with `key`, `prompt`, `instruction_id_list` and `kwargs`; its id is the key.

    The one list that stands in the prompt and not among the arguments, of persons' names, is put there.
    """
    item = ifeval.read(row, number)
    instructions = item["target"]["instructions"]
    for instruction in instructions:
        if instruction["id"] == "count:person_names":
            found = _NAMES_RE.search(row["prompt"])
            if found is None:
                raise ValueError("the prompt lists no names of persons")
            instruction["kwargs"]["names"] = found[1].split(", ")
    return item | {"target": {"instructions": instructions}}
