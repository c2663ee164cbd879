"""Plots of the page of nights: the colour of every night, and each suite's difference along them with the gate's marks."""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup
from matplotlib.axes import Axes

from reports.numbers import interval, signed
from reports.page.figures import dated, moving
from reports.page.nights import Mark, NightLine, Series, Step
from reports.page.plots import FAINT, INK, SERIES, plot

_ROW, _CELL = 28, 16
"""Four weeks a row, so that it can be read on a phone."""
_SIGNS = {"green": "·", "red": "✕", "error": "!", "running": "…"}
_MARKERS: dict[Mark, tuple[str, str, float]] = {
    "red": ("X", SERIES[1], 52.0),
    "flagged": ("v", SERIES[3], 26.0),
    "error": ("s", INK, 22.0),
}
"""Of each mark its shape, colour and size: shapes tell them apart where colours do not."""


def calendar(lines: Sequence[NightLine], label: str) -> Markup:
    """A cell a night, oldest first, with its colour and a sign; `label` says it in words."""
    nights = [line.night for line in reversed(lines)]
    rows = (len(nights) + _ROW - 1) // _ROW
    width, height = min(len(nights), _ROW) * _CELL, rows * _CELL
    parts = [Markup('<svg class="calendar" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">').format(
        label, width, height, width, height)]  # fmt: skip
    for at, night in enumerate(nights):
        x, y = at % _ROW * _CELL, at // _ROW * _CELL
        parts.append(
            Markup('<g class="c-{}"><rect x="{}" y="{}" width="14" height="14" rx="2"/><text x="{}" y="{}">{}</text><title>{}</title></g>')
            .format(night.colour, x + 1, y + 1, x + 8, y + 12, _SIGNS[night.colour], f"{night.night}: {night.colour}")
        )  # fmt: skip
    return Markup("").join([*parts, Markup("</svg>")])


_FEW = 40
"""Nights up to which a line joins them; of more, single ones are dots and the line is their moving average."""


def difference(name: str, series: Series, changes: Sequence[tuple[datetime, str]], label: str) -> Markup:
    """Differences with their intervals, no difference and the margin as lines, marks where the gate spoke, and when something changed."""

    def draw(axes: Axes) -> None:
        axes.axhline(0, color=FAINT, linewidth=0.8)
        for time, _ in changes:
            axes.axvline(time, color=FAINT, linewidth=0.8, linestyle=":")  # type: ignore[arg-type]
        for segment in series.segments():
            _segment(axes, segment)
        for kind, (shape, colour, size) in _MARKERS.items():
            marked = [step for step in series.steps if step.mark == kind]
            axes.scatter(
                [step.time for step in marked],  # type: ignore[arg-type]
                [step.row.difference or 0.0 for step in marked],
                marker=shape, s=size, color=colour, zorder=3,
            )  # fmt: skip
        dated(axes)

    row = series.latest.row
    ends = f"{label}: {len(series.steps)}; {signed(row.difference)} ({interval(row.low, row.high, with_signs=True)})"
    return plot(name, ends, draw)


def _segment(axes: Axes, segment: Sequence[Step]) -> None:
    """Nights against one baseline with one margin: intervals, differences, and what they come to."""
    times, rows = [step.time for step in segment], [step.row for step in segment]
    values = [row.difference or 0.0 for row in rows]
    lows = [value if row.low is None else row.low for row, value in zip(rows, values, strict=True)]
    highs = [value if row.high is None else row.high for row, value in zip(rows, values, strict=True)]
    colour = SERIES[0]
    if len(segment) == 1:
        axes.vlines(times, lows, highs, color=colour, alpha=0.5)  # type: ignore[arg-type]
    else:
        axes.fill_between(times, lows, highs, color=colour, alpha=0.15, linewidth=0)  # type: ignore[arg-type]
    if len(segment) <= _FEW:
        axes.plot(times, values, color=colour, linewidth=1.2, marker="o", markersize=3)  # type: ignore[arg-type]
    else:
        axes.scatter(times, values, s=3, color=colour, alpha=0.45, linewidths=0)  # type: ignore[arg-type]
        axes.plot(times, moving(values), color=colour, linewidth=1.8)  # type: ignore[arg-type]
    if (margin := rows[0].margin) is not None:
        axes.plot([times[0], times[-1]], [-margin, -margin], color=SERIES[1], linewidth=1.0, linestyle="--")  # type: ignore[arg-type]
