"""The two ways a command can end badly, apart from a bug."""

from harness.visible import sentence


class _Told(Exception):
    """Its text is one sentence for a terminal, whatever values from files stand in it."""

    def __init__(self, text: str = "") -> None:
        super().__init__(sentence(text))


class UserError(_Told):
    """The input is wrong. One sentence that names the thing and says what to do; exit code 2."""

    exit_code = 2


class RunError(_Told):
    """The work could not be finished (engine, memory, disk). What was done is kept; exit code 3."""

    exit_code = 3
