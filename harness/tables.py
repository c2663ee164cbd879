"""How wide tables on a terminal may be, for every command."""

from rich.console import Console
from rich.table import Table

TABLE_WIDTH = 100
"""Most columns of a table: what fits a terminal beside another window, a review and a mail."""


def print_table(out: Console, table: Table) -> None:
    """Print a table in at most `TABLE_WIDTH` columns; cells that need more are folded, and nothing is cut off."""
    for column in table.columns:
        column.overflow = "fold"
    out.print(table, width=min(out.width, TABLE_WIDTH))
