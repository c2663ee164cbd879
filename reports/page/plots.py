"""Curves by matplotlib as inline SVG: text stays text, and colours come from the page, so that they follow its theme.

The page's security policy allows no style attributes; matplotlib writes nothing else. They become classes and presentation attributes.
"""

import io
import re
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK, FAINT, SERIES = "#010101", "#020202", ("#030303", "#040404", "#050505", "#060606")
"""Colours to draw with; each stands for a class of the page's style sheet."""
DASHES = ("-", "--", "-.", ":")
"""Of each colour's line: what cannot be told by colour is told by these."""
_CLASSES = {INK: "ink", FAINT: "faint", **{colour: f"series{number}" for number, colour in enumerate(SERIES)}}
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_ATTRIBUTES = {"stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "opacity", "fill-opacity",
               "stroke-opacity", "text-anchor"}  # fmt: skip
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none", "text.parse_math": False, "font.size": 9.0, "axes.edgecolor": FAINT, "axes.labelcolor": INK,
    "xtick.color": FAINT, "ytick.color": FAINT, "xtick.labelcolor": INK, "ytick.labelcolor": INK, "axes.spines.top": False,
    "axes.spines.right": False, "axes.facecolor": "none", "figure.facecolor": "none", "axes.unicode_minus": False,
}  # fmt: skip


def plot(name: str, label: str, draw: Callable[[Axes], None], *, width: float = 6.4, height: float = 2.4) -> Markup:
    """What `draw` puts on axes. `name` is unique on the page; `label` says in words what is seen. Sizes in inches."""
    with rc_context(_SETTINGS | {"svg.hashsalt": name}):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.add_subplot())
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _inline(file.getvalue(), label)


def lines(axes: Axes, at: int, x: Sequence[float], y: Sequence[float]) -> None:
    """The line number `at` of a plot, told by its dashes as well as by its colour; with dots where they are few."""
    axes.plot(x, y, color=SERIES[at], linestyle=DASHES[at], linewidth=1.6, marker="o" if len(x) <= 40 else "", markersize=3)


def _inline(svg: str, label: str) -> Markup:
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    root = ElementTree.fromstring(svg)
    used = set(re.findall(r"#([\w-]+)", svg))
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        _restyle(element)
    width, height = (root.attrib.pop(name).removesuffix("pt") for name in ("width", "height"))
    root.attrib.update({"class": "plot", "role": "img", "width": width, "height": height, "aria-label": label})
    # Made by matplotlib from numbers and the page's own words, and escaped by the serialiser.
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _restyle(element: ElementTree.Element) -> None:
    classes = []
    for declaration in element.attrib.pop("style", "").split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name in ("fill", "stroke") and value in _CLASSES:
            classes.append(f"{name}-{_CLASSES[value]}")
        elif name in ("fill", "stroke") or name in _ATTRIBUTES:
            element.set(name, value)
    if element.tag == f"{{{_SVG}}}text" and not any(name.startswith("fill") for name in classes):
        classes.append("fill-ink")
    if classes:
        element.set("class", " ".join(classes))
