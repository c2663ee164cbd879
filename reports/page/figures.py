"""The plots of the report: lengths of responses, scores over time, curves of a training, metrics against people."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from statistics import fmean

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from harness.history import Point
from reports.numbers import interval, number
from reports.page.plots import FAINT, SERIES, lines, plot
from reports.page.scatter import Scatter
from reports.page.training import Panel

_BINS = 24
_FEW = 40
"""Up to so many runs a line joins; of more, single ones are dots and the line is their moving average."""
_WEIGHT, _BEGIN = 0.1, 14


@dataclass(frozen=True)
class Trend:
    """One suite over the runs of one label."""

    suite: str
    points: tuple[Point, ...]
    """Scored ones, oldest first."""
    drawing: Markup

    @property
    def latest(self) -> Point:
        """The newest run's point."""
        return self.points[-1]


def lengths(name: str, sides: Sequence[Sequence[int]], label: str) -> Markup | None:
    """Shares of responses by their length in tokens, an outline a run; None if nothing was generated."""
    most = max((max(tokens) for tokens in sides if tokens), default=0)
    if most == 0:
        return None

    def draw(axes: Axes) -> None:
        edges = [most * at / _BINS for at in range(_BINS + 1)]
        for colour, dashes, tokens in zip(SERIES, ("-", "--"), sides, strict=False):
            weights = [1 / len(tokens)] * len(tokens) if tokens else []
            axes.hist(tokens, bins=edges, weights=weights, histtype="step", color=colour, linestyle=dashes, linewidth=1.6)
        axes.set_xlim(0, most)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")

    return plot(name, label, draw)


def trends(points: Sequence[Point], prefix: str) -> list[Trend]:
    """A trend for each suite that was scored at least twice; `prefix` keeps names of plots unique."""
    found = []
    for at, suite in enumerate(sorted({point.suite for point in points})):
        own = tuple(point for point in points if point.suite == suite and point.score is not None)
        if len(own) > 1:
            ends = f"{number(own[0].score)} → {number(own[-1].score)} ({interval(own[-1].low, own[-1].high)})"
            label = f"{own[0].finished[:10]} – {own[-1].finished[:10]}: {ends}"
            found.append(Trend(suite, own, plot(f"{prefix}trend{at}", label, _trend(own))))
    return found


def _trend(points: Sequence[Point]) -> Callable[[Axes], None]:
    """Scores and intervals; what does not continue what was before begins a new line."""

    def draw(axes: Axes) -> None:
        for _, segment in groupby(points, lambda point: (point.version, point.size, point.condition, point.engine)):
            _segment(axes, list(segment), with_dots=len(points) <= _FEW)
        dated(axes)

    return draw


def dated(axes: Axes) -> None:
    """An axis of dates below, and faint lines across."""
    locator = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.grid(axis="y", color=FAINT, alpha=0.25)


def _segment(axes: Axes, points: Sequence[Point], with_dots: bool) -> None:
    rows = [(datetime.fromisoformat(point.finished), point.score, point.low, point.high) for point in points]
    known = [
        (time, score, score if low is None else low, score if high is None else high)
        for time, score, low, high in rows
        if score is not None
    ]
    times, scores, lows, highs = zip(*known, strict=True)
    if len(known) == 1:
        axes.vlines(times, lows, highs, color=SERIES[0], alpha=0.5)
    else:
        axes.fill_between(times, lows, highs, color=SERIES[0], alpha=0.2, linewidth=0)
    if with_dots or len(known) == 1:
        axes.plot(times, scores, color=SERIES[0], linewidth=1.4, marker="o", markersize=3)
    else:
        axes.scatter(times, scores, s=3, color=SERIES[0], alpha=0.45, linewidths=0)
        axes.plot(times, moving(scores), color=SERIES[0], linewidth=1.8)


def moving(values: Sequence[float]) -> list[float]:
    """Exponentially weighted mean along the runs, begun at their first weeks' mean: what many of them come to.

    >>> moving([0.5, 0.5, 0.5])
    [0.5, 0.5, 0.5]
    """
    level, found = fmean(values[:_BEGIN]), []
    for value in values:
        level += _WEIGHT * (value - level)
        found.append(level)
    return found


def panel(name: str, found: Panel) -> Markup:
    """Curves of a training along its steps, on one pair of axes."""

    def draw(axes: Axes) -> None:
        for at, curve in enumerate(found.curves):
            lines(axes, at, curve.steps, curve.values)
        axes.grid(axis="y", color=FAINT, alpha=0.25)

    ends = (f"{curve.figure} {curve.values[0]:.4g} → {curve.values[-1]:.4g} ({curve.steps[-1]:g})" for curve in found.curves)
    return plot(name, "; ".join(ends), draw)


def scatter(name: str, found: Scatter, label: str) -> Markup:
    """What people gave across, up what the metric says; the larger a dot, the more answers it stands for."""

    def draw(axes: Axes) -> None:
        ratings = [rating for dots in found.sides for rating, _ in dots]
        aside = 0.015 * ((max(ratings) - min(ratings)) or 1.0)  # Or one run would hide the other where both have the same.
        for colour, marker, dots, by in zip(SERIES[:2], ("o", "D"), found.sides, (-aside, aside), strict=True):
            counts = Counter(dots)
            sizes = [16 + 12 * (count - 1) ** 0.8 for count in counts.values()]
            x, y = [rating + by for rating, _ in counts], [value for _, value in counts]
            axes.scatter(x, y, s=sizes, color=colour, marker=marker, alpha=0.6, linewidths=0)
        axes.grid(color=FAINT, alpha=0.25)
        axes.margins(0.12)

    return plot(name, label, draw, width=3.4, height=2.6)
