"""The two ways a command can end badly, apart from a bug."""


class UserError(Exception):
    """The input is wrong. One sentence that names the thing and says what to do; exit code 2."""

    exit_code = 2


class RunError(Exception):
    """The work could not be finished (engine, memory, disk). What was done is kept; exit code 3."""

    exit_code = 3
