"""What an evaluation would be, before anything is started."""

from rich.markup import escape
from rich.table import Table

from harness.forecast_records import Forecast, RunForecast
from harness.tables import print_table
from reports.console import console


def print_forecast(found: Forecast) -> None:
    """A table a run, then the time."""
    out = console()
    for run in found.runs:
        print_table(out, _table(run))
        if run.finished:
            out.print(f"finished: answered from {run.folder}", soft_wrap=True, markup=False)
    for line in _lines(found):
        out.print(line, soft_wrap=True, markup=False)


def _table(run: RunForecast) -> Table:
    under = "" if run.condition is None else f" under {run.condition}"
    table = Table(title=escape(f"{run.label}{under}, not started"), title_justify="left")
    for name in ("suite", "items", "requests", "known", "prompt tokens", "response tokens at most", "likely"):
        table.add_column(name, justify="left" if name == "suite" else "right")
    for part in run.suites:
        likely = "–" if part.likely_tokens is None else f"{part.likely_tokens:,}"
        counts = (part.items, part.requests, part.known, part.prompt_tokens, part.most_tokens)
        table.add_row(escape(part.suite), *(f"{count:,}" for count in counts), likely)
    return table


def _lines(found: Forecast) -> list[str]:
    requests = sum(part.requests for run in found.runs for part in run.suites)
    known = sum(part.known for run in found.runs for part in run.suites)
    share = f" ({known / requests:.0%})" if requests else ""
    lines = [
        f"{requests:,} requests, {known:,} of them answered before{share}. Tokens are those of the rest; what a scorer asks later, as in "
        "dialogues, is in the likely tokens only."
    ]
    if found.seconds is not None:
        start = "" if not found.start_seconds else f", {found.start_seconds:.0f} s of it for the start of the engine"
        lines.append(f"about {_time(found.seconds)}{start}; by {found.basis} earlier run{'' if found.basis == 1 else 's'} on this machine")
    else:
        lines.append("How long it takes cannot be told: no earlier run here of these suites by this engine, with a model of this size.")
    return lines


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
