"""`harness nightly`: a night from its file to the alert, and an exit code."""

import datetime
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from harness.errors import UserError
from harness.evaluate import Evaluated, evaluate
from harness.machine import print_json
from harness.nightly.config import read_nightly
from harness.nightly.night import run_night
from harness.nightly.records import Night
from harness.nightly.sides import Evaluate
from harness.nightly.state import folder_of
from harness.plan import RunPlan
from harness.screen import Screen
from harness.store import write_atomic

MARKDOWN, JUNIT = "alert.md", "alert.xml"
_WEBHOOK_SECONDS = 60


def run_nightly(config: Path, name: str | None, run: Evaluate | None = None, as_json: bool = False) -> int:
    """Do a night, write its alert, and call the webhook; returns 0, 1 if red, 3 if something could not be judged.

    With `as_json` the night's record goes to stdout, too; what people read goes to stderr in any case.

    `run`: what evaluates a plan; by default the engine that the file names. Raises UserError and RunError as `run_night` does.
    """
    from reports.junit import junit
    from reports.nightly import markdown, summary_lines
    from reports.people import night_lines

    settings = read_nightly(config)
    night_name = _night_name(name)
    screen = Screen()

    def by_engine(plan: RunPlan, out: Path, label: str) -> Evaluated:
        return evaluate(plan, out, label, screen)

    night = run_night(settings, night_name, screen, run or by_engine)
    folder = folder_of(settings.out, night.night)
    advice = "the night is kept; the same command writes it again"
    people = night_lines(night, settings.out)
    write_atomic(folder / MARKDOWN, markdown(night, people).splitlines(), advice)
    write_atomic(folder / JUNIT, junit(night, people).splitlines(), advice)
    for line in summary_lines(night, people):
        screen.say(line)
    screen.say(f"alert: {folder / MARKDOWN}")
    if as_json:
        said = [{"runs": list(runs), "lines": lines} for runs, lines in people.items()]
        print_json({"people": said, **night.model_dump(mode="json"), "exit_code": night.exit_code})
    if settings.config.webhook:
        _call(settings.config.webhook, night, screen)
    return night.exit_code


def _night_name(name: str | None) -> str:
    if name is None:
        return datetime.date.today().isoformat()
    if not re.fullmatch(r"\w[\w.-]{0,60}", name):
        raise UserError(f"--night {name!r} cannot be a folder's name: take letters, digits, dots and dashes, at most 60.")
    return name


def _call(command: Sequence[str], night: Night, screen: Screen) -> None:
    """Hand the night to the webhook. What goes wrong there is said, and changes nothing of the night."""
    try:
        done = subprocess.run(command, input=night.model_dump_json(), text=True, capture_output=True, timeout=_WEBHOOK_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        screen.say(f"the webhook {command[0]} failed: {error}")
        return
    if done.returncode != 0:
        screen.say(f"the webhook {command[0]} ended with {done.returncode}: {' '.join(done.stderr.split())[:300]}")
