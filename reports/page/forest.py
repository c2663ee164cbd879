"""Differences with their intervals, drawn: a row a difference, all on one scale, as SVG that takes its colours from the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, log10

from markupsafe import Markup

WIDTH, HEIGHT, _EDGE = 190.0, 26.0, 8.0
_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True)
class Mark:
    """What one row draws; None leaves it empty."""

    difference: float | None
    low: float | None
    high: float | None
    margin: float | None = None


@dataclass(frozen=True)
class Scale:
    """Differences from -reach to reach across the width."""

    reach: float

    def x(self, value: float) -> float:
        """Horizontal place of a difference in the drawing's units; what lies beyond the reach is put at the edge."""
        share = (min(max(value, -self.reach), self.reach) + self.reach) / (2 * self.reach)
        return round(_EDGE + share * (WIDTH - 2 * _EDGE), 1)

    def row(self, mark: Mark, label: str) -> Markup:
        """One row; `label` says it in words, for those who do not see it."""
        middle, parts = HEIGHT / 2, [_line("zero", self.x(0), 0, self.x(0), HEIGHT)]
        if mark.margin is not None:
            parts.append(_line("margin", self.x(-mark.margin), 0, self.x(-mark.margin), HEIGHT))
        if mark.low is not None and mark.high is not None:
            parts.append(_line("range", self.x(mark.low), middle, self.x(mark.high), middle))
        if mark.difference is not None:
            parts.append(Markup('<circle class="dot" cx="{}" cy="{}" r="4"/>').format(self.x(mark.difference), middle))
        return _svg(label, HEIGHT, parts)

    def axis(self, label: str) -> Markup:
        """The scale in numbers, to stand under the rows."""
        parts = [_line("tick", self.x(value), 0, self.x(value), 4) for value in (-self.reach, 0.0, self.reach)]
        for value, anchor, x in ((-self.reach, "start", 0.0), (0.0, "middle", self.x(0)), (self.reach, "end", WIDTH)):
            text = Markup('<text x="{}" y="17" text-anchor="{}">{}</text>')
            parts.append(text.format(x, anchor, "0" if value == 0 else f"{value:+g}"))
        return _svg(label, 20.0, parts)


def scale_of(marks: Iterable[Mark]) -> Scale:
    """A scale that takes in everything that `marks` draw.

    >>> scale_of([Mark(-0.03, -0.06, 0.01, margin=0.05)]).reach
    0.06
    """
    values = [abs(value) for mark in marks for value in (mark.difference, mark.low, mark.high, mark.margin) if value is not None]
    most = max(values, default=0.0) or 0.1
    power = 10.0 ** ceil(log10(most) - 1)
    return Scale(round(next(step * power for step in _STEPS if step * power >= most), 9))


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(kind, x1, y1, x2, y2)


def _svg(label: str, height: float, parts: Sequence[Markup]) -> Markup:
    opening = Markup('<svg class="forest" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">')
    return opening.format(label, WIDTH, height, WIDTH, height) + Markup("").join(parts) + Markup("</svg>")


def score_bar(score: float | None, low: float | None, high: float | None) -> Markup:
    """One run's score with its interval, from 0 to 1."""
    scale, middle = Scale(1.0), HEIGHT / 2

    def x(value: float) -> float:
        return scale.x(2 * value - 1)

    parts = [_line("tick", x(value), HEIGHT - 5, x(value), HEIGHT) for value in (0, 0.25, 0.5, 0.75, 1)]
    if low is not None and high is not None:
        parts.append(_line("range", x(low), middle, x(high), middle))
    if score is not None:
        parts.append(Markup('<circle class="dot" cx="{}" cy="{}" r="4"/>').format(x(score), middle))
    label = f"{score:.3f}" if score is not None else "–"
    return _svg(label, HEIGHT, parts)
