"""Training data for a closed model's fine-tuning service: JSON lines of messages, only when nothing private is in them.

What leaves the house cannot be called back: a row with personal data or a secret stops the export, and no option lets it through. Mask
first (`sft-train build --mask`). Nothing is uploaded here; the services' file format is written, and their limits are checked.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.errors import UserError
from sft_train.data.privacy import Private, mask_row
from sft_train.data.record import Row
from sft_train.data.writing import write_lines

FEWEST = 10
"""Rows below which services refuse a file."""
LARGEST = 512 << 20
"""Bytes above which they do."""


def write_closed(rows: Sequence[Row], out: Path) -> int:
    """Write `rows` to the file `out`; returns its size in bytes. Turns with weight 0 are marked as not to be learnt.

    Raises UserError if a row has something private, if there are too few, or if one is no conversation.
    """
    if out.exists():
        raise UserError(f"{out}: is there already; name another file.")
    if len(rows) < FEWEST:
        raise UserError(f"{len(rows)} rows are too few for a fine-tuning service, which wants {FEWEST} at least.")
    if plain := next((row for row in rows if not row.turns), None):
        raise UserError(f"{plain.where}: is running text; services take conversations only.")
    found: list[Private] = []
    private = [row.where for row in rows if _is_private(row, found)]
    if private:
        kinds = ", ".join(sorted({piece.kind for piece in found}))
        raise UserError(
            f"{len(private)} rows hold personal data or secrets ({kinds}), first {private[0]}; nothing was written. Mask them: "
            "sft-train build --mask."
        )
    write_lines(out, (_record(row) for row in rows))
    size = out.stat().st_size
    if size > LARGEST:
        out.unlink()
        raise UserError(f"The file would have {size >> 20} MiB, more than the {LARGEST >> 20} MiB that services take; choose fewer rows.")
    return size


def _is_private(row: Row, found: list[Private]) -> bool:
    before = len(found)
    mask_row(row, found)
    return len(found) > before


def _record(row: Row) -> dict[str, Any]:
    """Weights of services are 0 or 1, and of the assistant's turns only."""
    messages: list[dict[str, Any]] = []
    for turn in row.turns:
        message: dict[str, Any] = {"role": turn.role, "content": turn.content}
        if turn.role == "assistant" and turn.weight is not None:
            message["weight"] = int(turn.weight > 0)
        messages.append(message)
    return {"messages": messages}
