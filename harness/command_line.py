"""How a command of this project ends: known errors in one sentence, and an exit code that automation can rely on."""

import signal
import sys
import traceback
from collections.abc import Callable

from harness.errors import RunError, UserError
from harness.visible import sentence


def run_command(name: str, app: Callable[..., object]) -> None:
    """Run `app`, a typer application called `name`; turn known errors into one sentence and an exit code.

    `--debug`, wherever it stands, shows the traceback instead.
    """
    # A scheduler's polite end is an interrupt like any other: what was done is kept, and the sentence says how to go on.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    try:
        app(standalone_mode=True)
    except (UserError, RunError) as error:
        if debug:
            raise
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        if debug:
            raise
        print(sentence(f"{name}: {error.filename or 'the system'}: {error.strerror or error}; see --debug."), file=sys.stderr)
        sys.exit(RunError.exit_code)
    except Exception:
        # A bug. Python would end with 1, which automation reads as NO-GO or as a red night.
        traceback.print_exc()
        sys.exit(RunError.exit_code)
