"""What programs get where a command has `--json`: one JSON value on stdout, and nothing else there."""

import json


def print_json(value: object) -> None:
    """Print a JSON value; raises ValueError for NaN and infinities, which JSON does not have."""
    print(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))
