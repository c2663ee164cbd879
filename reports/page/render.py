"""From views to HTML: the template engine, the security policy of the page, one item as a card."""

import hashlib
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.visible import plain
from reports.numbers import interval, number, probability, signed
from reports.page.cases import OUTCOMES, Case
from reports.page.marking import marked
from reports.page.selection import Card
from reports.page.visible import shown
from reports.page.words import Language, words
from reports.selfchecks import check_lines, odd_lines

MOST_TEXT = 6_000
"""Characters of a text that stand on the page; `harness show` prints the whole."""


class Renderer:
    """The templates in one language, with what they may call; everything foreign is escaped."""

    def __init__(self, language: Language) -> None:
        self._environment = Environment(
            loader=PackageLoader("reports", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.filters |= {
            "shown": shown, "plain": plain, "number": number, "signed": signed, "interval": interval, "probability": probability,
            "check_lines": check_lines, "odd_lines": odd_lines,
        }  # fmt: skip
        style, script = read_text("page.css"), read_text("page.js")
        self._environment.globals |= {
            "language": language, "t": words(language), "most": MOST_TEXT, "same": _same_answer,
            # Our own files, and the only markup that is not made by a template.
            "style": Markup(style), "script": Markup(script), "style_hash": source_hash(style), "script_hash": source_hash(script),
        }  # fmt: skip
        self._card = self._environment.get_template("card.html.j2")

    def page(self, template: str, **values: Any) -> str:
        """Fill a template with values; raises jinja2's UndefinedError if one is missing."""
        return self._environment.get_template(template).render(**values)

    def card(self, case: Case, outcome: str, labels: tuple[str, ...], strata: dict[str, int]) -> Card:
        """One item; `outcome` in words, `labels` of its sides, `strata` by their numbers in the filter."""
        answers = [side.samples[0].answer for side in case.sides if len(side.samples) == 1]
        marks = None
        if case.outcome in ("lost", "gained") and len(answers) == 2 and answers[0] and answers[1]:
            marks = marked(answers[0], answers[1], MOST_TEXT)
        html = self._card.render(
            case=case,
            outcome=outcome,
            labels=labels,
            stratum=strata[case.stratum],
            marks=marks,
            lang=case.lang if case.lang in ("zh", "en") else "",
        )
        return Card(OUTCOMES.index(case.outcome), Markup(html), len(html.encode("utf-8")))


def _same_answer(case: Case, sample: int) -> bool:
    """Whether baseline and candidate gave the same answer, sample by sample."""
    before, after = (side.samples for side in case.sides)
    return sample < len(before) and before[sample].answer == after[sample].answer


@cache
def read_text(name: str) -> str:
    """A file of the templates' folder."""
    return files("reports").joinpath("templates", name).read_text(encoding="utf-8")


def source_hash(text: str) -> str:
    """As a Content-Security-Policy names what it allows."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
