"""Where reports are written."""

from rich.console import Console


def console(stderr: bool = False) -> Console:
    """Stdout, or stderr; wide enough for lines of text when it is no terminal."""
    made = Console(highlight=False, stderr=stderr)
    return made if made.is_terminal else Console(highlight=False, width=160, stderr=stderr)
