"""How sure a model was of the choices it made, against how often it was right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp
from statistics import fmean

from markupsafe import Markup
from matplotlib.axes import Axes

from reports.page.cases import Side
from reports.page.plots import FAINT, SERIES, plot

_BINS = 10
_FEWEST = 5
"""Choices in a bin below which it has no dot: a share of so few says nothing."""


@dataclass(frozen=True)
class Calibration:
    """One run's choices. Confidence: the share of the likeliest choice in the probability of all choices of its item."""

    n: int
    confidence: float
    """Mean."""
    accuracy: float
    bins: tuple[tuple[float, float], ...]
    """Mean confidence and accuracy of ten equal ranges of confidence, those with few choices left out."""


def calibration(sides: Iterable[Side]) -> Calibration | None:
    """Of the items that are choices and were judged right or wrong; None if there are none."""
    found = [(_confidence(side.samples[0].logprobs), side.score) for side in sides if side.score in (0, 1) and _is_choice(side)]
    if not found:
        return None
    bins: dict[int, list[tuple[float, float]]] = {}
    for confidence, score in found:
        bins.setdefault(min(int(confidence * _BINS), _BINS - 1), []).append((confidence, float(score or 0)))
    dots = tuple((fmean(x for x, _ in own), fmean(y for _, y in own)) for _, own in sorted(bins.items()) if len(own) >= _FEWEST)
    return Calibration(len(found), fmean(x for x, _ in found), fmean(float(y or 0) for _, y in found), dots)


def _is_choice(side: Side) -> bool:
    return bool(side.samples) and side.samples[0].answer is None and len(side.samples[0].logprobs) > 1


def _confidence(logprobs: Sequence[float]) -> float:
    """
    >>> round(_confidence((-1.0, -1.0, -1.0, -1.0)), 3)
    0.25
    """
    return 1 / sum(exp(value - max(logprobs)) for value in logprobs)


def drawn(name: str, label: str, runs: Sequence[Calibration]) -> Markup:
    """A line a run; on the diagonal a model is as sure as it is right."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, linestyle=":")
        for colour, dashes, run in zip(SERIES, ("-", "--"), runs, strict=False):
            axes.plot(
                *zip(*run.bins, strict=True) if run.bins else ((), ()),
                color=colour,
                linestyle=dashes,
                linewidth=1.6,
                marker="o",
                markersize=4,
            )
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)

    return plot(name, label, draw, width=3.4, height=2.8)
