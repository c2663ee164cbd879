"""The report of nights as files: report.html, report.md (the latest night's alert) and nights.csv, a row a suite of a night."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from harness.errors import UserError
from harness.history import read_history
from harness.nightly.records import Against, Night, Row
from harness.nightly.state import read_nights
from harness.store import write_atomic
from reports.nightly import markdown
from reports.numbers import interval, number, signed
from reports.page.figures import trends
from reports.page.forest import Mark, Scale, scale_of
from reports.page.night_figures import calendar, difference
from reports.page.nights import NightsView, Series, nights_view, screening_points, streaks
from reports.page.render import Renderer
from reports.page.words import Language, words
from reports.page.write import ADVICE, PAGE, Written, made_folder, remove_stale_pages
from reports.people import night_lines

_ROW_FIELDS = ("suite", "tier", "verdict", "n", "baseline", "candidate", "difference", "low", "high", "margin", "pvalue", "flagged")

Drawings = list[tuple[str, str, Markup]]
"""Suite, what to say beside it, drawing."""


def write_nights(parent: Path, folder: Path, language: Language) -> Written:
    """Write the report of the nights in `parent` (what nightly.yaml calls `out`) into `folder`.

    Raises UserError if there is no night or the folder cannot be made, RunError if a night cannot be read.
    """
    nights = read_nights(parent)
    if not nights:
        raise UserError(f"'{parent}' holds no night yet; `harness nightly` makes one.")
    made_folder(folder)
    view = nights_view(nights)
    page = Renderer(language).page(
        "nights.html.j2", view=view, sentence=_sentence(view, language), groups=_groups(parent, nights, view, language),
        calendar=calendar(view.lines, _counted(view, language)), scale_for=_scale, mark=_mark, spoken=_spoken,
    )  # fmt: skip
    write_atomic(folder / PAGE, [page], ADVICE)
    remove_stale_pages(folder, set())
    write_atomic(folder / "report.md", [markdown(view.latest, night_lines(view.latest, parent)).removesuffix("\n")], ADVICE)
    table = pd.DataFrame([row for night in nights for row in _rows(night)])
    write_atomic(folder / "nights.csv", [table.to_csv(index=False, lineterminator="\n").removesuffix("\n")], ADVICE)
    return Written(folder, 0, (PAGE, "report.md", "nights.csv"))


def _counted(view: NightsView, language: Language) -> str:
    said = words(language)
    return ", ".join(f"{said[f'night_{colour}']} {count}" for colour, count in view.counts.items())


def _sentence(view: NightsView, language: Language) -> str:
    """The latest night's colour, for how many nights, and how many nights there were of each."""
    since, colour = streaks(view.lines), words(language)[f"night_{view.latest.colour}"]
    total = len(view.lines)
    if language == "zh":
        return f"{colour}（连续 {since} 夜）。共 {total} 夜：{_counted(view, language)}。"
    row, whole = (f"{count} {'night' if count == 1 else 'nights'}" for count in (since, total))
    return f"{colour} ({row} in a row). {whole} in all: {_counted(view, language)}."


def _groups(parent: Path, nights: Sequence[Night], view: NightsView, language: Language) -> list[tuple[str, Drawings]]:
    """Of each model its scores, then its differences from each kind of baseline, suite by suite."""
    scored: dict[str, Drawings] = {}
    for at, ((model, _), points) in enumerate(screening_points(nights, read_history(parent).points).items()):
        for trend in trends(points, f"n{at}"):
            last = trend.latest
            about = f"{number(last.score)} ({interval(last.low, last.high)}), n {last.n}"
            scored.setdefault(f"{model}: {words(language)['score_along']}", []).append((trend.suite, about, trend.drawing))
    compared: dict[str, Drawings] = {}
    for at, series in enumerate(view.series):
        drawing = difference(f"d{at}", series, view.changes, words(language)["difference"])
        compared.setdefault(f"{series.model} → {series.kind}", []).append((series.suite, _about(series, language), drawing))
    return [*compared.items(), *scored.items()]


def _about(series: Series, language: Language) -> str:
    row, said = series.latest.row, words(language)
    named: dict[str, str] = {"red": said["confirmed"], "flagged": said["flagged"], "error": said["errors"]}
    marks = "".join(f"; {named[mark]}: {count}" for mark, count in series.counts.items())
    return f"{signed(row.difference)} ({interval(row.low, row.high, with_signs=True)}){marks}"


def _mark(row: Row, margin: float | None) -> Mark:
    return Mark(row.difference, row.low, row.high, margin)


def _scale(against: Against) -> Scale:
    return scale_of(_mark(row, row.margin) for row in against.rows)


def _spoken(row: Row, margin: float | None, language: Language) -> str:
    limits = interval(row.low, row.high, with_signs=True)
    return f"{words(language)['difference']} {signed(row.difference)}, {limits}" + ("" if margin is None else f", −{margin:g}")


def _rows(night: Night) -> Iterator[dict[str, Any]]:
    about = {"night": night.night, "number": night.number, "started": night.started, "colour": night.colour}
    if not any(against.rows for against in night.against):
        yield about
    for against in night.against:
        place = {"model": against.model, "kind": against.kind, "baseline_model": against.baseline}
        for row in against.rows:
            confirmed = row.confirmation is not None and row.confirmation.confirmed
            yield {**about, **place, **{name: getattr(row, name) for name in _ROW_FIELDS}, "confirmed": confirmed, "red": row.is_red}
