"""What the cache folder holds."""

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from harness.response_store import CachedModel
from harness.tables import print_table
from reports.console import console


def print_cache(path: Path, size: int, models: Sequence[CachedModel], parts: Mapping[str, int]) -> None:
    """Responses by model, then the sizes of file and folder's other parts in bytes."""
    out = console()
    if models:
        table = Table(title="responses kept", title_justify="left")
        for name in ("model", "responses", "MB", "last used"):
            table.add_column(name, justify="left" if name == "model" else "right")
        for model in models:
            used = datetime.datetime.fromtimestamp(model.last_used).strftime("%Y-%m-%d %H:%M")
            table.add_row(escape(model.model), f"{model.responses:,}", f"{model.bytes / 1e6:.2f}", used)
        print_table(out, table)
    responses = sum(model.responses for model in models)
    out.print(f"{responses:,} responses in {path} ({size / 1e6:.1f} MB)", soft_wrap=True, markup=False)
    for name, part in parts.items():
        out.print(f"beside it: {name} ({part / 1e6:.1f} MB)", soft_wrap=True, markup=False)
