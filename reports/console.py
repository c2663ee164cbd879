"""Where tables are written."""

from rich.console import Console
from rich.table import Table

TABLE_WIDTH = 100
"""Most columns of a table: what fits a terminal beside another window, a review and a mail."""


def console(stderr: bool = False) -> Console:
    """Stdout, or stderr; wide enough for lines of text when it is no terminal."""
    made = Console(highlight=False, stderr=stderr)
    return made if made.is_terminal else Console(highlight=False, width=160, stderr=stderr)


def print_table(out: Console, table: Table) -> None:
    """Print a table in at most `TABLE_WIDTH` columns; cells that need more are folded, and nothing is cut off."""
    for column in table.columns:
        column.overflow = "fold"
    out.print(table, width=min(out.width, TABLE_WIDTH))
