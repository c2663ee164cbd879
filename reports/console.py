"""Where reports are written."""

from harness.screen import PlainConsole


def console(stderr: bool = False) -> PlainConsole:
    """Stdout, or stderr; wide enough for lines of text when it is no terminal."""
    made = PlainConsole(highlight=False, stderr=stderr)
    return made if made.is_terminal else PlainConsole(highlight=False, width=160, stderr=stderr)
